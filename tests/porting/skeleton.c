// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver to begin with: a made-up SIM controller with a byte wide FIFO in each
 * direction.  Documentation/porting.md walks through it; the tests build it.
 */
#include <linux/clk.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/iso7816.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define REG_CONTROL	0x00
#define CONTROL_VCC	BIT(0)
#define CONTROL_CLK	BIT(1)
#define CONTROL_RST	BIT(2)		/* level at the contact */
#define CONTROL_ODD	BIT(3)
#define CONTROL_2_STOP	BIT(4)
#define REG_DIVISOR	0x04
#define REG_STATUS	0x08
#define STATUS_RX	BIT(0)
#define STATUS_PARITY	BIT(1)		/* of the character in DATA */
#define STATUS_TX_DONE	BIT(2)		/* the last stop bit is over */
#define STATUS_CARD	BIT(3)
#define STATUS_CHANGE	BIT(4)		/* of STATUS_CARD; reading clears it */
#define REG_DATA	0x0c

struct skeleton {
	void __iomem *regs;
	u32 input_hz;
	struct iso7816_reader *reader;
};

static void skeleton_control(struct iso7816_reader *reader, u32 bit, bool on)
{
	struct skeleton *s = iso7816_reader_priv(reader);
	u32 control = readl(s->regs + REG_CONTROL);

	writel(on ? control | bit : control & ~bit, s->regs + REG_CONTROL);
}

static int skeleton_power(struct iso7816_reader *reader, u32 class)
{
	skeleton_control(reader, CONTROL_VCC, class != ISO7816_CLASS_NONE);
	return 0;
}

static int skeleton_clock(struct iso7816_reader *reader, bool on)
{
	skeleton_control(reader, CONTROL_CLK, on);
	return 0;
}

static int skeleton_reset(struct iso7816_reader *reader, bool low)
{
	skeleton_control(reader, CONTROL_RST, !low);
	return 0;
}

static int skeleton_config(struct iso7816_reader *reader, const struct iso7816_line *line,
			   u32 *achieved)
{
	struct skeleton *s = iso7816_reader_priv(reader);
	u32 divisor = line->baud ? DIV_ROUND_CLOSEST(s->input_hz, line->baud) : 0;

	if (!divisor)
		return -ERANGE;
	*achieved = DIV_ROUND_CLOSEST(s->input_hz, divisor);
	writel(divisor, s->regs + REG_DIVISOR);
	skeleton_control(reader, CONTROL_ODD, line->odd_parity);
	skeleton_control(reader, CONTROL_2_STOP, line->guard_etu >= 12);
	return 0;
}

static int skeleton_send(struct iso7816_reader *reader, const u8 *buf, size_t len)
{
	struct skeleton *s = iso7816_reader_priv(reader);
	int ret = 0;
	u32 status;

	/* more than 12 etu apart would take a pause between them here */
	while (len-- && !ret) {
		writel(*buf++, s->regs + REG_DATA);
		ret = readl_poll_timeout(s->regs + REG_STATUS, status,
					 status & STATUS_TX_DONE, 100, 100000);
	}
	return ret;
}

static int skeleton_presence(struct iso7816_reader *reader)
{
	struct skeleton *s = iso7816_reader_priv(reader);

	return !!(readl(s->regs + REG_STATUS) & STATUS_CARD);
}

static const struct iso7816_phy_ops skeleton_ops = {
	.power = skeleton_power,
	.clock = skeleton_clock,
	.reset = skeleton_reset,
	.config = skeleton_config,
	.send = skeleton_send,
	.presence = skeleton_presence,
};

static irqreturn_t skeleton_irq(int irq, void *data)
{
	struct skeleton *s = data;
	u32 status = readl(s->regs + REG_STATUS);
	int room;

	if (!(status & (STATUS_RX | STATUS_CHANGE)))
		return IRQ_NONE;
	if (status & STATUS_CHANGE)
		iso7816_presence_changed(s->reader, status & STATUS_CARD);
	for (room = 0; room < 16 && status & STATUS_RX; room++) {
		u8 flags = status & STATUS_PARITY ? ISO7816_RX_PARITY : 0;
		u8 byte = readl(s->regs + REG_DATA);

		iso7816_rx(s->reader, &byte, &flags, 1);
		status = readl(s->regs + REG_STATUS);
	}
	return IRQ_HANDLED;
}

static int skeleton_probe(struct platform_device *pdev)
{
	struct iso7816_phy phy = {
		.ops = &skeleton_ops,
		.name = dev_name(&pdev->dev),
		.caps = ISO7816_PHY_CHAR_ERRORS | ISO7816_PHY_STOP_BITS | ISO7816_PHY_CLOCK,
		.classes = ISO7816_CLASS_B,
		.vcc_switched = true,
		.vcc_delay_us = 1000,
		.clock_hz = ISO7816_CLOCK_DEFAULT_HZ,
	};
	int irq, ret;
	struct skeleton *s;
	struct clk *clk;

	s = devm_kzalloc(&pdev->dev, sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(s->regs))
		return PTR_ERR(s->regs);
	clk = devm_clk_get(&pdev->dev, NULL);
	if (IS_ERR(clk))
		return PTR_ERR(clk);
	s->input_hz = clk_get_rate(clk);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;

	s->reader = iso7816_alloc_reader(&pdev->dev, &phy, s);
	if (IS_ERR(s->reader))
		return PTR_ERR(s->reader);
	platform_set_drvdata(pdev, s);
	ret = request_irq(irq, skeleton_irq, 0, dev_name(&pdev->dev), s);
	if (ret)
		goto err_put;
	ret = iso7816_register_reader(s->reader);
	if (ret)
		goto err_irq;
	return 0;

err_irq:
	free_irq(irq, s);
err_put:
	iso7816_put_reader(s->reader);
	return ret;
}

/* Returns nothing on kernels from 6.11 on */
static int skeleton_remove(struct platform_device *pdev)
{
	struct skeleton *s = platform_get_drvdata(pdev);

	iso7816_unregister_reader(s->reader);
	free_irq(platform_get_irq(pdev, 0), s);
	iso7816_put_reader(s->reader);
	return 0;
}

static const struct of_device_id skeleton_match[] = {
	{ .compatible = "example,sim-controller" },
	{ }
};
MODULE_DEVICE_TABLE(of, skeleton_match);

static struct platform_driver skeleton_driver = {
	.driver = {
		.name = "iso7816-skeleton",
		.of_match_table = skeleton_match,
	},
	.probe = skeleton_probe,
	.remove = skeleton_remove,
};
module_platform_driver(skeleton_driver);

MODULE_DESCRIPTION("Skeleton of a SIM controller's driver");
MODULE_LICENSE("GPL");

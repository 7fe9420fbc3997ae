// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card on a UART, as devicetree describes it: the UART is the I/O contact, RST
 * and presence are GPIO lines, VCC is a regulator, CLK a clock.  The properties
 * are in Documentation/uapi.md.
 *
 * What serial device bus does not let us do: send two stop bits (characters of
 * ours are 11 etu apart where 12 are due), hear of parity errors, pull the I/O
 * line to L, and know the rate that the UART really has (the bus repeats what it
 * was asked for; max-speed is there to keep it from what it cannot do).
 */
#include <linux/clk.h>
#include <linux/iso7816.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/regulator/consumer.h>
#include <linux/serdev.h>
#include <linux/slab.h>

#include "phy-gpio.h"

#define VCC_DELAY_US	5000

/**
 * struct iso7816_uart - one card slot
 * @serdev: the UART
 * @reader: the reader
 * @gpio: RST and presence
 * @vcc: supply, NULL if it cannot be switched
 * @vcc_on: it is on
 * @regulated: classes whose voltage @vcc can be set to
 * @clk: card clock, NULL if it runs by itself
 * @clk_on: it runs
 * @has_echo: the UART hears itself
 * @echo: what it hears
 * @line: settings in force
 */
struct iso7816_uart {
	struct serdev_device *serdev;
	struct iso7816_reader *reader;
	struct iso7816_gpio gpio;
	struct regulator *vcc;
	bool vcc_on;
	u32 regulated;
	struct clk *clk;
	bool clk_on;
	bool has_echo;
	struct iso7816_echo echo;
	struct iso7816_line line;
};

/* ------------------------------------------------------------ the line */

static iso7816_serdev_rx_t uart_receive(struct serdev_device *serdev,
					const unsigned char *buf, size_t len)
{
	struct iso7816_uart *uart = serdev_device_get_drvdata(serdev);
	size_t n = 0;

	if (uart->has_echo)
		n = iso7816_echo_take(&uart->echo, buf, len);
	if (n < len)
		iso7816_rx(uart->reader, buf + n, NULL, len - n);
	return len;
}

static const struct serdev_device_ops uart_serdev_ops = {
	.receive_buf = uart_receive,
	.write_wakeup = serdev_device_write_wakeup,
};

static int uart_config(struct iso7816_reader *reader, const struct iso7816_line *line,
		       u32 *achieved)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);
	int ret;

	ret = serdev_device_set_parity(uart->serdev, line->odd_parity ?
				       SERDEV_PARITY_ODD : SERDEV_PARITY_EVEN);
	if (ret)
		return ret;
	*achieved = serdev_device_set_baudrate(uart->serdev, line->baud);
	uart->line = *line;
	return 0;
}

static int uart_write(struct iso7816_reader *reader, const u8 *buf, size_t len,
		      long timeout)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);
	int ret;

	ret = serdev_device_write(uart->serdev, buf, len, timeout);
	if (ret < 0)
		return ret;
	return ret == len ? 0 : -ETIMEDOUT;
}

static int uart_send(struct iso7816_reader *reader, const u8 *buf, size_t len)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);
	long timeout = iso7816_line_timeout(&uart->line, len);
	int ret;

	if (len > ISO7816_SEND_MAX)
		return -EMSGSIZE;
	if (uart->has_echo)
		iso7816_echo_expect(&uart->echo, buf, len);
	ret = iso7816_line_write(reader, &uart->line, buf, len, timeout, uart_write);
	if (ret)
		serdev_device_write_flush(uart->serdev);
	else if (uart->has_echo)
		iso7816_echo_wait(&uart->echo, timeout);
	else
		serdev_device_wait_until_sent(uart->serdev, timeout);
	if (uart->has_echo)
		ret = iso7816_echo_end(&uart->echo) ?: ret;
	return ret;
}

static void uart_flush(struct iso7816_reader *reader)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);

	serdev_device_write_flush(uart->serdev);
}

/* -------------------------------------------------------- the contacts */

static const struct {
	const char *name;
	u32 class;
	int min_uv;
	int max_uv;
} uart_classes[] = {
	{ "A", ISO7816_CLASS_A, 4500000, 5500000 },
	{ "B", ISO7816_CLASS_B, 2700000, 3300000 },
	{ "C", ISO7816_CLASS_C, 1620000, 1980000 },
};

static int uart_set_voltage(struct iso7816_uart *uart, u32 class)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(uart_classes); i++) {
		if (uart_classes[i].class & class & uart->regulated)
			return regulator_set_voltage(uart->vcc, uart_classes[i].min_uv,
						     uart_classes[i].max_uv);
	}
	return 0;
}

static int uart_power(struct iso7816_reader *reader, u32 class)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);
	bool on = class != ISO7816_CLASS_NONE;
	int ret = 0;

	if (!uart->vcc || uart->vcc_on == on)
		return 0;
	if (on)
		ret = uart_set_voltage(uart, class) ?: regulator_enable(uart->vcc);
	else
		ret = regulator_disable(uart->vcc);
	if (!ret)
		uart->vcc_on = on;
	return ret;
}

static int uart_clock(struct iso7816_reader *reader, bool on)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);
	int ret = 0;

	if (uart->clk_on == on)
		return 0;
	if (on)
		ret = clk_prepare_enable(uart->clk);
	else
		clk_disable_unprepare(uart->clk);
	if (!ret)
		uart->clk_on = on;
	return ret;
}

static int uart_reset(struct iso7816_reader *reader, bool low)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);

	return iso7816_gpio_reset(&uart->gpio, low);
}

static int uart_presence(struct iso7816_reader *reader)
{
	struct iso7816_uart *uart = iso7816_reader_priv(reader);

	return iso7816_gpio_presence(&uart->gpio);
}

static const struct iso7816_phy_ops uart_ops = {
	.power = uart_power,
	.clock = uart_clock,
	.reset = uart_reset,
	.config = uart_config,
	.send = uart_send,
	.flush = uart_flush,
};

static const struct iso7816_phy_ops uart_presence_ops = {
	.power = uart_power,
	.clock = uart_clock,
	.reset = uart_reset,
	.config = uart_config,
	.send = uart_send,
	.flush = uart_flush,
	.presence = uart_presence,
};

/* ---------------------------------------------------- probe and remove */

/* Property "classes": strings "A", "B", "C"; 0 if there is none. */
static int uart_get_classes(struct device *dev, u32 *classes)
{
	size_t i;
	int n = 0;

	*classes = 0;
	if (!device_property_present(dev, "classes"))
		return 0;
	for (i = 0; i < ARRAY_SIZE(uart_classes); i++) {
		if (device_property_match_string(dev, "classes", uart_classes[i].name) < 0)
			continue;
		*classes |= uart_classes[i].class;
		n++;
	}
	if (n && n == device_property_string_array_count(dev, "classes"))
		return 0;
	return dev_err_probe(dev, -EINVAL, "classes\n");
}

/* Classes that the supply does, as it says; a fixed one has its one voltage. */
static u32 uart_supplied(struct regulator *vcc)
{
	u32 classes = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(uart_classes); i++) {
		if (regulator_is_supported_voltage(vcc, uart_classes[i].min_uv,
						   uart_classes[i].max_uv) > 0)
			classes |= uart_classes[i].class;
	}
	return classes;
}

static int uart_get_supply(struct iso7816_uart *uart, struct iso7816_phy *phy)
{
	struct device *dev = &uart->serdev->dev;
	u32 classes;
	int ret;

	ret = uart_get_classes(dev, &classes);
	if (ret)
		return ret;
	phy->classes = classes;
	uart->vcc = devm_regulator_get_optional(dev, "vcc");
	if (IS_ERR(uart->vcc)) {
		if (PTR_ERR(uart->vcc) != -ENODEV)
			return dev_err_probe(dev, PTR_ERR(uart->vcc), "vcc-supply\n");
		uart->vcc = NULL;
		return 0;
	}
	phy->vcc_switched = true;
	phy->vcc_delay_us = VCC_DELAY_US;
	uart->regulated = uart_supplied(uart->vcc);
	if (!uart->regulated)
		return 0;
	phy->classes = classes ? classes & uart->regulated : uart->regulated;
	if (!phy->classes)
		return dev_err_probe(dev, -EINVAL, "vcc-supply does none of the classes\n");
	return 0;
}

static int uart_get_clock(struct iso7816_uart *uart, struct iso7816_phy *phy)
{
	struct device *dev = &uart->serdev->dev;
	u32 wanted = 0;
	int ret;

	uart->clk = devm_clk_get_optional(dev, NULL);
	if (IS_ERR(uart->clk))
		return dev_err_probe(dev, PTR_ERR(uart->clk), "clocks\n");
	device_property_read_u32(dev, "clock-frequency", &wanted);
	if (uart->clk) {
		phy->caps |= ISO7816_PHY_CLOCK;
		if (wanted) {
			ret = clk_set_rate(uart->clk, wanted);
			if (ret)
				return dev_err_probe(dev, ret, "clock-frequency\n");
		}
		phy->clock_hz = clk_get_rate(uart->clk);
	} else if (wanted) {
		phy->clock_hz = wanted;
	} else {
		phy->clock_hz = ISO7816_CLOCK_DEFAULT_HZ;
		dev_info(dev, "no clock given, taken to be %u Hz\n", phy->clock_hz);
	}
	if (phy->clock_hz < ISO7816_CLOCK_MIN_HZ || phy->clock_hz > ISO7816_CLOCK_MAX_HZ)
		return dev_err_probe(dev, -EINVAL, "card clock of %u Hz\n", phy->clock_hz);
	return 0;
}

static int uart_get_resources(struct iso7816_uart *uart, struct iso7816_phy *phy)
{
	struct device *dev = &uart->serdev->dev;
	int ret;

	ret = iso7816_gpio_get(dev, &uart->gpio);
	if (ret)
		return ret;
	ret = uart_get_supply(uart, phy);
	if (ret)
		return ret;
	ret = uart_get_clock(uart, phy);
	if (ret)
		return ret;

	device_property_read_u32(dev, "max-speed", &phy->max_baud);
	uart->has_echo = device_property_read_bool(dev, "echo");
	if (uart->has_echo)
		phy->caps |= ISO7816_PHY_ECHO;
	phy->ops = uart->gpio.presence ? &uart_presence_ops : &uart_ops;
	phy->name = dev_name(dev);
	return 0;
}

static int uart_probe(struct serdev_device *serdev)
{
	struct iso7816_phy phy = {};
	struct iso7816_uart *uart;
	int ret;

	uart = devm_kzalloc(&serdev->dev, sizeof(*uart), GFP_KERNEL);
	if (!uart)
		return -ENOMEM;
	uart->serdev = serdev;
	iso7816_echo_init(&uart->echo);
	ret = uart_get_resources(uart, &phy);
	if (ret)
		return ret;

	uart->reader = iso7816_alloc_reader(&serdev->dev, &phy, uart);
	if (IS_ERR(uart->reader))
		return PTR_ERR(uart->reader);
	serdev_device_set_drvdata(serdev, uart);
	serdev_device_set_client_ops(serdev, &uart_serdev_ops);
	ret = serdev_device_open(serdev);
	if (ret)
		goto err_put;
	/* the bus opens the port with RTS and CTS in use; a card has neither */
	serdev_device_set_flow_control(serdev, false);

	ret = iso7816_register_reader(uart->reader);
	if (ret)
		goto err_close;
	ret = iso7816_gpio_start(&uart->gpio, uart->reader);
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	iso7816_unregister_reader(uart->reader);
err_close:
	serdev_device_close(serdev);
err_put:
	iso7816_put_reader(uart->reader);
	return ret;
}

static void uart_remove(struct serdev_device *serdev)
{
	struct iso7816_uart *uart = serdev_device_get_drvdata(serdev);

	iso7816_gpio_stop(&uart->gpio);
	iso7816_unregister_reader(uart->reader);
	serdev_device_close(serdev);
	iso7816_put_reader(uart->reader);
}

static const struct of_device_id uart_of_match[] = {
	{ .compatible = "dmsc,iso7816-uart" },
	{ }
};
MODULE_DEVICE_TABLE(of, uart_of_match);

static struct serdev_device_driver uart_driver = {
	.driver = {
		.name = "iso7816-serdev",
		.of_match_table = uart_of_match,
	},
	.probe = uart_probe,
	.remove = uart_remove,
};
module_serdev_device_driver(uart_driver);

MODULE_DESCRIPTION("ISO/IEC 7816 card on a UART");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * RST and the presence contact on GPIO lines.  Contacts bounce: an edge only
 * starts a wait, the level after it is what counts.  A contact that bounces for ever
 * does not put that off for ever.
 */
#include <linux/device.h>
#include <linux/gpio/consumer.h>
#include <linux/interrupt.h>
#include <linux/iso7816.h>
#include <linux/jiffies.h>

#include "phy-gpio.h"

#define DEBOUNCE_MS	30
/* A contact that never settles is looked at all the same, so often */
#define CHATTER_MS	500

static void gpio_debounced(struct work_struct *work)
{
	struct iso7816_gpio *gpio = container_of(to_delayed_work(work),
						 struct iso7816_gpio, debounce);
	int present = iso7816_gpio_presence(gpio);

	if (present >= 0)
		iso7816_presence_changed(gpio->reader, present);
}

static irqreturn_t gpio_edge(int irq, void *data)
{
	struct iso7816_gpio *gpio = data;

	if (!delayed_work_pending(&gpio->debounce))
		gpio->chatter_end = jiffies + msecs_to_jiffies(CHATTER_MS);
	if (time_after(jiffies, gpio->chatter_end))
		return IRQ_HANDLED;
	mod_delayed_work(system_wq, &gpio->debounce, msecs_to_jiffies(DEBOUNCE_MS));
	return IRQ_HANDLED;
}

/* Takes the lines; the card is held in reset. */
int iso7816_gpio_get(struct device *dev, struct iso7816_gpio *gpio)
{
	INIT_DELAYED_WORK(&gpio->debounce, gpio_debounced);

	gpio->reset = devm_gpiod_get(dev, "reset", GPIOD_OUT_HIGH);
	if (IS_ERR(gpio->reset))
		return dev_err_probe(dev, PTR_ERR(gpio->reset), "reset-gpios\n");
	gpio->presence = devm_gpiod_get_optional(dev, "presence", GPIOD_IN);
	if (IS_ERR(gpio->presence))
		return dev_err_probe(dev, PTR_ERR(gpio->presence), "presence-gpios\n");
	if (!gpio->presence)
		return 0;
	gpio->irq = gpiod_to_irq(gpio->presence);
	if (gpio->irq < 0)
		return dev_err_probe(dev, gpio->irq, "presence interrupt\n");
	return 0;
}

int iso7816_gpio_reset(struct iso7816_gpio *gpio, bool low)
{
	gpiod_set_value_cansleep(gpio->reset, low);
	return 0;
}

int iso7816_gpio_presence(struct iso7816_gpio *gpio)
{
	return gpiod_get_value_cansleep(gpio->presence);
}

/* Begins to report cards; looks once, for what happened since the last look. */
int iso7816_gpio_start(struct iso7816_gpio *gpio, struct iso7816_reader *reader)
{
	int ret;

	gpio->reader = reader;
	if (!gpio->presence)
		return 0;
	ret = request_threaded_irq(gpio->irq, NULL, gpio_edge,
				   IRQF_ONESHOT | IRQF_TRIGGER_RISING |
				   IRQF_TRIGGER_FALLING, "iso7816-presence", gpio);
	if (ret)
		return ret;
	mod_delayed_work(system_wq, &gpio->debounce, 0);
	return 0;
}

void iso7816_gpio_stop(struct iso7816_gpio *gpio)
{
	if (!gpio->presence)
		return;
	free_irq(gpio->irq, gpio);
	cancel_delayed_work_sync(&gpio->debounce);
}

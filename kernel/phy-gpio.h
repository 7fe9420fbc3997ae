/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RST and the presence contact on GPIO lines, for any phy that has them there.
 */
#ifndef ISO7816_PHY_GPIO_H
#define ISO7816_PHY_GPIO_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct device;
struct gpio_desc;
struct iso7816_reader;

/**
 * struct iso7816_gpio - the lines
 * @reader: who is told of cards
 * @reset: RST, asserted = L
 * @presence: presence contact, asserted = card in; NULL if there is none
 * @irq: its interrupt
 * @debounce: reads @presence when the contact has settled
 * @chatter_end: jiffies; edges do not put that off beyond
 */
struct iso7816_gpio {
	struct iso7816_reader *reader;
	struct gpio_desc *reset;
	struct gpio_desc *presence;
	int irq;
	struct delayed_work debounce;
	unsigned long chatter_end;
};

int iso7816_gpio_get(struct device *dev, struct iso7816_gpio *gpio);
int iso7816_gpio_reset(struct iso7816_gpio *gpio, bool low);
int iso7816_gpio_presence(struct iso7816_gpio *gpio);
int iso7816_gpio_start(struct iso7816_gpio *gpio, struct iso7816_reader *reader);
void iso7816_gpio_stop(struct iso7816_gpio *gpio);

#endif /* ISO7816_PHY_GPIO_H */

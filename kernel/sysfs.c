// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/iso7816/iso7816-N: the reader and its card in one attribute each, the
 * counters in stats/, and the uevents of cards.  All are described in
 * Documentation/ABI/testing/sysfs-class-iso7816.
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "iso7816-core.h"

static const char * const state_names[] = {
	[ISO7816_STATE_ABSENT]		= "absent",
	[ISO7816_STATE_PRESENT]		= "present",
	[ISO7816_STATE_RESETTING]	= "resetting",
	[ISO7816_STATE_ACTIVE]		= "active",
	[ISO7816_STATE_FAILED]		= "failed",
};

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_state st;

	iso7816_snapshot(to_iso7816_reader(dev), &st, NULL);
	return sysfs_emit(buf, "%s\n", state_names[st.state]);
}
static DEVICE_ATTR_RO(state);

static ssize_t present_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_state st;

	iso7816_snapshot(to_iso7816_reader(dev), &st, NULL);
	return sysfs_emit(buf, "%d\n", st.state != ISO7816_STATE_ABSENT);
}
static DEVICE_ATTR_RO(present);

static ssize_t atr_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_state st;
	struct iso7816_atr atr;

	iso7816_snapshot(to_iso7816_reader(dev), &st, &atr);
	return sysfs_emit(buf, "%*phN\n", (int)atr.len, atr.atr);
}
static DEVICE_ATTR_RO(atr);

/* There is no protocol before the ATR. */
static ssize_t protocol_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_state st;

	iso7816_snapshot(to_iso7816_reader(dev), &st, NULL);
	if (st.state != ISO7816_STATE_ACTIVE)
		return sysfs_emit(buf, "\n");
	return sysfs_emit(buf, "T=%u\n", st.protocol);
}
static DEVICE_ATTR_RO(protocol);

/* Nominal VCC of the operating class in mV */
static ssize_t voltage_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_state st;
	unsigned int mv;

	iso7816_snapshot(to_iso7816_reader(dev), &st, NULL);
	switch (st.op_class) {
	case ISO7816_CLASS_A:
		mv = 5000;
		break;
	case ISO7816_CLASS_B:
		mv = 3000;
		break;
	case ISO7816_CLASS_C:
		mv = 1800;
		break;
	default:
		mv = 0;
		break;
	}
	return sysfs_emit(buf, "%u\n", mv);
}
static DEVICE_ATTR_RO(voltage);

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_name(dev));
}
static DEVICE_ATTR_RO(name);

static ssize_t phy_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_iso7816_reader(dev)->phy.name);
}
static DEVICE_ATTR_RO(phy);

/* ----------------------------------------- numbers of struct iso7816_state */

/**
 * struct number_attribute - an attribute that shows a number
 * @attr: the attribute
 * @offset: where the number is, in struct iso7816_state or iso7816_stats
 */
struct number_attribute {
	struct device_attribute attr;
	size_t offset;
};

#define to_number(a)	container_of(a, struct number_attribute, attr)

static ssize_t number_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_state st;

	iso7816_snapshot(to_iso7816_reader(dev), &st, NULL);
	return sysfs_emit(buf, "%u\n", *(u32 *)((char *)&st + to_number(attr)->offset));
}

#define STATE_NUMBER(_name)						\
	static struct number_attribute dev_attr_##_name = {		\
		.attr = {						\
			.attr = { .name = #_name, .mode = 0444 },	\
			.show = number_show,				\
		},							\
		.offset = offsetof(struct iso7816_state, _name),	\
	}

STATE_NUMBER(fi);
STATE_NUMBER(di);
STATE_NUMBER(clock_hz);
STATE_NUMBER(baud);
STATE_NUMBER(generation);

static struct attribute *reader_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_present.attr,
	&dev_attr_atr.attr,
	&dev_attr_protocol.attr,
	&dev_attr_voltage.attr,
	&dev_attr_name.attr,
	&dev_attr_phy.attr,
	&dev_attr_fi.attr.attr,
	&dev_attr_di.attr.attr,
	&dev_attr_clock_hz.attr.attr,
	&dev_attr_baud.attr.attr,
	&dev_attr_generation.attr.attr,
	NULL
};

static const struct attribute_group reader_group = {
	.attrs = reader_attrs,
};

/* --------------------------------------------------------------- counters */

static ssize_t stats_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct iso7816_stats stats;
	int ret;

	ret = iso7816_get_stats(to_iso7816_reader(dev), &stats);
	if (ret)
		return ret;
	return sysfs_emit(buf, "%llu\n", *(u64 *)((char *)&stats + to_number(attr)->offset));
}

#define STATS_NUMBER(_name)						\
	static struct number_attribute stats_attr_##_name = {		\
		.attr = {						\
			.attr = { .name = #_name, .mode = 0444 },	\
			.show = stats_show,				\
		},							\
		.offset = offsetof(struct iso7816_stats, _name),	\
	}

STATS_NUMBER(commands);
STATS_NUMBER(polls);
STATS_NUMBER(failures);
STATS_NUMBER(canceled);
STATS_NUMBER(resets);
STATS_NUMBER(recoveries);
STATS_NUMBER(insertions);
STATS_NUMBER(atr_errors);
STATS_NUMBER(pps_errors);
STATS_NUMBER(tx_bytes);
STATS_NUMBER(rx_bytes);
STATS_NUMBER(parity_errors);
STATS_NUMBER(frame_errors);
STATS_NUMBER(overruns);
STATS_NUMBER(unexpected);
STATS_NUMBER(collisions);
STATS_NUMBER(timeouts);
STATS_NUMBER(nulls);
STATS_NUMBER(wtx);
STATS_NUMBER(bad_blocks);
STATS_NUMBER(retransmits);
STATS_NUMBER(resynchs);
STATS_NUMBER(aborts);
STATS_NUMBER(events_lost);

static struct attribute *stats_attrs[] = {
	&stats_attr_commands.attr.attr,
	&stats_attr_polls.attr.attr,
	&stats_attr_failures.attr.attr,
	&stats_attr_canceled.attr.attr,
	&stats_attr_resets.attr.attr,
	&stats_attr_recoveries.attr.attr,
	&stats_attr_insertions.attr.attr,
	&stats_attr_atr_errors.attr.attr,
	&stats_attr_pps_errors.attr.attr,
	&stats_attr_tx_bytes.attr.attr,
	&stats_attr_rx_bytes.attr.attr,
	&stats_attr_parity_errors.attr.attr,
	&stats_attr_frame_errors.attr.attr,
	&stats_attr_overruns.attr.attr,
	&stats_attr_unexpected.attr.attr,
	&stats_attr_collisions.attr.attr,
	&stats_attr_timeouts.attr.attr,
	&stats_attr_nulls.attr.attr,
	&stats_attr_wtx.attr.attr,
	&stats_attr_bad_blocks.attr.attr,
	&stats_attr_retransmits.attr.attr,
	&stats_attr_resynchs.attr.attr,
	&stats_attr_aborts.attr.attr,
	&stats_attr_events_lost.attr.attr,
	NULL
};

static const struct attribute_group stats_group = {
	.name = "stats",
	.attrs = stats_attrs,
};

const struct attribute_group *iso7816_groups[] = {
	&reader_group,
	&stats_group,
	NULL
};

/* ---------------------------------------------------------------- uevents */

/* Tells user space that a card came or went.  Sleeps. */
void iso7816_uevent(struct iso7816_reader *reader, bool present)
{
	char *envp[2] = { present ? "CARD=inserted" : "CARD=removed" };

	kobject_uevent_env(&reader->dev.kobj, KOBJ_CHANGE, envp);
}

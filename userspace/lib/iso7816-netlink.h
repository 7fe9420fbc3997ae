/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libiso7816, all readers at once: what there is, what happens to it, over the netlink
 * family "iso7816" of the driver.  Functions return 0 or a negative errno unless they
 * say otherwise.
 */
#ifndef ISO7816_NETLINK_H
#define ISO7816_NETLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/iso7816.h>

/* A reader and how it stands; st.event_seq is the number of its newest event. */
struct iso7816_nl_reader {
	uint32_t id;
	struct iso7816_info info;
	struct iso7816_state st;
	struct iso7816_atr atr;
	bool proactive_known;	/* st.proactive_len is: needs CAP_NET_ADMIN */
};

enum iso7816_nl_kind {
	ISO7816_NL_READER_ADDED,	/* reader says all of it; there is no ev */
	ISO7816_NL_READER_GONE,
	ISO7816_NL_CARD,
	ISO7816_NL_PROACTIVE,
};

/* A notification; reader.st is how things stood right after it. */
struct iso7816_nl_event {
	enum iso7816_nl_kind kind;
	struct iso7816_nl_reader reader;
	struct iso7816_event ev;
	uint64_t prev_seq;	/* number of the reader's event before it in the same group */
};

struct iso7816_nl;

/* -ENOENT if the driver is not there. */
int iso7816_nl_open(struct iso7816_nl **ret);
void iso7816_nl_close(struct iso7816_nl *nl);

/* Room for notifications that were not yet received, in bytes. */
int iso7816_nl_set_buffer(struct iso7816_nl *nl, int bytes);
/* From now on notifications are kept.  -EPERM: proactive needs CAP_NET_ADMIN. */
int iso7816_nl_subscribe(struct iso7816_nl *nl, bool proactive);
/* For poll(): POLLIN or POLLERR when iso7816_nl_receive() has something. */
int iso7816_nl_fd(const struct iso7816_nl *nl);

typedef void iso7816_nl_reader_fn(const struct iso7816_nl_reader *reader, void *ctx);
typedef void iso7816_nl_event_fn(const struct iso7816_nl_event *event, void *ctx);

/* Calls fn for each reader.  -EAGAIN if readers came or went meanwhile: do it again. */
int iso7816_nl_readers(struct iso7816_nl *nl, iso7816_nl_reader_fn *fn, void *ctx);
/*
 * Takes in what has been told so far, never waits.  -ENOBUFS: some was lost, and only
 * iso7816_nl_readers() can tell how things stand.
 */
int iso7816_nl_receive(struct iso7816_nl *nl, iso7816_nl_event_fn *fn, void *ctx);

#endif /* ISO7816_NETLINK_H */

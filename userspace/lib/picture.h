/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The picture that a listener has of the readers: first a dump, then notifications
 * applied to it.  Says of each whether it is news, older than the dump, or shows that
 * others were lost, in which case only a new dump helps.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "lib/iso7816-netlink.h"

#define PICTURE_READERS	64

enum picture_verdict {
	PICTURE_NEWS,
	PICTURE_OLD,	/* what it tells is in the dump */
	PICTURE_LOST,	/* something before it did not arrive */
};

struct picture {
	struct {
		bool known;
		bool dumped;		/* since then no event came */
		struct iso7816_nl_reader now;
		uint64_t dump_seq;
		uint64_t last[2];	/* newest event of each group */
	} reader[PICTURE_READERS];
};

void picture_clear(struct picture *p);
/* A reader of the dump; one with a number that is too high is left out. */
void picture_add(struct picture *p, const struct iso7816_nl_reader *reader);
enum picture_verdict picture_apply(struct picture *p, const struct iso7816_nl_event *event);
/* The reader as it stands now, or NULL */
const struct iso7816_nl_reader *picture_reader(const struct picture *p, uint32_t id);

#endif /* PICTURE_H */

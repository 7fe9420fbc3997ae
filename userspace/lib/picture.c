// SPDX-License-Identifier: BSD-3-Clause
/*
 * See picture.h.
 *
 * Numbers of events count for each reader, and PREV_SEQ is the one before in the same
 * group.  An event after the dump is whole if the one before it is in the dump, or
 * was the last one seen.
 */
#include <string.h>

#include "lib/picture.h"

void picture_clear(struct picture *p)
{
	memset(p, 0, sizeof(*p));
}

void picture_add(struct picture *p, const struct iso7816_nl_reader *reader)
{
	if (reader->id >= PICTURE_READERS)
		return;
	memset(&p->reader[reader->id], 0, sizeof(p->reader[reader->id]));
	p->reader[reader->id].known = true;
	p->reader[reader->id].dumped = true;
	p->reader[reader->id].now = *reader;
	p->reader[reader->id].dump_seq = reader->st.event_seq;
}

/* There cannot be two of the same number: the end of the first was lost. */
static enum picture_verdict reader_added(struct picture *p, const struct iso7816_nl_reader *reader)
{
	if (p->reader[reader->id].known)
		return p->reader[reader->id].dumped ? PICTURE_OLD : PICTURE_LOST;
	picture_add(p, reader);
	p->reader[reader->id].dumped = false;
	return PICTURE_NEWS;
}

/* Events carry the state, but neither the names nor, mostly, the proactive command. */
static void update(struct iso7816_nl_reader *now, const struct iso7816_nl_event *event)
{
	const uint32_t proactive_len = now->st.proactive_len;

	if (event->kind == ISO7816_NL_PROACTIVE) {
		now->st.proactive_len = event->reader.st.proactive_len;
		now->proactive_known = true;
	} else {
		now->st = event->reader.st;
		now->st.proactive_len = proactive_len;
		/* the ATR is in dumps only */
		if (now->st.generation != now->atr.generation)
			memset(&now->atr, 0, sizeof(now->atr));
	}
	now->st.event_seq = event->ev.seq;
}

enum picture_verdict picture_apply(struct picture *p, const struct iso7816_nl_event *event)
{
	const uint32_t id = event->reader.id;
	const int group = event->kind == ISO7816_NL_PROACTIVE;
	uint64_t *last, before;

	if (id >= PICTURE_READERS)
		return PICTURE_OLD;
	if (event->kind == ISO7816_NL_READER_ADDED)
		return reader_added(p, &event->reader);
	if (!p->reader[id].known)
		return PICTURE_LOST;
	last = &p->reader[id].last[group];
	before = *last > p->reader[id].dump_seq ? *last : p->reader[id].dump_seq;
	if (event->ev.seq <= before)
		return PICTURE_OLD;
	if (event->prev_seq > before)
		return PICTURE_LOST;
	*last = event->ev.seq;
	p->reader[id].dumped = false;
	update(&p->reader[id].now, event);
	if (event->kind == ISO7816_NL_READER_GONE)
		p->reader[id].known = false;
	return PICTURE_NEWS;
}

const struct iso7816_nl_reader *picture_reader(const struct picture *p, uint32_t id)
{
	return id < PICTURE_READERS && p->reader[id].known ? &p->reader[id].now : NULL;
}

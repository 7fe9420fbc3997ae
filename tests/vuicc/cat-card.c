// SPDX-License-Identifier: BSD-3-Clause
/* Card Application Toolkit, card side. */
#include <errno.h>
#include <string.h>

#include "cat-card.h"

#define BER_PROACTIVE	0xd0
#define BER_EVENT	0xd6
#define BER_TIMER	0xd7

#define NUMBER_MAX	0xfe

void uicc_cat_init(struct uicc_cat *c, const struct uicc_cat_ops *ops, void *ctx,
		   struct uicc_trace *trace, struct uicc_faults *faults)
{
	memset(c, 0, sizeof(*c));
	c->ops = ops;
	c->ctx = ctx;
	c->trace = trace;
	c->faults = faults;
}

void uicc_cat_reset(struct uicc_cat *c)
{
	c->state = UICC_CAT_IDLE;
	c->profile_len = 0;
	c->number = 0;
	c->count = 0;
	c->event_count = 0;
}

bool uicc_cat_profile_bit(const struct uicc_cat *c, unsigned int byte, unsigned int bit)
{
	return byte <= c->profile_len && c->profile[byte - 1] & 1 << (bit - 1);
}

static void remove_at(struct uicc_cat *c, size_t i)
{
	c->count--;
	memmove(&c->queue[i], &c->queue[i + 1], (c->count - i) * sizeof(c->queue[0]));
}

/* A free place at the end of the queue. */
static int place(struct uicc_cat *c, struct uicc_cat_cmd **cmd)
{
	if (c->count == UICC_CAT_QUEUE) {
		uicc_step(c->trace, "queue of proactive commands full, one is lost");
		return -ENOSPC;
	}
	*cmd = &c->queue[c->count];
	memset(*cmd, 0, sizeof(**cmd));
	return 0;
}

int uicc_cat_queue(struct uicc_cat *c, enum uicc_cat_owner owner, int channel,
		   enum uicc_proactive type, uint8_t qualifier, uint8_t device,
		   const uint8_t *tlv, size_t tlv_len, size_t payload)
{
	uint8_t number = c->number % NUMBER_MAX + 1;
	uint8_t details[3] = { number, type, qualifier };
	uint8_t devices[2] = { UICC_DEV_UICC, device };
	uint8_t body[256];
	struct uicc_tlv_out o = { .buf = body, .room = sizeof(body) };
	struct uicc_cat_cmd *cmd;
	int ret;

	if (!c->profile_len)
		return -ENOTCONN;
	ret = place(c, &cmd);
	if (ret)
		return ret;
	uicc_ctlv_put(&o, UICC_TAG_DETAILS | UICC_CR, details, sizeof(details));
	uicc_ctlv_put(&o, UICC_TAG_DEVICES | UICC_CR, devices, sizeof(devices));
	if (o.full || tlv_len > o.room - o.len)
		return -EMSGSIZE;
	if (tlv_len)
		memcpy(body + o.len, tlv, tlv_len);
	cmd->len = uicc_ber_wrap(BER_PROACTIVE, body, o.len + tlv_len, cmd->buf, sizeof(cmd->buf));
	if (!cmd->len)
		return -EMSGSIZE;
	cmd->has_details = true;
	memcpy(cmd->details, details, sizeof(details));
	cmd->owner = owner;
	cmd->channel = channel;
	cmd->payload = payload;
	c->number = number;
	c->count++;
	return 0;
}

static bool control_may_queue(const struct uicc_cat *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->count; i++)
		n += c->queue[i].owner == UICC_OWNER_CONTROL;
	return n < UICC_CAT_CONTROL;
}

int uicc_cat_queue_raw(struct uicc_cat *c, const uint8_t *buf, size_t len)
{
	const uint8_t *body = buf;
	struct uicc_cat_cmd *cmd;
	struct uicc_tlv tlv;
	size_t body_len = len;
	int ret;

	if (!len)
		return -EINVAL;
	if (!control_may_queue(c))
		return -ENOSPC;
	ret = place(c, &cmd);
	if (ret)
		return ret;
	if (buf[0] == BER_PROACTIVE) {
		if (len > sizeof(cmd->buf))
			return -EMSGSIZE;
		/* sent as it is, however wrong: that is what it is for */
		memcpy(cmd->buf, buf, len);
		cmd->len = len;
		if (uicc_ber_open(buf, len, &body, &body_len) < 0)
			body_len = 0;
	} else {
		cmd->len = uicc_ber_wrap(BER_PROACTIVE, buf, len, cmd->buf, sizeof(cmd->buf));
		if (!cmd->len)
			return -EMSGSIZE;
	}
	if (uicc_ctlv_find(body, body_len, UICC_TAG_DETAILS, 3, &tlv)) {
		cmd->has_details = true;
		memcpy(cmd->details, tlv.value, 3);
	}
	cmd->owner = UICC_OWNER_CONTROL;
	c->count++;
	return 0;
}

/* UTF-8 to UCS2, or -EILSEQ for what is neither. */
static int to_ucs2(const char *text, struct uicc_tlv_out *o)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p) {
		uint32_t ch = *p++;
		unsigned int more = ch >= 0xe0 ? 2 : ch >= 0xc0 ? 1 : 0;

		if ((ch >= 0x80 && ch < 0xc0) || ch >= 0xf0)
			return -EILSEQ;
		if (more)
			ch &= more == 2 ? 0x0f : 0x1f;
		while (more--) {
			if ((*p & 0xc0) != 0x80)
				return -EILSEQ;
			ch = ch << 6 | (*p++ & 0x3f);
		}
		if (o->room - o->len < 2)
			return -EMSGSIZE;
		o->buf[o->len++] = ch >> 8;
		o->buf[o->len++] = ch;
	}
	return 0;
}

int uicc_cat_display(struct uicc_cat *c, const char *text)
{
	uint8_t string[240], tlv[250];
	struct uicc_tlv_out s = { .buf = string, .room = sizeof(string), .len = 1 };
	struct uicc_tlv_out o = { .buf = tlv, .room = sizeof(tlv) };
	size_t i, len = strlen(text);
	bool ascii = true;
	int ret = 0;

	for (i = 0; i < len; i++)
		ascii &= (unsigned char)text[i] < 0x80;
	string[0] = ascii ? 0x04 : 0x08;
	if (ascii && len < sizeof(string)) {
		memcpy(string + 1, text, len);
		s.len += len;
	} else {
		ret = ascii ? -EMSGSIZE : to_ucs2(text, &s);
	}
	if (!ret && !control_may_queue(c))
		ret = -ENOSPC;
	if (ret)
		return ret;
	uicc_ctlv_put(&o, UICC_TAG_TEXT | UICC_CR, string, s.len);
	return uicc_cat_queue(c, UICC_OWNER_CONTROL, 0, UICC_DISPLAY_TEXT, 0x81, UICC_DEV_DISPLAY,
			      tlv, o.len, 0);
}

void uicc_cat_forget(struct uicc_cat *c, int channel)
{
	size_t i = c->state == UICC_CAT_FETCHED ? 1 : 0;

	while (i < c->count) {
		if (c->queue[i].channel == channel)
			remove_at(c, i);
		else
			i++;
	}
}

bool uicc_cat_has(const struct uicc_cat *c, int channel, enum uicc_proactive type)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct uicc_cat_cmd *cmd = &c->queue[i];

		if (cmd->has_details && cmd->owner != UICC_OWNER_CONTROL &&
		    cmd->channel == channel && cmd->details[1] == type)
			return true;
	}
	return false;
}

void uicc_cat_set_events(struct uicc_cat *c, const uint8_t *events, size_t count)
{
	if (count > sizeof(c->events))
		count = sizeof(c->events);
	memcpy(c->events, events, count);
	c->event_count = count;
}

uint16_t uicc_cat_status(struct uicc_cat *c, uint8_t ins)
{
	if (c->profile_len)
		c->ops->pump(c->ctx);
	if (c->state == UICC_CAT_FETCHED || !c->count)
		return 0x9000;
	if (c->faults->at[UICC_FAULT_LATE_91] && ins != 0xf2)
		return 0x9000;
	return 0x9100 | (c->queue[0].len & 0xff);
}

static void terminal_profile(struct uicc_cat *c, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	if (!cmd->nc) {
		rsp->sw = 0x6700;
		return;
	}
	if (c->state == UICC_CAT_FETCHED) {
		rsp->sw = 0x6985;
		return;
	}
	c->profile_len = cmd->nc < sizeof(c->profile) ? cmd->nc : sizeof(c->profile);
	memcpy(c->profile, cmd->data, c->profile_len);
	c->ops->profile(c->ctx);
}

static void fetch(struct uicc_cat *c, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	const struct uicc_cat_cmd *next = &c->queue[0];

	if (c->state == UICC_CAT_FETCHED) {
		uicc_violation(c->trace, "FETCH before the TERMINAL RESPONSE");
		rsp->sw = 0x6985;
		return;
	}
	if (!c->count) {
		rsp->sw = 0x6f00;
		return;
	}
	if (cmd->ne != next->len) {
		rsp->sw = 0x6c00 | (next->len & 0xff);
		return;
	}
	memcpy(rsp->data, next->buf, next->len);
	rsp->len = next->len;
	rsp->no_procedure = uicc_fault_countdown(c->faults, UICC_FAULT_WRONG_FETCH);
	rsp->mute = uicc_fault_countdown(c->faults, UICC_FAULT_MUTE_FETCHED);
	c->state = UICC_CAT_FETCHED;
}

/* What is wrong with a TERMINAL RESPONSE, NULL if nothing. */
static const char *response_defect(const struct uicc_cat_cmd *cmd, const uint8_t *data, size_t len)
{
	struct uicc_tlv tlv;

	if (!uicc_ctlv_valid(data, len))
		return "malformed";
	if (!uicc_ctlv_find(data, len, UICC_TAG_DETAILS, 3, &tlv))
		return "without command details";
	if (cmd->has_details && memcmp(tlv.value, cmd->details, 3))
		return "for another command";
	if (!uicc_ctlv_find(data, len, UICC_TAG_DEVICES, 2, &tlv) ||
	    tlv.value[0] != UICC_DEV_TERMINAL || tlv.value[1] != UICC_DEV_UICC)
		return "with wrong device identities";
	if (!uicc_ctlv_find(data, len, UICC_TAG_RESULT, 1, &tlv))
		return "without result";
	return NULL;
}

static void terminal_response(struct uicc_cat *c, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	struct uicc_cat_result r = { .tlv = cmd->data, .len = cmd->nc };
	struct uicc_cat_cmd done;
	struct uicc_tlv tlv;
	const char *defect;

	if (c->state != UICC_CAT_FETCHED) {
		uicc_violation(c->trace, "TERMINAL RESPONSE without a proactive command");
		rsp->sw = 0x6985;
		return;
	}
	defect = response_defect(&c->queue[0], cmd->data, cmd->nc);
	if (defect) {
		uicc_violation(c->trace, "TERMINAL RESPONSE %s", defect);
		rsp->sw = 0x6a80;
		return;
	}
	uicc_ctlv_find(cmd->data, cmd->nc, UICC_TAG_RESULT, 1, &tlv);
	r.general = tlv.value[0];
	r.info = tlv.len > 1 ? tlv.value[1] : 0;
	done = c->queue[0];
	c->state = UICC_CAT_IDLE;
	remove_at(c, 0);
	c->ops->result(c->ctx, &done, &r);
}

static void event_download(struct uicc_cat *c, const uint8_t *tlv, size_t len,
			   struct uicc_rsp *rsp)
{
	struct uicc_tlv list;

	if (!uicc_ctlv_find(tlv, len, UICC_TAG_EVENT_LIST, 1, &list) || list.len != 1) {
		rsp->sw = 0x6a80;
		return;
	}
	if (!memchr(c->events, list.value[0], c->event_count)) {
		uicc_violation(c->trace, "event %02X is not in the event list", list.value[0]);
		rsp->sw = 0x6a80;
		return;
	}
	c->ops->event(c->ctx, list.value[0], tlv, len);
}

static void envelope(struct uicc_cat *c, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	const uint8_t *tlv;
	size_t len;
	int tag;

	/* toolkit busy: the terminal may come again */
	if (uicc_fault_countdown(c->faults, UICC_FAULT_BUSY_ENVELOPE) ||
	    c->state == UICC_CAT_FETCHED) {
		rsp->sw = 0x9300;
		return;
	}
	tag = uicc_ber_open(cmd->data, cmd->nc, &tlv, &len);
	if (tag < 0 || !uicc_ctlv_valid(tlv, len)) {
		uicc_violation(c->trace, "malformed ENVELOPE");
		rsp->sw = 0x6a80;
		return;
	}
	switch (tag) {
	case BER_EVENT:
		event_download(c, tlv, len, rsp);
		break;
	case BER_TIMER:
		c->ops->event(c->ctx, -1, tlv, len);
		break;
	default:
		/* nobody on this card waits for other envelopes */
		break;
	}
}

void uicc_cat_command(struct uicc_cat *c, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	if (cmd->header[2] || cmd->header[3]) {
		rsp->sw = 0x6b00;
		return;
	}
	switch (cmd->header[1]) {
	case 0x10:
		terminal_profile(c, cmd, rsp);
		break;
	case 0x12:
		fetch(c, cmd, rsp);
		break;
	case 0x14:
		terminal_response(c, cmd, rsp);
		break;
	case 0xc2:
		envelope(c, cmd, rsp);
		break;
	}
}

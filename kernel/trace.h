/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints (events/iso7816 in tracefs): lengths, headers, status words, states.
 * Data of commands and responses is never among them.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iso7816

#if !defined(ISO7816_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define ISO7816_TRACE_H

#include <linux/tracepoint.h>
#include <uapi/linux/iso7816.h>

#include "fsm.h"

TRACE_DEFINE_ENUM(FSM_ABSENT);
TRACE_DEFINE_ENUM(FSM_PRESENT);
TRACE_DEFINE_ENUM(FSM_DISCHARGE);
TRACE_DEFINE_ENUM(FSM_POWERING);
TRACE_DEFINE_ENUM(FSM_RST_LOW);
TRACE_DEFINE_ENUM(FSM_ATR);
TRACE_DEFINE_ENUM(FSM_PPS);
TRACE_DEFINE_ENUM(FSM_ACTIVE);
TRACE_DEFINE_ENUM(FSM_EXCHANGE);
TRACE_DEFINE_ENUM(FSM_FAILED);

#define show_fsm_state(state)					\
	__print_symbolic(state,					\
		{ FSM_ABSENT,		"absent" },		\
		{ FSM_PRESENT,		"present" },		\
		{ FSM_DISCHARGE,	"discharge" },		\
		{ FSM_POWERING,		"powering" },		\
		{ FSM_RST_LOW,		"rst-low" },		\
		{ FSM_ATR,		"atr" },		\
		{ FSM_PPS,		"pps" },		\
		{ FSM_ACTIVE,		"active" },		\
		{ FSM_EXCHANGE,		"exchange" },		\
		{ FSM_FAILED,		"failed" })

#define show_event_type(type)							\
	__print_symbolic(type,							\
		{ ISO7816_EVENT_CARD_INSERTED,		"CARD_INSERTED" },	\
		{ ISO7816_EVENT_CARD_REMOVED,		"CARD_REMOVED" },	\
		{ ISO7816_EVENT_CARD_RESET,		"CARD_RESET" },		\
		{ ISO7816_EVENT_PROACTIVE_PENDING,	"PROACTIVE_PENDING" },	\
		{ ISO7816_EVENT_PROACTIVE_NONE,		"PROACTIVE_NONE" },	\
		{ ISO7816_EVENT_ERROR,			"ERROR" },		\
		{ ISO7816_EVENT_LOCK_CHANGED,		"LOCK_CHANGED" },	\
		{ ISO7816_EVENT_READER_GONE,		"READER_GONE" })

#define show_reset_reason(reason)						\
	__print_symbolic(reason,						\
		{ ISO7816_RESET_REASON_POWER_ON,	"power-on" },		\
		{ ISO7816_RESET_REASON_COLD,		"cold" },		\
		{ ISO7816_RESET_REASON_WARM,		"warm" },		\
		{ ISO7816_RESET_REASON_RECOVERY,	"recovery" },		\
		{ ISO7816_RESET_REASON_POWER_OFF,	"power-off" },		\
		{ ISO7816_RESET_REASON_IDLE,		"idle" },		\
		{ ISO7816_RESET_REASON_SLEEP,		"sleep" })

TRACE_EVENT(iso7816_state,
	TP_PROTO(u32 id, u8 from, u8 to, u32 generation),
	TP_ARGS(id, from, to, generation),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u8, from)
		__field(u8, to)
		__field(u32, generation)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->from = from;
		__entry->to = to;
		__entry->generation = generation;
	),
	TP_printk("iso7816-%u %s -> %s generation=%u", __entry->id,
		  show_fsm_state(__entry->from), show_fsm_state(__entry->to),
		  __entry->generation)
);

TRACE_EVENT(iso7816_reset,
	TP_PROTO(u32 id, u32 reason, u32 generation),
	TP_ARGS(id, reason, generation),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, reason)
		__field(u32, generation)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->reason = reason;
		__entry->generation = generation;
	),
	TP_printk("iso7816-%u %s generation=%u", __entry->id,
		  show_reset_reason(__entry->reason), __entry->generation)
);

TRACE_EVENT(iso7816_xfer_begin,
	TP_PROTO(u32 id, u8 protocol, const u8 *cmd, size_t len, size_t room, bool raw),
	TP_ARGS(id, protocol, cmd, len, room, raw),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u8, protocol)
		__array(u8, header, 4)
		__field(u32, len)
		__field(u32, room)
		__field(bool, raw)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->protocol = protocol;
		memset(__entry->header, 0, sizeof(__entry->header));
		memcpy(__entry->header, cmd, min(len, sizeof(__entry->header)));
		__entry->len = len;
		__entry->room = room;
		__entry->raw = raw;
	),
	TP_printk("iso7816-%u T=%u header=%02x%02x%02x%02x len=%u room=%u%s", __entry->id,
		  __entry->protocol, __entry->header[0], __entry->header[1],
		  __entry->header[2], __entry->header[3], __entry->len, __entry->room,
		  __entry->raw ? " raw" : "")
);

TRACE_EVENT(iso7816_xfer_end,
	TP_PROTO(u32 id, int error, size_t len, u16 sw, u64 ns),
	TP_ARGS(id, error, len, sw, ns),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(int, error)
		__field(u32, len)
		__field(u16, sw)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->error = error;
		__entry->len = len;
		__entry->sw = sw;
		__entry->ns = ns;
	),
	TP_printk("iso7816-%u error=%d len=%u sw=%04x ns=%llu", __entry->id,
		  __entry->error, __entry->len, __entry->sw, __entry->ns)
);

TRACE_EVENT(iso7816_t1_block,
	TP_PROTO(u32 id, bool sent, const u8 *block),
	TP_ARGS(id, sent, block),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(bool, sent)
		__field(u8, nad)
		__field(u8, pcb)
		__field(u8, len)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->sent = sent;
		__entry->nad = block[0];
		__entry->pcb = block[1];
		__entry->len = block[2];
	),
	TP_printk("iso7816-%u %s nad=%02x pcb=%02x len=%u", __entry->id,
		  __entry->sent ? "out" : "in", __entry->nad, __entry->pcb, __entry->len)
);

TRACE_EVENT(iso7816_event,
	TP_PROTO(u32 id, const struct iso7816_event *event),
	TP_ARGS(id, event),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, seq)
		__field(u32, type)
		__field(u32, value)
		__field(u32, generation)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->seq = event->seq;
		__entry->type = event->type;
		__entry->value = event->value;
		__entry->generation = event->generation;
	),
	TP_printk("iso7816-%u seq=%llu %s value=%u generation=%u", __entry->id,
		  __entry->seq, show_event_type(__entry->type), __entry->value,
		  __entry->generation)
);

#endif /* ISO7816_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

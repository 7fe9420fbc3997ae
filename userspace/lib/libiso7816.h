/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libiso7816: an ISO 7816 reader of the kernel (/dev/iso7816-N) from user space.
 *
 * Functions return 0 or a negative errno unless they say otherwise; the errno
 * values are those of the driver (ENOMEDIUM no card, ENODEV reader gone, ESTALE
 * other generation, ETIMEDOUT mute, EPROTO broken protocol, ENOTCONN powered off).
 */
#ifndef LIBISO7816_H
#define LIBISO7816_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/iso7816.h>

struct iso7816_reader;

/* Opens path ("/dev/iso7816-0"), or the first reader if path is NULL; non-blocking, close-on-exec. */
int iso7816_reader_open(const char *path, struct iso7816_reader **ret);
void iso7816_reader_close(struct iso7816_reader *r);
/* File descriptor for poll(): POLLIN response ready, POLLPRI event or proactive command, POLLHUP reader gone. */
int iso7816_reader_fd(const struct iso7816_reader *r);
const char *iso7816_reader_path(const struct iso7816_reader *r);

int iso7816_get_info(struct iso7816_reader *r, struct iso7816_info *info);
int iso7816_get_state(struct iso7816_reader *r, struct iso7816_state *state);
int iso7816_get_atr(struct iso7816_reader *r, struct iso7816_atr *atr);
/* in/out as the uapi says; req may be NULL (all classes, all protocols) */
int iso7816_power_on(struct iso7816_reader *r, struct iso7816_power_on *req);
int iso7816_reset(struct iso7816_reader *r, uint32_t type, uint32_t *generation);
int iso7816_power_off(struct iso7816_reader *r);
/* interval in ms, 0 = off */
int iso7816_set_poll(struct iso7816_reader *r, uint32_t interval_ms);

/*
 * Exclusive use, until unlock or close: others get -EBUSY. Waits timeout_ms for it (0 = not at all,
 * at most ISO7816_LOCK_TIMEOUT_MAX_MS), then -EBUSY; blocks meanwhile, but for iso7816_cancel() from
 * another thread. generation (may be NULL) is the one in force then.
 */
int iso7816_lock(struct iso7816_reader *r, uint32_t timeout_ms, uint32_t *generation);
/* -ENOLCK if r does not have the lock */
int iso7816_unlock(struct iso7816_reader *r);
/* All calls on r that wait or work end with -ECANCELED; -ENOENT if there were none. Thread-safe. */
int iso7816_cancel(struct iso7816_reader *r);
/* ISO7816_EVENT_BIT() of each event that r wants to hear of; all when it is opened */
int iso7816_set_event_mask(struct iso7816_reader *r, uint64_t mask);
int iso7816_get_stats(struct iso7816_reader *r, struct iso7816_stats *stats);

/*
 * Blocking exchange. *resp_len: in room, out length with SW1 SW2.  generation 0 = any.
 */
int iso7816_transmit(struct iso7816_reader *r, const uint8_t *cmd, size_t cmd_len,
		     uint8_t *resp, size_t *resp_len, uint32_t generation);

/*
 * Non-blocking exchange: submit, wait for POLLIN (or POLLERR), collect.
 * -EBUSY while one is under way, -EAGAIN from collect when the answer is not there yet.
 */
int iso7816_submit(struct iso7816_reader *r, const uint8_t *cmd, size_t cmd_len);
int iso7816_collect(struct iso7816_reader *r, uint8_t *resp, size_t *resp_len);

/* Pops one event; -EAGAIN when there is none. */
int iso7816_get_event(struct iso7816_reader *r, struct iso7816_event *ev);

/* "CARD_INSERTED" ...; never NULL */
const char *iso7816_event_name(uint32_t type);
const char *iso7816_state_name(uint32_t state);
/* ISO7816_RESET_REASON_*, the value of CARD_RESET: "power-on" ... */
const char *iso7816_reset_name(uint32_t reason);
/* An errno (positive or negative) in the words of the reader: what it means and what to do. */
const char *iso7816_strerror(int err);

#endif /* LIBISO7816_H */

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the driver tests share: the reader of the test machine, its card's control
 * channel, and the ioctls with an errno instead of -1.
 */
#ifndef GUEST_H
#define GUEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/iso7816.h>

#include "ktap.h"

/* How long anything in the test machine may take, on a slow one (ms) */
#define PATIENCE_MS	10000

/* Sends a line to the card; 0 if it said OK.  Exits with a skip without a channel. */
int card(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What it said last */
const char *card_said(void);

/* The reader under test: DMSC_READER of the environment, or the machine's first one.  Its card is
 * reached through the UNIX socket DMSC_CARD, or through a virtio port.  DMSC_PRESENCE=0: it
 * cannot tell whether a card is in; tests that pull it are skipped then.
 */
const char *reader_path(void);

/* Has the reader a contact that tells of a card?  card("remove") skips the test if not. */
bool reader_sees_presence(void);

/* Opens it; a negative errno on failure.  @flags: more for open(2) */
int reader_open(int flags);

/* ioctl(2), but with a negative errno */
int reader_ioctl(int fd, unsigned long cmd, void *arg);

/* Can it switch VCC?  If not it has no say in the class. */
bool switches_vcc(int fd);

/* Puts a faultless card into the reader and waits until the driver has seen it. */
enum ktap_result fresh_card(int fd);

/* The same, powered on, with no events left in the ring. */
enum ktap_result active_card(int fd);

int power_on(int fd, uint32_t *generation);

/* One exchange; 0 or a negative errno.  @len: room in, length with SW1 SW2 out. */
int xfer(int fd, const char *hex, uint8_t *resp, uint32_t *len);

/* The same with a command in bytes; @timeout_ms: as in struct iso7816_xfer */
int xfer_bytes(int fd, const uint8_t *cmd, uint32_t cmd_len, uint8_t *resp, uint32_t *len,
	       uint32_t timeout_ms);

/* One exchange of which the status word is all that counts; a negative errno or SW */
int sw_of(int fd, const char *hex);

/* A command that lasts, since the card asks for time without end; in a thread */
struct slow_xfer {
	int fd;
	uint32_t timeout_ms;
	pthread_t thread;
	int ret;		/* of XFER */
	uint64_t took_ms;
};

/*
 * Arms the card and sends the command by @fd, with this timeout; returns when it is
 * under way.  T=0; the card is reset when it is over.
 */
enum ktap_result slow_begin(struct slow_xfer *slow, int fd, uint32_t timeout_ms);

/* Waits for its end; result of XFER */
int slow_end(struct slow_xfer *slow);

/* LOCK, with an errno */
int lock_reader(int fd, uint32_t timeout_ms);

struct iso7816_state state_of(int fd);
struct iso7816_stats stats_of(int fd);

/* Detaches the reader from its driver, and attaches it again; a negative errno. */
int reader_unbind(void);
int reader_bind(void);

/* Bytes of @hex into @buf; their number */
unsigned int unhex(const char *hex, uint8_t *buf, unsigned int room);

/* State of the card (ISO7816_STATE_*), or a negative errno */
int card_state(int fd);

/* Waits until poll(2) reports one of @events; what it reports, 0 in time */
int poll_for(int fd, short events, int timeout_ms);

/* Takes events out until one of @type comes; 0, or -ETIME after PATIENCE_MS */
int event_of(int fd, uint32_t type, struct iso7816_event *event);

/* Takes all events out. */
void forget_events(int fd);

/* Writes @text into a file of the kernel's; 0 or a negative errno */
int file_put(const char *path, const char *text);

void sleep_ms(unsigned int ms);
uint64_t now_ms(void);

#endif /* GUEST_H */

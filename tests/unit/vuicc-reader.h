/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of the virtual card: the whole card in this process, its UART one end of a
 * socket pair, a plain T=0 reader at the other end, and a stub for the
 * application on the card that notes what happens to it.
 */
#ifndef VUICC_READER_H
#define VUICC_READER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "vuicc/card.h"
#include "vuicc/hex.h"

/* --- the stub application --- */

struct stub {
	const struct vuicc_app_ops *ops;
	void *ctx;
	char log[8192];			/* "+1 " connected, "-1 " gone, "1=..." data, "R " reset */
	const char *reply;		/* given once an empty line was received */
	size_t reply_len;
	bool close;
	int push_len;			/* what the notification gives */
};

static struct stub stub;

static inline void stub_note(const char *fmt, ...)
{
	size_t n = strlen(stub.log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(stub.log + n, sizeof(stub.log) - n, fmt, ap);
	va_end(ap);
}

int vuicc_app_new(const struct vuicc_app_config *cfg, const struct vuicc_app_ops *ops, void *ctx,
		  struct vuicc_app **ret)
{
	stub.ops = ops;
	stub.ctx = ctx;
	*ret = (struct vuicc_app *)&stub;
	return 0;
}

void vuicc_app_free(struct vuicc_app *app)
{
}

void vuicc_app_connected(struct vuicc_app *app, int channel)
{
	stub_note("+%d ", channel);
}

void vuicc_app_data(struct vuicc_app *app, int channel, const uint8_t *buf, size_t len)
{
	stub_note("%d=%.*s ", channel, (int)len, (const char *)buf);
	if (!strstr(stub.log, "\r\n\r\n"))
		return;
	if (stub.reply)
		assert_int_equal(stub.ops->send(stub.ctx, channel, (const uint8_t *)stub.reply,
						stub.reply_len), 0);
	if (stub.close)
		stub.ops->close(stub.ctx, channel);
}

void vuicc_app_disconnected(struct vuicc_app *app, int channel)
{
	stub_note("-%d ", channel);
}

void vuicc_app_reset(struct vuicc_app *app)
{
	stub_note("R ");
}

int vuicc_app_notification(struct vuicc_app *app, uint8_t *buf, size_t room)
{
	int i;

	for (i = 0; i < stub.push_len; i++)
		buf[i] = i;
	return stub.push_len;
}

/* --- the reader --- */

struct reader {
	struct uicc card;
	struct uicc_options opt;
	int fd;
};

static inline void reader_power(struct reader *r)
{
	uicc_line_changed(&r->card, UICC_LINE_VCC, true);
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	uicc_due(&r->card, uicc_now() + 1000000000ULL);
}

static inline void reader_off(struct reader *r)
{
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	uicc_line_changed(&r->card, UICC_LINE_VCC, false);
}

/* Everything the card has sent, as hex. */
static inline const char *reader_hex(struct reader *r)
{
	static char text[4096];
	uint8_t buf[2000];
	ssize_t n = recv(r->fd, buf, sizeof(buf), MSG_DONTWAIT);

	return uicc_hex_format(text, sizeof(text), buf, n < 0 ? 0 : n);
}

static inline void reader_send(struct reader *r, const char *hex)
{
	uint8_t buf[512];
	ssize_t n = uicc_hex_parse(hex, buf, sizeof(buf));

	assert_true(n > 0);
	uicc_take(&r->card, buf, n);
}

/* r->opt must be set. */
static inline void reader_open(struct reader *r)
{
	int sv[2];

	memset(&stub, 0, sizeof(stub));
	assert_int_equal(uicc_new(&r->card, &r->opt), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	r->card.uart.conn.fd = sv[0];
	r->fd = sv[1];
}

static inline void reader_close(struct reader *r)
{
	uicc_free(&r->card);
	close(r->fd);
}

static inline uint8_t reader_byte(struct reader *r)
{
	uint8_t b = 0;

	assert_int_equal(recv(r->fd, &b, 1, MSG_DONTWAIT), 1);
	return b;
}

/*
 * One TPDU: header and data to the card as its procedure bytes ask, response data into resp.
 * Returns SW1 SW2.  A command with only five bytes lets the card send.
 */
static inline uint16_t reader_tpdu(struct reader *r, const uint8_t *cmd, size_t len, uint8_t *resp,
				   size_t *resp_len)
{
	size_t want = len > 5 ? 0 : cmd[4] ? cmd[4] : 256;
	size_t pos = 5;

	*resp_len = 0;
	uicc_take(&r->card, cmd, 5);
	for (;;) {
		uint8_t b = reader_byte(r);
		size_t n;

		if (b == 0x60)
			continue;
		if (b != cmd[1] && (b ^ cmd[1]) != 0xff)
			return b << 8 | reader_byte(r);
		n = b != cmd[1] ? 1 : len > 5 ? len - pos : want - *resp_len;
		if (len > 5) {
			assert_true(n && pos + n <= len);
			uicc_take(&r->card, cmd + pos, n);
			pos += n;
			continue;
		}
		assert_true(n && *resp_len + n <= want);
		while (n--)
			resp[(*resp_len)++] = reader_byte(r);
	}
}

/* One TPDU in hex; the answer (data and SW) must be this. */
#define expect(r, cmd, answer)	reader_expect(r, cmd, answer, __FILE__, __LINE__)
static inline void reader_expect(struct reader *r, const char *cmd, const char *answer,
				 const char *file, int line)
{
	uint8_t buf[300], want_buf[300];
	uint8_t resp[260];
	char got[600], want[600];
	size_t n;
	ssize_t len = uicc_hex_parse(cmd, buf, sizeof(buf));
	ssize_t want_len = uicc_hex_parse(answer, want_buf, sizeof(want_buf));
	uint16_t sw;

	assert_true(len >= 5 && want_len >= 2);
	sw = reader_tpdu(r, buf, len, resp, &n);
	resp[n] = sw >> 8;
	resp[n + 1] = sw;
	_assert_string_equal(uicc_hex_format(got, sizeof(got), resp, n + 2),
			     uicc_hex_format(want, sizeof(want), want_buf, want_len), file, line);
}

/* A stretch of bytes made of one value, for long commands. */
static inline const char *hex_run(uint8_t byte, size_t n)
{
	static char text[1024];
	size_t i;

	for (i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02X", byte);
	return text;
}

#endif /* VUICC_READER_H */

// SPDX-License-Identifier: BSD-3-Clause
/*
 * The way to the bootstrap file of a card (spec/oma-dm.md 10.4): a logical channel of its own where the
 * card has one, the PKCS#15 application by its name, its directories, the file.
 *
 * One step an answer; what a card may say at most is bounded, and whatever goes wrong, the channel is
 * closed again.
 */
#include "agent/card-file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INS_SELECT		0xa4
#define INS_READ_BINARY		0xb0
#define INS_MANAGE_CHANNEL	0x70
#define CHUNK			230	/* fits a block of T=1 */
#define ICCID_BYTES		10
#define MAX_DIRECTORIES		8

static const uint8_t pkcs15_aid[] = {
	0xa0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4b, 0x43, 0x53, 0x2d, 0x31, 0x35,
};

/* 2.23.43.7.1, the DM bootstrap */
static const uint8_t dm_oid[] = { 0x67, 0x2b, 0x07, 0x01 };

/* ------------------------------------------------------------------------ commands */

static void put_command(struct card_file *f, uint8_t ins, uint8_t p1, uint8_t p2)
{
	f->apdu[0] = f->channel;
	f->apdu[1] = ins;
	f->apdu[2] = p1;
	f->apdu[3] = p2;
	f->apdu_len = 4;
}

static void put_bytes(struct card_file *f, const void *bytes, size_t len)
{
	memcpy(f->apdu + f->apdu_len, bytes, len);
	f->apdu_len += len;
}

/* By path from the MF, or from where the application is (7FFF). */
static void select_path(struct card_file *f, const struct pkcs15_path *path)
{
	static const uint8_t application[] = { 0x7f, 0xff };
	bool absolute = path->len > 2 && path->fid[0] == 0x3f && !path->fid[1];
	bool named = path->len > 2 && path->fid[0] == 0x7f && path->fid[1] == 0xff;
	const uint8_t *fid = path->fid + (absolute ? 2 : 0);
	size_t len = path->len - (absolute ? 2 : 0);
	uint8_t lc = (uint8_t)(len + (absolute || named ? 0 : 2)), le = 0;

	put_command(f, INS_SELECT, 0x08, 0x04);
	put_bytes(f, &lc, 1);
	if (!absolute && !named)
		put_bytes(f, application, sizeof(application));
	put_bytes(f, fid, len);
	put_bytes(f, &le, 1);
}

static void read_chunk(struct card_file *f)
{
	size_t left = f->size ? f->size - f->len : CHUNK;
	uint8_t le = (uint8_t)(left < CHUNK ? left : CHUNK);

	put_command(f, INS_READ_BINARY, (uint8_t)(f->len >> 8), (uint8_t)f->len);
	put_bytes(f, &le, 1);
}

static void build(struct card_file *f)
{
	static const uint8_t iccid[] = { 0x02, 0x2f, 0xe2 }, le = 0, one = 1, ten = ICCID_BYTES;
	static const struct pkcs15_path odf = { .fid = { 0x50, 0x31 }, .len = 2 };
	const uint8_t aid_len = sizeof(pkcs15_aid);

	switch (f->step) {
	case CARD_FILE_OPEN_CHANNEL:
		put_command(f, INS_MANAGE_CHANNEL, 0x00, 0x00);
		put_bytes(f, &one, 1);
		break;
	case CARD_FILE_SELECT_ICCID:
		put_command(f, INS_SELECT, 0x08, 0x0c);
		put_bytes(f, iccid, sizeof(iccid));
		break;
	case CARD_FILE_READ_ICCID:
		put_command(f, INS_READ_BINARY, 0, 0);
		put_bytes(f, &ten, 1);
		break;
	case CARD_FILE_SELECT_APPLICATION:
		put_command(f, INS_SELECT, 0x04, 0x04);
		put_bytes(f, &aid_len, 1);
		put_bytes(f, pkcs15_aid, sizeof(pkcs15_aid));
		put_bytes(f, &le, 1);
		break;
	case CARD_FILE_SELECT_ODF:
		select_path(f, &odf);
		break;
	case CARD_FILE_SELECT_DODF:
	case CARD_FILE_SELECT_OBJECT:
		select_path(f, &f->path);
		break;
	case CARD_FILE_READ_ODF:
	case CARD_FILE_READ_DODF:
	case CARD_FILE_READ_OBJECT:
		read_chunk(f);
		break;
	case CARD_FILE_CLOSE_CHANNEL:
		put_command(f, INS_MANAGE_CHANNEL, 0x80, f->channel);
		f->apdu[0] = 0;
		break;
	case CARD_FILE_END:
		break;
	}
}

/* ------------------------------------------------------------------------- the end */

static void drop_data(struct card_file *f)
{
	if (f->data)
		explicit_bzero(f->data, CARD_FILE_MAX);
	free(f->data);
	f->data = NULL;
	f->len = 0;
}

static void finish(struct card_file *f, enum card_file_result result)
{
	f->result = result;
	if (result != CARD_FILE_FOUND)
		drop_data(f);
	f->step = f->channel ? CARD_FILE_CLOSE_CHANNEL : CARD_FILE_END;
}

__attribute__((format(printf, 2, 3)))
static void fail(struct card_file *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	finish(f, CARD_FILE_FAILED);
}

/* ------------------------------------------------------------------------- answers */

static bool is_done(unsigned int sw)
{
	return sw == 0x9000 || sw >> 8 == 0x91 || sw >> 8 == 0x62;
}

/* The status says that there is no such thing. */
static bool is_missing(unsigned int sw)
{
	return sw == 0x6a82 || sw == 0x6a83 || sw == 0x6a88 || sw == 0x6999;
}

/* Size of the file: tag 80 in the FCP template 62. */
static void note_size(struct card_file *f, const uint8_t *fcp, size_t len)
{
	size_t i, n;

	f->size = 0;
	if (len < 2 || fcp[0] != 0x62)
		return;
	for (i = fcp[1] == 0x81 ? 3 : 2; i + 2 <= len; i += 2 + n) {
		n = fcp[i + 1];
		if (n & 0x80 || n > len - i - 2)
			return;
		if (fcp[i] == 0x80 && n == 2)
			f->size = (size_t)fcp[i + 2] << 8 | fcp[i + 3];
	}
}

/* A file is selected: what comes is its contents. */
static bool selected(struct card_file *f, const uint8_t *rsp, size_t len, enum card_file_step read)
{
	note_size(f, rsp, len);
	drop_data(f);
	if (f->size > CARD_FILE_MAX) {
		fail(f, "a file of %zu bytes", f->size);
		return false;
	}
	f->data = calloc(1, CARD_FILE_MAX);
	if (!f->data) {
		fail(f, "out of memory");
		return false;
	}
	f->step = read;
	return true;
}

/* Takes a chunk; is that all of the file? */
static bool take(struct card_file *f, const uint8_t *rsp, size_t len, unsigned int sw)
{
	if (sw >> 8 == 0x6b && !f->size && f->len)	/* beyond its end, which nobody told */
		return true;
	if (sw == 0x6982 || sw == 0x6983) {
		fail(f, "reading it needs a PIN");
		return false;
	}
	if (!is_done(sw) || len > CARD_FILE_MAX - f->len || (f->size && len > f->size - f->len)) {
		fail(f, "READ BINARY: status %04X", sw);
		return false;
	}
	memcpy(f->data + f->len, rsp, len);
	f->len += len;
	return !len || sw == 0x6282 || f->len == f->size || f->len == CARD_FILE_MAX ||
	       (!f->size && len < CHUNK);
}

static void next_directory(struct card_file *f)
{
	if (f->directory < MAX_DIRECTORIES &&
	    pkcs15_dodf(f->odf, f->odf_len, f->directory, &f->path)) {
		f->directory++;
		f->step = CARD_FILE_SELECT_DODF;
	} else {
		finish(f, CARD_FILE_NONE);
	}
}

/* Two digits a byte, low nibble first, F behind them. */
static void read_iccid(struct card_file *f, const uint8_t *rsp, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < 2 * len && n < CARD_ICCID_LEN; i++) {
		unsigned int digit = i % 2 ? rsp[i / 2] >> 4 : rsp[i / 2] & 0xf;

		if (digit > 9)
			break;
		f->iccid[n++] = (char)('0' + digit);
	}
	f->iccid[n] = '\0';
}

/* The unused end of the file: FF or 00. A document ends with END, 01. */
static void strip_padding(struct card_file *f)
{
	while (f->len && (f->data[f->len - 1] == 0xff || !f->data[f->len - 1]))
		f->len--;
}

static void whole_file(struct card_file *f)
{
	switch (f->step) {
	case CARD_FILE_READ_ODF:
		f->odf_len = f->len < sizeof(f->odf) ? f->len : sizeof(f->odf);
		memcpy(f->odf, f->data, f->odf_len);
		next_directory(f);
		break;
	case CARD_FILE_READ_DODF:
		if (pkcs15_object(f->data, f->len, dm_oid, sizeof(dm_oid), &f->path))
			f->step = CARD_FILE_SELECT_OBJECT;
		else
			next_directory(f);
		break;
	default:
		strip_padding(f);
		finish(f, f->len ? CARD_FILE_FOUND : CARD_FILE_NONE);
	}
}

static void step(struct card_file *f, const uint8_t *rsp, size_t len, unsigned int sw)
{
	switch (f->step) {
	case CARD_FILE_OPEN_CHANNEL:
		/* a card with the basic channel only is read on that one */
		if (is_done(sw) && len == 1 && rsp[0] >= 1 && rsp[0] <= 3)
			f->channel = rsp[0];
		f->step = CARD_FILE_SELECT_ICCID;
		break;
	case CARD_FILE_SELECT_ICCID:
		f->step = is_done(sw) ? CARD_FILE_READ_ICCID : CARD_FILE_SELECT_APPLICATION;
		break;
	case CARD_FILE_READ_ICCID:
		if (is_done(sw) && len <= ICCID_BYTES)
			read_iccid(f, rsp, len);
		f->step = CARD_FILE_SELECT_APPLICATION;
		break;
	case CARD_FILE_SELECT_APPLICATION:
		if (is_done(sw))
			f->step = CARD_FILE_SELECT_ODF;
		else if (is_missing(sw))
			finish(f, CARD_FILE_NONE);
		else
			fail(f, "SELECT of the PKCS#15 application: status %04X", sw);
		break;
	case CARD_FILE_SELECT_ODF:
	case CARD_FILE_SELECT_OBJECT:
		if (is_done(sw))
			selected(f, rsp, len, f->step + 1);
		else if (is_missing(sw))
			finish(f, CARD_FILE_NONE);
		else
			fail(f, "SELECT of its file: status %04X", sw);
		break;
	case CARD_FILE_SELECT_DODF:
		if (is_done(sw))
			selected(f, rsp, len, CARD_FILE_READ_DODF);
		else
			next_directory(f);
		break;
	case CARD_FILE_READ_ODF:
	case CARD_FILE_READ_DODF:
	case CARD_FILE_READ_OBJECT:
		if (take(f, rsp, len, sw))
			whole_file(f);
		break;
	case CARD_FILE_CLOSE_CHANNEL:
	case CARD_FILE_END:
		break;
	}
}

/* ----------------------------------------------------------------------- interface */

void card_file_start(struct card_file *f)
{
	memset(f, 0, sizeof(*f));
}

const uint8_t *card_file_next(struct card_file *f, size_t *len)
{
	if (f->step == CARD_FILE_END)
		return NULL;
	if (++f->apdus > CARD_FILE_APDUS && f->step != CARD_FILE_CLOSE_CHANNEL) {
		fail(f, "no end after %d commands", CARD_FILE_APDUS);
		if (f->step == CARD_FILE_END)
			return NULL;
	}
	build(f);
	*len = f->apdu_len;
	return f->apdu;
}

void card_file_response(struct card_file *f, const uint8_t *rsp, size_t len, int err)
{
	if (f->step == CARD_FILE_CLOSE_CHANNEL) {
		f->step = CARD_FILE_END;	/* what was read stays true */
		return;
	}
	if (err || len < 2) {
		/* the channel cannot be closed on a card that does not answer */
		f->channel = 0;
		fail(f, "%s", err ? strerror(-err) : "an answer without a status");
		return;
	}
	step(f, rsp, len - 2, (unsigned int)rsp[len - 2] << 8 | rsp[len - 1]);
}

void card_file_clear(struct card_file *f)
{
	drop_data(f);
	explicit_bzero(f, sizeof(*f));
	f->step = CARD_FILE_END;
}

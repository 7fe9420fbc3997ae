// SPDX-License-Identifier: BSD-3-Clause
/* The file system of the card. */
#include <errno.h>
#include <string.h>

#include "ctlv.h"
#include "fs.h"

/* RID of 3GPP, USIM, then country and provider code as on test cards. */
static const uint8_t usim_aid[] = {
	0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xff,
	0xff, 0xff, 0xff, 0x89, 0x07, 0x09, 0x00, 0x00,
};

/* RSA, PKCS#15 */
static const uint8_t pkcs15_aid[] = {
	0xa0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4b, 0x43, 0x53, 0x2d, 0x31, 0x35,
};

#define DIR_RECORD	0x20

static struct uicc_file *add(struct uicc_fs *fs, uint16_t fid, uint16_t parent,
			     enum uicc_file_type type, const void *data, size_t len)
{
	struct uicc_file *f = &fs->files[fs->count++];

	f->fid = fid;
	f->parent = parent;
	f->type = type;
	f->len = len;
	if (len)
		memcpy(f->data, data, len);
	return f;
}

/* Digits, two a byte, low nibble first, padded with F. */
static int put_iccid(uint8_t out[10], const char *iccid)
{
	size_t i, n = strlen(iccid);

	if (n < 18 || n > 20 || strspn(iccid, "0123456789") != n)
		return -EINVAL;
	memset(out, 0xff, 10);
	for (i = 0; i < n; i++) {
		uint8_t d = iccid[i] - '0';

		out[i / 2] = i & 1 ? (out[i / 2] & 0x0f) | d << 4 : (out[i / 2] & 0xf0) | d;
	}
	return 0;
}

static size_t dir_record(uint8_t buf[DIR_RECORD], const uint8_t *aid, size_t len, const char *label)
{
	struct uicc_tlv_out o = { .buf = buf + 2, .room = DIR_RECORD - 2 };

	memset(buf, 0xff, DIR_RECORD);
	uicc_ctlv_put(&o, 0x4f, aid, len);
	uicc_ctlv_put(&o, 0x50, (const uint8_t *)label, strlen(label));
	buf[0] = 0x61;
	buf[1] = o.len;
	return DIR_RECORD;
}

int uicc_fs_init(struct uicc_fs *fs, const char *iccid)
{
	/* IMSI 001010123456789 */
	static const uint8_t imsi[] = { 0x08, 0x09, 0x10, 0x10, 0x10, 0x32, 0x54, 0x76, 0x98 };
	/* normal operation, MNC of two digits */
	static const uint8_t ad[] = { 0x00, 0x00, 0x00, 0x02 };
	/* services 28 (data download by SMS-PP) and 29 (menu selection) */
	static const uint8_t ust[] = { 0x00, 0x00, 0x00, 0x18, 0x00 };
	uint8_t number[10], dir[DIR_RECORD];
	struct uicc_file *f;

	if (put_iccid(number, iccid))
		return -EINVAL;
	memset(fs, 0, sizeof(*fs));
	add(fs, UICC_FID_MF, UICC_FID_MF, UICC_FILE_DF, NULL, 0);
	f = add(fs, 0x2f00, UICC_FID_MF, UICC_FILE_LINEAR, dir,
		dir_record(dir, usim_aid, sizeof(usim_aid), "USIM"));
	f->record_len = DIR_RECORD;
	f->sfi = 0x1e;
	add(fs, 0x2fe2, UICC_FID_MF, UICC_FILE_TRANSPARENT, number, sizeof(number))->sfi = 0x02;
	add(fs, 0x2f05, UICC_FID_MF, UICC_FILE_TRANSPARENT, "en", 2)->sfi = 0x05;
	add(fs, UICC_FID_CURRENT_ADF, UICC_FID_MF, UICC_FILE_DF, NULL, 0);
	f = add(fs, 0x6f07, UICC_FID_CURRENT_ADF, UICC_FILE_TRANSPARENT, imsi, sizeof(imsi));
	f->sfi = 0x07;
	f->pin = true;
	add(fs, 0x6fad, UICC_FID_CURRENT_ADF, UICC_FILE_TRANSPARENT, ad, sizeof(ad))->sfi = 0x03;
	add(fs, 0x6f38, UICC_FID_CURRENT_ADF, UICC_FILE_TRANSPARENT, ust, sizeof(ust))->sfi = 0x04;
	uicc_fs_reset(fs);
	return 0;
}

int uicc_fs_bootstrap(struct uicc_fs *fs, const uint8_t *data, size_t len)
{
	/* one directory of data objects, in 6430 */
	static const uint8_t odf[] = { 0xa7, 0x06, 0x30, 0x04, 0x04, 0x02, 0x64, 0x30 };
	/* the bootstrap of another enabler (LwM2M) comes first, coded as an oidDO */
	static const uint8_t dodf[] = {
		0xa1, 0x27, 0x30, 0x00, 0x30, 0x11, 0x0c, 0x0f, 'L', 'w', 'M', '2', 'M', ' ', 'B', 'o',
		'o', 't', 's', 't', 'r', 'a', 'p', 0xa1, 0x10, 0x30, 0x0e, 0x06, 0x06, 0x06, 0x04, 0x67,
		0x2b, 0x09, 0x01, 0x30, 0x04, 0x04, 0x02, 0x64, 0x32,
		0x30, 0x20, 0x30, 0x0e, 0x0c, 0x0c, 'D', 'M', ' ', 'B', 'o', 'o', 't', 's', 't', 'r',
		'a', 'p', 0x30, 0x06, 0x06, 0x04, 0x67, 0x2b, 0x07, 0x01, 0xa1, 0x06, 0x30, 0x04, 0x04,
		0x02, 0x64, 0x31, 0xff, 0xff,
	};
	struct uicc_file *dir = (struct uicc_file *)&fs->files[1], *f;

	/* some room behind it, as issuers leave it */
	if (!len || len + 16 > sizeof(fs->bootstrap))
		return -EMSGSIZE;
	memset(fs->bootstrap, 0xff, sizeof(fs->bootstrap));
	memcpy(fs->bootstrap, data, len);
	dir->len += dir_record(dir->data + dir->len, pkcs15_aid, sizeof(pkcs15_aid), "PKCS-15");
	add(fs, UICC_FID_PKCS15, UICC_FID_MF, UICC_FILE_DF, NULL, 0);
	add(fs, 0x5031, UICC_FID_PKCS15, UICC_FILE_TRANSPARENT, odf, sizeof(odf));
	add(fs, 0x6430, UICC_FID_PKCS15, UICC_FILE_TRANSPARENT, dodf, sizeof(dodf));
	f = add(fs, 0x6431, UICC_FID_PKCS15, UICC_FILE_TRANSPARENT, NULL, 0);
	f->large = fs->bootstrap;
	f->len = len + 16;
	fs->channels = true;
	return 0;
}

static void start_channel(struct uicc_fs *fs, struct uicc_place *at)
{
	memset(at, 0, sizeof(*at));
	at->open = true;
	at->df = &fs->files[0];
}

void uicc_fs_reset(struct uicc_fs *fs)
{
	memset(fs->channel, 0, sizeof(fs->channel));
	start_channel(fs, &fs->channel[0]);
}

bool uicc_fs_channel_open(const struct uicc_fs *fs, uint8_t cla)
{
	return fs->channel[cla & 3].open;
}

/* Only what the card assigns is opened. */
void uicc_fs_manage_channel(struct uicc_fs *fs, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uint8_t p1 = cmd->header[2], p2 = cmd->header[3];
	uint8_t n;

	if (!fs->channels) {
		rsp->sw = 0x6881;
	} else if (p1 == 0x80 && p2 > 0 && p2 < UICC_FS_CHANNELS && fs->channel[p2].open) {
		fs->channel[p2].open = false;
	} else if (p1 || p2) {
		rsp->sw = 0x6a86;
	} else {
		for (n = 1; n < UICC_FS_CHANNELS && fs->channel[n].open; n++)
			;
		if (n == UICC_FS_CHANNELS) {
			rsp->sw = 0x6a81;
			return;
		}
		start_channel(fs, &fs->channel[n]);
		rsp->data[0] = n;
		rsp->len = 1;
	}
}

static const struct uicc_file *find(const struct uicc_fs *fs, uint16_t fid, uint16_t parent)
{
	size_t i;

	for (i = 0; i < fs->count; i++) {
		if (fs->files[i].fid == fid && fs->files[i].parent == parent)
			return &fs->files[i];
	}
	return NULL;
}

static void enter(struct uicc_place *at, const struct uicc_file *f)
{
	at->record = 0;
	if (f->type != UICC_FILE_DF) {
		at->ef = f;
		return;
	}
	at->df = f;
	at->ef = NULL;
}

/* What a FID means from where we stand (TS 102 221, 8.4). */
static const struct uicc_file *reachable(const struct uicc_fs *fs, const struct uicc_place *at,
					 uint16_t fid)
{
	const struct uicc_file *f;

	if (fid == UICC_FID_MF)
		return &fs->files[0];
	if (fid == UICC_FID_CURRENT_ADF)
		return at->adf;
	f = find(fs, fid, at->df->fid);
	return f ? f : fid == at->df->fid ? at->df : NULL;
}

static const struct uicc_file *walk(const struct uicc_fs *fs, const struct uicc_place *at,
				    const struct uicc_file *from, const uint8_t *path, size_t len)
{
	const struct uicc_file *f = from;

	if (!len || len & 1)
		return NULL;
	for (; len && f; path += 2, len -= 2) {
		uint16_t fid = path[0] << 8 | path[1];

		if (f->type != UICC_FILE_DF || fid == UICC_FID_PKCS15)
			return NULL;
		f = fid == UICC_FID_CURRENT_ADF ? at->adf : find(fs, fid, f->fid);
	}
	return f;
}

/* A partial name is one truncated on the right. */
static const struct uicc_file *by_name(const struct uicc_fs *fs, struct uicc_place *at,
				       const uint8_t *name, size_t len)
{
	const struct uicc_file *f = NULL;

	if (len < 5)
		return NULL;
	if (len <= sizeof(usim_aid) && !memcmp(name, usim_aid, len))
		f = find(fs, UICC_FID_CURRENT_ADF, UICC_FID_MF);
	else if (len <= sizeof(pkcs15_aid) && !memcmp(name, pkcs15_aid, len))
		f = find(fs, UICC_FID_PKCS15, UICC_FID_MF);
	if (f)
		at->adf = f;
	return f;
}

static void put_fcp(const struct uicc_file *f, struct uicc_rsp *rsp)
{
	uint8_t body[96];
	struct uicc_tlv_out o = { .buf = body, .room = sizeof(body) };
	uint8_t fid[2] = { f->fid >> 8, f->fid };
	uint8_t size[2] = { f->len >> 8, f->len };
	uint8_t sfi = f->sfi << 3;
	/* 90: PIN1 may be used, 83: key reference 01 */
	static const uint8_t pins[] = { 0x90, 0x01, 0x80, 0x83, 0x01, 0x01 };
	/* UICC characteristics: clock may stop, no preferred level, classes A to C */
	static const uint8_t characteristics[] = { 0x80, 0x01, 0x71 };

	switch (f->type) {
	case UICC_FILE_DF:
		uicc_ctlv_put(&o, 0x82, "\x78\x21", 2);
		uicc_ctlv_put(&o, 0x83, fid, 2);
		if (f->fid == UICC_FID_CURRENT_ADF)
			uicc_ctlv_put(&o, 0x84, usim_aid, sizeof(usim_aid));
		if (f->fid == UICC_FID_PKCS15)
			uicc_ctlv_put(&o, 0x84, pkcs15_aid, sizeof(pkcs15_aid));
		if (f->fid == UICC_FID_MF)
			uicc_ctlv_put(&o, 0xa5, characteristics, sizeof(characteristics));
		uicc_ctlv_put(&o, 0x8a, "\x05", 1);
		uicc_ctlv_put(&o, 0xc6, pins, sizeof(pins));
		break;
	case UICC_FILE_TRANSPARENT:
		uicc_ctlv_put(&o, 0x82, "\x41\x21", 2);
		uicc_ctlv_put(&o, 0x83, fid, 2);
		uicc_ctlv_put(&o, 0x8a, "\x05", 1);
		uicc_ctlv_put(&o, 0x80, size, 2);
		uicc_ctlv_put(&o, 0x88, &sfi, f->sfi ? 1 : 0);
		break;
	case UICC_FILE_LINEAR: {
		uint8_t d[5] = { 0x42, 0x21, 0, f->record_len, f->len / f->record_len };

		uicc_ctlv_put(&o, 0x82, d, sizeof(d));
		uicc_ctlv_put(&o, 0x83, fid, 2);
		uicc_ctlv_put(&o, 0x8a, "\x05", 1);
		uicc_ctlv_put(&o, 0x80, size, 2);
		uicc_ctlv_put(&o, 0x88, &sfi, f->sfi ? 1 : 0);
		break;
	}
	}
	rsp->len = uicc_ber_wrap(0x62, body, o.len, rsp->data, sizeof(rsp->data));
}

void uicc_fs_select(struct uicc_fs *fs, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	struct uicc_place *at = &fs->channel[cmd->header[0] & 3];
	uint8_t p1 = cmd->header[2], p2 = cmd->header[3];
	const struct uicc_file *f = NULL;

	/* P2: FCP or nothing back; for names also which occurrence, of which there is one */
	if ((p2 & 0x7c) != 0x04 && (p2 & 0x7c) != 0x0c && p2) {
		rsp->sw = 0x6a86;
		return;
	}
	switch (p1) {
	case 0x00:
	case 0x01:
	case 0x02:
		if (cmd->nc != 2) {
			rsp->sw = 0x6700;
			return;
		}
		f = reachable(fs, at, cmd->data[0] << 8 | cmd->data[1]);
		break;
	case 0x03:
		f = find(fs, at->df->parent, UICC_FID_MF);
		break;
	case 0x04:
		f = by_name(fs, at, cmd->data, cmd->nc);
		break;
	case 0x08:
		f = walk(fs, at, &fs->files[0], cmd->data, cmd->nc);
		break;
	case 0x09:
		f = walk(fs, at, at->df, cmd->data, cmd->nc);
		break;
	default:
		rsp->sw = 0x6a86;
		return;
	}
	if (!f) {
		rsp->sw = 0x6a82;
		return;
	}
	enter(at, f);
	if ((p2 & 0x7c) != 0x0c)
		put_fcp(f, rsp);
}

void uicc_fs_status(struct uicc_fs *fs, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	const struct uicc_file *df = fs->channel[cmd->header[0] & 3].df;

	if (cmd->header[2] > 2) {
		rsp->sw = 0x6a86;
		return;
	}
	switch (cmd->header[3]) {
	case 0x00:
		put_fcp(df, rsp);
		break;
	case 0x01:
		if (df->fid == UICC_FID_CURRENT_ADF)
			rsp->len = uicc_ber_wrap(0x84, usim_aid, sizeof(usim_aid), rsp->data,
						 sizeof(rsp->data));
		break;
	case 0x0c:
		break;
	default:
		rsp->sw = 0x6a86;
	}
}

/* The file that a reading command means, or NULL with the status set. */
static const struct uicc_file *target(const struct uicc_fs *fs, struct uicc_place *at, uint8_t sfi,
				      bool pin, enum uicc_file_type type, struct uicc_rsp *rsp)
{
	const struct uicc_file *f = at->ef;
	size_t i;

	if (sfi) {
		f = NULL;
		for (i = 0; i < fs->count; i++) {
			if (fs->files[i].sfi == sfi && fs->files[i].parent == at->df->fid)
				f = &fs->files[i];
		}
		if (!f) {
			rsp->sw = 0x6a82;
			return NULL;
		}
		enter(at, f);
	}
	if (!f)
		rsp->sw = 0x6986;
	else if (f->type != type)
		rsp->sw = 0x6981;
	else if (f->pin && !pin)
		rsp->sw = 0x6982;
	else
		return f;
	return NULL;
}

void uicc_fs_read_binary(struct uicc_fs *fs, const struct uicc_cmd *cmd, bool pin,
			 struct uicc_rsp *rsp)
{
	struct uicc_place *at = &fs->channel[cmd->header[0] & 3];
	bool short_id = cmd->header[2] & 0x80;
	size_t offset = (short_id ? 0 : cmd->header[2] << 8) | cmd->header[3];
	const struct uicc_file *f;

	if (short_id && cmd->header[2] & 0x60) {
		rsp->sw = 0x6a86;
		return;
	}
	f = target(fs, at, short_id ? cmd->header[2] & 0x1f : 0, pin, UICC_FILE_TRANSPARENT, rsp);
	if (!f)
		return;
	if (offset >= f->len) {
		rsp->sw = 0x6b00;
		return;
	}
	/* less than the reader wants ends in 6Cxx */
	rsp->len = f->len - offset;
	if (rsp->len > cmd->ne)
		rsp->len = cmd->ne;
	memcpy(rsp->data, (f->large ? f->large : f->data) + offset, rsp->len);
}

void uicc_fs_read_record(struct uicc_fs *fs, const struct uicc_cmd *cmd, bool pin,
			 struct uicc_rsp *rsp)
{
	struct uicc_place *at = &fs->channel[cmd->header[0] & 3];
	unsigned int record = cmd->header[2];
	uint8_t mode = cmd->header[3] & 7;
	const struct uicc_file *f;

	f = target(fs, at, cmd->header[3] >> 3, pin, UICC_FILE_LINEAR, rsp);
	if (!f)
		return;
	if (mode == 2 && !record) {
		record = at->record + 1;
	} else if (mode == 3 && !record) {
		record = at->record ? at->record - 1 : f->len / f->record_len;
	} else if (mode == 4) {
		record = record ? record : at->record;
	} else {
		rsp->sw = 0x6a86;
		return;
	}
	if (!record || record > f->len / f->record_len) {
		rsp->sw = 0x6a83;
		return;
	}
	if (mode != 4)
		at->record = record;
	rsp->len = f->record_len;
	memcpy(rsp->data, f->data + (record - 1) * f->record_len, rsp->len);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file system of the card (TS 102 221, clause 8 and 13; TS 31.102): MF with EF_DIR, EF_ICCID
 * and EF_PL, ADF USIM with EF_IMSI, EF_AD and EF_UST; a PKCS#15 application with a DM bootstrap file,
 * where there is one (OMA DM bootstrap, 5.3).  Selection, FCP, reading, on several logical channels.
 */
#ifndef VUICC_FS_H
#define VUICC_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apdu.h"

#define UICC_FID_MF		0x3f00
#define UICC_FID_CURRENT_ADF	0x7fff
#define UICC_FID_PKCS15		0x7f15	/* of the ADF; it can be selected by its name only */
#define UICC_EF_MAX		80
#define UICC_EF_BOOTSTRAP_MAX	4096
#define UICC_FS_CHANNELS	4

enum uicc_file_type {
	UICC_FILE_DF,
	UICC_FILE_TRANSPARENT,
	UICC_FILE_LINEAR,
};

struct uicc_file {
	uint16_t fid;
	uint16_t parent;	/* FID of the DF it is in */
	enum uicc_file_type type;
	uint8_t sfi;		/* 0 = none */
	bool pin;		/* reading needs PIN1 */
	uint8_t record_len;
	size_t len;		/* all of the data */
	uint8_t data[UICC_EF_MAX];
	const uint8_t *large;	/* instead of data, if not NULL */
};

#define UICC_FILES	12

/* Where a logical channel stands. */
struct uicc_place {
	bool open;
	const struct uicc_file *df;	/* current directory */
	const struct uicc_file *ef;	/* current file, NULL = none */
	const struct uicc_file *adf;	/* application that is selected, NULL = none */
	unsigned int record;		/* current record, 0 = none */
};

struct uicc_fs {
	struct uicc_file files[UICC_FILES];
	size_t count;
	struct uicc_place channel[UICC_FS_CHANNELS];
	uint8_t bootstrap[UICC_EF_BOOTSTRAP_MAX];
	bool channels;			/* there are others than the basic one */
};

/* 0, or -EINVAL if the ICCID is not 18 to 20 digits. */
int uicc_fs_init(struct uicc_fs *fs, const char *iccid);
/* Gives the card a PKCS#15 application with that file, and logical channels. 0 or -EMSGSIZE. */
int uicc_fs_bootstrap(struct uicc_fs *fs, const uint8_t *data, size_t len);
/* Is the channel that the class byte names open? */
bool uicc_fs_channel_open(const struct uicc_fs *fs, uint8_t cla);
void uicc_fs_manage_channel(struct uicc_fs *fs, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);
/* Back to the MF, on the basic channel. */
void uicc_fs_reset(struct uicc_fs *fs);
void uicc_fs_select(struct uicc_fs *fs, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);
void uicc_fs_status(struct uicc_fs *fs, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);
/* pin: PIN1 is verified. */
void uicc_fs_read_binary(struct uicc_fs *fs, const struct uicc_cmd *cmd, bool pin,
			 struct uicc_rsp *rsp);
void uicc_fs_read_record(struct uicc_fs *fs, const struct uicc_cmd *cmd, bool pin,
			 struct uicc_rsp *rsp);

#endif /* VUICC_FS_H */

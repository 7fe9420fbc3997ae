/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * WBXML: the numbers that reader and writer share.
 */
#ifndef DM_WBXML_H
#define DM_WBXML_H

#define WBXML_SWITCH_PAGE	0x00
#define WBXML_END		0x01
#define WBXML_ENTITY		0x02
#define WBXML_STR_I		0x03
#define WBXML_LITERAL		0x04
#define WBXML_EXT_I_0		0x40
#define WBXML_EXT_I_2		0x42
#define WBXML_PI		0x43
#define WBXML_EXT_T_0		0x80
#define WBXML_EXT_T_2		0x82
#define WBXML_STR_T		0x83
#define WBXML_EXT_0		0xc0
#define WBXML_EXT_2		0xc2
#define WBXML_OPAQUE		0xc3

/* In the byte of a tag */
#define WBXML_CONTENT		0x40
#define WBXML_ATTRIBUTES	0x80
#define WBXML_TOKEN		0x3f

#define WBXML_VERSION		0x02	/* 1.2 */
#define WBXML_PUBLIC_ID		0x1201	/* SyncML 1.2 */
#define WBXML_CHARSET_ASCII	3
#define WBXML_CHARSET_UTF8	106

#endif /* DM_WBXML_H */

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing a SyncML message without knowing what it is encoded in: elements, text and bytes go
 * to a back end, XML or WBXML.
 *
 * Errors (no memory, an element too many) make the buffer fail; it is enough to look at the end.
 */
#ifndef DM_WRITER_H
#define DM_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dm/buf.h"
#include "dm/tags.h"

#define DM_WRITER_DEPTH	16

enum dm_encoding { DM_ENCODING_XML, DM_ENCODING_WBXML };

struct dm_writer_ops;

struct dm_writer {
	const struct dm_writer_ops *ops;
	struct dm_buf *b;
	enum dm_tag open[DM_WRITER_DEPTH];
	unsigned int depth;
	bool empty;		/* the innermost element has no content yet */
	unsigned int page;	/* WBXML: the code page that is switched to */
};

/* A place to go back to; the elements open there have to be open still. */
struct dm_mark {
	size_t len;
	unsigned int depth, page;
	bool empty;
};

/* Writes the prolog into b, behind what it holds. */
void dm_writer_start(struct dm_writer *w, enum dm_encoding encoding, struct dm_buf *b);
void dm_writer_open(struct dm_writer *w, enum dm_tag tag);
/* Closes the innermost element. */
void dm_writer_close(struct dm_writer *w);
/* UTF-8; what XML cannot carry (dm_text_is_safe()) becomes '?'. Nothing if len is 0. */
void dm_writer_text(struct dm_writer *w, const char *data, size_t len);
/* Any bytes: base64 in XML, OPAQUE in WBXML. Goes with the Format of dm_writer_binary_format(). */
void dm_writer_binary(struct dm_writer *w, const void *data, size_t len);
const char *dm_writer_binary_format(const struct dm_writer *w);

/* <tag>text</tag>; nothing if text is NULL. */
void dm_writer_element(struct dm_writer *w, enum dm_tag tag, const char *text);
void dm_writer_number(struct dm_writer *w, enum dm_tag tag, unsigned long number);
void dm_writer_empty(struct dm_writer *w, enum dm_tag tag);

void dm_writer_mark(const struct dm_writer *w, struct dm_mark *mark);
void dm_writer_rewind(struct dm_writer *w, const struct dm_mark *mark);

/* Length of the encoded message, at most, if all open elements were closed now. */
size_t dm_writer_size(const struct dm_writer *w);
/* How much of the text, in whole characters, can be written into room bytes. */
size_t dm_writer_text_fit(const struct dm_writer *w, const char *data, size_t len, size_t room);
/* The same for bytes. */
size_t dm_writer_binary_fit(const struct dm_writer *w, size_t len, size_t room);

/* Meta: members that are NULL or 0 are left out; none at all, no Meta. */
struct dm_out_meta {
	const char *format, *type, *mark, *next_nonce;
	unsigned long size, max_msg_size, max_obj_size;
	bool has_size;		/* a Size of 0 is one, too */
};

void dm_writer_meta(struct dm_writer *w, const struct dm_out_meta *meta);
/* Target or Source: LocURI, and LocName unless NULL. */
void dm_writer_location(struct dm_writer *w, enum dm_tag tag, const char *uri, const char *name);

/* ------------------------------------------------------------------- back ends */

struct dm_writer_ops {
	const char *binary_format;
	size_t content_len;	/* what content() writes */
	void (*prolog)(struct dm_writer *w);
	/* parent: DM_TAG_NONE for the root */
	void (*open)(struct dm_writer *w, enum dm_tag tag, enum dm_tag parent);
	/* The innermost element gets its first content. */
	void (*content)(struct dm_writer *w);
	void (*close)(struct dm_writer *w, enum dm_tag tag, bool empty);
	void (*text)(struct dm_writer *w, const char *data, size_t len);
	void (*binary)(struct dm_writer *w, const uint8_t *data, size_t len);
	/* The buffer was cut back to the mark, where the innermost element may have had no content. */
	void (*rewind)(struct dm_writer *w);
	size_t (*close_len)(enum dm_tag tag);
	size_t (*text_fit)(const char *data, size_t len, size_t room);
	size_t (*binary_fit)(size_t len, size_t room);
};

extern const struct dm_writer_ops dm_xml_writer;	/* syncml-write.c */
extern const struct dm_writer_ops dm_wbxml_writer;	/* wbxml-write.c */

/* Length of the first character if it is well-formed UTF-8 and XML may contain it, else 0. */
size_t dm_text_char(const char *data, size_t len);
/* Are all characters of that kind? */
bool dm_text_is_safe(const char *data, size_t len);

#endif /* DM_WRITER_H */

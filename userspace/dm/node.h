/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A received document as elements and text, whatever it was encoded in. The readers of XML and
 * WBXML build it, syncml-read.c makes a message of it.
 *
 * Everything lies in the arena of the message.
 */
#ifndef DM_NODE_H
#define DM_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dm/message.h"
#include "dm/tags.h"

#define DM_DOCUMENT_DEPTH	32	/* elements in elements */
#define DM_DOCUMENT_NODES	16384	/* elements and texts */

struct dm_node {
	struct dm_node *next, *first, *last;
	const char *name;	/* local name of an element; NULL: this is text */
	const char *space;	/* XML namespace, NULL = none */
	const char *attributes;	/* as XML, each with a blank before it; NULL = none */
	char *text;		/* of a text, a NUL follows */
	size_t len;
	bool shared;		/* others use the same text: not to be written to */
	bool verbatim;		/* CDATA or OPAQUE: white space counts */
	bool opaque;		/* OPAQUE: may be any bytes */
	unsigned int where;	/* line, or byte of WBXML */
};

/*
 * Another vocabulary than that of SyncML, in which attributes count: each is read as an element inside
 * of the one that has it. All functions return NULL for what there is not.
 */
struct dm_vocabulary {
	const char *(*tag)(unsigned int page, unsigned int token);
	/* The name that the token stands for; *start: how its value begins, or NULL. */
	const char *(*attribute)(unsigned int page, unsigned int token, const char **start);
	const char *(*value)(unsigned int page, unsigned int token);
};

/* A document that is being read. */
struct dm_document {
	struct dm_message *msg;
	struct dm_node *root;
	struct dm_node *open[DM_DOCUMENT_DEPTH];
	unsigned int depth, data_depth, nodes;
	const struct dm_vocabulary *vocabulary;	/* NULL: SyncML */
	int err;		/* 0, -EBADMSG, -ENOMEM: nothing is added any more */
	const char *what;	/* of -EBADMSG; static text */
	unsigned int where;
};

void dm_document_init(struct dm_document *doc, struct dm_message *msg);
/* Gives up, for the first reason that is told. */
void dm_document_fail(struct dm_document *doc, int err, const char *what);
/* name is copied unless the engine knows it; space has to stay. NULL after an error. */
struct dm_node *dm_document_open(struct dm_document *doc, const char *name, size_t len,
				 const char *space);
void dm_document_close(struct dm_document *doc);
/* text lies in the arena and has a NUL behind it. NULL after an error, or if there is none. */
struct dm_node *dm_document_text(struct dm_document *doc, char *text, size_t len);
/* Is this inside of Data, where any vocabulary may stand? */
bool dm_document_in_data(const struct dm_document *doc);

/* The first element from node on, node included. */
const struct dm_node *dm_node_element(const struct dm_node *node);

struct dm_node_text {
	char *text;		/* a NUL follows; may be written to */
	size_t len;
	bool verbatim, opaque;	/* some of it */
	bool markup;		/* there are elements in between */
	bool nul;		/* some byte of it is 0 */
};

/* All text directly below an element. 0 or -ENOMEM. */
int dm_node_get_text(struct dm_message *msg, const struct dm_node *node, struct dm_node_text *t);
/* What is below an element as XML, namespaces included. 0, -ENOMEM. */
int dm_node_to_xml(struct dm_message *msg, const struct dm_node *node, char **xml, size_t *len);

/* The two readers. Errors are in the document. */
void dm_xml_read(struct dm_document *doc, const char *xml, size_t len, char *why, size_t why_len);
void dm_wbxml_read(struct dm_document *doc, const uint8_t *wbxml, size_t len);

#endif /* DM_NODE_H */

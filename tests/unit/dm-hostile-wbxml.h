/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An XML document of a hostile server as WBXML, whatever is in it: names that have no token become
 * literals, as the format allows.
 */
#ifndef DM_HOSTILE_WBXML_H
#define DM_HOSTILE_WBXML_H

#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dm/tags.h"

struct evil_wbxml {
	FILE *f, *strings;
	unsigned int page, offset;
};

static void evil_number(FILE *f, size_t n)
{
	unsigned int shift = 28;

	while (shift && !(n >> shift))
		shift -= 7;
	for (; shift; shift -= 7)
		fputc((int)(n >> shift & 0x7f) | 0x80, f);
	fputc((int)(n & 0x7f), f);
}

/* The token of a name, wherever it is; -1: none. */
static int evil_token(const char *name, unsigned int *page)
{
	unsigned int token;

	for (*page = 0; *page < DM_PAGES; ++*page) {
		for (token = 5; token < 0x40; token++) {
			const char *known = dm_tag_name(*page, token);

			if (known && !strcmp(known, name))
				return (int)token;
		}
	}
	return -1;
}

static void evil_tag(struct evil_wbxml *w, const xmlNode *n)
{
	const char *name = (const char *)n->name;
	int content = n->children ? 0x40 : 0;
	unsigned int page;
	int token = evil_token(name, &page);

	if (token < 0) {
		fputc(0x04 | content, w->f);	/* LITERAL */
		evil_number(w->f, w->offset);
		w->offset += (unsigned int)fprintf(w->strings, "%s", name) + 1;
		fputc(0, w->strings);
		return;
	}
	if (page != w->page) {
		fputc(0, w->f);
		fputc((int)page, w->f);
		w->page = page;
	}
	fputc(token | content, w->f);
}

static void evil_content(struct evil_wbxml *w, const xmlNode *n)
{
	size_t len = n->content ? strlen((const char *)n->content) : 0;

	if (n->type == XML_CDATA_SECTION_NODE) {
		fputc(0xc3, w->f);		/* OPAQUE */
		evil_number(w->f, len);
		fwrite(n->content, 1, len, w->f);
	} else if (n->type == XML_TEXT_NODE) {
		fputc(0x03, w->f);		/* STR_I */
		fwrite(n->content, 1, len, w->f);
		fputc(0, w->f);
	}
}

/* Iterative: a hostile document is as deep as it likes. */
static void evil_elements(struct evil_wbxml *w, const xmlNode *root)
{
	const xmlNode *n = root;

	while (n) {
		if (n->type == XML_ELEMENT_NODE)
			evil_tag(w, n);
		else
			evil_content(w, n);
		if (n->type == XML_ELEMENT_NODE && n->children) {
			n = n->children;
			continue;
		}
		while (n && n != root && !n->next) {
			n = n->parent;
			fputc(0x01, w->f);	/* END */
		}
		n = n == root ? NULL : n->next;
	}
}

static uint8_t *evil_to_wbxml(const xmlDoc *doc, size_t *len)
{
	struct evil_wbxml w = { 0 };
	char *body = NULL, *strings = NULL, *whole = NULL;
	size_t body_len = 0, strings_len = 0;
	FILE *f;

	w.f = open_memstream(&body, &body_len);
	w.strings = open_memstream(&strings, &strings_len);
	f = open_memstream(&whole, len);
	if (!w.f || !w.strings || !f)
		abort();
	evil_elements(&w, xmlDocGetRootElement((xmlDoc *)doc));
	fclose(w.f);
	fclose(w.strings);
	fwrite("\x02\xa4\x01\x6a", 1, 4, f);
	evil_number(f, strings_len);
	fwrite(strings, 1, strings_len, f);
	fwrite(body, 1, body_len, f);
	fclose(f);
	free(body);
	free(strings);
	return (uint8_t *)whole;
}

#endif /* DM_HOSTILE_WBXML_H */

// SPDX-License-Identifier: BSD-3-Clause
/* Text that grows, and escaping for XML. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

void vdm_buf_add(struct vdm_buf *b, const char *s, size_t len)
{
	if (b->failed)
		return;
	if (b->room - b->len <= len) {
		size_t room = (b->len + len + 1) * 2;
		char *p = realloc(b->p, room);

		if (!p) {
			b->failed = true;
			return;
		}
		b->p = p;
		b->room = room;
	}
	memcpy(b->p + b->len, s, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void vdm_buf_printf(struct vdm_buf *b, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	vdm_buf_add(b, text, (size_t)n);
	free(text);
}

void vdm_buf_escape(struct vdm_buf *b, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "&<>\"\r");

		vdm_buf_add(b, s, n);
		s += n;
		switch (*s) {
		case '&':
			vdm_buf_printf(b, "&amp;");
			break;
		case '<':
			vdm_buf_printf(b, "&lt;");
			break;
		case '>':
			vdm_buf_printf(b, "&gt;");
			break;
		case '"':
			vdm_buf_printf(b, "&quot;");
			break;
		case '\r':	/* else lost in the receiver's line end handling */
			vdm_buf_printf(b, "&#13;");
			break;
		default:
			return;
		}
		s++;
	}
}

void vdm_buf_clear(struct vdm_buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->len);
	free(b->p);
	memset(b, 0, sizeof(*b));
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * Growing byte buffer of the DM engine: messages hold credentials and values, so
 * realloc(), which may leave a copy behind, is not used.
 */
#include "dm/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct dm_buf *b, size_t more)
{
	size_t want = b->room ? b->room : 1024;
	char *bigger;

	if (b->failed)
		return false;
	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		goto fail;
	while (want < b->len + more + 1)
		want *= 2;
	if (want == b->room)
		return true;
	bigger = malloc(want);
	if (!bigger)
		goto fail;
	if (b->data) {
		memcpy(bigger, b->data, b->len + 1);
		explicit_bzero(b->data, b->room);
		free(b->data);
	}
	b->data = bigger;
	b->room = want;
	return true;
fail:
	b->failed = true;
	return false;
}

void dm_buf_put(struct dm_buf *b, const void *data, size_t len)
{
	if (!grow(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void dm_buf_puts(struct dm_buf *b, const char *text)
{
	dm_buf_put(b, text, strlen(text));
}

void dm_buf_printf(struct dm_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!grow(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

/* Takes back what was put after len. */
void dm_buf_truncate(struct dm_buf *b, size_t len)
{
	if (len >= b->len)
		return;
	explicit_bzero(b->data + len, b->len - len);
	b->len = len;
}

void dm_buf_free(struct dm_buf *b)
{
	if (b->data) {
		explicit_bzero(b->data, b->room);
		free(b->data);
	}
	memset(b, 0, sizeof(*b));
}

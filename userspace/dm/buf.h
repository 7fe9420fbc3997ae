/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Growing byte buffer of the DM engine. What it held is wiped before it is freed or moved.
 */
#ifndef DM_BUF_H
#define DM_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* After a failed allocation the buffer ignores everything until it is reset; check failed once. */
struct dm_buf {
	char *data;	/* NUL-terminated as soon as something was put */
	size_t len;
	size_t room;
	bool failed;
};

void dm_buf_put(struct dm_buf *b, const void *data, size_t len);
void dm_buf_puts(struct dm_buf *b, const char *text);
void dm_buf_printf(struct dm_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void dm_buf_truncate(struct dm_buf *b, size_t len);
void dm_buf_free(struct dm_buf *b);

#endif /* DM_BUF_H */

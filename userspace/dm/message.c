// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory of a received message: one arena, so that it can be wiped as a whole.
 */
#include "dm/message.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK	4096

struct dm_arena {
	struct dm_arena *next;
	size_t room, used;
	max_align_t data[];
};

void *dm_message_alloc(struct dm_message *m, size_t len)
{
	struct dm_arena *a = m->arena;
	size_t align = sizeof(max_align_t);
	void *p;

	if (len > SIZE_MAX / 2)
		return NULL;
	len = (len + align - 1) / align * align;
	if (!a || a->room - a->used < len) {
		size_t room = len > CHUNK ? len : CHUNK;

		a = calloc(1, sizeof(*a) + room);
		if (!a)
			return NULL;
		a->room = room;
		a->next = m->arena;
		m->arena = a;
	}
	p = (char *)a->data + a->used;
	a->used += len;
	return p;
}

char *dm_message_strndup(struct dm_message *m, const char *text, size_t len)
{
	char *copy = dm_message_alloc(m, len + 1);

	if (copy && len)
		memcpy(copy, text, len);
	return copy;
}

struct dm_message *dm_message_new(void)
{
	return calloc(1, sizeof(struct dm_message));
}

void dm_message_free(struct dm_message *m)
{
	struct dm_arena *a, *next;

	if (!m)
		return;
	for (a = m->arena; a; a = next) {
		next = a->next;
		explicit_bzero(a->data, a->used);
		free(a);
	}
	free(m);
}

bool dm_parse_number(const char *text, unsigned long max, unsigned long *value)
{
	unsigned long v = 0;

	if (!text || !*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (digit > 9 || digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

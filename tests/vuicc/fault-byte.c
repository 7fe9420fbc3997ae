// SPDX-License-Identifier: BSD-3-Clause
/* Faults of the line, at single characters: the script of them, and chance. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fault-byte.h"

#define NOISE		0x55
#define RANDOM_DELAY_MS	50

static const char *const names[UICC_BYTE_FAULT_MAX] = {
	[UICC_BYTE_NONE] = "none",
	[UICC_BYTE_DROP] = "drop",
	[UICC_BYTE_DUPLICATE] = "duplicate",
	[UICC_BYTE_FLIP] = "flip",
	[UICC_BYTE_NOISE] = "noise",
	[UICC_BYTE_DELAY] = "delay",
	[UICC_BYTE_STOP] = "stop",
	[UICC_BYTE_REMOVE] = "remove",
	[UICC_BYTE_ALTER] = "alter",
};

const char *uicc_byte_fault_name(enum uicc_byte_fault fault)
{
	return names[fault];
}

bool uicc_is_byte_fault(const char *spec)
{
	return strstr(spec, "@in:") || strstr(spec, "@out:") || !strncmp(spec, "random:", 7) ||
	       !strncmp(spec, "flips:", 6);
}

/* A number at *text, which moves behind it and the colon after it. */
static bool number(const char **text, unsigned long min, unsigned long max, unsigned long *n)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*n = strtoul(*text, &end, 0);
	if (errno || *n < min || *n > max || (*end && *end != ':'))
		return false;
	*text = *end ? end + 1 : end;
	return true;
}

static int arm_random(struct uicc_byte_faults *f, const char *text, bool flips)
{
	unsigned long seed, permille, count = ~0UL;

	if (!number(&text, 0, ~0UL, &seed) || !number(&text, 1, 1000, &permille))
		return -EINVAL;
	if (*text && (!number(&text, 1, ~0UL, &count) || *text))
		return -EINVAL;
	f->random = seed;
	f->flips = flips;
	f->permille = permille;
	f->random_left = count;
	return 0;
}

static bool parse_arg(struct uicc_byte_fault_at *a, const char *text)
{
	unsigned long n = a->fault == UICC_BYTE_NOISE ? NOISE : 0;
	unsigned long max;

	switch (a->fault) {
	case UICC_BYTE_FLIP:
	case UICC_BYTE_ALTER:
		max = 7;
		break;
	case UICC_BYTE_NOISE:
		max = 255;
		break;
	case UICC_BYTE_DELAY:
		max = 3600000;
		if (!*text)
			return false;
		break;
	default:
		return !*text;
	}
	if (*text && (!number(&text, 0, max, &n) || *text))
		return false;
	a->arg = n;
	return true;
}

int uicc_byte_fault_arm(struct uicc_byte_faults *f, const char *spec)
{
	struct uicc_byte_fault_at a = { .fault = UICC_BYTE_NONE };
	size_t len = strcspn(spec, "@");
	unsigned int i;

	if (!strncmp(spec, "random:", 7))
		return arm_random(f, spec + 7, false);
	if (!strncmp(spec, "flips:", 6))
		return arm_random(f, spec + 6, true);
	for (i = UICC_BYTE_DROP; i < UICC_BYTE_FAULT_MAX; i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], spec, len))
			a.fault = i;
	}
	spec += len;
	a.in = !strncmp(spec, "@in:", 4);
	spec += a.in ? 4 : 5;
	if (!a.fault || !number(&spec, 1, 1000000000, &a.left) || !parse_arg(&a, spec))
		return -EINVAL;
	for (i = 0; i < UICC_BYTE_FAULTS; i++) {
		if (!f->armed[i].fault) {
			f->armed[i] = a;
			return 0;
		}
	}
	return -ENOSPC;
}

void uicc_byte_faults_clear(struct uicc_byte_faults *f)
{
	memset(f, 0, sizeof(*f));
}

/* splitmix64: small, and the same everywhere. */
static uint64_t draw(struct uicc_byte_faults *f)
{
	uint64_t z = f->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static enum uicc_byte_fault by_chance(struct uicc_byte_faults *f, unsigned int *arg)
{
	enum uicc_byte_fault fault;

	if (!f->permille || !f->random_left || draw(f) % 1000 >= f->permille)
		return UICC_BYTE_NONE;
	f->random_left--;
	fault = f->flips ? UICC_BYTE_FLIP : UICC_BYTE_DROP + draw(f) % 5;
	switch (fault) {
	case UICC_BYTE_FLIP:
		*arg = draw(f) % 8;
		break;
	case UICC_BYTE_NOISE:
		*arg = draw(f) % 256;
		break;
	case UICC_BYTE_DELAY:
		*arg = 1 + draw(f) % RANDOM_DELAY_MS;
		break;
	default:
		break;
	}
	return fault;
}

enum uicc_byte_fault uicc_byte_fault_next(struct uicc_byte_faults *f, bool in, unsigned int *arg)
{
	enum uicc_byte_fault fault = UICC_BYTE_NONE;
	unsigned int i;

	for (i = 0; i < UICC_BYTE_FAULTS; i++) {
		struct uicc_byte_fault_at *a = &f->armed[i];

		if (!a->fault || a->in != in || --a->left)
			continue;
		/* of two at one character the first counts, the other comes with the next */
		if (fault) {
			a->left = 1;
			continue;
		}
		fault = a->fault;
		*arg = a->arg;
		a->fault = UICC_BYTE_NONE;
	}
	return fault ? fault : by_chance(f, arg);
}

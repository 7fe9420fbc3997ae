// SPDX-License-Identifier: BSD-3-Clause
/* Faults the card can be told to show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static const char *const names[UICC_FAULT_MAX] = {
	[UICC_FAULT_MUTE] = "mute",
	[UICC_FAULT_REMOVE] = "remove",
	[UICC_FAULT_NOISE] = "noise",
	[UICC_FAULT_BAD_PROCEDURE] = "bad-procedure",
	[UICC_FAULT_NULL_STORM] = "null-storm",
	[UICC_FAULT_WTX_STORM] = "wtx-storm",
	[UICC_FAULT_WRONG_FETCH] = "wrong-fetch",
	[UICC_FAULT_MUTE_FETCHED] = "mute-fetched",
	[UICC_FAULT_BUSY_ENVELOPE] = "busy-envelope",
	[UICC_FAULT_NO_ATR] = "no-atr",
	[UICC_FAULT_BAD_ATR] = "bad-atr",
	[UICC_FAULT_LATE_91] = "late-91",
	[UICC_FAULT_BAD_EDC] = "bad-edc",
	[UICC_FAULT_BAD_SEQ] = "bad-seq",
	[UICC_FAULT_BAD_PCB] = "bad-pcb",
	[UICC_FAULT_BAD_LEN] = "bad-len",
	[UICC_FAULT_BAD_NAD] = "bad-nad",
	[UICC_FAULT_LOSE_BLOCK] = "lose-block",
	[UICC_FAULT_ABORT] = "abort",
};

int uicc_fault_arm(struct uicc_faults *f, const char *spec)
{
	size_t name_len = strcspn(spec, "@");
	unsigned long n = 1;
	unsigned int i;
	char *end;

	if (uicc_is_byte_fault(spec))
		return uicc_byte_fault_arm(&f->bytes, spec);
	if (spec[name_len] == '@') {
		if (spec[name_len + 1] < '0' || spec[name_len + 1] > '9')
			return -EINVAL;
		errno = 0;
		n = strtoul(spec + name_len + 1, &end, 10);
		if (errno || *end || !n || n > 1000000000)
			return -EINVAL;
	}
	for (i = 0; i < UICC_FAULT_MAX; i++) {
		if (strlen(names[i]) == name_len && !strncmp(names[i], spec, name_len)) {
			f->at[i] = n;
			return 0;
		}
	}
	return -EINVAL;
}

int uicc_faults_load(struct uicc_faults *f, const char *path, unsigned int *line)
{
	FILE *file = fopen(path, "re");
	char text[256];
	int ret = 0;

	*line = 0;
	if (!file)
		return -errno;
	while (!ret && fgets(text, sizeof(text), file)) {
		char *spec = text + strspn(text, " \t");

		(*line)++;
		spec[strcspn(spec, " \t\r\n#")] = '\0';
		if (*spec)
			ret = uicc_fault_arm(f, spec);
	}
	if (!ret && ferror(file))
		ret = -EIO;
	fclose(file);
	return ret;
}

void uicc_faults_clear(struct uicc_faults *f)
{
	memset(f->at, 0, sizeof(f->at));
	f->remove_after = 0;
	uicc_byte_faults_clear(&f->bytes);
}

void uicc_fault_strikes(struct uicc_faults *f, const char *what)
{
	f->struck++;
	if (f->tell)
		f->tell(f->ctx, what);
}

bool uicc_fault_fires(struct uicc_faults *f, enum uicc_fault fault, unsigned int count)
{
	if (!f->at[fault] || count < f->at[fault])
		return false;
	f->at[fault] = 0;
	uicc_fault_strikes(f, names[fault]);
	return true;
}

bool uicc_fault_countdown(struct uicc_faults *f, enum uicc_fault fault)
{
	if (!f->at[fault])
		return false;
	f->at[fault]--;
	uicc_fault_strikes(f, names[fault]);
	return true;
}

const char *uicc_fault_name(enum uicc_fault fault)
{
	return names[fault];
}

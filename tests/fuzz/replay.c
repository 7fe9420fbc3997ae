// SPDX-License-Identifier: BSD-3-Clause
/*
 * Runs a fuzz target over the files of a folder, without libFuzzer: for compilers
 * that do not have it, and for make check.  Prints the number of files.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"

/* The file is in a buffer of its own size, so that an over-read is seen */
static bool replay(const char *folder, const char *name)
{
	char path[4096];
	uint8_t *data;
	long size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0) {
		perror(path);
		return false;
	}
	rewind(f);
	data = malloc((size_t)size);
	if (size && (!data || fread(data, (size_t)size, 1, f) != 1)) {
		perror(path);
		return false;
	}
	fclose(f);
	/* if it crashes, this is the last line */
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	return true;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	if (argc != 2) {
		fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	dir = opendir(argv[1]);
	if (!dir) {
		perror(argv[1]);
		return 1;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!replay(argv[1], entry->d_name))
			return 1;
		n++;
	}
	closedir(dir);
	printf("%u\n", n);
	return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: SyncML in XML, and the Content-Type it comes with.
 */
#include "fuzz/fuzz_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum dm_encoding encoding;
	char why[160], type[64];
	size_t n = size < sizeof(type) - 1 ? size : sizeof(type) - 1;

	memcpy(type, data, n);
	type[n] = '\0';
	dm_syncml_encoding(type, data, size, &encoding, why, sizeof(why));
	dm_message_free(fuzz_read(DM_ENCODING_XML, data, size));
	return 0;
}

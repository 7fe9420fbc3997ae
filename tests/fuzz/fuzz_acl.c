// SPDX-License-Identifier: BSD-3-Clause
/*
 * ACLs: whatever is accepted comes out in one form, gives the same rights as before, and no more
 * after a server was taken out of it.
 */
#include <stdlib.h>
#include <string.h>
#include "fuzz/fuzz.h"
#include "mo/private.h"

static const char *const rights[] = { "Add", "Delete", "Exec", "Get", "Replace" };
/* the last one can be in no list */
#define NOBODY	"="
static const char *const servers[] = { "a", "b", "srv", "urn:x.y/1", NOBODY };

static void check_text(const char *text)
{
	char acl[MO_MAX_ACL + 1], again[MO_MAX_ACL + 1], stripped[MO_MAX_ACL + 1];
	int status = mo_acl_normalise(text, acl);
	size_t r, s;

	CHECK(status == MO_OK || status == MO_BAD_COMMAND || status == MO_DEVICE_FULL);
	if (status != MO_OK) {
		/* what is malformed gives nothing */
		for (r = 0; status == MO_BAD_COMMAND && r < 5; r++)
			CHECK(!mo_acl_allows(text, rights[r], NOBODY));
		return;
	}
	CHECK(strlen(acl) <= strlen(text));
	CHECK(mo_acl_normalise(acl, again) == MO_OK);
	CHECK(!strcmp(acl, again));
	for (r = 0; r < 5; r++)
		for (s = 0; s < 5; s++)
			CHECK(mo_acl_allows(text, rights[r], servers[s]) ==
			      mo_acl_allows(acl, rights[r], servers[s]));
	if (!mo_acl_strip(acl, "srv", stripped))
		return;
	CHECK(mo_acl_normalise(stripped, again) == MO_OK);
	for (r = 0; r < 5; r++) {
		CHECK(mo_acl_allows(stripped, rights[r], "srv") ==
		      mo_acl_allows(stripped, rights[r], NOBODY));
		CHECK(mo_acl_allows(stripped, rights[r], "a") == mo_acl_allows(acl, rights[r], "a"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_text(text);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding a data object in the directories of a PKCS#15 application (spec/oma-dm.md 10.4).
 */
#ifndef AGENT_PKCS15_H
#define AGENT_PKCS15_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PKCS15_PATH_MAX	16

struct pkcs15_path {
	uint8_t fid[PKCS15_PATH_MAX];	/* file identifiers, two bytes each */
	size_t len;
};

/* The n-th directory of data objects (DODF), from 0, that EF(ODF) names. */
bool pkcs15_dodf(const uint8_t *odf, size_t len, unsigned int n, struct pkcs15_path *path);
/* Where the object with that OID (the contents of its DER) is. */
bool pkcs15_object(const uint8_t *dodf, size_t len, const uint8_t *oid, size_t oid_len,
		   struct pkcs15_path *path);

#endif /* AGENT_PKCS15_H */

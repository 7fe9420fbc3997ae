// SPDX-License-Identifier: BSD-3-Clause
/*
 * The address of a server: a URI, or an IP address that becomes one; a port of its own may be given
 * beside either (spec/oma-dm.md 9.1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

/* Where a port would go into the URI; NULL if it has one, or is none. */
static char *place_of_port(char *uri)
{
	char *host = strstr(uri, "://"), *end, *p;

	if (!host)
		return NULL;
	host += 3;
	end = host + strcspn(host, "/?#");
	for (p = end; p > host && p[-1] != ']'; p--)
		if (p[-1] == ':')
			return NULL;
	return end;
}

static bool is_port(const char *port)
{
	return *port && strspn(port, "0123456789") == strlen(port) && strtoul(port, NULL, 10) <= 65535;
}

void mo_address_complete(char *addr, size_t room, const char *type, const char *port)
{
	char uri[2 * sizeof(((struct mo_account *)0)->addr)];
	char *at;
	int n;

	if (!*addr)
		return;
	if (!strcmp(type, "IPv4"))
		n = snprintf(uri, sizeof(uri), "http://%s/", addr);
	else if (!strcmp(type, "IPv6"))
		n = snprintf(uri, sizeof(uri), "http://[%s]/", addr);
	else
		n = snprintf(uri, sizeof(uri), "%s", addr);
	at = is_port(port) ? place_of_port(uri) : NULL;
	if (at && n >= 0 && (size_t)n < sizeof(uri) - 8) {
		memmove(at + 1 + strlen(port), at, strlen(at) + 1);
		*at = ':';
		memcpy(at + 1, port, strlen(port));
	}
	/* one that is cut off would lead to somebody else */
	if (strlen(uri) < room)
		strcpy(addr, uri);
	else
		*addr = '\0';
}

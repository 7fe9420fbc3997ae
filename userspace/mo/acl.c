// SPDX-License-Identifier: BSD-3-Clause
/*
 * Access control lists: "Get=ServerA+ServerB&Replace=*".  Which list is in force for
 * a node is found in node.c.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "mo/private.h"

static const char *const rights[] = { "Add", "Delete", "Exec", "Get", "Replace" };

static bool known_right(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (strlen(rights[i]) == len && !memcmp(s, rights[i], len))
			return true;
	return false;
}

static bool valid_id(const char *s, size_t len)
{
	size_t i;

	if (len == 1 && s[0] == '*')
		return true;
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || strchr("=&*+", s[i]))
			return false;
	return len > 0;
}

/*
 * Goes through an ACL.  right NULL: is it well formed?  Else: does it give right to
 * server?  A command that occurs twice counts as the union.
 */
static bool scan(const char *acl, const char *right, const char *server)
{
	bool granted = false;

	for (;;) {
		size_t entry = strcspn(acl, "&");
		const char *eq = memchr(acl, '=', entry), *id;
		size_t name, left;

		if (!eq)
			return false;
		name = (size_t)(eq - acl);
		if (!known_right(acl, name))
			return false;
		id = eq + 1;
		left = entry - name - 1;
		for (;;) {
			const char *plus = memchr(id, '+', left);
			size_t len = plus ? (size_t)(plus - id) : left;

			if (!valid_id(id, len))
				return false;
			if (right && strlen(right) == name && !memcmp(right, acl, name) &&
			    ((len == 1 && id[0] == '*') ||
			     (strlen(server) == len && !memcmp(id, server, len))))
				granted = true;
			if (!plus)
				break;
			id += len + 1;
			left -= len + 1;
		}
		acl += entry;
		if (!*acl)
			break;
		acl++;
	}
	return right ? granted : true;
}

bool mo_acl_valid(const char *acl)
{
	return strlen(acl) <= MO_MAX_ACL && (!*acl || scan(acl, NULL, NULL));
}

bool mo_acl_allows(const char *acl, const char *right, const char *server)
{
	return scan(acl, right, server);
}

void mo_acl_creator(const char *server, char acl[MO_MAX_ACL + 1])
{
	int n;

	acl[0] = '\0';
	if (!valid_id(server, strlen(server)))
		return;
	n = snprintf(acl, MO_MAX_ACL + 1, "Add=%s&Delete=%s&Get=*&Replace=%s", server, server,
		     server);
	if (n < 0 || n > MO_MAX_ACL)
		acl[0] = '\0';
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * Access control lists: "Get=ServerA+ServerB&Replace=*".  Which list is in force for
 * a node is found in node.c.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "mo/private.h"

#define RIGHTS	5

static const char *const rights[RIGHTS] = { "Add", "Delete", "Exec", "Get", "Replace" };

static int find_right(const char *s, size_t len)
{
	int i;

	for (i = 0; i < RIGHTS; i++)
		if (strlen(rights[i]) == len && !memcmp(s, rights[i], len))
			return i;
	return -1;
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

/* One id of one entry. */
struct grant {
	int right;
	const char *id;
	size_t len;
};

/*
 * Takes the next id of an ACL; *s is where it goes on, *right the entry it is in (-1 at
 * the beginning). 1, 0 at the end, -1 malformed.
 */
static int next(const char **s, int *right, struct grant *g)
{
	const char *p = *s;

	if (!*p)
		return *right < 0 ? 0 : -1;
	if (*right < 0) {
		size_t name = strcspn(p, "=&");

		if (p[name] != '=')
			return -1;
		*right = find_right(p, name);
		if (*right < 0)
			return -1;
		p += name + 1;
	}
	g->right = *right;
	g->id = p;
	g->len = strcspn(p, "+&");
	if (!valid_id(g->id, g->len))
		return -1;
	p += g->len;
	if (*p == '+')
		p++;
	else if (*p == '&' && p[1])
		p++, *right = -1;
	else if (*p)
		return -1;
	else
		*right = -1;
	*s = p;
	return 1;
}

bool mo_acl_allows(const char *acl, const char *right, const char *server)
{
	size_t len = strlen(server);
	int wanted = find_right(right, strlen(right)), at = -1, more;
	bool granted = false;
	struct grant g;

	while ((more = next(&acl, &at, &g)) > 0)
		if (g.right == wanted && ((g.len == 1 && g.id[0] == '*') ||
					  (g.len == len && !memcmp(g.id, server, len))))
			granted = true;
	/* what is malformed gives nothing to anybody */
	return granted && !more;
}

/* --------------------------------------------------------------------- writing */

struct text {
	char *acl;
	size_t len;
	bool full;
};

static void append(struct text *t, const char *s, size_t len)
{
	if (t->full || len > MO_MAX_ACL - t->len) {
		t->full = true;
		return;
	}
	memcpy(t->acl + t->len, s, len);
	t->len += len;
	t->acl[t->len] = '\0';
}

/* Does g come up before in the ACL? */
static bool repeated(const char *acl, const struct grant *g)
{
	struct grant before;
	int at = -1;

	while (next(&acl, &at, &before) > 0 && before.id != g->id)
		if (before.right == g->right && before.len == g->len &&
		    !memcmp(before.id, g->id, g->len))
			return true;
	return false;
}

/* Writes what the whole of the ACL says of one right; without is left out (NULL: nobody). */
static void write_right(struct text *t, const char *acl, int right, const char *without)
{
	const char *s = acl;
	bool all = false, first = true;
	struct grant g;
	int at = -1;

	while (next(&s, &at, &g) > 0)
		all |= g.right == right && g.len == 1 && g.id[0] == '*';
	for (s = acl, at = -1; next(&s, &at, &g) > 0;) {
		if (g.right != right || repeated(acl, &g) || (all && g.id[0] != '*'))
			continue;
		if (without && g.len == strlen(without) && !memcmp(g.id, without, g.len))
			continue;
		if (first) {
			append(t, "&", t->len ? 1 : 0);
			append(t, rights[right], strlen(rights[right]));
		}
		append(t, first ? "=" : "+", 1);
		append(t, g.id, g.len);
		first = false;
	}
}

/* Commands stand in the order in which they came up first. */
static int rewrite(const char *text, const char *without, char acl[MO_MAX_ACL + 1])
{
	struct text t = { .acl = acl };
	bool done[RIGHTS] = { false };
	const char *s = text;
	struct grant g;
	int at = -1, more;

	acl[0] = '\0';
	while ((more = next(&s, &at, &g)) > 0) {
		if (!done[g.right])
			write_right(&t, text, g.right, without);
		done[g.right] = true;
	}
	if (more < 0)
		return MO_BAD_COMMAND;
	return t.full ? MO_DEVICE_FULL : MO_OK;
}

int mo_acl_normalise(const char *text, char acl[MO_MAX_ACL + 1])
{
	/* the work grows with the square of the length */
	if (strlen(text) > 4 * MO_MAX_ACL)
		return MO_DEVICE_FULL;
	return rewrite(text, NULL, acl);
}

bool mo_acl_strip(const char *text, const char *server, char acl[MO_MAX_ACL + 1])
{
	return rewrite(text, server, acl) == MO_OK && strcmp(text, acl);
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

bool mo_acl_own(const char *server, bool may_add, char acl[MO_MAX_ACL + 1])
{
	int n;

	if (!strcmp(server, "*") || !valid_id(server, strlen(server)))
		return false;
	n = snprintf(acl, MO_MAX_ACL + 1, "%s%s%sDelete=%s&Get=%s&Replace=%s", may_add ? "Add=" : "",
		     may_add ? server : "", may_add ? "&" : "", server, server, server);
	return n > 0 && n <= MO_MAX_ACL;
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * Small things all subcommands need.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/ctl.h"

const char *ctl_str(struct json_object *o, const char *key, const char *def)
{
	struct json_object *v;

	if (!o || !json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return def;
	return json_object_get_string(v);
}

long long ctl_int(struct json_object *o, const char *key, long long def)
{
	struct json_object *v;

	if (!o || !json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return def;
	return json_object_get_int64(v);
}

void ctl_print_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
}

void ctl_print_report(struct json_object *r)
{
	struct json_object *c = NULL;
	const char *reason = ctl_str(r, "reason", "");

	json_object_object_get_ex(r, "counts", &c);
	printf("session %s with %s: %s%s%s, %lld commands (%lld ok, %lld refused), %lld results, %lld ms\n",
	       ctl_str(r, "session", "?"), ctl_str(r, "server", "?"), ctl_str(r, "outcome", "?"),
	       *reason ? ": " : "", reason, ctl_int(c, "commands", 0),
	       ctl_int(c, "statuses_ok", 0), ctl_int(c, "statuses_other", 0),
	       ctl_int(c, "results", 0), ctl_int(r, "duration_ms", 0));
	fflush(stdout);
}

bool ctl_number(const char *what, const char *text, long min, long max, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(text, &end, 0);
	if (!errno && end != text && !*end && *ret >= min && *ret <= max)
		return true;
	fprintf(stderr, "dmsc: %s \"%s\" is not a number from %ld to %ld\n", what, text, min, max);
	return false;
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * Device description files (DDF): what management objects there are, read from XML at start.
 *
 * A file is held against the DTD of the standard (ddf-dtd.c) and then against what the DTD cannot
 * say; what is wrong is told with file and line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mo/private.h"

#define MAX_FILE	(1 << 20)
#define MAX_NODES	4096

struct loader {
	const char *file;
	char *why;
	size_t why_len;
	unsigned int nodes;
};

__attribute__((format(printf, 3, 4)))
static int complain(struct loader *l, const xmlNode *n, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(l->why, l->why_len, "%s:%ld: %s", l->file, n ? xmlGetLineNo(n) : 1L, text);
	return -EINVAL;
}

static bool is(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name);
}

static const xmlNode *child(const xmlNode *n, const char *name)
{
	for (n = n->children; n; n = n->next)
		if (is(n, name))
			return n;
	return NULL;
}

static const xmlNode *first_element(const xmlNode *n)
{
	for (n = n ? n->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return n;
	return NULL;
}

/* The text of an element without the blanks around it; caller frees. */
static char *text_of(const xmlNode *n)
{
	xmlChar *content = xmlNodeGetContent(n);
	struct mo_value v = { .data = (char *)content };

	if (!content)
		return NULL;
	v.len = strlen(v.data);
	mo_value_trim(&v);
	return v.data;
}

/* ------------------------------------------------------------------------- properties */

static void read_access(struct mo_ddf *d, const xmlNode *access)
{
	static const struct { const char *name; unsigned int bit; } bits[] = {
		{ "Add", MO_ACCESS_ADD }, { "Copy", MO_ACCESS_COPY },
		{ "Delete", MO_ACCESS_DELETE }, { "Exec", MO_ACCESS_EXEC },
		{ "Get", MO_ACCESS_GET }, { "Replace", MO_ACCESS_REPLACE },
	};
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (child(access, bits[i].name))
			d->access |= bits[i].bit;
}

static int read_occurrence(struct loader *l, struct mo_ddf *d, const xmlNode *occurrence)
{
	const xmlNode *n = first_element(occurrence);
	const char *name = n ? (const char *)n->name : "One";
	char *text, *end;
	unsigned long max;

	d->min = !strncmp(name, "One", 3);
	if (!strcmp(name, "One") || !strcmp(name, "ZeroOrOne"))
		d->max = 1;
	if (strcmp(name, "ZeroOrN") && strcmp(name, "OneOrN"))
		return 0;
	text = text_of(n);
	if (!text)
		return -ENOMEM;
	max = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || max < 2 || max > 65536) {
		xmlFree(text);
		return complain(l, n, "%s: not a number from 2 to 65536", name);
	}
	xmlFree(text);
	d->max = (unsigned int)max;
	return 0;
}

/* MIME types joined by blanks, or the identifier of the object. */
static int read_type(struct loader *l, struct mo_ddf *d, const xmlNode *type)
{
	const xmlNode *n;
	char *list = NULL;

	for (n = first_element(type); n; n = n->next) {
		char *text, *longer;

		if (n->type != XML_ELEMENT_NODE)
			continue;
		text = text_of(n);
		if (!text || asprintf(&longer, "%s%s%s", list ? list : "", list ? " " : "", text) < 0)
			longer = NULL;
		free(list);
		xmlFree(text);
		if (!longer)
			return -ENOMEM;
		list = longer;
	}
	d->type = list ? list : strdup("");
	if (!d->type)
		return -ENOMEM;
	if (!strcmp(d->format, "node") && strlen(d->type) >= MO_TYPE_LEN)
		return complain(l, type, "identifier too long");
	return 0;
}

/* A default that could not be stored would show much later only. */
static int read_default(struct loader *l, struct mo_ddf *d, const xmlNode *value)
{
	struct mo_value v = { .data = "" }, out;

	if (value) {
		xmlChar *text = xmlNodeGetContent(value);

		d->value = text ? strdup((const char *)text) : NULL;
		xmlFree(text);
		if (!d->value)
			return -ENOMEM;
		v.data = d->value;
		v.len = strlen(d->value);
	}
	strcpy(v.format, d->format);
	if (value && mo_value_check(&v, NULL, NULL, &out) != MO_OK)
		return complain(l, value, "DefaultValue is no %s", d->format);
	return 0;
}

static int read_properties(struct loader *l, struct mo_ddf *d, const xmlNode *node, bool any_case)
{
	const xmlNode *p = child(node, "DFProperties"), *n;
	int err;

	if (!p)
		return complain(l, node, "Node without DFProperties");
	d->described = true;
	read_access(d, child(p, "AccessType"));
	strncpy(d->format, (const char *)first_element(child(p, "DFFormat"))->name,
		sizeof(d->format) - 1);
	n = first_element(child(p, "Scope"));
	d->permanent = n && is(n, "Permanent");
	n = first_element(child(p, "CaseSense"));
	d->any_case = n ? is(n, "CIS") : any_case;
	err = read_occurrence(l, d, child(p, "Occurrence"));
	if (!err)
		err = read_type(l, d, child(p, "DFType"));
	if (!err)
		err = read_default(l, d, child(p, "DefaultValue"));
	return err;
}

/* ------------------------------------------------------------------------------ nodes */

static struct mo_ddf *add_child(struct mo_ddf *above, const char *name)
{
	struct mo_ddf *d = calloc(1, sizeof(*d)), **end = &above->child;

	if (!d)
		return NULL;
	d->name = strdup(name);
	if (!d->name) {
		free(d);
		return NULL;
	}
	while (*end)
		end = &(*end)->next;
	*end = d;
	return d;
}

void mo_ddf_free(struct mo_ddf *d)
{
	while (d) {
		struct mo_ddf *next = d->next;

		mo_ddf_free(d->child);
		free(d->name);
		free(d->type);
		free(d->value);
		free(d);
		d = next;
	}
}

/* A node of this very name, not one whose name comes at run time. */
static struct mo_ddf *exact_child(struct mo_ddf *above, const char *name)
{
	struct mo_ddf *c;

	for (c = above->child; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* NodeName and Path are URIs, so they are decoded. */
static int decode(struct loader *l, const xmlNode *n, const char *text, struct mo_path *p)
{
	if (mo_path_parse(text, p) != MO_OK || p->query != MO_QUERY_NONE)
		return complain(l, n, "'%s' is not a URI", text);
	return 0;
}

static int read_name(struct loader *l, const xmlNode *node, struct mo_path *p, const char **name)
{
	const xmlNode *n = child(node, "NodeName");
	char *text = text_of(n);
	int err = text ? 0 : -ENOMEM;

	*name = "";
	if (!err && *text) {
		err = decode(l, n, text, p);
		if (!err && (p->n != 1 || strchr(text, '/')))
			err = complain(l, n, "'%s' is not a name", text);
		else if (!err)
			*name = p->seg[0];
	}
	xmlFree(text);
	return err;
}

static int read_node(struct loader *l, struct mo_ddf *above, const xmlNode *node,
		     unsigned int depth, bool any_case)
{
	struct mo_path path;
	const char *name;
	struct mo_ddf *d;
	const xmlNode *n;
	int err;

	if (depth >= MO_MAX_DEPTH)
		return complain(l, node, "more than %d levels", MO_MAX_DEPTH);
	if (++l->nodes > MAX_NODES)
		return complain(l, node, "more than %d nodes", MAX_NODES);
	err = read_name(l, node, &path, &name);
	if (err)
		return err;
	d = exact_child(above, name);
	if (d && d->described)
		return complain(l, node, "'%s' is described already", name);
	if (!d)
		d = add_child(above, name);
	if (!d)
		return -ENOMEM;
	err = read_properties(l, d, node, any_case);
	for (n = node->children; n && !err; n = n->next) {
		if (!is(n, "Node"))
			continue;
		if (strcmp(d->format, "node"))
			return complain(l, n, "Node below a leaf (%s)", d->format);
		err = read_node(l, d, n, depth + 1, d->any_case);
	}
	return err;
}

/* What a Path leads through is there, but not described by it. */
static int read_top(struct loader *l, struct mo_ddf *root, const xmlNode *node)
{
	const xmlNode *n = child(node, "Path");
	struct mo_path p = { .n = 0 };
	struct mo_ddf *above = root;
	unsigned int i;
	int err = 0;

	if (n) {
		char *text = text_of(n);

		err = text ? decode(l, n, text, &p) : -ENOMEM;
		xmlFree(text);
	}
	for (i = 0; i < p.n && !err; i++) {
		struct mo_ddf *next = exact_child(above, p.seg[i]);

		above = next ? next : add_child(above, p.seg[i]);
		if (!above)
			err = -ENOMEM;
	}
	return err ? err : read_node(l, above, node, p.n, false);
}

/* ------------------------------------------------------------------------------ files */

/* libxml2 tells of several things that are wrong: the first is the cause. */
static void note_error(void *arg, xmlErrorPtr e)
{
	struct loader *l = arg;
	int n;

	if (l->why[0])
		return;
	n = snprintf(l->why, l->why_len, "%s:%d: %s", l->file, e->line, e->message);
	if (n > 0 && (size_t)n < l->why_len && l->why[n - 1] == '\n')
		l->why[n - 1] = '\0';
}

static int read_document(struct loader *l, struct mo_ddf *root, xmlDocPtr doc)
{
	const xmlNode *n;
	char *version;
	int err = 0;

	if (!mo_ddf_valid(doc)) {
		if (!l->why[0])
			complain(l, NULL, "not a device description");
		return -EINVAL;
	}
	for (n = xmlDocGetRootElement(doc)->children; n && !err; n = n->next) {
		if (is(n, "VerDTD")) {
			version = text_of(n);
			if (!version || strcmp(version, "1.2"))
				err = complain(l, n, "VerDTD is not 1.2");
			xmlFree(version);
		} else if (is(n, "Node")) {
			err = read_top(l, root, n);
		}
	}
	return err;
}

int mo_ddf_parse(const char *file, const char *xml, size_t len, struct mo_ddf *root, char *why,
		 size_t why_len)
{
	struct loader l = { .file = file, .why = why, .why_len = why_len };
	xmlDocPtr doc;
	int err;

	why[0] = '\0';
	xmlSetStructuredErrorFunc(&l, note_error);
	doc = xmlReadMemory(xml, (int)len, file, NULL, XML_PARSE_NONET | XML_PARSE_NOCDATA);
	if (!doc)
		err = why[0] ? -EINVAL : complain(&l, NULL, "not XML");
	else
		err = read_document(&l, root, doc);
	xmlSetStructuredErrorFunc(NULL, NULL);
	xmlFreeDoc(doc);
	if (err && !why[0])
		snprintf(why, why_len, "%s: %s", file, strerror(-err));
	return err;
}

/* A whole file, not longer than MAX_FILE; caller frees. */
static int read_file(const char *file, char **data, size_t *len)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	struct stat st;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	*data = NULL;
	*len = 0;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else if (st.st_size > MAX_FILE)
		err = -EFBIG;
	else
		*data = malloc((size_t)st.st_size + 1);
	if (!err && !*data)
		err = -ENOMEM;
	while (!err && *len < (size_t)st.st_size &&
	       (n = read(fd, *data + *len, (size_t)st.st_size - *len)) != 0) {
		if (n < 0)
			err = -errno;
		else
			*len += (size_t)n;
	}
	close(fd);
	return err;
}

static int load_file(const char *file, struct mo_ddf *root, char *why, size_t why_len)
{
	char *data = NULL;
	size_t len = 0;
	int err = read_file(file, &data, &len);

	if (err)
		snprintf(why, why_len, "%s: %s", file, strerror(-err));
	else
		err = mo_ddf_parse(file, data, len, root, why, why_len);
	free(data);
	return err;
}

static int is_ddf(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 4 && !strcmp(e->d_name + n - 4, ".xml");
}

/* A file, or all *.xml of a folder in the order of their names. */
static int load_all(const char *path, struct mo_ddf *root, char *why, size_t why_len)
{
	struct dirent **names;
	struct stat st;
	int i, n, err = 0;
	char *file;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return load_file(path, root, why, why_len);
	n = scandir(path, &names, is_ddf, alphasort);
	if (n < 0) {
		err = -errno;
		snprintf(why, why_len, "%s: %s", path, strerror(-err));
		return err;
	}
	for (i = 0; i < n; i++) {
		if (!err && asprintf(&file, "%s/%s", path, names[i]->d_name) < 0)
			err = -ENOMEM;
		if (!err) {
			err = load_file(file, root, why, why_len);
			free(file);
		}
		free(names[i]);
	}
	free(names);
	return err;
}

/* ----------------------------------------------------------------- permanent nodes */

/* Creates what is permanent and not there yet, down to where names come at run time. */
static int create_permanent(struct mo_tree *t, const struct mo_ddf *above, char *uri, size_t len)
{
	const struct mo_ddf *d;
	int err = 0;

	for (d = above->child; d && !err; d = d->next) {
		size_t n;

		if (!*d->name || (d->described && (!d->permanent || !d->min)))
			continue;
		uri[len] = '/';
		n = mo_segment_encode(d->name, uri + len + 1, MO_URI_BUF - len - 1);
		if (!n)
			return -ENAMETOOLONG;
		if (d->described)
			err = mo_define_described(t, uri, d);
		if (!err)
			err = create_permanent(t, d, uri, len + 1 + n);
		uri[len] = '\0';
	}
	return err;
}

int mo_ddf_load(struct mo_tree *t, const char *path, char *why, size_t why_len)
{
	struct mo_ddf *root = calloc(1, sizeof(*root)), *old = t->ddf;
	char uri[MO_URI_BUF + 2] = ".";
	int err = root ? 0 : -ENOMEM;

	why[0] = '\0';
	if (!err)
		err = load_all(path, root, why, why_len);
	if (!err)
		err = mo_status_errno(mo_tree_begin(t));
	if (err) {
		if (!why[0])
			snprintf(why, why_len, "%s: %s", path,
				 *t->error ? t->error : strerror(-err));
		mo_ddf_free(root);
		return err;
	}
	t->ddf = root;
	err = create_permanent(t, root, uri, 1);
	if (!err)
		err = mo_status_errno(mo_tree_commit(t));
	else
		mo_tree_rollback(t);
	if (err) {
		t->ddf = old;
		snprintf(why, why_len, "%s: permanent node %s: %s", path, uri,
			 *t->error ? t->error : strerror(-err));
		old = root;
	}
	mo_ddf_free(old);
	return err;
}

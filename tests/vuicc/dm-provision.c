// SPDX-License-Identifier: BSD-3-Clause
/*
 * The provisioning file: DM commands as a SyncBody fragment.
 *
 * The root may be SyncML, SyncBody or missing (a bare sequence of commands).  That is why
 * the text is wrapped in an element before it is parsed: so there is always one root, and
 * a DTD, which is allowed before a root only, cannot occur.  SyncHdr, Status, Results and Final
 * of a recorded message are passed over, since the card makes its own.
 *
 * <?vuicc NAME=VALUE...?> anywhere outside of the commands says how the server behaves (dm-options.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "vuicc/dm-server.h"

#define FILE_MAX	(1024 * 1024)
#define WRAP_START	"<vuicc-provision>"
#define WRAP_END	"</vuicc-provision>"

static bool in_list(const xmlNode *n, const char *const *list)
{
	for (; *list; list++)
		if (vdm_is(n, *list))
			return true;
	return false;
}

bool vdm_is_container(const xmlNode *n)
{
	return vdm_is(n, "Sequence") || vdm_is(n, "Atomic");
}

/* A known command, or an unknown element that is built like one. */
bool vdm_is_command(const xmlNode *n)
{
	static const char *const known[] = { "Add", "Alert", "Atomic", "Copy", "Delete", "Exec",
					     "Get", "Replace", "Sequence", NULL };
	static const char *const parts[] = { "CmdID", "Meta", "Item", "Data", "NoResp", "Cred",
					     "Correlator", "Archive", "SftDel", "Lang", NULL };
	const xmlNode *c;

	if (n->type != XML_ELEMENT_NODE || in_list(n, parts))
		return false;
	if (in_list(n, known))
		return true;
	for (c = n->children; c; c = c->next)
		if (vdm_is(c, "CmdID") || vdm_is(c, "Item") || vdm_is(c, "Data"))
			return true;
	return false;
}

static int complain(const char *name, long line, const char *what, const char *more)
{
	fprintf(stderr, "%s:%ld: %s%s%s\n", name, line, what, *more ? ": " : "", more);
	return -EBADMSG;
}

/* Members of Sequences and Atomics must be commands too. */
static int check_command(const char *name, const xmlNode *n, unsigned int depth, size_t *count)
{
	static const char *const parts[] = { "CmdID", "Meta", "NoResp", NULL };
	size_t members = 0;
	const xmlNode *c;
	int ret;

	if (!vdm_is_command(n))
		return complain(name, xmlGetLineNo(n), "not a DM command", (const char *)n->name);
	if (++*count > VDM_COMMANDS_MAX)
		return complain(name, xmlGetLineNo(n), "too many commands", "");
	if (!vdm_is_container(n))
		return 0;
	if (depth >= VDM_DEPTH_MAX)
		return complain(name, xmlGetLineNo(n), "nested too deeply", (const char *)n->name);
	for (c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE || in_list(c, parts))
			continue;
		ret = check_command(name, c, depth + 1, count);
		if (ret)
			return ret;
		members++;
	}
	return members ? 0 : complain(name, xmlGetLineNo(n), "has no commands in it",
				      (const char *)n->name);
}

/* Text between elements has no meaning and is most likely a slip. */
static int check_text(const char *name, const xmlNode *n)
{
	if ((n->type == XML_TEXT_NODE && !xmlIsBlankNode(n)) || n->type == XML_CDATA_SECTION_NODE)
		return complain(name, xmlGetLineNo(n), "text outside of a command", "");
	return 0;
}

/* Collects the commands below parent, going into SyncML and SyncBody. */
static int collect(struct vdm_program *p, const char *name, xmlNode *parent, bool top,
		   size_t *count)
{
	static const char *const own[] = { "SyncHdr", "Status", "Results", "Final", NULL };
	xmlNode **grown;
	xmlNode *c;
	int ret;

	for (c = parent->children; c; c = c->next) {
		ret = check_text(name, c);
		if (ret)
			return ret;
		if (c->type == XML_PI_NODE && !strcmp((const char *)c->name, "vuicc"))
			vdm_buf_printf(&p->options, "%s ", c->content ? (char *)c->content : "");
		if (c->type != XML_ELEMENT_NODE || in_list(c, own))
			continue;
		if ((top && vdm_is(c, "SyncML")) || vdm_is(c, "SyncBody")) {
			ret = collect(p, name, c, false, count);
			if (ret)
				return ret;
			continue;
		}
		ret = check_command(name, c, 0, count);
		if (ret)
			return ret;
		grown = reallocarray(p->command, p->count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		p->command = grown;
		p->command[p->count++] = c;
	}
	return 0;
}

/*
 * Blanks out an XML declaration (keeping line numbers) and returns the encoding it names, to be
 * freed, or NULL.
 */
static char *take_declaration(char *text)
{
	char *end, *p, *encoding = NULL;
	size_t len;

	text += strspn(text, " \t\r\n");
	if (strncmp(text, "<?xml", 5) || !strchr(" \t\r\n", text[5]))
		return NULL;
	end = strstr(text, "?>");
	if (!end)
		return NULL;
	p = strstr(text, "encoding");
	if (p && p < end) {
		p += strcspn(p, "'\"");
		len = p < end ? strcspn(p + 1, "'\"") : 0;
		if (len && p + 1 + len < end)
			encoding = strndup(p + 1, len);
	}
	for (p = text; p < end + 2; p++)
		if (*p != '\n')
			*p = ' ';
	return encoding;
}

static bool starts_with_doctype(const char *text)
{
	for (;;) {
		const char *end;

		text += strspn(text, " \t\r\n");
		if (!strncmp(text, "<!DOCTYPE", 9))
			return true;
		if (strncmp(text, "<!--", 4))
			return false;
		end = strstr(text, "-->");
		if (!end)
			return false;
		text = end + 3;
	}
}

static int parse_wrapped(struct vdm_program *p, const char *name, const char *wrapped,
			 const char *encoding)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	const xmlError *e;
	char what[256] = "not XML";

	if (!ctxt)
		return -ENOMEM;
	p->doc = xmlCtxtReadMemory(ctxt, wrapped, (int)strlen(wrapped), NULL, encoding,
				   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
				   XML_PARSE_BIG_LINES);
	if (p->doc) {
		xmlFreeParserCtxt(ctxt);
		return 0;
	}
	e = xmlCtxtGetLastError(ctxt);
	if (e && e->message) {
		snprintf(what, sizeof(what), "%s", e->message);
		what[strcspn(what, "\n")] = '\0';
	}
	complain(name, e ? e->line : 1, "malformed XML", what);
	xmlFreeParserCtxt(ctxt);
	return -EBADMSG;
}

/* A copy of the text between the wrapping tags, without a byte order mark. */
static char *wrap(const char *text, size_t len)
{
	char *ret;

	if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) {
		text += 3;
		len -= 3;
	}
	ret = malloc(len + sizeof(WRAP_START) + sizeof(WRAP_END));
	if (!ret)
		return NULL;
	memcpy(ret, WRAP_START, sizeof(WRAP_START) - 1);
	memcpy(ret + sizeof(WRAP_START) - 1, text, len);
	memcpy(ret + sizeof(WRAP_START) - 1 + len, WRAP_END, sizeof(WRAP_END));
	return ret;
}

int vdm_program_parse(struct vdm_program *p, const char *name, const char *text, size_t len)
{
	size_t count = 0;
	char *wrapped, *encoding;
	int ret;

	memset(p, 0, sizeof(*p));
	if (len > FILE_MAX)
		return complain(name, 1, "larger than 1 MiB", "");
	if (memchr(text, '\0', len))
		return complain(name, 1, "not UTF-8 text (a NUL byte)", "");
	wrapped = wrap(text, len);
	if (!wrapped)
		return -ENOMEM;
	encoding = take_declaration(wrapped + sizeof(WRAP_START) - 1);
	if (starts_with_doctype(wrapped + sizeof(WRAP_START) - 1))
		ret = complain(name, 1, "a DTD is not allowed", "");
	else
		ret = parse_wrapped(p, name, wrapped, encoding);
	free(encoding);
	free(wrapped);
	if (!ret)
		ret = collect(p, name, xmlDocGetRootElement(p->doc), true, &count);
	if (ret)
		vdm_program_clear(p);
	return ret;
}

int vdm_program_load(struct vdm_program *p, const char *path)
{
	char *text = malloc(FILE_MAX + 1);
	FILE *f = fopen(path, "re");
	size_t len = 0;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	if (!f) {
		ret = -errno;
	} else if (!text) {
		ret = -ENOMEM;
	} else {
		len = fread(text, 1, FILE_MAX + 1, f);
		if (ferror(f))
			ret = errno ? -errno : -EIO;
	}
	if (ret)
		fprintf(stderr, "cannot read %s: %s\n", path, strerror(-ret));
	else
		ret = vdm_program_parse(p, path, text, len);
	if (f)
		fclose(f);
	free(text);
	return ret;
}

void vdm_program_clear(struct vdm_program *p)
{
	free(p->command);
	vdm_buf_clear(&p->options);
	xmlFreeDoc(p->doc);
	memset(p, 0, sizeof(*p));
}

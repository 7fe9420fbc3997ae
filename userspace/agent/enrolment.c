// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bootstrap as the agent does it: where documents come from, by which keys they are checked, and
 * which accounts go again.
 */
#include "agent/enrolment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/log.h"
#include "agent/loop.h"

#define CARD_PREFIX	"card:"
#define MAX_FILES	64

struct enrolment {
	const struct config *cfg;
	struct mo_tree *tree;
	struct enrolment_hooks hooks;
	struct dm_bootstrap_keys keys;
	unsigned int wrong;		/* PINs in a row */
	int64_t wrong_at;		/* when the last of them was */
};

/* ------------------------------------------------------------------ accounts of .conf files */

static int add_account(void *arg, const char *name, const struct mo_account *acc)
{
	struct enrolment *e = arg;
	int ret = mo_account_create(e->tree, name, acc);

	if (ret == -EEXIST)
		return 0;	/* the tree's own nonces are newer than the file's */
	if (!ret)
		log_line(LOG_NOTICE, "bootstrap: account %s for server %s created", name,
			 acc->server_id);
	return ret;
}

static int read_accounts(struct enrolment *e, const char *path)
{
	char err[320];
	int ret = bootstrap_read(path, add_account, e, &e->keys, err, sizeof(err));

	if (ret)
		log_line(LOG_ERR, "bootstrap: %s", err);
	return ret;
}

/* --------------------------------------------------------------------------- documents */

static void tell(struct enrolment *e, const char *origin, const struct dm_bootstrap_result *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		log_line(LOG_NOTICE, "bootstrap: account for server %s created (%s)", r->server[i],
			 origin);
		if (r->start && e->hooks.wants_session)
			e->hooks.wants_session(e->hooks.arg, r->server[i]);
	}
	if (r->skipped)
		log_line(LOG_INFO, "bootstrap: %s: %u objects of no known kind left out", origin,
			 r->skipped);
	if (r->unchanged)
		log_line(LOG_DEBUG, "bootstrap: %s: nothing new", origin);
}

static int apply(struct enrolment *e, const struct dm_bootstrap *doc, struct dm_bootstrap_result *r)
{
	int ret = dm_bootstrap_apply(e->tree, doc, r);

	if (ret)
		log_line(LOG_ERR, "bootstrap: %s: refused: %s", doc->origin, r->why);
	else if (!doc->dry_run)
		tell(e, doc->origin, r);
	return ret;
}

/* All of a file, with one byte more than it may have if it is longer. NULL: errno says why. */
static uint8_t *read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	uint8_t *data = fd < 0 ? NULL : malloc(DM_BOOTSTRAP_MAX + 1);
	ssize_t n = 1;

	for (*len = 0; data && n > 0 && *len <= DM_BOOTSTRAP_MAX; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, data + *len, DM_BOOTSTRAP_MAX + 1 - *len);
	err = n < 0 || !data ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (!err)
		return data;
	free(data);
	errno = err;
	return NULL;
}

static void free_wiped(void *data, size_t len)
{
	if (data)
		OPENSSL_cleanse(data, len);
	free(data);
}

/* A file of the name; the accounts that are from it carry it as their origin. */
static void take_document(struct enrolment *e, const char *path)
{
	const char *slash = strrchr(path, '/');
	char origin[MO_ORIGIN_LEN];
	struct dm_bootstrap_result r;
	struct dm_bootstrap doc = {
		.origin = origin, .keys = &e->keys, .need_mac = e->cfg->bootstrap_mac,
	};
	uint8_t *data = read_file(path, &doc.len);

	if (!data) {
		log_line(LOG_ERR, "bootstrap: %s: %s", path, strerror(errno));
		return;
	}
	snprintf(origin, sizeof(origin), "file:%.100s", slash ? slash + 1 : path);
	doc.data = data;
	apply(e, &doc, &r);
	free_wiped(data, doc.len);
}

/* ------------------------------------------------------------------- files and folders */

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

/* What editors and package managers leave beside files is none. */
static int is_wanted(const struct dirent *d)
{
	return d->d_name[0] != '.' && !ends_with(d->d_name, "~") &&
	       !ends_with(d->d_name, ".dpkg-new") && !ends_with(d->d_name, ".dpkg-old");
}

static int take_file(struct enrolment *e, const char *path, bool conf)
{
	if (conf)
		return read_accounts(e, path);
	take_document(e, path);
	return 0;
}

/* The keys of the .conf files come before the documents that are checked with them. */
static int take_folder(struct enrolment *e, const char *path)
{
	char file[CONFIG_STR + 264];
	struct dirent **list;
	int n = scandir(path, &list, is_wanted, alphasort), ret = 0;

	if (n < 0) {
		ret = -errno;
		log_line(LOG_ERR, "[state] bootstrap = %s: %s", path, strerror(-ret));
		return ret;
	}
	if (n > MAX_FILES) {
		log_line(LOG_ERR, "[state] bootstrap = %s: more than %d files", path, MAX_FILES);
		ret = -E2BIG;
	}
	for (int docs = 0; docs < 2; docs++)
		for (int i = 0; i < n && !ret; i++) {
			bool conf = ends_with(list[i]->d_name, ".conf");

			snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
			if (conf == !docs)
				ret = take_file(e, file, conf);
		}
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return ret;
}

/* A document begins with markup, a version of WBXML, or the head that carries its MAC. */
static bool looks_like_document(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[16] = "";
	size_t n = f ? fread(line, 1, sizeof(line) - 1, f) : 0;

	if (f)
		fclose(f);
	return n && (*line == '<' || (*line >= 1 && *line <= 3) || (uint8_t)*line == 0xef ||
		     !strncasecmp(line, "Content-Type:", 13));
}

int enrolment_install(struct enrolment *e)
{
	const char *path = e->cfg->bootstrap;
	struct stat st;

	if (!*path)
		return 0;
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return take_folder(e, path);
	return take_file(e, path, !looks_like_document(path));
}

/* ------------------------------------------------------------------- the control socket */

static int64_t now(const struct enrolment *e)
{
	return e->hooks.now ? e->hooks.now(e->hooks.arg) : loop_now();
}

/* Who guesses gets three tries, then one for each pause. */
static bool may_try(struct enrolment *e)
{
	return e->wrong < ENROLMENT_TRIES || now(e) - e->wrong_at >= ENROLMENT_PAUSE_MS;
}

int enrolment_document(struct enrolment *e, const struct dm_bootstrap *given, const char *pin,
		       struct dm_bootstrap_result *r)
{
	struct dm_bootstrap doc = *given;
	struct dm_bootstrap_keys keys = e->keys;
	int ret;

	memset(r, 0, sizeof(*r));
	if (pin && strlen(pin) >= sizeof(keys.pin)) {
		snprintf(r->why, sizeof(r->why), "a PIN of more than %zu characters",
			 sizeof(keys.pin) - 1);
		ret = -EACCES;
		goto out;
	}
	if (pin) {
		memset(keys.pin, 0, sizeof(keys.pin));
		strcpy(keys.pin, pin);
	}
	if (!may_try(e)) {
		snprintf(r->why, sizeof(r->why), "too many wrong PINs; try again in %d minutes",
			 ENROLMENT_PAUSE_MS / 60000);
		ret = -EAGAIN;
		goto out;
	}
	doc.keys = &keys;
	doc.need_mac = e->cfg->bootstrap_mac;
	ret = apply(e, &doc, r);
	if (ret == -EACCES && r->security != DM_SECURITY_NONE) {
		e->wrong++;
		e->wrong_at = now(e);
	} else if (!ret && r->security != DM_SECURITY_NONE) {
		e->wrong = 0;
	}
out:
	OPENSSL_cleanse(&keys, sizeof(keys));
	return ret;
}

/* ------------------------------------------------------------------------------ the card */

static void log_dropped(int n, const char *what)
{
	if (n > 0)
		log_line(LOG_NOTICE, "bootstrap: %d objects of %s removed", n, what);
	else if (n < 0)
		log_line(LOG_ERR, "bootstrap: objects of %s cannot be removed: %s", what,
			 strerror(-n));
}

/*
 * Who holds the card has its file, so that a MAC would prove nothing: it has none (spec/oma-dm.md
 * 10.4).
 */
void enrolment_card(struct enrolment *e, const struct card_file *file)
{
	char origin[MO_ORIGIN_LEN];
	struct dm_bootstrap_result r;
	struct dm_bootstrap doc = {
		.data = file->data, .len = file->len, .origin = origin, .profile = DM_PROFILE_DM,
	};

	/* nothing could be said of where its accounts came from */
	if (!*file->iccid) {
		log_line(LOG_WARNING, "bootstrap: the card's number (EF ICCID) cannot be read: its file, if "
			 "it has one, is left alone");
		return;
	}
	snprintf(origin, sizeof(origin), CARD_PREFIX "%s", file->iccid);
	if (!e->cfg->bootstrap_keep)
		log_dropped(mo_origin_drop_others(e->tree, CARD_PREFIX, origin), "another card");
	switch (file->result) {
	case CARD_FILE_FOUND:
		apply(e, &doc, &r);
		break;
	case CARD_FILE_NONE:
		log_dropped(mo_origin_drop(e->tree, origin), "this card, which has them no longer,");
		break;
	case CARD_FILE_FAILED:
		log_line(LOG_WARNING, "bootstrap: the file of the card cannot be read: %s", file->why);
		break;
	}
}

/* ----------------------------------------------------------------------------- interface */

int enrolment_new(const struct config *cfg, struct mo_tree *tree, const struct enrolment_hooks *hooks,
		  struct enrolment **ret)
{
	struct enrolment *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->cfg = cfg;
	e->tree = tree;
	e->hooks = *hooks;
	*ret = e;
	return 0;
}

void enrolment_free(struct enrolment *e)
{
	free_wiped(e, e ? sizeof(*e) : 0);
}

// SPDX-License-Identifier: BSD-3-Clause
/* Bootstrap as the agent does it: files and folders, PINs from people, cards that come and go. */
#include "bootstrap-fixture.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/enrolment.h"
#include "agent/log.h"
#include "scratch.h"

static struct enrolment *enrolment;
static struct config cfg;
static char dir[SCRATCH_LEN], wanted[8][128];
static unsigned int n_wanted;
static int64_t clock_ms;

static void wants_session(void *arg, const char *server_id)
{
	snprintf(wanted[n_wanted++ % 8], sizeof(wanted[0]), "%s", server_id);
}

static int64_t now(void *arg)
{
	return clock_ms;
}

static int start(void **state)
{
	const struct enrolment_hooks hooks = { wants_session, now, NULL };

	log_set_level(-1);
	n_wanted = 0;
	clock_ms = 1000;
	config_defaults(&cfg);
	scratch_make(dir);
	snprintf(cfg.bootstrap, sizeof(cfg.bootstrap), "%s", dir);
	return setup(state) || enrolment_new(&cfg, tree, &hooks, &enrolment);
}

static int stop(void **state)
{
	enrolment_free(enrolment);
	scratch_remove(dir);
	return teardown(state);
}

static void put(const char *name, const void *data, size_t len)
{
	char path[SCRATCH_LEN + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void put_vector(const char *name, const char *vector)
{
	struct doc d = load(vector);

	put(name, d.data, d.len);
}

static bool has_account(const char *server)
{
	struct mo_account acc;
	int ret = mo_account_load(tree, server, &acc);

	mo_account_wipe(&acc);
	return !ret;
}

#define CONF "[account A]\nserver_id = conf\naddr = http://127.0.0.1/\n"

/* A document with the MAC for a PIN in its head. */
static void put_signed(const char *name, const char *vector, const char *pin, struct doc *d)
{
	struct doc plain = load(vector);
	unsigned char mac[20];
	size_t n;

	HMAC(EVP_sha1(), pin, (int)strlen(pin), plain.data, plain.len, mac, NULL);
	n = (size_t)sprintf((char *)d->data, "Content-Type: application/vnd.syncml.dm+wbxml; SEC=USERPIN; MAC=");
	for (int i = 0; i < 20; i++)
		n += (size_t)sprintf((char *)d->data + n, "%02X", mac[i]);
	n += (size_t)sprintf((char *)d->data + n, "\r\n\r\n");
	memcpy(d->data + n, plain.data, plain.len);
	d->len = n + plain.len;
	if (name)
		put(name, d->data, d->len);
}

/* ------------------------------------------------------------------------ install time */

static void a_folder_of_files(void **state)
{
	char origin[MO_ORIGIN_LEN];

	put_text("z.conf", CONF);
	put_vector("a.wbxml", "dm.wbxml");
	put_text("broken.xml", "<SyncML/>");
	put_text("left~", "<SyncML/>");
	put_text(".hidden", "x");
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_true(has_account("conf"));
	expect_account();
	assert_int_equal(mo_account_origin(tree, SERVER, origin, sizeof(origin)), 0);
	assert_string_equal(origin, "file:a.wbxml");
	/* a document's servers want a session, those of a .conf file do not */
	assert_int_equal(n_wanted, 1);
	assert_string_equal(wanted[0], SERVER);
	/* the next start changes nothing */
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_int_equal(n_wanted, 1);
}

static void a_single_file_of_either_kind(void **state)
{
	put_text("bootstrap.conf", CONF);
	put_vector("cp", "cp.xml");
	snprintf(cfg.bootstrap, sizeof(cfg.bootstrap), "%s/bootstrap.conf", dir);
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_true(has_account("conf"));
	snprintf(cfg.bootstrap, sizeof(cfg.bootstrap), "%s/cp", dir);
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_true(has_account(SERVER));
	cfg.bootstrap[0] = '\0';
	assert_int_equal(enrolment_install(enrolment), 0);
}

static void a_wrong_conf_file_is_said(void **state)
{
	put_text("a.conf", "[account A]\nserver_id = x\n");
	assert_int_equal(enrolment_install(enrolment), -EINVAL);
	put_text("a.conf", "[security]\npin =\n");
	assert_int_equal(enrolment_install(enrolment), -EINVAL);
	put_text("a.conf", "[security]\nnetwork_secret = hex:123\n");
	assert_int_equal(enrolment_install(enrolment), -EINVAL);
	put_text("a.conf", "[security]\nimsi = 12\n");
	assert_int_equal(enrolment_install(enrolment), -EINVAL);
	put_text("a.conf", "[security]\nkey = 12\n");
	assert_int_equal(enrolment_install(enrolment), -EINVAL);
	snprintf(cfg.bootstrap, sizeof(cfg.bootstrap), "%s/nothing", dir);
	assert_true(enrolment_install(enrolment) < 0);
}

static void keys_come_from_the_conf_files(void **state)
{
	struct doc d;

	put_signed("a", "dm.wbxml", "4711", &d);
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_false(has_account(SERVER));
	put_text("z.conf", "[security]\npin = 4712\n");
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_false(has_account(SERVER));
	put_text("z.conf", "[security]\npin = 4711\nnetwork_secret = hex:00ff\n");
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_true(has_account(SERVER));
}

static void a_mac_may_be_demanded(void **state)
{
	struct doc d;

	cfg.bootstrap_mac = 1;
	put_vector("a", "dm.wbxml");
	put_text("z.conf", "[security]\npin = 4711\n");
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_false(has_account(SERVER));
	put_signed("a", "dm.wbxml", "4711", &d);
	assert_int_equal(enrolment_install(enrolment), 0);
	assert_true(has_account(SERVER));
}

/* --------------------------------------------------------------------------- by hand */

static int give(const struct doc *d, const char *pin)
{
	const struct dm_bootstrap b = { .data = d->data, .len = d->len, .origin = "user" };

	return enrolment_document(enrolment, &b, pin, &result);
}

static void three_wrong_pins_and_a_pause(void **state)
{
	struct doc d;

	put_signed(NULL, "dm.wbxml", "4711", &d);
	assert_int_equal(give(&d, NULL), -ENOKEY);
	for (int i = 0; i < ENROLMENT_TRIES; i++)
		assert_int_equal(give(&d, "0000"), -EACCES);
	assert_int_equal(give(&d, "4711"), -EAGAIN);
	clock_ms += ENROLMENT_PAUSE_MS - 1;
	assert_int_equal(give(&d, "4711"), -EAGAIN);
	/* then a single one */
	clock_ms++;
	assert_int_equal(give(&d, "0000"), -EACCES);
	assert_int_equal(give(&d, "4711"), -EAGAIN);
	clock_ms += ENROLMENT_PAUSE_MS;
	assert_int_equal(give(&d, "4711"), 0);
	assert_int_equal(result.security, DM_SECURITY_PIN);
	expect_account();
	/* a right one makes up for the wrong ones */
	assert_int_equal(give(&d, "0000"), -EACCES);
	assert_int_equal(give(&d, "0000"), -EACCES);
}

static void a_pin_that_is_too_long(void **state)
{
	struct doc d;
	char pin[100];

	memset(pin, '1', sizeof(pin));
	pin[99] = '\0';
	put_signed(NULL, "dm.wbxml", "4711", &d);
	assert_int_equal(give(&d, pin), -EACCES);
}

/* ---------------------------------------------------------------------------- the card */

static void insert(const char *iccid, enum card_file_result what, const char *vector)
{
	struct card_file f = { .result = what };
	struct doc d = { .len = 0 };

	if (vector)
		d = load(vector);
	strcpy(f.iccid, iccid);
	f.data = vector ? d.data : NULL;
	f.len = d.len;
	enrolment_card(enrolment, &f);
}

static void a_card_brings_its_account(void **state)
{
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	expect_account();
	assert_int_equal(n_wanted, 1);
	/* each power-on reads it again, which changes nothing */
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	insert("8949", CARD_FILE_FAILED, NULL);
	assert_int_equal(n_wanted, 1);
	expect_account();
	insert("8949", CARD_FILE_NONE, NULL);
	assert_false(has_account(SERVER));
}

static void another_card_takes_them_away(void **state)
{
	put_text("z.conf", CONF);
	assert_int_equal(enrolment_install(enrolment), 0);
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	insert("8950", CARD_FILE_FAILED, NULL);
	assert_false(has_account(SERVER));
	assert_true(has_account("conf"));
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	/* the same server on another card is that card's */
	insert("8950", CARD_FILE_FOUND, "dm.wbxml");
	assert_true(has_account(SERVER));
	assert_int_equal(n_wanted, 3);
}

static void the_configuration_may_keep_them(void **state)
{
	char origin[MO_ORIGIN_LEN];

	cfg.bootstrap_keep = 1;
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	insert("8950", CARD_FILE_FOUND, "dm.wbxml");
	assert_int_equal(mo_account_origin(tree, SERVER, origin, sizeof(origin)), 0);
	assert_string_equal(origin, "card:8949");
}

static void a_card_without_a_number_brings_nothing(void **state)
{
	insert("", CARD_FILE_FOUND, "dm.wbxml");
	assert_false(has_account(SERVER));
	/* nor does it take anything away */
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	insert("", CARD_FILE_NONE, NULL);
	assert_true(has_account(SERVER));
}

/* The file of a card is of the DM profile, and has no right to more than its accounts. */
static void a_card_does_not_overwrite(void **state)
{
	put_text("z.conf", "[account Mine]\nserver_id = " SERVER "\naddr = http://127.0.0.1/mine\n");
	assert_int_equal(enrolment_install(enrolment), 0);
	insert("8949", CARD_FILE_FOUND, "dm.wbxml");
	expect_leaf("./DMAcc/Mine/AppAddr/1/Addr", "http://127.0.0.1/mine");
	expect_none("./DMAcc/Card");
	expect_none("./NAP/Net");
	insert("8949", CARD_FILE_FOUND, "cp.wbxml");
	expect_none("./NAP/1");
}

#undef T
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_folder_of_files),
		T(a_single_file_of_either_kind),
		T(a_wrong_conf_file_is_said),
		T(keys_come_from_the_conf_files),
		T(a_mac_may_be_demanded),
		T(three_wrong_pins_and_a_pause),
		T(a_pin_that_is_too_long),
		T(a_card_brings_its_account),
		T(another_card_takes_them_away),
		T(the_configuration_may_keep_them),
		T(a_card_without_a_number_brings_nothing),
		T(a_card_does_not_overwrite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

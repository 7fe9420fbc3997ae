// SPDX-License-Identifier: BSD-3-Clause
/* The control socket against well-meaning and hostile clients; configuration files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/config.h"
#include "agent/control.h"
#include "agent/log.h"

static struct loop *loop;
static struct control *control;
static char dir[] = "/tmp/dmsc-test.XXXXXX", path[64];
static int n_calls, n_closed;
static struct control_peer *last_peer;

static void on_call(void *arg, const struct control_call *call)
{
	struct json_object *o = json_object_new_object();

	n_calls++;
	last_peer = call->peer;
	json_object_object_add(o, "method", json_object_new_string(call->method));
	if (!strcmp(call->method, "x.Fail"))
		control_error(call->peer, "Busy", o);
	else
		control_reply(call->peer, o, call->more);
}

static void on_closed(void *arg, struct control_peer *peer)
{
	n_closed++;
}

static const struct control_handler handler = { on_call, on_closed, NULL };

static int setup(void **state)
{
	strcpy(dir, "/tmp/dmsc-test.XXXXXX");
	n_calls = n_closed = 0;
	log_set_level(-1);
	if (!mkdtemp(dir) || loop_new(&loop))
		return -1;
	snprintf(path, sizeof(path), "%s/control", dir);
	return control_new(loop, path, 0600, &handler, &control);
}

static int teardown(void **state)
{
	control_free(control);
	loop_free(loop);
	assert_int_equal(access(path, F_OK), -1);
	return rmdir(dir);
}

static void stop(void *arg)
{
	loop_quit(loop, 0);
}

static void run(void)
{
	loop_timer(loop, 20, stop, NULL);
	assert_int_equal(loop_run(loop), 0);
}

static int dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void say(int fd, const char *text, size_t len)
{
	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* What the client hears; "" when the connection is closed. */
static const char *hear(int fd)
{
	static char buf[4096];
	ssize_t n;

	run();
	n = recv(fd, buf, sizeof(buf) - 1, 0);
	buf[n > 0 ? n : 0] = 0;
	return n >= 0 ? buf : "(nothing)";
}

#define CALL(text) text, sizeof(text)		/* with its NUL */

static void a_call_is_answered(void **state)
{
	int fd = dial();

	say(fd, CALL("{\"method\":\"x.Do\",\"parameters\":{}}"));
	assert_string_equal(hear(fd), "{\"parameters\":{\"method\":\"x.Do\"}}");
	say(fd, CALL("{\"method\":\"x.Fail\"}"));
	assert_string_equal(hear(fd), "{\"error\":\"org.dmsc.Agent.Busy\",\"parameters\":{\"method\":\"x.Fail\"}}");
	close(fd);
	run();
	assert_int_equal(n_closed, 1);
}

static void calls_may_come_in_pieces_and_in_pairs(void **state)
{
	int fd = dial();

	say(fd, "{\"met", 5);
	run();
	assert_int_equal(n_calls, 0);
	say(fd, CALL("hod\":\"x.A\"}\0{\"method\":\"x.B\"}"));
	run();
	assert_int_equal(n_calls, 2);
	close(fd);
}

static void what_is_no_varlink_closes_the_connection(void **state)
{
	static const struct { const char *text; size_t len; } bad[] = {
		{ CALL("hello") }, { CALL("[]") }, { CALL("{}") }, { CALL("{\"method\":1}") },
		{ CALL("{\"method\":\"x.A\"") }, { CALL("") }, { CALL("{\"method\":\"x.A\"} {}") },
		{ CALL("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
		       "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}},\"method\":\"x\"}") },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int fd = dial();

		say(fd, bad[i].text, bad[i].len);
		assert_string_equal(hear(fd), "");
		close(fd);
	}
	assert_int_equal(n_calls, 0);
	assert_int_equal(n_closed, sizeof(bad) / sizeof(*bad));
}

static void an_endless_message_closes_the_connection(void **state)
{
	static char junk[32768];
	int fd = dial();

	memset(junk, ' ', sizeof(junk));
	for (size_t n = 0; n < CONTROL_MSG_MAX; n += sizeof(junk)) {
		say(fd, junk, sizeof(junk));
		run();
	}
	assert_string_equal(hear(fd), "");
	close(fd);
}

static void a_client_that_does_not_read_is_dropped(void **state)
{
	static char text[60000];
	struct json_object *o;
	int fd = dial();

	say(fd, CALL("{\"method\":\"x.A\",\"more\":true}"));
	run();
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 40; i++) {
		o = json_object_new_object();
		json_object_object_add(o, "text", json_object_new_string(text));
		control_reply(last_peer, o, true);
	}
	run();
	assert_int_equal(n_closed, 1);
	close(fd);
}

static void connections_are_limited(void **state)
{
	int fd[20];

	for (int i = 0; i < 20; i++) {
		fd[i] = dial();
		run();
	}
	assert_string_equal(hear(fd[19]), "");
	assert_string_equal(hear(fd[0]), "(nothing)");
	for (int i = 0; i < 20; i++)
		close(fd[i]);
	run();
	fd[0] = dial();
	say(fd[0], CALL("{\"method\":\"x.A\"}"));
	assert_string_equal(hear(fd[0]), "{\"parameters\":{\"method\":\"x.A\"}}");
	close(fd[0]);
}

static void the_socket_has_its_mode_and_one_owner(void **state)
{
	struct control *second;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(control_new(loop, path, 0600, &handler, &second), -EADDRINUSE);
}

/* -------------------------------------------------------------------------- configuration */

static const char *write_file(const char *text)
{
	static char file[80];
	FILE *f;

	snprintf(file, sizeof(file), "%s/conf", dir);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return file;
}

static int read_config(const char *text, struct config *cfg, char *err)
{
	const char *file = write_file(text);
	int ret;

	config_defaults(cfg);
	ret = config_read(file, cfg, err, 256);
	unlink(file);
	return ret;
}

static void a_good_configuration_is_read(void **state)
{
	struct config cfg;
	char err[256] = "";

	assert_int_equal(read_config("[device]\nid = IMEI:1\n[gateway]\nport=4000\n"
				     "[control]\nmode = 0600\n"
				     "[provider a]\nsubtree=./A\nfile=/tmp/a\n"
				     "[provider b]\nsubtree=./B\nfile=/tmp/b\nhook=/bin/true\n",
				     &cfg, err), 0);
	assert_int_equal(cfg.scws_port, 4000);
	assert_int_equal(cfg.socket_mode, 0600);
	assert_int_equal(cfg.n_providers, 2);
	assert_string_equal(cfg.provider[1].hook, "/bin/true");
	assert_string_equal(cfg.push_listen, "127.0.0.1:2948");
}

static void a_bad_configuration_says_where_and_why(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "[device]\nid=x\n[gateway]\nport=80\n", ":4: [gateway] port: not a number from 1024" },
		{ "[device]\nid=x\n[gateway]\nport=4000x\n", ":4: [gateway] port" },
		{ "[device]\nid=x\ncolour=red\n", ":3: unknown key: [device] colour" },
		{ "[nonsense]\na=b\n", ":2: unknown key: [nonsense] a" },
		{ "[reader]\npoll_ms=5\n", "[device] id is missing" },
		{ "[device]\nid=x\n[provider a]\nfile=/tmp/a\n", "subtree and file are needed" },
		{ "[device]\nid=x\n[provider a]\ntype=y\nfile=/a\nsubtree=./A\n", "\"y\" is not known" },
		{ "[device]\nid=x\n[device\n", ":3:" },
	};
	struct config cfg;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char err[256] = "";

		assert_int_equal(read_config(bad[i].text, &cfg, err), -EINVAL);
		if (!strstr(err, bad[i].why))
			fail_msg("\"%s\" does not say \"%s\"", err, bad[i].why);
	}
}

static void a_missing_configuration_names_the_file(void **state)
{
	struct config cfg;
	char err[256];

	assert_int_equal(config_read("/nonexistent/conf", &cfg, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "/nonexistent/conf: No such file"));
}

static int take_account(void *arg, const char *name, const struct mo_account *acc)
{
	*(struct mo_account *)arg = *acc;
	assert_string_equal(name, "Card");
	return 0;
}

static void an_account_is_read(void **state)
{
	const char *file = write_file("[account Card]\nserver_id=dmsc.example\naddr=http://127.0.0.1:3516/dm\n"
				      "client_name=client01\nclient_secret=ClientSecret1\n"
				      "client_nonce=EBESExQVFhcYGRobHB0eHw==\nserver_secret=CardSecret1\n");
	struct mo_account acc;
	char err[256] = "";

	assert_int_equal(bootstrap_read(file, take_account, &acc, NULL, err, sizeof(err)), 0);
	assert_string_equal(acc.server_id, "dmsc.example");
	assert_string_equal(acc.server.name, "dmsc.example");
	assert_string_equal(acc.client.type, "DIGEST");
	assert_int_equal(acc.client.nonce_len, 16);
	assert_int_equal(acc.client.nonce[15], 0x1f);
	assert_int_equal(acc.server.nonce_len, 0);
	unlink(file);
}

static void a_bad_account_never_quotes_its_secret(void **state)
{
	static const char *const bad[] = {
		"[account Card]\nclient_secret=TopSecret\nserver_id=x\n",
		"[account Card]\nclient_nonce=TopSecret!\n",
		"[account Card]\nclient_secrets=TopSecret\n",
		"[Card]\nclient_secret=TopSecret\n",
		"[account Card]\nclient_nonce=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
	};
	struct mo_account acc;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *file = write_file(bad[i]);
		char err[256] = "";

		assert_true(bootstrap_read(file, take_account, &acc, NULL, err, sizeof(err)) < 0);
		assert_non_null(strstr(err, "/conf:"));
		assert_null(strstr(err, "TopSecret"));
		unlink(file);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_call_is_answered),
		T(calls_may_come_in_pieces_and_in_pairs),
		T(what_is_no_varlink_closes_the_connection),
		T(an_endless_message_closes_the_connection),
		T(a_client_that_does_not_read_is_dropped),
		T(connections_are_limited),
		T(the_socket_has_its_mode_and_one_owner),
		T(a_good_configuration_is_read),
		T(a_bad_configuration_says_where_and_why),
		T(a_missing_configuration_names_the_file),
		T(an_account_is_read),
		T(a_bad_account_never_quotes_its_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * The virtual card as a process, with its real application: sockets, lines, control, command line.
 * The card runs in a child; this process is the reader.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "vuicc/card.h"
#include "vuicc/hex.h"

#define ATR	"3B9F96801FC78031A073BE21136743200718000001A5"
#define PATIENCE_MS	10000

struct world {
	char dir[64];
	char paths[5][96];	/* uart, lines, control, trace, wire */
	pid_t pid;
	FILE *out;		/* of the card */
	int uart, lines, control;
};

enum { UART, LINES, CONTROL, TRACE, WIRE };

static int setup(void **state)
{
	static const char *const names[] = { "uart", "lines", "control", "trace", "wire" };
	struct world *w = calloc(1, sizeof(*w));
	size_t i;

	strcpy(w->dir, "/tmp/vuicc-test-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	for (i = 0; i < 5; i++)
		snprintf(w->paths[i], sizeof(w->paths[i]), "%s/%s", w->dir, names[i]);
	w->uart = w->lines = w->control = -1;
	*state = w;
	return 0;
}

static void hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int teardown(void **state)
{
	struct world *w = *state;
	size_t i;

	hang_up(&w->uart);
	hang_up(&w->lines);
	hang_up(&w->control);
	if (w->out)
		fclose(w->out);
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
	}
	for (i = 0; i < 5; i++)
		unlink(w->paths[i]);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

/* What main() of the card does. */
static int card_main(int argc, char **argv)
{
	static struct uicc card;
	struct uicc_options opt;
	int status = 1;

	uicc_options_default(&opt);
	if (uicc_options_parse(&opt, argc, argv) != UICC_OPTIONS_RUN)
		return 2;
	if (!uicc_new(&card, &opt))
		status = uicc_run(&card);
	uicc_free(&card);
	return status;
}

static void start(struct world *w, char **argv)
{
	int argc = 0, out[2];
	char line[256];

	while (argv[argc])
		argc++;
	assert_int_equal(pipe(out), 0);
	fflush(NULL);
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (!w->pid) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		alarm(60);
		exit(card_main(argc, argv));
	}
	close(out[1]);
	w->out = fdopen(out[0], "r");
	assert_non_null(fgets(line, sizeof(line), w->out));
	assert_string_equal(line, "READY\n");
}

static int dial(const char *path)
{
	struct timeval tv = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The next line on a socket. */
static const char *hear(int fd)
{
	static char line[600];
	size_t n = 0;

	while (n < sizeof(line) - 1) {
		assert_int_equal(recv(fd, line + n, 1, 0), 1);
		if (line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
	return line;
}

static const char *ask(struct world *w, const char *command)
{
	char line[3000];

	snprintf(line, sizeof(line), "%s\n", command);
	say(w->control, line);
	return hear(w->control);
}

/* n bytes from the card, as hex. */
static const char *bytes(struct world *w, size_t n)
{
	static char text[1100];
	uint8_t buf[512];
	size_t got = 0;

	while (got < n) {
		ssize_t r = recv(w->uart, buf + got, n - got, 0);

		assert_true(r > 0);
		got += r;
	}
	return uicc_hex_format(text, sizeof(text), buf, n);
}

/* Nothing comes, as far as one can wait for that. */
static void silence(struct world *w)
{
	struct pollfd p = { .fd = w->uart, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 100), 0);
}

static void put(struct world *w, const char *hex)
{
	uint8_t buf[300];
	ssize_t n = uicc_hex_parse(hex, buf, sizeof(buf));

	assert_int_equal(send(w->uart, buf, n, MSG_NOSIGNAL), n);
}

static void power(struct world *w)
{
	say(w->lines, "VCC 1\n");
	say(w->lines, "RST 1\n");
	assert_string_equal(bytes(w, 22), ATR);
}

/* The reader hangs up; the card says its last words and ends with this status. */
static void finish(struct world *w, const char *summary)
{
	char line[256], last[256] = "";
	int status;

	hang_up(&w->uart);
	while (fgets(line, sizeof(line), w->out))
		strcpy(last, line);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	w->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	if (summary)
		assert_string_equal(last, summary);
}

static void start_plain(struct world *w, char *more)
{
	char *argv[] = { "vuicc", "--uart", w->paths[UART], "--lines", w->paths[LINES],
			 "--control", w->paths[CONTROL], "--trace", w->paths[TRACE], "--wire",
			 w->paths[WIRE], more, NULL };

	start(w, argv);
	w->uart = dial(w->paths[UART]);
	w->lines = dial(w->paths[LINES]);
	w->control = dial(w->paths[CONTROL]);
}

static const char *file(const char *path)
{
	static char text[16384];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void apdu(struct world *w, const char *header, const char *ack, const char *data,
		 const char *answer)
{
	put(w, header);
	if (data) {
		assert_string_equal(bytes(w, 1), ack);
		put(w, data);
	}
	assert_string_equal(bytes(w, strlen(answer) / 2), answer);
}

static void session_over_real_sockets(void **state)
{
	struct world *w = *state;
	uint8_t fetched[260];
	char text[600];
	const char *sw;

	start_plain(w, NULL);
	assert_string_equal(hear(w->lines), "PRESENT 1");
	power(w);
	apdu(w, "00A4000402", "A4", "2FE2", "6114");
	apdu(w, "00C0000014", NULL, NULL, "C062128202412183022FE28A01058002000A8801109000");
	apdu(w, "00B0000000", NULL, NULL, "6C0A");
	apdu(w, "00B000000A", NULL, NULL, "B0989400000000002143F59000");
	apdu(w, "8010000011", "10", "2B01E800010C00072800001F8060000004", "910F");
	apdu(w, "801200000F", NULL, NULL, "12D00D8103010500820281829902090A9000");
	apdu(w, "801400000C", "14", "810301050082028281830100", "9114");
	apdu(w, "8012000014", NULL, NULL, "12D012810302400082028182390205DC3C03030DBC9000");
	apdu(w, "8014000014", "14", "81030240008202828183010038024100390205DC", "9000");
	apdu(w, "80C200000D", "C2", "D60B99010A82028281B8028100", "9000");
	apdu(w, "80C2000010", "C2", "D60E99010982028281B8028100B70128", "910E");
	apdu(w, "801200000E", NULL, NULL, "12D00C810303420082028121B701ED9000");
	put(w, "8014000039");
	assert_string_equal(bytes(w, 1), "14");
	/* GET / HTTP/1.1, Host: 127.0.0.1:3516 */
	put(w, "810303420082028281830102B628474554202F20485454502F312E310D0A"
	       "486F73743A203132372E302E302E313A333531360D0A0D0AB70100");
	sw = bytes(w, 2);
	assert_memory_equal(sw, "91", 2);
	snprintf(text, sizeof(text), "80120000%s", sw + 2);
	put(w, text);
	assert_string_equal(bytes(w, 1), "12");
	assert_true(uicc_hex_parse(text + 8, fetched, 1) == 1);
	assert_true(fetched[0] > 40);
	uicc_hex_parse(bytes(w, fetched[0]), fetched, sizeof(fetched));
	assert_non_null(memmem(fetched, 40, "HTTP/1.1 200 OK\r\n", 17));
	assert_string_equal(bytes(w, 2), "9000");
	assert_non_null(strstr(ask(w, "status"), " violations=0 vcc=1 rst=1 present=1 mute=0 "
						 "channel=established "));
	assert_non_null(strstr(file(w->paths[TRACE]), "> 801200000F len=0\n"));
	assert_non_null(strstr(file(w->paths[TRACE]),
			       "< len=15 D00D8103010500820281829902090A sw=9000\n"));
	assert_non_null(strstr(file(w->paths[WIRE]), "reader> 00 A4 00 04 02\n"));
	assert_non_null(strstr(file(w->paths[WIRE]), "card>   A4\n"));
	finish(w, NULL);
}

static void summary_and_exit(void **state)
{
	struct world *w = *state;

	start_plain(w, "--steps");
	power(w);
	apdu(w, "80F2000C00", NULL, NULL, "9000");
	/* header and data at once: too early */
	put(w, "00A40004023F00");
	assert_string_equal(bytes(w, 1), "A4");
	finish(w, "card: 1 APDUs, 12 bytes from the reader, 25 bytes to the reader, "
		  "1 violations\n");
}

static void lines_of_qemu(void **state)
{
	struct world *w = *state;
	char *argv[] = { "vuicc", "--uart", w->paths[UART], "--gpio", w->paths[LINES], "--qom",
			 "/machine/pl061", "--control", w->paths[CONTROL], "--absent", NULL };

	start(w, argv);
	w->lines = dial(w->paths[LINES]);
	w->uart = dial(w->paths[UART]);
	w->control = dial(w->paths[CONTROL]);
	assert_string_equal(hear(w->lines), "irq_intercept_out /machine/pl061");
	assert_string_equal(hear(w->lines), "set_irq_in /machine/pl061 unnamed-gpio-in 2 0");
	say(w->lines, "OK\nOK\nIRQ raise 7\nIRQ lower 1\n");
	assert_string_equal(ask(w, "insert"), "OK inserted");
	assert_string_equal(hear(w->lines), "set_irq_in /machine/pl061 unnamed-gpio-in 2 1");
	say(w->lines, "OK\nIRQ raise 1\nIRQ rai");
	silence(w);
	say(w->lines, "se 0\n");
	assert_string_equal(bytes(w, 22), ATR);
	apdu(w, "80F2000C00", NULL, NULL, "9000");
	assert_string_equal(ask(w, "remove"), "OK removed");
	assert_string_equal(hear(w->lines), "set_irq_in /machine/pl061 unnamed-gpio-in 2 0");
	put(w, "80F2000C00");
	silence(w);
	/* QEMU goes away: both levels drop */
	hang_up(&w->lines);
	while (!strstr(ask(w, "status"), "vcc=0 rst=0"))
		usleep(1000);
	finish(w, NULL);
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void card_calls_the_reader(void **state)
{
	struct world *w = *state;
	char *argv[] = { "vuicc", "--uart-connect", w->paths[UART], "--gpio-connect",
			 w->paths[LINES], "--qom", "/x", NULL };
	struct timeval tv = { .tv_sec = PATIENCE_MS / 1000 };
	int uart, lines;

	start(w, argv);
	/* it tries again while nobody is there */
	usleep(250000);
	lines = listen_at(w->paths[LINES]);
	uart = listen_at(w->paths[UART]);
	w->lines = accept(lines, NULL, NULL);
	w->uart = accept(uart, NULL, NULL);
	setsockopt(w->lines, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(w->uart, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	close(lines);
	close(uart);
	assert_string_equal(hear(w->lines), "irq_intercept_out /x");
	say(w->lines, "IRQ raise 1\nIRQ raise 0\n");
	assert_string_equal(bytes(w, 22), ATR);
	finish(w, NULL);
}

static void lines_come_before_bytes(void **state)
{
	struct world *w = *state;
	int i;

	start_plain(w, NULL);
	for (i = 0; i < 20; i++) {
		say(w->lines, "VCC 1\nRST 1\n");
		assert_string_equal(bytes(w, 22), ATR);
		put(w, "80F2000C");
		say(w->lines, "RST 0\n");
		put(w, "00");
		say(w->lines, "RST 1\n");
		/* the header was cut by the reset: an ATR comes, never a status before it */
		assert_string_equal(bytes(w, 22), ATR);
		silence(w);
		say(w->lines, "RST 0\nVCC 0\n");
	}
	finish(w, NULL);
}

static void control_peers_come_and_go(void **state)
{
	struct world *w = *state;
	char longest[UICC_LINE_MAX + 10];
	int other;

	start_plain(w, NULL);
	other = dial(w->paths[CONTROL]);
	say(other, "sta");
	assert_string_equal(ask(w, "mute on"), "OK mute");
	say(other, "tus\r\nbogus\n\n");
	assert_non_null(strstr(hear(other), "mute=1"));
	assert_string_equal(hear(other), "ERR unknown command");
	close(other);
	hang_up(&w->control);
	w->control = dial(w->paths[CONTROL]);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(ask(w, longest), "ERR line too long");
	assert_string_equal(ask(w, "reset"), "OK all faults off");
	power(w);
	assert_string_equal(ask(w, "remove"), "OK removed");
	assert_string_equal(hear(w->lines), "PRESENT 1");
	assert_string_equal(hear(w->lines), "PRESENT 0");
	finish(w, NULL);
}

static void reader_that_does_not_read(void **state)
{
	struct world *w = *state;
	char *argv[] = { "vuicc", "--uart", w->paths[UART], "--lines", w->paths[LINES], "--nulls",
			 "255", NULL };
	uint8_t cmd[5] = { 0x80, 0xf2, 0x00, 0x0c, 0x00 };
	int i;

	start(w, argv);
	w->uart = dial(w->paths[UART]);
	w->lines = dial(w->paths[LINES]);
	power(w);
	/* the card never waits for it, and cuts it off in the end */
	for (i = 0; i < 100000; i++) {
		if (send(w->uart, cmd, sizeof(cmd), MSG_NOSIGNAL) < 0)
			break;
	}
	assert_true(i < 100000);
	assert_true(errno == EPIPE || errno == ECONNRESET);
	finish(w, NULL);
}

static void quit_and_signal(void **state)
{
	struct world *w = *state;

	start_plain(w, NULL);
	assert_string_equal(ask(w, "quit"), "OK bye");
	finish(w, "card: 0 APDUs, 0 bytes from the reader, 0 bytes to the reader, 0 violations\n");
	fclose(w->out);
	hang_up(&w->lines);
	hang_up(&w->control);
	start_plain(w, NULL);
	kill(w->pid, SIGTERM);
	finish(w, "card: 0 APDUs, 0 bytes from the reader, 0 bytes to the reader, 0 violations\n");
	assert_int_equal(access(w->paths[UART], F_OK), -1);
}

static void command_line(void **state)
{
	static char *const wrong[][8] = {
		{ "vuicc", NULL },
		{ "vuicc", "--uart", "u", NULL },
		{ "vuicc", "--lines", "l", NULL },
		{ "vuicc", "--uart", "u", "--gpio", "g", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--bogus", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "extra", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--fault", "x", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--atr", "3B0", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--ack", "some", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--send-max", "242", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--scws-port", "0", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--scws-port", "-1", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--session-id", "65536", NULL },
		{ "vuicc", "--uart", "u", "--lines", "l", "--nulls", "1x", NULL },
	};
	char *right[] = { "vuicc", "--uart-connect", "u", "--gpio-connect", "g", "--qom", "q",
			  "--inverse", "--atr", "3B00", "--nulls", "3", "--ack", "mixed", "--fault", "mute@9",
			  "--fault", "late-91", "--scws-port", "8080", "--local-trigger", "5",
			  "--session-id", "0x2A", "--dm-fault", "huge", "--send-max", "100", NULL };
	struct uicc_options o;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int argc = 0;

		while (argc < 8 && wrong[i][argc])
			argc++;
		uicc_options_default(&o);
		assert_int_equal(uicc_options_parse(&o, argc, (char **)wrong[i]),
				 UICC_OPTIONS_WRONG);
	}
	uicc_options_default(&o);
	assert_int_equal(uicc_options_parse(&o, sizeof(right) / sizeof(right[0]) - 1, right),
			 UICC_OPTIONS_RUN);
	assert_true(o.uart_call && o.lines_call && o.lines_qtest);
	assert_int_equal(o.atr[0], 0x3f);
	assert_int_equal(o.atr_len, 2);
	assert_int_equal(o.ack, UICC_ACK_MIXED);
	assert_int_equal(o.faults.at[UICC_FAULT_MUTE], 9);
	assert_int_equal(o.faults.at[UICC_FAULT_LATE_91], 1);
	assert_int_equal(o.bip.port, 8080);
	assert_int_equal(o.bip.local_trigger_s, 5);
	assert_int_equal(o.app.session_id, 42);
	assert_string_equal(o.app.fault, "huge");
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(session_over_real_sockets),
		CASE(summary_and_exit),
		CASE(lines_of_qemu),
		CASE(card_calls_the_reader),
		CASE(lines_come_before_bytes),
		CASE(control_peers_come_and_go),
		CASE(reader_that_does_not_read),
		CASE(quit_and_signal),
		cmocka_unit_test(command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

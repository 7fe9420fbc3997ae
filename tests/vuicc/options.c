// SPDX-License-Identifier: BSD-3-Clause
/* The command line of vuicc. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/iso7816.h>

#include "hex.h"
#include "options.h"
#include "port.h"

/* A UICC in use: T=0, TA1 = 96 in negotiable mode, so that 372/1 works; TCK */
static const char default_atr[] = "3B9F96801FC78031A073BE21136743200718000001A5";

static const char help[] =
"Usage: vuicc --uart PATH (--gpio PATH --qom QOMPATH | --lines PATH) [OPTION...]\n"
"       vuicc --sim[=DEVICE] | --pty LINK [OPTION...]\n"
"A virtual UICC: a smart card at byte level, with an HTTP and OMA DM server on it.\n"
"\n"
"Connections (UNIX sockets)\n"
"  --uart PATH            listen for the reader's UART\n"
"  --uart-connect PATH    connect to it, trying for 30 s\n"
"  --gpio PATH            listen for QEMU's qtest socket (GPIO lines 0-2: RST, VCC, presence)\n"
"  --gpio-connect PATH    connect to it, trying for 30 s\n"
"  --qom QOMPATH          QOM path of the GPIO controller (with --gpio)\n"
"  --pl011 ADDR:HZ        the reader's UART in the machine: see by its registers at which rate it\n"
"                         works (with --gpio)\n"
"  --lines PATH           listen for plain lines: RST 0|1, VCC 0|1 in, PRESENT 0|1 out\n"
"  --control PATH         listen for control commands, a line each (\"help\" lists them)\n"
"\n"
"A reader in this machine\n"
"  --sim[=DEVICE]         make a virtual reader and be its card (default /dev/iso7816-sim); its\n"
"                         name is printed; there is no end but a signal or \"quit\"\n"
"  --pty LINK             be a card on a serial line: LINK leads to a pseudo terminal for\n"
"                         \"dmsc attach --reset=baud0 LINK\"\n"
"  --sim-setup WORDS      what it can do, words with commas between: parity, stop-bits, clock,\n"
"                         presence, vcc (all of these unless with no- in front), echo, pace;\n"
"                         classes=LETTERS (default ABC, 0 = not told), max-baud=N, divisor=HZ (it\n"
"                         has only rates that are HZ by an integer), error-ppm=N (they are off)\n"
"\n"
"Logs\n"
"  --trace FILE           APDU trace, a line per command and per response; PINs masked\n"
"  --wire FILE            every byte on the UART, every change of RST and VCC\n"
"  --steps                say on stdout what happens, a line a step\n"
"\n"
"The card\n"
"  --atr HEX              answer to reset (default: a UICC with T=0, TA1=96, negotiable)\n"
"  --atr-delay CYCLES     clock cycles from RST high to the ATR (default 5000)\n"
"  --clock HZ             the card's clock (default 3571200)\n"
"  --inverse              inverse convention (TS = 3F)\n"
"  --atr-warm HEX         another one after a warm reset\n"
"  --mute-activations N   no ATR the first N times that VCC is switched on, as a card of another\n"
"                         class would do\n"
"  --classes LETTERS      classes in which the card works, of A, B, C (default ABC), where the\n"
"                         supply tells which it is in\n"
"  --corrupt-atrs N       spoil the last byte of the first N ATRs\n"
"  --iccid DIGITS         number in EF_ICCID\n"
"  --bootstrap FILE       OMA DM bootstrap message in a PKCS#15 application\n"
"  --echo                 give the reader back what it sends, as on a single I/O line\n"
"  --absent               start without the card inserted\n"
"  --mute                 start mute\n"
"  --nulls N              NULL bytes before every procedure byte\n"
"  --ack all|single|mixed how data bytes are acknowledged (default all)\n"
"\n"
"Protocol and line\n"
"The ATR says which protocols there are; the first is used unless PPS or TA2 says otherwise.\n"
"  --pps HOW[:N]          how a PPS request is answered, the first N of them or all: accept\n"
"                         (default), refuse (not at all), alter (another PPS1), reduce (no PPS1),\n"
"                         bad-pck, extra (PPS2 that nobody asked for)\n"
"  --wtx N[:FACTOR]       T=1: N S(WTX request)s before each answer (FACTOR 1 to 255, default 1)\n"
"  --ifs N                T=1: S(IFS request) with N, 1 to 254, before the first answer\n"
"  --pace                 send no faster than the line could: 12 etu a character (T=1 with N=255:\n"
"                         11), 22 at the turn with T=1, the reader's own characters counted\n"
"  --delay NS             wait NS nanoseconds before each answer\n"
"\n"
"Faults\n"
"  --fault SPEC           show a fault once; may be repeated:\n"
"      at byte N from the reader after the ATR: mute@N remove@N noise@N bad-procedure@N\n"
"          null-storm@N wtx-storm@N\n"
"      once, or N times: wrong-fetch mute-fetched busy-envelope@N no-atr@N bad-atr@N; late-91\n"
"      T=1, at block N of the card: bad-edc@N bad-seq@N bad-pcb@N bad-len@N bad-nad@N\n"
"          lose-block@N abort@N\n"
"      at character N of the card (DIR out) or the reader (in), from now on: drop@DIR:N\n"
"          duplicate@DIR:N flip@DIR:N[:BIT] alter@DIR:N[:BIT] noise@DIR:N[:VALUE]\n"
"          delay@DIR:N:MS stop@DIR:N remove@DIR:N\n"
"      by chance: random:SEED:PERMILLE[:COUNT] flips:SEED:PERMILLE[:COUNT]\n"
"  --faults-from FILE     the same from a file, one a line\n"
"\n"
"Toolkit\n"
"  --scws-port PORT       port of the HTTP server on the card (default 3516)\n"
"  --channels N           server channels opened on it, 1 to 7 (default 1)\n"
"  --send-max N           channel data in a SEND DATA, 1 to 241 (default 241)\n"
"  --poll-interval S      ask for this interval by POLL INTERVAL, 1 to 255 s\n"
"  --local-trigger S      S seconds (by a CAT timer) after the server channel listens, start a DM\n"
"                         session by sending package #0 to 127.0.0.1:2948\n"
"\n"
"DM server\n"
"  --dm-path PATH         path of the DM server (default /dm)\n"
"  --dm-url URL           its address as told to clients (default http://127.0.0.1:PORT/dm)\n"
"  --server-id ID         name of the server\n"
"  --server-secret WORD   its password\n"
"  --server-nonce BASE64  its nonce\n"
"  --client-id ID         name of the client\n"
"  --client-secret WORD   its password\n"
"  --client-nonce BASE64  its nonce\n"
"  --provision FILE       DM commands to send (SyncBody fragment)\n"
"  --results FILE         log of Status and Results, JSON lines\n"
"  --session-id N         session id of package #0 (default 1)\n"
"  --ui-mode N            its ui-mode: 0 none, 1 background (default), 2 informative, 3 ask first\n"
"  --dm-fault NAME        fault of the DM server\n"
"  --dm-options WORDS     how it behaves, words with blanks between them, which can be in FILE too:\n"
"                         <?vuicc encoding=wbxml?>\n"
"      encoding=same|xml|wbxml       of its messages; same: as the client's (default)\n"
"      text=inline|table|opaque      how WBXML holds text\n"
"      client-auth=md5|basic|mac|none  what the client must prove itself by (default md5)\n"
"      server-auth=md5|basic|mac|none  what the server proves itself by (default md5)\n"
"      accept=session|message        what credentials are good for\n"
"      max-msg=N max-obj=N           its MaxMsgSize and MaxObjSize (default 16384, 1048576)\n"
"      batch=N                       at most N commands of FILE in a message\n"
"      package=message|file          Final in each message with commands, or in the last\n"
"      alert-status=CODE             its Status for alerts 1224 and 1226\n"
"      hostile=SEED                  spoils half of its messages, the same for the same seed\n"
"      fault=NAME                    as --dm-fault, which wins\n"
"\n"
"  --help                 this text\n"
"\n"
"Prints READY once it listens.  Ends with status 0 when the UART's peer goes away, 1 when it\n"
"cannot go on, 2 for a wrong command line.\n";

enum {
	OPT_UART = 256, OPT_UART_CONNECT, OPT_GPIO, OPT_GPIO_CONNECT, OPT_QOM, OPT_PL011,
	OPT_LINES,
	OPT_CONTROL, OPT_TRACE, OPT_WIRE, OPT_STEPS, OPT_ATR, OPT_ATR_DELAY, OPT_CLOCK,
	OPT_INVERSE, OPT_ICCID, OPT_ECHO, OPT_ABSENT, OPT_MUTE, OPT_NULLS, OPT_ACK, OPT_FAULT,
	OPT_SCWS_PORT, OPT_CHANNELS, OPT_SEND_MAX, OPT_POLL_INTERVAL, OPT_LOCAL_TRIGGER,
	OPT_DM_PATH, OPT_DM_URL, OPT_SERVER_ID, OPT_SERVER_SECRET, OPT_SERVER_NONCE, OPT_CLIENT_ID,
	OPT_CLIENT_SECRET, OPT_CLIENT_NONCE, OPT_PROVISION, OPT_RESULTS, OPT_SESSION_ID, OPT_UI_MODE,
	OPT_DM_FAULT, OPT_HELP, OPT_ATR_WARM, OPT_CLASSES, OPT_MUTE_ACTIVATIONS, OPT_CORRUPT_ATRS,
	OPT_PPS, OPT_WTX, OPT_IFS, OPT_PACE, OPT_DELAY, OPT_FAULTS_FROM, OPT_SIM, OPT_SIM_SETUP,
	OPT_PTY, OPT_DM_OPTIONS, OPT_BOOTSTRAP,
};

#define WITH(name, nr)	{ name, required_argument, NULL, nr }
#define FLAG(name, nr)	{ name, no_argument, NULL, nr }

static const struct option options[] = {
	WITH("uart", OPT_UART), WITH("uart-connect", OPT_UART_CONNECT), WITH("gpio", OPT_GPIO),
	WITH("gpio-connect", OPT_GPIO_CONNECT), WITH("qom", OPT_QOM), WITH("pl011", OPT_PL011),
	WITH("lines", OPT_LINES),
	WITH("control", OPT_CONTROL), WITH("trace", OPT_TRACE), WITH("wire", OPT_WIRE),
	FLAG("steps", OPT_STEPS), WITH("atr", OPT_ATR), WITH("atr-delay", OPT_ATR_DELAY),
	WITH("clock", OPT_CLOCK), FLAG("inverse", OPT_INVERSE), WITH("iccid", OPT_ICCID),
	FLAG("echo", OPT_ECHO), FLAG("absent", OPT_ABSENT), FLAG("mute", OPT_MUTE),
	WITH("nulls", OPT_NULLS), WITH("ack", OPT_ACK), WITH("fault", OPT_FAULT),
	WITH("scws-port", OPT_SCWS_PORT), WITH("channels", OPT_CHANNELS),
	WITH("send-max", OPT_SEND_MAX), WITH("poll-interval", OPT_POLL_INTERVAL),
	WITH("local-trigger", OPT_LOCAL_TRIGGER), WITH("dm-path", OPT_DM_PATH),
	WITH("dm-url", OPT_DM_URL), WITH("server-id", OPT_SERVER_ID),
	WITH("server-secret", OPT_SERVER_SECRET), WITH("server-nonce", OPT_SERVER_NONCE),
	WITH("client-id", OPT_CLIENT_ID), WITH("client-secret", OPT_CLIENT_SECRET),
	WITH("client-nonce", OPT_CLIENT_NONCE), WITH("provision", OPT_PROVISION),
	WITH("results", OPT_RESULTS), WITH("session-id", OPT_SESSION_ID),
	WITH("ui-mode", OPT_UI_MODE),
	WITH("dm-fault", OPT_DM_FAULT), WITH("dm-options", OPT_DM_OPTIONS), FLAG("help", OPT_HELP),
	WITH("atr-warm", OPT_ATR_WARM), WITH("classes", OPT_CLASSES),
	WITH("mute-activations", OPT_MUTE_ACTIVATIONS),
	WITH("corrupt-atrs", OPT_CORRUPT_ATRS), WITH("pps", OPT_PPS), WITH("wtx", OPT_WTX),
	WITH("ifs", OPT_IFS), FLAG("pace", OPT_PACE), WITH("delay", OPT_DELAY),
	WITH("faults-from", OPT_FAULTS_FROM), { "sim", optional_argument, NULL, OPT_SIM },
	WITH("sim-setup", OPT_SIM_SETUP), WITH("pty", OPT_PTY),
	WITH("bootstrap", OPT_BOOTSTRAP),
	{ NULL, 0, NULL, 0 },
};

static bool parse_pl011(struct uicc_options *o, const char *arg)
{
	unsigned long long address;
	int used = 0;

	if (sscanf(arg, "0x%llx:%9u%n", &address, &o->pl011_hz, &used) != 2 || arg[used])
		return false;
	o->pl011 = address;
	return address && o->pl011_hz;
}

unsigned int uicc_classes_parse(const char *letters)
{
	unsigned int classes = 0;

	for (; *letters; letters++) {
		if (*letters < 'A' || *letters > 'C')
			return 0;
		classes |= UICC_CLASS_A << (*letters - 'A');
	}
	return classes;
}

void uicc_options_default(struct uicc_options *o)
{
	memset(o, 0, sizeof(*o));
	o->atr_len = uicc_hex_parse(default_atr, o->atr, sizeof(o->atr));
	o->atr_delay = 5000;
	o->clock_hz = 3571200;
	o->classes = UICC_CLASS_A | UICC_CLASS_B | UICC_CLASS_C;
	o->wtx_factor = 1;
	o->sim_setup.caps = ISO7816_PHY_CHAR_ERRORS | ISO7816_PHY_STOP_BITS | ISO7816_PHY_CLOCK;
	o->sim_setup.flags = ISO7816_SIM_PRESENCE | ISO7816_SIM_VCC;
	o->sim_setup.classes = o->classes;
	o->iccid = "8949000000000012345";
	o->bip.port = 3516;
	o->bip.servers = 1;
	o->bip.send_max = UICC_SEND_MAX;
	o->app.path = "/dm";
	o->app.server_id = "scard";
	o->app.server_secret = "server-secret";
	o->app.server_nonce = "";
	o->app.client_id = "client";
	o->app.client_secret = "client-secret";
	o->app.client_nonce = "";
	o->app.session_id = 1;
	o->app.ui_mode = 1;
}

static bool number(const char *text, unsigned long min, unsigned long max, unsigned long *n)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*n = strtoul(text, &end, 0);
	return !errno && !*end && *n >= min && *n <= max;
}

static bool parse_ack(struct uicc_options *o, const char *text)
{
	if (!strcmp(text, "all"))
		o->ack = UICC_ACK_ALL;
	else if (!strcmp(text, "single"))
		o->ack = UICC_ACK_SINGLE;
	else if (!strcmp(text, "mixed"))
		o->ack = UICC_ACK_MIXED;
	else
		return false;
	return true;
}

static bool parse_atr(uint8_t atr[UICC_ATR_ROOM], size_t *len, const char *text)
{
	ssize_t n = uicc_hex_parse(text, atr, UICC_ATR_ROOM);

	if (n > 0)
		*len = n;
	return n > 0;
}

bool uicc_pps_mode_parse(const char *text, enum uicc_pps_mode *mode, unsigned int *count)
{
	static const char *const names[] = {
		[UICC_PPS_ACCEPT] = "accept", [UICC_PPS_REFUSE] = "refuse",
		[UICC_PPS_ALTER] = "alter", [UICC_PPS_REDUCE] = "reduce",
		[UICC_PPS_BAD_PCK] = "bad-pck", [UICC_PPS_EXTRA] = "extra",
	};
	size_t len = strcspn(text, ":");
	unsigned long times = 0;
	unsigned int i;

	if (text[len] && !number(text + len + 1, 1, 1000000, &times))
		return false;
	*count = times;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], text, len)) {
			*mode = i;
			return true;
		}
	}
	return false;
}

static bool parse_wtx(struct uicc_options *o, const char *text)
{
	char count[8] = "";
	size_t len = strcspn(text, ":");
	unsigned long n, factor = 1;

	if (len >= sizeof(count) || (text[len] && !number(text + len + 1, 1, 255, &factor)))
		return false;
	memcpy(count, text, len);
	if (!number(count, 0, 255, &n))
		return false;
	o->wtx = n;
	o->wtx_factor = factor;
	return true;
}

static bool load_faults(struct uicc_options *o, const char *path)
{
	unsigned int line;
	int ret = uicc_faults_load(&o->faults, path, &line);

	if (ret)
		fprintf(stderr, "vuicc: %s:%u: %s\n", path, line,
			ret == -EINVAL ? "unknown fault" : strerror(-ret));
	return !ret;
}

/* Options that are a number. */
static bool take_number(struct uicc_options *o, int opt, const char *arg)
{
	unsigned long n;

	switch (opt) {
	case OPT_ATR_DELAY:
		return number(arg, 0, 100000000, &n) && (o->atr_delay = n, true);
	case OPT_CLOCK:
		return number(arg, 1000, 100000000, &n) && (o->clock_hz = n, true);
	case OPT_MUTE_ACTIVATIONS:
		return number(arg, 0, 1000000, &n) && (o->mute_activations = n, true);
	case OPT_CORRUPT_ATRS:
		return number(arg, 0, 1000000, &n) && (o->faults.at[UICC_FAULT_BAD_ATR] = n, true);
	case OPT_IFS:
		return number(arg, 1, 254, &n) && (o->ifs = n, true);
	case OPT_DELAY:
		return number(arg, 0, 3600000000000UL, &n) && (o->delay_ns = n, true);
	case OPT_NULLS:
		return number(arg, 0, 255, &n) && (o->nulls = n, true);
	case OPT_SCWS_PORT:
		return number(arg, 1, 65535, &n) && (o->bip.port = n, true);
	case OPT_CHANNELS:
		return number(arg, 1, UICC_CHANNELS, &n) && (o->bip.servers = n, true);
	case OPT_SEND_MAX:
		return number(arg, 1, UICC_SEND_MAX, &n) && (o->bip.send_max = n, true);
	case OPT_POLL_INTERVAL:
		return number(arg, 1, 255, &n) && (o->bip.poll_interval_s = n, true);
	case OPT_LOCAL_TRIGGER:
		return number(arg, 1, 86399, &n) && (o->bip.local_trigger_s = n, true);
	case OPT_SESSION_ID:
		return number(arg, 0, 65535, &n) && (o->app.session_id = n, true);
	case OPT_UI_MODE:
		return number(arg, 0, 3, &n) && (o->app.ui_mode = n, true);
	}
	return false;
}

/* Where the text of an option is kept, NULL for other options. */
static const char **text_of(struct uicc_options *o, int opt)
{
	switch (opt) {
	case OPT_UART_CONNECT:
	case OPT_UART:
		return &o->uart;
	case OPT_GPIO_CONNECT:
	case OPT_GPIO:
	case OPT_LINES:
		return &o->lines;
	case OPT_QOM:
		return &o->qom;
	case OPT_CONTROL:
		return &o->control;
	case OPT_PTY:
		return &o->pty;
	case OPT_TRACE:
		return &o->trace;
	case OPT_WIRE:
		return &o->wire;
	case OPT_ICCID:
		return &o->iccid;
	case OPT_BOOTSTRAP:
		return &o->bootstrap;
	case OPT_DM_PATH:
		return &o->app.path;
	case OPT_DM_URL:
		return &o->app.url;
	case OPT_SERVER_ID:
		return &o->app.server_id;
	case OPT_SERVER_SECRET:
		return &o->app.server_secret;
	case OPT_SERVER_NONCE:
		return &o->app.server_nonce;
	case OPT_CLIENT_ID:
		return &o->app.client_id;
	case OPT_CLIENT_SECRET:
		return &o->app.client_secret;
	case OPT_CLIENT_NONCE:
		return &o->app.client_nonce;
	case OPT_PROVISION:
		return &o->app.provision;
	case OPT_RESULTS:
		return &o->app.results;
	case OPT_DM_FAULT:
		return &o->app.fault;
	case OPT_DM_OPTIONS:
		return &o->app.options;
	}
	return NULL;
}

static bool take(struct uicc_options *o, int opt, const char *arg)
{
	const char **text = text_of(o, opt);

	if (text) {
		*text = arg;
		if (opt == OPT_UART || opt == OPT_UART_CONNECT)
			o->uart_call = opt == OPT_UART_CONNECT;
		if (text == &o->lines) {
			o->lines_call = opt == OPT_GPIO_CONNECT;
			o->lines_qtest = opt != OPT_LINES;
		}
		return true;
	}
	switch (opt) {
	case OPT_SIM:
		o->sim = arg ? arg : "/dev/iso7816-sim";
		return true;
	case OPT_SIM_SETUP:
		return uicc_sim_parse(o, arg);
	case OPT_STEPS:
		return o->steps = true;
	case OPT_ECHO:
		return o->echo = true;
	case OPT_ABSENT:
		return o->absent = true;
	case OPT_MUTE:
		return o->mute = true;
	case OPT_INVERSE:
		return o->inverse = true;
	case OPT_ATR:
		return parse_atr(o->atr, &o->atr_len, arg);
	case OPT_ATR_WARM:
		return parse_atr(o->atr_warm, &o->atr_warm_len, arg);
	case OPT_PL011:
		return parse_pl011(o, arg);
	case OPT_CLASSES:
		return (o->classes = uicc_classes_parse(arg)) != 0;
	case OPT_PPS:
		return uicc_pps_mode_parse(arg, &o->pps, &o->pps_times);
	case OPT_WTX:
		return parse_wtx(o, arg);
	case OPT_PACE:
		return o->pace = true;
	case OPT_FAULTS_FROM:
		return load_faults(o, arg);
	case OPT_ACK:
		return parse_ack(o, arg);
	case OPT_FAULT:
		return !uicc_fault_arm(&o->faults, arg);
	}
	return take_number(o, opt, arg);
}

/* What is missing, NULL if nothing. */
static const char *missing(const struct uicc_options *o)
{
	if (o->sim && o->pty)
		return "--sim and --pty exclude each other";
	if (o->sim || o->pty)
		return o->uart || o->lines ? "--sim and --pty need no sockets" : NULL;
	if (!o->uart)
		return "--uart or --uart-connect is needed";
	if (!o->lines)
		return "--gpio, --gpio-connect or --lines is needed";
	if (o->lines_qtest && !o->qom)
		return "--qom is needed to find the GPIO controller";
	return NULL;
}

enum uicc_options_result uicc_options_parse(struct uicc_options *o, int argc, char **argv)
{
	const char *lacks;
	int opt, index = 0;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "h", options, &index)) != -1) {
		if (opt == OPT_HELP || opt == 'h') {
			fputs(help, stdout);
			return UICC_OPTIONS_HELP;
		}
		if (opt == '?')
			goto hint;
		if (!take(o, opt, optarg)) {
			fprintf(stderr, "vuicc: --%s: bad value \"%s\"\n", options[index].name,
				optarg ? optarg : "");
			goto hint;
		}
	}
	if (o->inverse)
		o->atr[0] = o->atr_warm[0] = 0x3f;
	lacks = optind < argc ? "unexpected argument" : missing(o);
	if (!lacks)
		return UICC_OPTIONS_RUN;
	fprintf(stderr, "vuicc: %s%s%s\n", lacks, optind < argc ? ": " : "",
		optind < argc ? argv[optind] : "");
hint:
	fputs("vuicc: --help lists the options\n", stderr);
	return UICC_OPTIONS_WRONG;
}

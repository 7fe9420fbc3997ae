// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc notify: plays the External Card Management System.  Builds package #0 and sends it as a
 * WSP connectionless push over UDP; needs no dmscd on this machine.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "dm/dm.h"

static const char usage[] =
	"Usage: dmsc [--json] notify --server=ID --secret-file=FILE [OPTION]... HOST[:PORT]\n"
	"Sends an OMA DM package #0 (a WSP push over UDP, port 2948) that asks the device at HOST to\n"
	"open a session with its card.\n\n"
	"  -S, --server=ID        server identifier of the DM account\n"
	"  -f, --secret-file=FILE first line: the server's password (AAuthSecret of SRVCRED); - = stdin\n"
	"  -n, --nonce=BASE64     the nonce the device last gave the server (AAuthData of SRVCRED)\n"
	"      --resync           use the resynchronisation nonce 0x00000000\n"
	"  -i, --session=HEX      session identifier, 1 to FFFF (default: random)\n"
	"  -u, --ui-mode=MODE     none, background, informative or ask (default none)\n"
	"      --vendor=HEX       vendor-specific part\n"
	"      --client           initiated by the client (default: by the server)\n"
	"      --print            print the push as hexadecimal, send nothing (HOST not needed)\n"
	"  -h, --help             show this text\n\n"
	"A password cannot be given on the command line, where others could read it.\n";

struct request {
	struct dm_notification n;
	char secret[MO_SECRET_LEN];
	uint8_t nonce[MO_NONCE_LEN];
	size_t nonce_len;
	uint8_t vendor[256];
	bool print, have_secret;
};

static bool read_secret(struct request *r, const char *file)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "r") : stdin;
	bool ok;

	if (!f) {
		fprintf(stderr, "dmsc: %s: %s\n", file, strerror(errno));
		return false;
	}
	setvbuf(f, NULL, _IONBF, 0);	/* leaves no copy in a stdio buffer */
	ok = fgets(r->secret, sizeof(r->secret), f) != NULL;
	if (f != stdin)
		fclose(f);
	if (ok && !strchr(r->secret, '\n') && strlen(r->secret) == sizeof(r->secret) - 1)
		ok = false;
	r->secret[strcspn(r->secret, "\r\n")] = 0;
	r->have_secret = ok;
	if (!ok)
		fprintf(stderr, "dmsc: %s: no password of at most %d characters in its first line\n",
			file, MO_SECRET_LEN - 2);
	return ok;
}

static bool read_nonce(struct request *r, const char *b64)
{
	unsigned char buf[MO_NONCE_LEN * 2];
	size_t n = strlen(b64), pad = 0;
	int len = -1;

	while (pad < 2 && pad < n && b64[n - 1 - pad] == '=')
		pad++;
	if (n && n % 4 == 0 && n / 4 * 3 <= sizeof(buf))
		len = EVP_DecodeBlock(buf, (const unsigned char *)b64, (int)n);
	if (len < (int)pad || (size_t)len - pad > MO_NONCE_LEN) {
		fprintf(stderr, "dmsc: --nonce is not base64 of at most %d bytes\n", MO_NONCE_LEN);
		return false;
	}
	r->nonce_len = (size_t)len - pad;
	memcpy(r->nonce, buf, r->nonce_len);
	return true;
}

static bool read_session(struct request *r, const char *hex)
{
	char *end;
	unsigned long v = strtoul(hex, &end, 16);

	if (end == hex || *end || !v || v > 0xffff) {
		fprintf(stderr, "dmsc: --session \"%s\" is not hexadecimal from 1 to FFFF\n", hex);
		return false;
	}
	r->n.session_id = (uint16_t)v;
	return true;
}

static bool read_vendor(struct request *r, const char *hex)
{
	size_t len = strlen(hex), i;
	unsigned int octet;

	if (len % 2 || len / 2 > sizeof(r->vendor) || strspn(hex, "0123456789abcdefABCDEF") != len) {
		fprintf(stderr, "dmsc: --vendor is not hexadecimal of at most %zu bytes\n",
			sizeof(r->vendor));
		return false;
	}
	for (i = 0; i < len / 2; i++) {
		sscanf(hex + 2 * i, "%2x", &octet);
		r->vendor[i] = (uint8_t)octet;
	}
	r->n.vendor = r->vendor;
	r->n.vendor_len = len / 2;
	return true;
}

static bool read_ui_mode(struct request *r, const char *word)
{
	static const char *const words[] = {
		[DM_UI_UNSPECIFIED] = "none", [DM_UI_BACKGROUND] = "background",
		[DM_UI_INFORMATIVE] = "informative", [DM_UI_INTERACTION] = "ask",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i])) {
			r->n.ui_mode = (enum dm_ui_mode)i;
			return true;
		}
	fprintf(stderr, "dmsc: --ui-mode is none, background, informative or ask\n");
	return false;
}

static bool set_server(struct request *r, const char *id)
{
	size_t n = strlen(id);

	if (!n || n >= sizeof(r->n.server_id)) {
		fprintf(stderr, "dmsc: --server: 1 to %zu characters\n", sizeof(r->n.server_id) - 1);
		return false;
	}
	strcpy(r->n.server_id, id);
	return true;
}

enum { OPT_RESYNC = 256, OPT_VENDOR, OPT_CLIENT, OPT_PRINT };

static bool take_option(struct request *r, int c, const char *arg)
{
	switch (c) {
	case 'S': return set_server(r, arg);
	case 'f': return read_secret(r, arg);
	case 'n': return read_nonce(r, arg);
	case 'i': return read_session(r, arg);
	case 'u': return read_ui_mode(r, arg);
	case OPT_RESYNC:
		memset(r->nonce, 0, 4);
		r->nonce_len = 4;
		return true;
	case OPT_VENDOR: return read_vendor(r, arg);
	case OPT_CLIENT: r->n.server_initiated = false; return true;
	case OPT_PRINT: r->print = true; return true;
	}
	fputs(usage, stderr);
	return false;
}

static void print_push(const uint8_t *pdu, int len)
{
	for (int i = 0; i < len; i++)
		printf("%02X%c", pdu[i], i + 1 == len ? '\n' : ' ');
}

/* Splits HOST[:PORT] and [IPV6]:PORT in place. */
static const char *split_port(char *host, char **name)
{
	char *colon = strrchr(host, ':'), *end = strchr(host, ']');

	*name = host;
	if (*host == '[' && end) {
		*name = host + 1;
		*end = 0;
		return end[1] == ':' ? end + 2 : "2948";
	}
	if (!colon || strchr(host, ':') != colon)
		return "2948";
	*colon = 0;
	return colon + 1;
}

static int send_push(char *host, const uint8_t *pdu, int len)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list, *a;
	char *name;
	const char *port = split_port(host, &name);
	int ret = getaddrinfo(name, port, &hints, &list), err = 0;

	if (ret) {
		fprintf(stderr, "dmsc: %s port %s: %s\n", name, port, gai_strerror(ret));
		return CTL_FAILED;
	}
	for (a = list; a; a = a->ai_next) {
		int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

		if (fd >= 0 && sendto(fd, pdu, (size_t)len, 0, a->ai_addr, a->ai_addrlen) == len) {
			close(fd);
			break;
		}
		err = errno;
		if (fd >= 0)
			close(fd);
	}
	freeaddrinfo(list);
	if (a)
		return CTL_OK;
	fprintf(stderr, "dmsc: %s port %s: %s\n", name, port, strerror(err));
	return CTL_FAILED;
}

static void report(const struct ctl_options *o, const struct request *r, const char *host, int len)
{
	struct json_object *j;

	if (!o->json) {
		printf("package #0 of %s, session %X, sent to %s (%d bytes)\n", r->n.server_id,
		       r->n.session_id, host, len);
		return;
	}
	j = json_object_new_object();
	json_object_object_add(j, "server", json_object_new_string(r->n.server_id));
	json_object_object_add(j, "session", json_object_new_int(r->n.session_id));
	json_object_object_add(j, "to", json_object_new_string(host));
	json_object_object_add(j, "bytes", json_object_new_int(len));
	ctl_print_json(j);
	json_object_put(j);
}

static int act(const struct ctl_options *o, struct request *r, const char *target)
{
	uint8_t pdu[DM_NOTIFICATION_MAX];
	char host[256];
	int len, ret;

	while (!r->n.session_id)
		if (RAND_bytes((unsigned char *)&r->n.session_id, sizeof(r->n.session_id)) != 1)
			return CTL_FAILED;
	len = dm_notification_build(&r->n, r->secret, r->nonce, r->nonce_len, pdu, sizeof(pdu));
	if (len < 0) {
		fprintf(stderr, "dmsc: cannot build package #0: %s\n", strerror(-len));
		return CTL_FAILED;
	}
	if (r->print) {
		print_push(pdu, len);
		return CTL_OK;
	}
	if (strlen(target) >= sizeof(host)) {
		fprintf(stderr, "dmsc: host name too long\n");
		return CTL_USAGE;
	}
	strcpy(host, target);
	ret = send_push(host, pdu, len);
	if (ret == CTL_OK)
		report(o, r, target, len);
	return ret;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "server", required_argument, NULL, 'S' },
		{ "secret-file", required_argument, NULL, 'f' },
		{ "nonce", required_argument, NULL, 'n' },
		{ "session", required_argument, NULL, 'i' },
		{ "ui-mode", required_argument, NULL, 'u' },
		{ "resync", no_argument, NULL, OPT_RESYNC },
		{ "vendor", required_argument, NULL, OPT_VENDOR },
		{ "client", no_argument, NULL, OPT_CLIENT },
		{ "print", no_argument, NULL, OPT_PRINT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct request r = { .n.server_initiated = true, .n.version = 11 };
	int c, ret = CTL_USAGE;

	while ((c = getopt_long(argc, argv, "S:f:n:i:u:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			ret = CTL_OK;
			goto out;
		}
		if (!take_option(&r, c, optarg))
			goto out;
	}
	if (!*r.n.server_id || !r.have_secret || argc - optind != (r.print ? 0 : 1)) {
		fputs(usage, stderr);
		goto out;
	}
	ret = act(o, &r, argv[optind]);
out:
	OPENSSL_cleanse(&r, sizeof(r));
	return ret;
}

const struct ctl_command cmd_notify = {
	"notify", "send package #0 to a device, as the management system", run,
};

// SPDX-License-Identifier: BSD-3-Clause
/*
 * The card's application (HTTP and DM server of vuicc) on a TCP port of the loopback, without the card
 * below it, in a process of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "vuicc/app.h"

#define CHANNELS	7

struct server {
	int listening;
	int fd[CHANNELS + 1];		/* by channel, from 1; -1 = none */
	struct vuicc_app *app;
};

static int on_send(void *ctx, int channel, const uint8_t *buf, size_t len)
{
	struct server *s = ctx;
	ssize_t n;

	while (len) {
		n = send(s->fd[channel], buf, len, MSG_NOSIGNAL);
		if (n <= 0)
			return -EPIPE;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static void on_close(void *ctx, int channel)
{
	struct server *s = ctx;

	close(s->fd[channel]);
	s->fd[channel] = -1;
}

static const struct vuicc_app_ops ops = { .send = on_send, .close = on_close };

static void take_client(struct server *s)
{
	int fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC), one = 1, i;

	for (i = 1; fd >= 0 && i <= CHANNELS; i++) {
		if (s->fd[i] >= 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		s->fd[i] = fd;
		vuicc_app_connected(s->app, i);
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void take_bytes(struct server *s, int channel)
{
	uint8_t buf[16384];
	ssize_t n = recv(s->fd[channel], buf, sizeof(buf), 0);

	if (n > 0) {
		vuicc_app_data(s->app, channel, buf, (size_t)n);
		return;
	}
	vuicc_app_disconnected(s->app, channel);
	on_close(s, channel);
}

static void serve(struct server *s)
{
	struct pollfd fds[CHANNELS + 1];
	int i;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = s->listening, .events = POLLIN };
		for (i = 1; i <= CHANNELS; i++)
			fds[i] = (struct pollfd){ .fd = s->fd[i], .events = POLLIN };
		if (poll(fds, CHANNELS + 1, -1) < 0)
			return;
		for (i = 1; i <= CHANNELS; i++)
			if (s->fd[i] >= 0 && fds[i].revents)
				take_bytes(s, i);
		if (fds[0].revents)
			take_client(s);
	}
}

static void run(int listening, unsigned int port, const char *provision)
{
	char url[64];
	const struct vuicc_app_config cfg = {
		.path = "/dm", .url = url, .server_id = "bench.example", .server_secret = "secret",
		.server_nonce = "oKGio6SlpqeoqaqrrK2urw==", .client_id = "client01",
		.client_secret = "ClientSecret1", .client_nonce = "EBESExQVFhcYGRobHB0eHw==",
		.provision = provision, .ui_mode = 1,
	};
	struct server s = { .listening = listening };

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/dm", port);
	memset(s.fd, -1, sizeof(s.fd));
	if (!vuicc_app_new(&cfg, &ops, &s, &s.app))
		serve(&s);
	_exit(1);
}

static bool write_provision(const char *file)
{
	FILE *f = fopen(file, "we");

	if (!f)
		return false;
	for (int i = 0; i < 5; i++)
		fprintf(f, "<Replace><CmdID>%d</CmdID><Item><Target><LocURI>./Bench/leaf%d</LocURI></Target>"
			"<Data>some value of this leaf</Data></Item></Replace>\n", i + 1, i);
	fprintf(f, "<Get><CmdID>9</CmdID><Item><Target><LocURI>./DevDetail/SwV</LocURI></Target></Item></Get>\n");
	return !fclose(f);
}

int bench_server_start(const struct bench *b, unsigned int *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	char provision[300];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(provision, sizeof(provision), "%s/provision.xml", b->folder);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) || !write_provision(provision))
		return -1;
	*port = ntohs(sa.sin_port);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(fd, *port, provision);
	}
	close(fd);
	return pid;
}

void bench_server_stop(int pid)
{
	if (pid > 0 && !kill(pid, SIGTERM))
		waitpid(pid, NULL, 0);
}

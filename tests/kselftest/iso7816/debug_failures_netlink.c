// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every allocation and every copy from or to user space fails once: in each netlink
 * operation. The notifications that some of them cause are lost then, and no more.
 */
#include "failures.h"
#include "nl.h"

static struct nl nl;

/* A socket of its own for each try: what a failure leaves behind is not for the next. */
static int fresh_socket(void)
{
	if (nl.fd > 0)
		nl_close(&nl);
	return nl_open(&nl);
}

static int run_get(void)
{
	return nl_call(&nl, ISO7816_CMD_READER_GET, 0, 0, 0);
}

static int run_dump(void)
{
	return nl_call(&nl, ISO7816_CMD_READER_GET, NLM_F_DUMP, 0, 0);
}

static int run_stats(void)
{
	return nl_call(&nl, ISO7816_CMD_STATS_GET, 0, 0, 0);
}

static int run_stats_dump(void)
{
	return nl_call(&nl, ISO7816_CMD_STATS_GET, NLM_F_DUMP, 0, 0);
}

static int run_set(void)
{
	return nl_call(&nl, ISO7816_CMD_READER_SET, 0, ISO7816_A_READER_POLL_MS, 0);
}

static int run_reset(void)
{
	return nl_call(&nl, ISO7816_CMD_CARD_RESET, 0, ISO7816_A_CARD_RESET_TYPE,
		       ISO7816_RESET_WARM);
}

static int run_power(void)
{
	return nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER, 1);
}

static int run_join(void)
{
	return nl_join(&nl, 0);
}

static bool ready(void)
{
	return !fresh_socket();
}

static const struct operation operations[] = {
	{ "READER_GET", fresh_socket, run_get, NULL, false },
	{ "READER_GET of all", fresh_socket, run_dump, NULL, false },
	{ "STATS_GET", fresh_socket, run_stats, NULL, false },
	{ "STATS_GET of all", fresh_socket, run_stats_dump, NULL, false },
	{ "READER_SET", fresh_socket, run_set, NULL, false },
	{ "CARD_RESET", fresh_socket, run_reset, NULL, false },
	{ "CARD_POWER", fresh_socket, run_power, NULL, false },
	{ "joining a group", fresh_socket, run_join, NULL, false },
};

int main(void)
{
	return walk_all(operations, sizeof(operations) / sizeof(operations[0]), ready);
}

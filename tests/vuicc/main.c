// SPDX-License-Identifier: BSD-3-Clause
/* vuicc, the virtual UICC. */
#include <string.h>

#include "card.h"

int main(int argc, char **argv)
{
	static struct uicc card;
	struct uicc_options opt;
	int status = 1;

	uicc_options_default(&opt);
	switch (uicc_options_parse(&opt, argc, argv)) {
	case UICC_OPTIONS_HELP:
		return 0;
	case UICC_OPTIONS_WRONG:
		return 2;
	case UICC_OPTIONS_RUN:
		break;
	}
	if (!uicc_new(&card, &opt))
		status = uicc_run(&card);
	uicc_free(&card);
	return status;
}

// SPDX-License-Identifier: BSD-3-Clause
/*
 * TERMINAL RESPONSE (TS 102 223, 6.8): the objects that every response begins
 * with.  What a command adds is appended by its handler.
 */
#include <string.h>

#include "cat/internal.h"

static void begin(struct cat *cat, const uint8_t *result, size_t len)
{
	const struct cat_command *cmd = &cat->cmd;
	const uint8_t details[] = { cmd->number, cmd->type, cmd->qualifier };
	const uint8_t devices[] = { CAT_DEV_TERMINAL, CAT_DEV_UICC };

	memset(&cat->response, 0, sizeof(cat->response));
	cat_body_add(&cat->response, CAT_TAG_COMMAND_DETAILS | CAT_TAG_CR, details, sizeof(details));
	cat_body_add(&cat->response, CAT_TAG_DEVICES | CAT_TAG_CR, devices, sizeof(devices));
	cat_body_add(&cat->response, CAT_TAG_RESULT | CAT_TAG_CR, result, len);
}

void cat_respond(struct cat *cat, enum cat_result result)
{
	uint8_t r = (uint8_t)result;

	if (result == CAT_RESULT_OK && cat->cmd.partial)
		r = CAT_RESULT_PARTIAL;
	begin(cat, &r, 1);
}

void cat_respond_info(struct cat *cat, enum cat_result result, uint8_t info)
{
	const uint8_t r[] = { (uint8_t)result, info };

	begin(cat, r, sizeof(r));
}

void cat_respond_bip(struct cat *cat, enum cat_bip_error error)
{
	cat_respond_info(cat, CAT_RESULT_BIP_ERROR, (uint8_t)error);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A front end without a user: a file of answers, for a device without a display and for tests.
 */
#ifndef AGENT_UI_SCRIPT_H
#define AGENT_UI_SCRIPT_H

#include "agent/ui.h"

struct ui_script;

/*
 * Reads the file and becomes the front end of u as long as there is no other; free it after u.
 * 0 or -errno; err says file, line and reason.
 */
int ui_script_new(struct loop *loop, struct ui *u, const char *file, struct ui_script **ret,
		  char *err, size_t err_len);
void ui_script_free(struct ui_script *s);

#endif /* AGENT_UI_SCRIPT_H */

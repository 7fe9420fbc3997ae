/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files with methods of the control socket share.
 */
#ifndef AGENT_METHODS_H
#define AGENT_METHODS_H

#include "agent/agent.h"

void method_add_str(struct json_object *o, const char *key, const char *value);
void method_add_int(struct json_object *o, const char *key, int64_t value);
void method_fail(const struct control_call *call, const char *name, const char *reason);
void method_invalid_parameter(const struct control_call *call, const char *name);
/* NULL if absent or not a string. */
const char *method_get_str(const struct control_call *call, const char *name);

/* methods-ui.c */
void method_register_ui(struct agent *a, const struct control_call *call);
void method_answer(struct agent *a, const struct control_call *call);

/* methods-bootstrap.c */
void method_bootstrap(struct agent *a, const struct control_call *call);

#endif /* AGENT_METHODS_H */

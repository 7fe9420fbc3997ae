/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server may ask the user, read from an Alert, and what he may answer (spec/oma-dm.md 5.4).
 */
#ifndef DM_QUESTION_H
#define DM_QUESTION_H

#include "dm/dm.h"
#include "dm/message.h"

/*
 * Reads Items and options of a user interaction alert into *q, of which texts stay with the
 * message, choices in list. 0, or the status with which the alert is turned down.
 */
int dm_question_read(struct dm_message *msg, const struct dm_cmd *cmd, enum dm_alert type,
		     struct dm_question *q, const char *list[DM_MAX_CHOICES]);

#endif /* DM_QUESTION_H */

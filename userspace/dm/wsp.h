/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What surrounds package #0 on its way (spec/oma-dm.md 3.4); the reading side is in dm.h.
 */
#ifndef DM_WSP_H
#define DM_WSP_H

#include <stddef.h>
#include <stdint.h>

/* Writes the shortest head of a push with package #0; its length, 0 if there is no room. */
size_t dm_wsp_push_head(uint8_t *buf, size_t room);

#endif /* DM_WSP_H */

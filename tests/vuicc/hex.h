/* SPDX-License-Identifier: BSD-3-Clause */
/* Hexadecimal text to bytes and back, as used in options, control lines and traces. */
#ifndef VUICC_HEX_H
#define VUICC_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes written to buf, or -EINVAL (not hex, odd), -EMSGSIZE (no room). Blanks are skipped. */
ssize_t uicc_hex_parse(const char *text, uint8_t *buf, size_t room);
/* Appends len bytes as hex; text is always terminated and cut to room. Returns text. */
char *uicc_hex_format(char *text, size_t room, const uint8_t *buf, size_t len);

#endif /* VUICC_HEX_H */

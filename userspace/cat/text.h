/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text string objects (TS 102 223, 8.15): data coding scheme and text to UTF-8.
 */
#ifndef CAT_TEXT_H
#define CAT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Room that is always enough for the text of one command: 3 bytes of UTF-8 a character. */
#define CAT_TEXT_ROOM	1024

/*
 * value/len: the object's value, DCS first.  out is always terminated.
 * Characters that could steer a screen (controls other than line feed) become
 * spaces.  -EBADMSG: malformed, -EOPNOTSUPP: coding scheme not known to us,
 * -ENOBUFS: out is too small.
 */
int cat_text_to_utf8(const uint8_t *value, size_t len, char *out, size_t room);

#endif /* CAT_TEXT_H */

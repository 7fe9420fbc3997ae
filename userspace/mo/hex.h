/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A digit of a hexadecimal number, as in %2F.
 */
#ifndef MO_HEX_H
#define MO_HEX_H

/* -1 if it is none. */
static inline int mo_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif /* MO_HEX_H */

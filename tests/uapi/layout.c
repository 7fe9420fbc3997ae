// SPDX-License-Identifier: BSD-3-Clause
/*
 * The structures of the header have the layout that the kernel checks, in the ABI
 * that this is compiled for: as C and as C++.
 */
#include <assert.h>
#include <stddef.h>
#include <linux/iso7816.h>

#include "../../kernel/uapi-layout.h"

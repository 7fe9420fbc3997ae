#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The skeleton that Documentation/porting.md walks through builds against the modules, without
# a warning; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/tap.sh"
S=$TOP/build/porting
KMOD=$TOP/build/kmod-arm64
ROOT=$("$TOP/tests/qemu/setup" --print-sysroot)
KDIR=$(echo "$ROOT"/usr/src/linux-headers-*-arm64)

rm -rf "$S" && mkdir -p "$S" && cp "$TOP"/tests/porting/* "$S" || exit 1

# for the kernel of the test machine, whose modules the build stage has made
build() {
	make -C "$KDIR" M="$S" W=1 ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
		ISO7816_TOP="$TOP" KBUILD_EXTRA_SYMBOLS="$KMOD/Module.symvers" modules >"$S/log" 2>&1 &&
		! grep -E 'warning:|WARNING:|undefined' "$S/log" && return 0
	cat "$S/log"
	return 1
}

ok "the skeleton builds without a warning" build
ok "it is a module that needs iso7816" test "$(modinfo -F depends "$S/skeleton.ko" 2>&1)" = iso7816
done_testing

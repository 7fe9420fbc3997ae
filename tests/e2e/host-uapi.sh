#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# <linux/iso7816.h> for its users: C90 to C++20, 32 and 64 bit, either byte order; its
# structures have one layout everywhere.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/tap.sh"
DIR=$(mktemp -d) || exit 1
trap 'rm -rf "$DIR"' EXIT
STRICT="-Wall -Wextra -pedantic-errors -Werror"

# compile COMPILER...: flags and sources are in it
compile() {
	"$@" -I"$TOP/include/uapi" -c -o "$DIR/out.o"
}

runs() {
	gcc -I"$TOP/include/uapi" -o "$DIR/use" "$TOP/tests/uapi/use.c" && "$DIR/use"
}

# C90 has no long long, of which 64 bit constants are made
for std in c90 c99 c11 gnu17; do
	# shellcheck disable=SC2086 # several flags
	ok "used in $std" compile gcc -std=$std $STRICT -Wno-long-long "$TOP/tests/uapi/use.c"
done
for std in c++11 c++17 c++20; do
	# shellcheck disable=SC2086
	ok "used in $std" compile g++ -x c++ -std=$std $STRICT "$TOP/tests/uapi/use.c"
done
ok "each event has its bit" runs

for target in "" i686-linux-gnu- arm-linux-gnueabihf- aarch64-linux-gnu- s390x-linux-gnu-; do
	ok "layout: ${target:-$(uname -m)-}gcc" compile ${target}gcc -std=c11 "$TOP/tests/uapi/layout.c"
done
ok "layout: C++" compile g++ -x c++ -std=c++11 "$TOP/tests/uapi/layout.c"

# refused: the layout check of the tree below fails, and says over what
refused() {
	! gcc -std=c11 -I"$DIR/tree" -c -o "$DIR/out.o" "$DIR/tree/tests/uapi/layout.c" 2>"$DIR/log" &&
		grep -q 'static assertion failed: "iso7816_event_mask' "$DIR/log"
}

mkdir -p "$DIR/tree/kernel" "$DIR/tree/tests/uapi" "$DIR/tree/linux"
cp "$TOP/kernel/uapi-layout.h" "$DIR/tree/kernel/"
cp "$TOP/tests/uapi/layout.c" "$DIR/tree/tests/uapi/"
sed '/^struct iso7816_event_mask {/a\	__u32 planted;' "$TOP/include/uapi/linux/iso7816.h" \
	>"$DIR/tree/linux/iso7816.h"
ok "self-test: another layout is refused" refused
done_testing

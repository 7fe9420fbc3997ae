#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The driver on a supply of three voltages: which classes it tries, in which order; and
# what the property "classes" leaves of them. TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/tap.sh"
O=$TOP/build/e2e/driver-classes
mkdir -p "$O"

# boot NAME OPTION...: the tests of a boot, which must all pass
boot() {
	local name=$1
	shift
	TESTS=classes "$TOP/tests/qemu/guest-kselftest" "$TOP/build/arm64/kselftest" --dt-classes \
		--log-dir "$O" "$@" >"$O/$name.out" 2>&1
	grep '^#' "$O/$name.out"
	while read -r line; do
		ok "$name: ${line#* - }" test "${line%% *}" = ok
	done < <(grep -E '^(not )?ok ' "$O/$name.out")
	ok "$name: all ran" has "$O/$name.out" "^1\.\.$(grep -c '^ok ' "$O/$name.out")$"
}

# no_reader: the driver refuses a class that there is not, and says so
no_reader() {
	"$TOP/tests/qemu/run" --dt-classes --dt-property='classes = "B", "D"' --log-dir "$O" \
		-- sh -c 'ls /dev/iso7816-0; dmesg | grep -i "iso7816.*classes"' >"$O/unknown.out" 2>&1
	has "$O/unknown.out" 'iso7816.*: classes' && has_not "$O/unknown.out" '^/dev/iso7816-0'
}

boot "all" || exit
boot "A and B allowed" --dt-property='classes = "B", "A"'
ok "a class that there is not: no reader" no_reader
done_testing

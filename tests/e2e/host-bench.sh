#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The measurements run and say what they measured; how fast a machine is, is no matter here. TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/tap.sh"
OUT=$TOP/build/e2e/bench
mkdir -p "$OUT"

build() { make -C "$TOP/tests/bench" "-j$(nproc)" O="$TOP/build/host"; }
table() { "$TOP/build/host/bench" --quick --folder="$OUT" >"$OUT/table" 2>&1; }
json() { "$TOP/build/host/bench" --quick --json --folder="$OUT" message-wbxml >"$OUT/json" 2>&1; }
unknown() { ! "$TOP/build/host/bench" no-such-thing >"$OUT/unknown" 2>&1; }

ok "they can be built" build
ok "they run" table
for name in message-xml message-wbxml large-object sessions; do
	ok "$name is in the table" has "$OUT/table" "^$name "
done
ok "no measurement failed" has_not "$OUT/table" FAILED
ok "figures have their targets" has "$OUT/table" 'ms *[0-9]* % of 10 ms'
ok "as JSON" json
ok "with ratios" has "$OUT/json" '"ratio":'
ok "a name that is none is refused" unknown
ok "nothing is left behind" test -z "$(find "$OUT" -name 'bench-*')"
done_testing

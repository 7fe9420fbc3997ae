#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A hundred rounds of the fault campaign; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/tap.sh"
OUT=$TOP/build/e2e/faults.out

mkdir -p "$TOP/build/e2e"
COUNT=100 "$TOP/tests/e2e/faults" >"$OUT" 2>&1
status=$?
grep '^#' "$OUT"
ok "100 faults on the line: $(grep '^survived' "$OUT")" has "$OUT" '^survived 100/100$'
ok "the card works with all faults off" has "$OUT" '^# 0 times not in order'
ok "nine in ten rounds had a fault" has "$OUT" '^# the line was hurt in \(9[0-9]\|100\) of 100 rounds'
ok "the machine ends well" test $status = 0
done_testing

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A hundred rounds of the fault campaign over the UART, and a hundred strict ones over
# a virtual reader; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/tap.sh"
mkdir -p "$TOP/build/e2e"

# campaign PHY NAME
campaign() {
	OUT=$TOP/build/e2e/faults-$1.out
	COUNT=100 PHY=$1 "$TOP/tests/e2e/faults" >"$OUT" 2>&1
	status=$?
	grep '^#' "$OUT"
	ok "100 $2: $(grep '^survived' "$OUT")" has "$OUT" '^survived 100/100$'
	ok "the card works with all faults off" has "$OUT" '^# 0 times not in order'
	ok "nine in ten rounds had a fault" has "$OUT" '^# the line was hurt in \(9[0-9]\|100\) of 100 rounds'
	ok "the machine ends well" test $status = 0
}

campaign serdev "faults on the line"
campaign sim "rounds of faults that parity or EDC show"
ok "no answer was wrong, no command misunderstood" has "$OUT" '^# answers wrong: 0, commands misunderstood: 0$'
ok "the card saw no violation" has "$OUT" '^ok - the card saw no violation'
done_testing

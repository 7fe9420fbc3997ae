#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Operating classes on a supply of three voltages: the lowest first, full deactivation between,
# the class indicator of the ATR respected (TS 102 221, 6.2); TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
S=$TOP/build/e2e/classes
make_share "$S"

# tried N: the classes in which VCC came up in the agent's Nth run, in order
tried() {
	local want=$1 n=$2 got
	got=$(awk -v n="$n" '
		/VCC on, class/ { run = run $NF }
		/terminal profile/ { if (++count == n) { print run; exit } run = "" }' "$S/card.steps")
	[ "$got" = "$want" ] && return 0
	echo "run $n tried \"$got\", wanted \"$want\""
	cat "$S/card.steps"
	return 1
}

"$TOP/tests/qemu/run" --timeout 120 --dt-classes --show-card --log-dir "$S" --share "$S" \
	"${CARD_ACCOUNT[@]}" --card-arg=--steps -- sh /share/scenario classes >"$S/run.out" 2>"$S/run.err"
RC=$?
grep '^card: ' "$S/run.out" >"$S/card.steps"

ok "the agent works with cards of each class" test $RC = 0
ok "class C card: first try" tried C 1
ok "class B card: C, then B" tried CB 2
ok "class A card: C, B, then A" tried CBA 3
ok "class indicator AB: answered in C, used in B" tried CB 4
ok "the card saw no violation, such as a voltage switched over under VCC" \
	has "$S/card.steps" ' 0 violations'
done_testing

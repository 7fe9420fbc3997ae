#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# tests/qemu/run --card=external with a card that is not ours; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
S=$TOP/build/e2e/external
make_share "$S"
SOCKETS=$(mktemp -d)
RUN_PID='' CARD_PID=''
cleanup() {
	for pid in $RUN_PID $CARD_PID; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$SOCKETS"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

"$TOP/tests/qemu/run" --timeout 90 --card=external --uart-socket "$SOCKETS/uart" \
	--gpio-socket "$SOCKETS/gpio" --log-dir "$S" --share "$S" \
	-- sh /share/scenario no-session >"$S/run.out" 2>"$S/run.err" &
RUN_PID=$!
# the machine says what it calls its GPIO controller
for ((i = 0; i < 300; i++)); do
	QOM=$(sed -n 's/.*irq_intercept_out \(.*\)/\1/p' "$S/run.err")
	[ -z "$QOM" ] || break
	sleep 0.1
done
"$TOP/tests/e2e/foreign-card" "$SOCKETS/uart" "$SOCKETS/gpio" "$QOM" "$S/card.log" &
CARD_PID=$!
wait $RUN_PID
RC=$?
RUN_PID=

ok "the machine ran with it" test $RC = 0
ok "VCC rose before RST" sh -c "grep '^line' '$S/card.log' | head -n 2 | tr '\n' ' ' | grep -q 'line 1 1 line 0 1'"
ok "its ATR reached the agent" has "$S/agent.log" 'ATR 3B02145A'
ok "it got SELECT MF" has "$S/card.log" 'header 00A4000C02'
ok "it got TERMINAL PROFILE" has "$S/card.log" 'header 80100000'
ok "RST fell before VCC at the end" sh -c "grep '^line' '$S/card.log' | tail -n 2 | tr '\n' ' ' | grep -q 'line 0 0 line 1 0'"
ok "no socket is left" test ! -e "$SOCKETS/uart" -a ! -e "$SOCKETS/gpio"
done_testing

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Both provisioning flows, as the demo shows them, with values that are easily damaged; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
OUT=$TOP/build/e2e/flows
export DEMO_OUT=$OUT

run_demo() { "$TOP/tests/e2e/demo" "$TOP/tests/e2e/provision-flow.xml"; }

value() {
	grep -qxF -- "$1" "$OUT/settings.conf" && return 0
	cat "$OUT/settings.conf"
	return 1
}

# what the standard says is on the UART, in the order of a session's start
wire_has() {
	tr -d '\n' <"$OUT/remote/wire.flat" | grep -q -- "$1" && return 0
	echo "not on the wire: $1"
	head -c 2000 "$OUT/remote/wire.flat"
	return 1
}

apdu() { has "$OUT/$1/apdu.trace" "$2"; }

ok "remote and local trigger end in the recorded configuration" run_demo
ok "text with blanks, quotes and markup" value "text/spaces=two  blanks, \"quotes\", 'more' & <tags>"
ok "text in UTF-8" value "text/utf8=Grüße ☃ 你好"
ok "text with the file's own separators" value "text/equals=a=b=c;d#e"
ok "empty text" value "text/empty="
ok "integer" value "number=-42"
ok "CDATA, URI without ./" value "hostname=<gateway-7>"
ok "Atomic" value "mqtt/port=8883"
ok "deleted" has_not "$OUT/settings.conf" '^obsolete='
ok "Get of a missing node is refused, not fatal" has "$OUT/results.jsonl" '"target":"./Settings/never/was","status":404'
ok "Results carry the value" has "$OUT/results.jsonl" '"event":"results".*"data":"1.4.2"'
ok "the tree dump has the new leaf" has "$OUT/tree.xml" '<NodeName>utf8</NodeName>'
ok "the tree dump has no secret" has_not "$OUT/tree.xml" 'Secret1'
ok "the agent's log has no secret" has_not "$OUT/remote/agent.log" 'Secret1'
ok "after PPS the UART runs at the new rate" has "$OUT/remote/steps.log" "UART is set to 223[0-9]* bit/s, 223200 agreed"
ok "the card has seen no violation" has "$OUT/remote/steps.log" ' 0 violations'
ok "the user was asked" has "$OUT/remote/share/ui.log" 'Install the settings?'
ok "the hook ran" test -s "$OUT/remote/share/hook.log"
ok "the local session was started by the card's own package #0" has "$OUT/local/agent.log" 'push from 127.0.0.1:.*session 2B'
ok "the card's timer ran through TIMER MANAGEMENT and ENVELOPE" apdu local '80 \?C2'
ok "configuration of the device survives in the tree" has "$OUT/local/share/status.json" '"outcome":"ok"'
done_testing

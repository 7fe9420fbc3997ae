#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Bad input of every kind: a clear message, an honest status, the old configuration; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
QUESTION=$TOP/tests/e2e/provision-question.xml

# scenario NAME WHAT... [-- VUICC-ARG...]: one boot; its files are in $S
scenario() {
	local name=$1 guest=() args
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do guest+=("$1"); shift; done
	[ $# -eq 0 ] || shift
	S=$TOP/build/e2e/$name
	make_share "$S"
	mapfile -t args < <(card_args --results "$S/results.jsonl" --trace "$S/apdu.trace" --steps "$@")
	"$TOP/tests/qemu/run" --timeout 90 --log-dir "$S" --share "$S" "${RUN_ARGS[@]}" \
		"${CARD_ACCOUNT[@]}" "${args[@]}" -- sh /share/scenario "${guest[@]}" \
		>"$S/run.out" 2>"$S/run.err"
}
RUN_ARGS=()

# pushed NAME NOTIFY-OPTION...: the scenario "push", with a push from here
pushed() {
	local name=$1 port pid
	shift
	port=$(free_port)
	RUN_ARGS=(--push-port "$port")
	scenario "$name" push 3 -- --provision "$QUESTION" &
	pid=$!
	S=$TOP/build/e2e/$name
	sleep 0.5
	rm -f "$S/ready"
	await "$S/ready" 60 $pid && "$@" "$port"
	wait $pid
	RUN_ARGS=()
}

unchanged() { same "$S/settings.before" "$S/settings.after"; }
log_has() { has "$S/agent.log" "$1"; }

# --- the card ---------------------------------------------------------------

RUN_ARGS=()
scenario no-card no-session -- --absent --provision "$QUESTION"
ok "no card: the agent says so" log_has 'none in the reader'
ok "no card: configuration untouched" unchanged

scenario mute no-session -- --mute --provision "$QUESTION"
ok "mute card: the agent says so" log_has 'cannot activate: .*does not answer'
ok "mute card: configuration untouched" unchanged

scenario bad-tck no-session -- --atr 3B9F96801FC78031A073BE21136743200718000001A6 --provision "$QUESTION"
ok "ATR with wrong TCK: the agent says so" log_has 'cannot activate: .*protocol'
ok "ATR with wrong TCK: the kernel names the defect" has "$S/last-console.log" 'ATR: check character does not match'
ok "ATR with wrong TCK: configuration untouched" unchanged

scenario bad-atr no-session -- --atr 55AA --provision "$QUESTION"
ok "corrupt ATR: the agent says so" log_has 'cannot activate: '
ok "corrupt ATR: configuration untouched" unchanged

scenario guard-time no-session -- --atr 3B40FE
ok "a card that wants 266 etu between characters can be spoken to" has "$S/last-card.log" 'terminal profile'
ok "its extra guard time is kept on the wire" has "$S/last-card.log" ' 0 violations'

scenario pulled-apdu session yes -- --fault remove@400 --provision "$QUESTION"
ok "card pulled during an APDU: the agent says so" log_has 'removed'
ok "card pulled during an APDU: configuration untouched" unchanged

scenario pulled-session pulled -- --provision "$QUESTION"
ok "card pulled during a session: the session ends" outcome "$S/session.json" transport
ok "card pulled during a session: reason says it" has "$S/session.json" 'removed'
ok "card pulled during a session: configuration untouched" same "$S/settings.before" "$S/settings.pulled"
ok "card put back: the next session is complete" outcome "$S/session2.json" ok
ok "card put back: the configuration changes" has "$S/settings.after" '^hostname=asked'

# --- who is who -------------------------------------------------------------

bad_digest() {
	"$HOST/dmsc" notify --server=dmsc.example --secret-file=- --nonce=oKGio6SlpqeoqaqrrK2urw== \
		"127.0.0.1:$1" <<<"NotTheSecret" >/dev/null
}
pushed bad-digest bad_digest
ok "wrong digest: dropped, and said why" log_has 'push dropped: wrong digest'
ok "wrong digest: no session" has "$S/status.json" '"accepted":0.*"refused":1'
ok "wrong digest: configuration untouched" unchanged

unknown_server() {
	"$HOST/dmsc" notify --server=other.example --secret-file=- --nonce=oKGio6SlpqeoqaqrrK2urw== \
		"127.0.0.1:$1" <<<"CardSecret1" >/dev/null
}
pushed unknown-server unknown_server
ok "push of an unknown server: dropped" log_has 'push dropped: no account'

good_twice() {
	notify "$1" --session=77 >/dev/null
	notify "$1" --session=77 >/dev/null
}
pushed twice good_twice
ok "the same push twice: one session" has "$S/status.json" '"accepted":1,"duplicates":1'

scenario bad-client session yes -- --client-secret NotTheSecret --provision "$QUESTION"
ok "wrong client credentials: the session ends" outcome "$S/session.json" client-not-authenticated
ok "wrong client credentials: configuration untouched" unchanged

scenario bad-server session yes -- --server-secret NotTheSecret --provision "$QUESTION"
ok "wrong server credentials: the session ends" outcome "$S/session.json" server-not-authenticated
ok "wrong server credentials: the card got 401" is_status Sequence '' '401 401'
ok "wrong server credentials: configuration untouched" unchanged

# --- messages ----------------------------------------------------------------

scenario malformed session yes -- --dm-fault malformed-xml --provision "$QUESTION"
ok "malformed XML: the session ends" outcome "$S/session.json" malformed
ok "malformed XML: the reason says where" has "$S/session.json" 'line'
ok "malformed XML: configuration untouched" unchanged

scenario refused session yes -- --provision "$TOP/tests/e2e/provision-refused.xml"
ok "refused commands do not end the session" outcome "$S/session.json" ok
ok "Get of a missing node: 404" is_status Get ./Settings/missing 404
ok "Add of an existing node: 418" is_status Add ./Settings/hostname 418
ok "Replace of a missing node: 404" is_status Replace ./Settings/nope 404
ok "Delete of a permanent node: 405" is_status Delete ./DevInfo/DevId 405
ok "Delete of the provider's root: 405" is_status Delete ./Settings 405
ok "Get of a secret: 405" is_status Get ./DMAcc/Card/AppAuth/1/AAuthSecret 405
ok "over-long node name: 414" is_status Add "./Settings/$(printf 'n%.0s' {1..70})" 414
ok "Exec where nothing can be executed: 405" is_status Exec ./Settings/hostname 405
ok "Add below a leaf: 405" is_status Add ./Settings/hostname/below 405
ok "not an integer: 415" is_status Add ./Settings/number 415
ok "unknown command: has a Status of its own" is_status Frobnicate '' 400
ok "Atomic with a failing member: 507" is_status Atomic '' 507
ok "Atomic: the member before is rolled back: 216" is_status Replace ./Settings/mqtt/port 216
ok "Atomic: the failing member: 404" is_status Replace ./Settings/mqtt/nope 404
ok "Atomic: the member after is not executed: 215" is_status Delete ./Settings/obsolete 215
ok "URI with ..: refused" has_not "$S/settings.after" 'evil'
ok "the others are done" has "$S/settings.after" '^last=two'
ok "configuration and the card's record agree" "$TOP/tests/e2e/check-outcome" \
	"$TOP/tests/e2e/provision-refused.xml" "$S/results.jsonl" "$S/settings.before" "$S/settings.after"

# --- the device ----------------------------------------------------------------

scenario unwritable unwritable -- --provision "$QUESTION"
ok "unwritable configuration: Status 500" is_status Replace ./Settings/hostname 500
ok "unwritable configuration: the log names file and reason" log_has 'settings.conf.*Read-only file system'
ok "unwritable configuration: untouched" unchanged

scenario hook-fails hook-fails -- --provision "$QUESTION"
ok "failing hook: Status 500" is_status Replace ./Settings/hostname 500
ok "failing hook: the log names it" log_has 'hook'
ok "failing hook: old configuration" unchanged

# --- the user -------------------------------------------------------------------

scenario user-no session no -- --provision "$QUESTION"
ok "the user says no: 304, the rest 215" is_status Alert '' 304
ok "the user says no: not executed" is_status Replace ./Settings/hostname 215
ok "the user says no: configuration untouched" unchanged

scenario no-user session '' -- --provision "$QUESTION"
ok "nobody to ask: 406" is_status Alert '' 406
ok "nobody to ask: configuration untouched" unchanged

scenario display display
ok "DISPLAY TEXT reaches the user" has "$S/ui.log" 'Hello from the card'
done_testing

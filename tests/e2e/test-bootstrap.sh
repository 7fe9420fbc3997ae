#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# An agent without any account: the card's own bootstrap file brings one, or a person does; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
FLOW=$TOP/tests/e2e/provision-flow.xml
VECTORS=$TOP/tests/vectors/bootstrap

# scenario NAME [VUICC-ARG...]: one boot; its files are in $S
scenario() {
	local name=$1 args
	shift
	S=$TOP/build/e2e/$name
	make_share "$S"
	cp "$VECTORS"/*.wbxml "$S/"
	echo "SEC=USERPIN; MAC=$(perl -MDigest::SHA=hmac_sha1_hex -0777 -pe \
		'$_ = hmac_sha1_hex($_, "4711")' "$VECTORS/cp.wbxml")" >"$S/protection"
	mapfile -t args < <(card_args --provision "$FLOW" --results "$S/results.jsonl" \
		--trace "$S/apdu.trace" --steps "$@")
	"$TOP/tests/qemu/run" --timeout 90 --log-dir "$S" --share "$S" "${CARD_ACCOUNT[@]}" \
		"${args[@]}" -- sh /share/scenario "$name" >"$S/run.out" 2>"$S/run.err"
}

log_has() { has "$S/agent.log" "$1"; }

scenario card-bootstrap --bootstrap "$VECTORS/dm.wbxml"
ok "the card's file: the machine ran" test $? = 0
ok "the card's file: it is read on a channel of its own" has "$S/apdu.trace" '> 01A4080404'
ok "the card's file: its account is created" log_has 'account for server dmsc.example created (card:89490'
ok "the card's file: the server gets a session at once" has "$S/session.json" '"outcome": *"ok"'
ok "the card's file: which configures the device" has "$S/settings.after" '^mqtt/port=8883'
ok "the card's file: after a restart the account is the same" has "$S/session2.json" '"outcome": *"ok"'
ok "the card's file: it was created once" test "$(grep -c 'account for server' "$S/agent.log")" = 1
ok "the card's file: no secret is logged" has_not "$S/agent.log" 'Secret1'

scenario hand-bootstrap
ok "by hand: the machine ran" test $? = 0
ok "by hand: a dry run says what would be" has "$S/dry.txt" 'dmsc.example would be created'
ok "by hand: without its PIN the document is refused" has "$S/none.txt" 'PIN that the user was told is needed'
ok "by hand: with a wrong PIN it is refused" has "$S/wrong.txt" 'its MAC is wrong'
ok "by hand: with the right one it is taken" has "$S/bootstrap.json" '"security": *"PIN"'
ok "by hand: INIT begins a session" has "$S/session.json" '"outcome": *"ok"'
ok "by hand: which configures the device" has "$S/settings.after" '^mqtt/port=8883'
done_testing

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# OMA DM over the real driver and BIP, in what the two flows do not show: WBXML with a MAC
# on each message, large objects, all questions to the user, a lost session; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"

# begin NAME: the share of a boot in $S
begin() {
	S=$TOP/build/e2e/$1
	make_share "$S"
}

# account KEY=VALUE...: more of the account's bootstrap file
account() { printf '%s\n' "$@" >>"$S/bootstrap.conf"; }

# boot PROVISION SCENARIO...
boot() {
	local args provision=$1
	shift
	mapfile -t args < <(card_args --results "$S/results.jsonl" --trace "$S/apdu.trace" --steps \
		--provision "$provision")
	"$TOP/tests/qemu/run" --timeout 300 --log-dir "$S" --share "$S" "${CARD_ACCOUNT[@]}" \
		"${args[@]}" -- sh /share/scenario "$@" >"$S/run.out" 2>"$S/run.err"
}

# recorded EXPRESSION: Python, true of the card's record r (a list of its lines)
recorded() {
	python3 - "$S/results.jsonl" "$1" <<'PY' && return 0
import json, sys
r = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(0 if eval(sys.argv[2]) else 1)
PY
	echo "not so: $1"
	cut -c1-200 "$S/results.jsonl"
	return 1
}

# results TARGET: expression for the data that came for it
results() { echo "[x['data'] for x in r if x['event'] == 'results' and x['target'] == '$1']"; }

no_violation() { recorded "not [x for x in r if x['event'] == 'violation']"; }
agree() {
	"$TOP/tests/e2e/check-outcome" "$1" "$S/results.jsonl" "$S/settings.before" "$S/settings.after"
}
value() { grep -qxF -- "$1" "$S/settings.after" || { cut -c1-200 "$S/settings.after"; return 1; }; }

# --- WBXML and MACs, packages of several messages, subtrees -------------------------

WBXML=$TOP/tests/e2e/provision-wbxml.xml
begin dm-wbxml
account 'encoding = wbxml' 'client_auth = HMAC' 'server_auth = HMAC' 'auth_pref = HMAC'
boot "$WBXML" session ''
ok "WBXML and MAC: the session is complete" outcome "$S/session.json" ok
ok "WBXML and MAC: configuration and the card's record agree" agree "$WBXML"
ok "WBXML: the client begins with it" recorded "[x['encoding'] for x in r if x['event'] == 'start'] == ['wbxml']"
ok "WBXML: on the wire" grep -q 02A4016A00 "$S/apdu.trace"
ok "MAC: good at once in both directions" recorded \
	"[(x.get('client') or x.get('server'), x['type']) for x in r if x['event'] == 'auth'] == [('ok', 'syncml:auth-MAC')] * 2"
ok "several messages make a package" recorded "len({x['msg'] for x in r if x['event'] == 'status'}) >= 4"
ok "bytes arrive as bytes" value "blob=AAECA/8A/n+AgQ=="
ok "bytes come back as bytes, also in a list" recorded "$(results ./Settings/blob) == ['AAECA/8A/n+AgQ=='] * 2"
ok "Copy copies what was there before" value "copied=gateway-0"
ok "an account through the Inbox: tags of code page 2" recorded "$(results ./DMAcc/Inline/ServerID) == ['inline.example']"
ok "an account through the Inbox: a document of its own" recorded \
	"[x['status'] for x in r if x['event'] == 'status' and x['target'] == './Inbox'] == [200, 200]"
ok "?list=StructData: each leaf with its value" recorded "$(results ./Settings/text/utf8) == ['Grüße ☃ 你好']"
ok "?list=TNDS: a subtree" recorded "'<NodeName>SwV</NodeName>' in $(results './DevDetail?list=TNDS')[0]"
ok "?prop=VerNo: a property" recorded "$(results './Settings/hostname?prop=VerNo')[0].isdigit()"
ok "a secret is not told" is_status Get ./DMAcc/Card/AppAuth/1/AAuthSecret 405
ok "WBXML and MAC: the card has seen no violation" no_violation
ok "WBXML and MAC: none on the wire" has "$S/last-card.log" ' 0 violations'
ok "WBXML and MAC: no secret in the agent's log" has_not "$S/agent.log" 'Secret1'

# --- large objects -------------------------------------------------------------------

begin dm-large
python3 - >"$S/provision.xml" <<'PY'
text = "".join(f"{'€' if i % 7 == 0 else ''}{i * 7919 % 10007};" for i in range(22000))[:100 * 1024]
print("<?vuicc max-msg=16384?>")
print(f"<Add><Item><Target><LocURI>./Settings/large</LocURI></Target><Data>{text}</Data></Item></Add>")
print("<Get><Item><Target><LocURI>./Settings/large</LocURI></Target></Item></Get>")
print("<Replace><Item><Target><LocURI>./Settings/hostname</LocURI></Target><Data>after</Data></Item></Replace>")
PY
# a busy host is slow
sed -i 's,^\[session\],&\nhttp_timeout_s = 200,' "$S/dmscd.conf"
boot "$S/provision.xml" session '' 240
ok "100 KiB: the session is complete" outcome "$S/session.json" ok
ok "100 KiB to the device: configuration and the card's record agree" agree "$S/provision.xml"
ok "100 KiB to the device: came in chunks" recorded \
	"len([x for x in r if x['event'] == 'chunk' and x['status'] == 213]) >= 1"
ok "100 KiB from the device: every character of it" recorded \
	"$(results ./Settings/large) == [open('$S/provision.xml').read().split('<Data>')[1].split('</Data>')[0]]"
ok "100 KiB from the device: in messages of 16 KiB" test "$(grep -c 'bytes of ./Settings/large' "$S/last-card.log")" -ge 7
ok "what follows a large object is done" value "hostname=after"
ok "100 KiB: the card has seen no violation" no_violation

# --- the user, and a session that is lost while he thinks ------------------------------

ASK=$TOP/tests/e2e/provision-ask.xml
begin dm-ask
sed -i 's,^\[ui\],&\nscript = /share/ui.ini,' "$S/dmscd.conf"
boot "$ASK" pulled script
ok "card pulled in the middle: the session ends" outcome "$S/session.json" transport
ok "card pulled in the middle: what was done stays done" has "$S/settings.pulled" '^hostname=before'
ok "card put back: the next session is complete" outcome "$S/session2.json" ok
ok "the lost results are told by generic alerts" recorded \
	"{x['data'] for x in r if x['event'] == 'alert' and x['code'] == 1226} == {'Replace 200 ./Settings/hostname', 'Delete 200 ./Settings/obsolete', 'Alert 214'}"
ok "and say of which session they are" recorded \
	"all(x['correlator'].split('/')[0] == r[0]['session'] != x['session'] for x in r if x['event'] == 'alert' and x['code'] == 1226)"
ok "questions are answered by the script" recorded \
	"[(x['code'], x['data']) for x in r if x['event'] == 'answer'] == [(1102, ['gate-7']), (1102, ['***']), (1103, ['2']), (1104, ['1', '3'])]"
ok "all questions have Status 200" recorded \
	"[x['status'] for x in r if x['event'] == 'status' and x['cmd'] == 'Alert' and x['session'] == r[-1]['session']] == [200] * 5"
ok "after a yes the rest is done" value "hostname=asked"
ok "what is typed for a PIN is in no log" has_not "$S/agent.log" '4711'
ok "questions: the card has seen no violation" no_violation
done_testing

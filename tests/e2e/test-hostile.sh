#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Sessions with a card whose DM server means harm: half of its messages are spoiled, the same for the
# same SEED (7). The thousand of test_dm_hostile go to the engine; these take the whole way, over BIP
# and HTTP. TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
SESSIONS=${SESSIONS:-50} SEED=${SEED:-7}
S=$TOP/build/e2e/hostile
make_share "$S"
mapfile -t ARGS < <(card_args --results "$S/results.jsonl" --steps --dm-options "hostile=$SEED" \
	--provision "$TOP/tests/e2e/provision-flow.xml")
"$TOP/tests/qemu/run" --timeout $((120 + SESSIONS * 15)) --log-dir "$S" --share "$S" "${CARD_ACCOUNT[@]}" \
	"${ARGS[@]}" -- sh /share/scenario hostile "$SESSIONS" >"$S/run.out" 2>"$S/run.err"

ended() { grep -o '"outcome":"[a-z-]*"' "$S/sessions.json"; }
all_ended() { [ "$(ended | wc -l)" = "$SESSIONS" ] || { cat "$S/sessions.json"; return 1; }; }
several_ends() { [ "$(ended | sort -u | wc -l)" -ge 3 ] || { ended; return 1; }; }

echo "# $(ended | sort | uniq -c | awk '{ printf "%s %s, ", $1, $2 }')$(cat "$S/memory.txt" 2>&1)"
ok "$SESSIONS sessions with a hostile server, and each ends" all_ended
ok "they end in at least three ways" several_ends
ok "what is not the server's own stays as it was" same "$S/tree.before" "$S/tree.after"
ok "it was there to be looked at" has "$S/tree.before" 'other.example'
ok "the agent still answers" has "$S/status.json" '"version"'
ok "the agent ends well" has "$S/stopped" '^0$'
ok "it tells no secret" has_not "$S/agent.log" 'OtherSecret9\|ClientSecret1\|CardSecret1'
done_testing

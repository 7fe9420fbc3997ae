#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# dmsc monitor against the real driver: cards and readers that come and go, and a
# listener that is too slow; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
S=$TOP/build/e2e/monitor
make_share "$S"

"$TOP/tests/qemu/run" --timeout 120 --log-dir "$S" --share "$S" -- sh /share/monitor \
	>"$S/run.out" 2>"$S/run.err"
RC=$?

# events FILE: "EVENT seq state" of each line
events() {
	python3 - "$1" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    if line.startswith("{"):
        r = json.loads(line)
        print(r["event"], r.get("seq", "-"), r.get("state", "-"))
PY
}

# says FILE EVENT...: these events, and no other
says() {
	local file=$1 got
	shift
	got=$(events "$file" | cut -d' ' -f1 | tr '\n' ' ')
	[ "$got" = "$* " ] && return 0
	echo "events: $got"
	echo "wanted: $*"
	return 1
}

# no event is missing: each number follows the one before
consecutive() {
	events "$1" | awk '{ if (NR > 1 && $2 != last + 1) { print "after", last ":", $0; bad = 1 }
		last = $2 } END { exit bad || NR < 2 }'
}

# After the loss comes a picture of all, with numbers that are newer, and then every event
recovered() {
	events "$S/storm" | awk '
		$1 == "LOST" { lost++; want = "READER"; next }
		want && $1 != want { print "after the loss:", $0; bad = 1 }
		$1 == "READER" { if ($2 < last) { print "older:", $0; bad = 1 } want = ""; last = $2; next }
		{ if ($2 != last + 1) { print "after", last ":", $0; bad = 1 } last = $2 }
		END { if (!lost) print "nothing was lost"; exit bad || !lost }'
}

final_picture() {
	tail -n 1 "$S/storm" | python3 -c '
import json, sys
r = json.load(sys.stdin)
want = int(open(sys.argv[1]).read())
ok = r["state"] == "present" and r["generation"] == want
sys.exit(0 if ok else f"{r}, generation is {want}")' "$S/generation"
}

ok "the scenario came to its end" test $RC = 0
ok "--once shows the readers" has "$S/once" '^iso7816-0 on serial.*: present, generation [0-9]*$'
ok "--once shows nothing else" test "$(wc -l <"$S/once")" = 1
ok "--reader leaves the others out" test ! -s "$S/other"
ok "a card that comes and goes" says "$S/four" READER CARD_REMOVED CARD_INSERTED CARD_REMOVED CARD_INSERTED
ok "events have consecutive numbers" consecutive "$S/four"
ok "--count ends with status 0" has "$S/four" '^status 0$'
ok "--timeout ends with status 3 before --count" has "$S/nothing" '^status 3$'
ok "a slow listener loses events, says so and looks again" recovered
ok "and its picture is right in the end" final_picture
ok "without rights: cards all the same" says "$S/nobody" READER CARD_REMOVED CARD_INSERTED
ok "without rights: nothing of proactive commands" has_not "$S/nobody" proactive
ok "with rights: there is" has "$S/four" proactive_len
# The attributes of the reader in sysfs, but for those that every device has, and those
# that are documented
attributes() {
	diff -u <(sed -n 's,^What:.*/iso7816-N/\(.*[^/]\)$,\1,p' "$TOP/Documentation/ABI/testing/sysfs-class-iso7816" | grep -v ^power/ | sort) \
		<(grep -vE '^(dev|uevent|power/.*)$' "$S/attributes" | sort)
}

ok "sysfs: documented is what is there, and the other way round" attributes
ok "a reader that goes and comes" says "$S/reader" READER CARD_REMOVED READER_GONE READER_ADDED CARD_INSERTED
done_testing

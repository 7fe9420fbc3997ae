# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# TAP output of the end-to-end tests. Sourced after lib.sh.

TAP_N=0 TAP_FAILED=0

# ok NAME COMMAND...: one test; its output is shown when it fails
ok() {
	local name=$1 out
	shift
	TAP_N=$((TAP_N + 1))
	if out=$("$@" 2>&1); then
		echo "ok $TAP_N - $name"
		return 0
	fi
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_N - $name"
	printf '%s\n' "$out" | head -n 30 | sed 's/^/# /'
	return 1
}

# done_testing: the plan; exit status
done_testing() {
	echo "1..$TAP_N"
	[ $TAP_FAILED -eq 0 ]
}

# has FILE TEXT: the file has a line with this text (a basic regular expression)
has() {
	grep -q -- "$2" "$1" && return 0
	echo "$1 has no \"$2\":"
	tail -n 15 "$1"
	return 1
}

has_not() {
	if grep -q -- "$2" "$1"; then
		echo "$1 has \"$2\""
		return 1
	fi
}

# same FILE FILE
same() { diff -u "$1" "$2"; }

# status_of CMD TARGET: Status codes that the card recorded, one a line
statuses() {
	python3 - "$S/results.jsonl" "$1" "${2-}" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    r = json.loads(line)
    if r["event"] != "status" or r["cmd"] != sys.argv[2]:
        continue
    t = r["target"] if isinstance(r["target"], list) else [r["target"]]
    if not sys.argv[3] or sys.argv[3] in t:
        print(r["status"])
PY
}

# is_status CMD TARGET CODE
is_status() {
	local got
	got=$(statuses "$1" "$2" | tr '\n' ' ')
	[ "$got" = "$3 " ] && return 0
	echo "$1 $2: recorded \"$got\", wanted \"$3\""
	return 1
}

# outcome FILE WORD: of a session report
outcome() { has "$1" "\"outcome\":\"$2\""; }

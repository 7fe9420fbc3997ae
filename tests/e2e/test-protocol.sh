#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Cards of many kinds over the UART, in both conventions, on separate lines and on one
# line where the UART hears itself: two boots; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
PROGRAM=$TOP/build/arm64/kselftest/test_protocols
N=0 FAILED=0

# boot NAME RUN-OPTION...: the program in a machine of its own; its results go on in
# the numbers of this script
boot() {
	local name=$1 dir=$TOP/build/e2e/protocol-$1 line seen=0 plan rc
	shift
	mkdir -p "$dir"
	"$TOP/tests/qemu/run" --timeout 300 --log-dir "$dir" --file="$PROGRAM:/bin/protocols" "$@" \
		-- protocols >"$dir/run.out" 2>"$dir/run.err"
	rc=$?
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$dir/run.out")
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			N=$((N + 1)) seen=$((seen + 1))
			[ "${line%% *}" = ok ] || FAILED=$((FAILED + 1))
			echo "${line%% [0-9]*} $N - $name: ${line#* - }"
			;;
		'#'*) echo "$line" ;;
		esac
	done <"$dir/run.out"
	[ "$rc" != 0 ] || [ "$seen" != "${plan:-0}" ] || [ "$seen" = 0 ] || return 0
	N=$((N + 1)) FAILED=$((FAILED + 1))
	echo "not ok $N - $name: $seen of ${plan:-?} tests, status $rc"
	tail -n 20 "$dir/run.err" | sed 's/^/# /'
}

boot "two lines"
boot "one line" --dt-echo --card-arg=--echo
echo "1..$N"
[ $FAILED = 0 ]

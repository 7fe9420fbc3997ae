# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the end-to-end tests and the demo share. Sourced; needs TOP.

HOST=${HOST:-$TOP/build/host}
# The account of tests/e2e/guest/bootstrap.conf, from the card's side.
CARD_ACCOUNT=(
	--card-arg=--server-id --card-arg=dmsc.example
	--card-arg=--server-secret --card-arg=CardSecret1
	--card-arg=--server-nonce --card-arg=oKGio6SlpqeoqaqrrK2urw==
	--card-arg=--client-id --card-arg=client01
	--card-arg=--client-secret --card-arg=ClientSecret1
	--card-arg=--client-nonce --card-arg=EBESExQVFhcYGRobHB0eHw==
)

# make_share DIR: the folder that the guest sees as /share
make_share() {
	rm -rf "$1"
	mkdir -p "$1"
	cp "$TOP"/tests/e2e/guest/* "$1/"
	cp -r "$TOP/userspace/mo/ddf" "$1/"
}

# card_args ARG...: prints them as --card-arg options, one a line
card_args() {
	local arg
	for arg; do
		echo "--card-arg=$arg"
	done
}

# free_port: a UDP port of the loopback interface that nobody has
free_port() {
	local port
	for port in $(shuf -i 20000-32000 -n 50); do
		if ! grep -qi ":$(printf '%04X' "$port") " /proc/net/udp; then
			echo "$port"
			return
		fi
	done
	return 1
}

# await FILE SECONDS PID: waits until FILE is there; fails when PID ends or time is over
await() {
	local i
	for ((i = 0; i < $2 * 10; i++)); do
		[ -e "$1" ] && return 0
		kill -0 "$3" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# notify PORT [OPTION...]: package #0 of the test account to the guest
notify() {
	local port=$1
	shift
	"$HOST/dmsc" notify --server=dmsc.example --secret-file=- \
		--nonce=oKGio6SlpqeoqaqrrK2urw== "$@" "127.0.0.1:$port" <<<"CardSecret1"
}

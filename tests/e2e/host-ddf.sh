#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The agent and its device descriptions: what it has at start, and that it does not start with a
# description that has an error. On this machine, without a reader.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"

D=$(mktemp -d) || exit 1
agent=
# shellcheck disable=SC2317 # called by trap
cleanup() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null
	rm -rf "$D"
}
trap cleanup EXIT

# configure DDF: dmscd.conf with these descriptions
configure() {
	cat >"$D/dmscd.conf" <<-END
		[reader]
		device = $D/no-reader
		[push]
		listen =
		[state]
		dir = $D/state
		ddf = $1
		[control]
		socket = $D/control
		[device]
		id = urn:uuid:00000000-0000-0000-0000-000000000000
	END
}

# start, stop: not within ok, which is a shell of its own and would keep the process id to itself
start() {
	"$HOST/dmscd" --config="$D/dmscd.conf" >"$D/log" 2>&1 &
	agent=$!
	await "$D/control" 20 "$agent"
	answers=$?
}

stop() {
	kill "$agent" && wait "$agent"
	ended=$?
	agent=
}

# refuses: the agent ends by itself, with an error
refuses() {
	timeout 20 "$HOST/dmscd" --config="$D/dmscd.conf" >"$D/log" 2>&1
	[ $? = 1 ]
}

# refuses_node URI: it cannot be added
refuses_node() {
	! tree add "$1" x
}

# tree ARG...: dmsc tree
tree() {
	"$HOST/dmsc" --socket="$D/control" tree "$@"
}

configure "$TOP/userspace/mo/ddf"
start
ok "starts with the descriptions that come along" [ $answers = 0 ]
ok "the tree can be shown" tree show .
tree show . >"$D/tree"
for object in DevInfo DevDetail DMAcc Inbox NAP Proxy WLAN; do
	ok "it has $object" has "$D/tree" "^  $object "
done
ok "a described node can be added" tree add ./NAP/x/Addr internet
ok "another one cannot" refuses_node ./NAP/x/Nonsense
stop
ok "stops in order" [ $ended = 0 ]
start
ok "the tree is there after a restart" [ $answers = 0 ]
ok "with the node that was added" tree get ./NAP/x/Addr
stop
ok "stops in order again" [ $ended = 0 ]

mkdir "$D/ddf"
cp "$TOP"/userspace/mo/ddf/*.xml "$D/ddf/"
cat >"$D/ddf/zz.xml" <<-'END'
	<MgmtTree xmlns="syncml:dmddf1.2">
	<VerDTD>1.2</VerDTD>
	<Node><NodeName>X</NodeName>
	<DFProperties><AccessType><Get/><Fly/></AccessType><DFFormat><chr/></DFFormat>
	<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>
	</MgmtTree>
END
configure "$D/ddf"
ok "a description with an error keeps it from starting" refuses
ok "the message names file and line" has "$D/log" "$D/ddf/zz.xml:4: .*Fly"
configure "$D/nowhere"
ok "so does a folder that is not there" refuses
ok "which is named too" has "$D/log" "$D/nowhere"
done_testing

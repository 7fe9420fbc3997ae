# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The test machine: QEMU's arm64 "virt" with the card on the PL011, RST, VCC and
# presence on the PL061, and what can be known about it before it runs: its
# devicetree and the object path of the PL061.

QEMU=${QEMU:-qemu-system-aarch64}
FIXED_ARGS="-nodefaults -no-user-config -display none -no-reboot"

# machine_args MEMORY CPUS CPU: what decides about devicetree and object paths
machine_args() {
	echo "-machine virt,accel=tcg,gic-version=2 -cpu $3 -m $1 -smp $2 $FIXED_ARGS"
}

# build_helper NAME COMPILER [LIBS]: compiles a program of this folder once per
# content and prints its path
build_helper() {
	local name=$1 src=$HERE/$1.c out tmp
	out=$CACHE/tools/$name-$(hash_of "$2 $3 $(sha256sum <"$src")")
	if [ ! -x "$out" ]; then
		mkdir -p "$CACHE/tools"
		tmp=$(mktemp "$out.XXXXXX")
		# shellcheck disable=SC2086 # flags are separate words
		$2 -O2 -Wall -Wextra -o "$tmp" "$src" $3 || { rm -f "$tmp"; return 1; }
		chmod 755 "$tmp"
		mv "$tmp" "$out"
	fi
	echo "$out"
}

# probe_machine ARGS DIR: base.dtb and pl061 (object path) of that machine in DIR
probe_machine() {
	local args=$1 dir=$2 sock=$TMP/probe.sock pid
	# shellcheck disable=SC2086 # the arguments are separate words
	$QEMU ${args/virt,/virt,dumpdtb=$dir/base.dtb,} -serial null </dev/null >"$TMP/probe.log" 2>&1 || {
		cat "$TMP/probe.log" >&2
		return 1
	}
	# shellcheck disable=SC2086
	timeout 30 $QEMU $args -S -serial null -qmp "unix:$sock,server=on,wait=off" \
		</dev/null >"$TMP/probe.log" 2>&1 &
	pid=$!
	"$QMP" "$sock" 20 find pl061 >"$dir/pl061" || cat "$TMP/probe.log" >&2
	"$QMP" "$sock" 5 quit || kill "$pid" 2>/dev/null
	wait "$pid"
	[ -s "$dir/pl061" ]
}

# machine_facts ARGS: the folder with base.dtb and pl061, probed once
machine_facts() {
	local dir tmp
	dir=$CACHE/machine-$(hash_of "$1 $($QEMU --version)")
	if [ ! -d "$dir" ]; then
		tmp=$(mktemp -d "$CACHE/machine.XXXXXX")
		probe_machine "$1" "$tmp" || { rm -rf "$tmp"; return 1; }
		mv -T "$tmp" "$dir" 2>/dev/null || rm -rf "$tmp"
	fi
	echo "$dir"
}

# make_dtb BASE OUT INCLUDE [DEFINE...]: the dumped tree plus our reader, with a
# fresh random seed (the dumped one would make all guests alike)
make_dtb() {
	local base=$1 out=$2 include=$3 phandle
	shift 3
	phandle=$(fdtget -t i "$base" /pl061@9030000 phandle) || return 1
	cpp -P -undef -nostdinc -x assembler-with-cpp -I "$include" "-DPL061=$phandle" "$@" \
		"$HERE/reader.dtso" | dtc -q -@ -I dts -O dtb -o "$TMP/reader.dtbo" - || return 1
	fdtoverlay -i "$base" -o "$out" "$TMP/reader.dtbo" || return 1
	# shellcheck disable=SC2046 # one word a number
	fdtput -t x "$out" /chosen rng-seed $(od -An -v -tx4 -N32 /dev/urandom)
}

# listens PATH: is there a UNIX socket with somebody listening?
listens() {
	awk -v path="$(readlink -f "$1")" '$8 == path && $4 == "00010000" { yes = 1 } END { exit !yes }' \
		/proc/net/unix
}

# free_udp_port: some port of 127.0.0.1 that nobody has now
free_udp_port() {
	local port hex
	while :; do
		port=$((20000 + RANDOM % 12000))
		hex=$(printf ':%04X' "$port")
		grep -q "$hex " /proc/net/udp || break
	done
	echo "$port"
}

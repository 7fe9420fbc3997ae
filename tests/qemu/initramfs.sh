# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The guest's root file system as three archives that the kernel unpacks one
# after the other: base (busybox, init, modules of the kernel) and libraries are
# made once and cached, the third is made for each run.

# pack DIR FILE: newc archive owned by root, in place at once
pack() {
	local tmp
	tmp=$(mktemp "$2.XXXXXX")
	(cd "$1" && find . -mindepth 1 -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$tmp" &&
		mv "$tmp" "$2"
}

# unpack_module FILE DIR: kernels may come with compressed modules
unpack_module() {
	local name=${1##*/}
	case $name in
	*.ko) cp "$1" "$2/" ;;
	*.ko.xz) xz -dc "$1" >"$2/${name%.xz}" ;;
	*.ko.zst) zstd -q -dc "$1" >"$2/${name%.zst}" ;;
	*.ko.gz) gzip -dc "$1" >"$2/${name%.gz}" ;;
	esac
}

# module_files TREE NAME...: the modules and what they need, in load order; a
# name that the kernel has built in, or does not know, is left out
module_files() {
	local tree=$1
	shift
	[ -f "$tree/modules.dep" ] || return 0
	awk -v want="$*" '
	function key(path) {
		sub(/.*\//, "", path); sub(/\.ko.*/, "", path); gsub(/-/, "_", path)
		return path
	}
	{ sub(/:/, "", $1); file[key($1)] = $1; deps[$1] = ""
	  for (i = NF; i > 1; i--) deps[$1] = deps[$1] " " $i }
	function load(path) { if (!(path in done)) { done[path] = 1; print path } }
	END {
		n = split(want, names, " ")
		for (i = 1; i <= n; i++) {
			path = file[key(names[i])]
			if (path == "") continue
			m = split(deps[path], d, " ")
			for (j = 1; j <= m; j++) load(d[j])
			load(path)
		}
	}' "$tree/modules.dep"
}

# make_base SYSROOT QEXIT TREE MODULE...: prints the path of the base archive
make_base() {
	local sysroot=$1 qexit=$2 tree=$3 out dir file
	shift 3
	out=$CACHE/base-$(hash_of "$sysroot" "$qexit" "$tree" "$*" "$(sha256sum <"$HERE/init")" \
		"$(stat -c %Y "$tree/modules.dep" 2>/dev/null)").cpio
	if [ ! -f "$out" ]; then
		say "making the guest's base system"
		dir=$TMP/base
		mkdir -p "$dir"/{bin,dev,dmsc,etc,lib/modules,proc,root,run,share,sys,tmp,usr/bin,usr/local/bin,var/lib} || return 1
		ln -s ../lib "$dir/usr/lib"
		cp "$sysroot/bin/busybox" "$dir/bin/" && cp "$qexit" "$dir/bin/qexit" &&
			install -m 755 "$HERE/init" "$dir/init" || return 1
		mknod "$dir/dev/console" c 5 1 2>/dev/null || : # the kernel has its own
		echo root:x:0:0:root:/root:/bin/sh >"$dir/etc/passwd"
		echo root:x:0: >"$dir/etc/group"
		echo 127.0.0.1 localhost >"$dir/etc/hosts"
		for file in $(module_files "$tree" "$@"); do
			unpack_module "$tree/$file" "$dir/lib/modules" || return 1
		done
		pack "$dir" "$out" || return 1
		rm -rf "$dir"
	fi
	echo "$out"
}

needed() {
	"$TRIPLET-readelf" -d "$@" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u
}

find_library() {
	local dir
	for dir in "usr/lib/$TRIPLET" "lib/$TRIPLET" lib; do
		[ ! -e "$1/$dir/$2" ] || { echo "$1/$dir/$2"; return 0; }
	done
	say "library $2 is not in the sysroot"
	return 1
}

# make_libraries SYSROOT PROGRAM...: prints the path of an archive with the
# shared libraries that these programs need, or nothing
make_libraries() {
	local sysroot=$1 out dir todo name file roots
	shift
	roots=$(needed "$@")
	[ -n "$roots" ] || return 0
	out=$CACHE/libs-$(hash_of "$sysroot" "$roots").cpio
	if [ ! -f "$out" ]; then
		say "collecting the guest's shared libraries"
		dir=$TMP/libs
		mkdir -p "$dir/lib"
		todo="ld-linux-aarch64.so.1 $roots"
		while [ -n "$todo" ]; do
			# shellcheck disable=SC2086 # names of libraries
			set -- $todo
			todo=
			for name; do
				[ ! -e "$dir/lib/$name" ] || continue
				file=$(find_library "$sysroot" "$name") || return 1
				cp -L "$file" "$dir/lib/$name" || return 1
				todo="$todo $(needed "$file")"
			done
		done
		pack "$dir" "$out" || return 1
		rm -rf "$dir"
	fi
	echo "$out"
}

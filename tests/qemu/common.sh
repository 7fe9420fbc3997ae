# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Shared by setup and run: where things are cached, what Debian provides, how
# the tools tell what they do.

CACHE=$(realpath -m "${DMSC_CACHE:-${HOME:-/root}/.cache/dmsc}")
SUITE=bookworm
TRIPLET=aarch64-linux-gnu
# of the suite's kernel
KERNEL_SERIES=6.1

# What the build machine needs. Everything comes from Debian; the arm64
# libraries do not: they live in the sysroot, so that the machine keeps its
# one architecture.
HOST_PACKAGES="bc bison build-essential ca-certificates coccinelle cpio
	debian-archive-keyring device-tree-compiler dt-schema flex gcc-aarch64-linux-gnu
	gcc-arm-linux-gnueabihf gcc-i686-linux-gnu gcc-s390x-linux-gnu git kmod
	libc6-dev-arm64-cross libc6-dev-armhf-cross libc6-dev-i386-cross
	libc6-dev-s390x-cross libcmocka-dev
	libcurl4-openssl-dev libelf-dev libinih-dev libjson-c-dev libnl-3-dev
	libnl-genl-3-dev libsqlite3-dev libssl-dev libwbxml2-utils libxml2-dev libxml2-utils
	linux-headers-amd64 linux-source-$KERNEL_SERIES make mmdebstrap pcsc-tools
	pkg-config procps python3 python3-jsonschema python3-yaml qemu-system-arm
	qemu-user-static shellcheck sparse xz-utils"

SYSROOT_PACKAGES="busybox-static libc6-dev libcmocka-dev libcurl4-openssl-dev libinih-dev
	libjson-c-dev libnl-3-dev libnl-genl-3-dev libsqlite3-dev libssl-dev libxml2-dev
	linux-headers-arm64 linux-image-arm64"

# Layout of the sysroot; another number makes every cache build a new one.
SYSROOT_FORMAT=1

say() { echo "$ME: $*" >&2; }
die() { say "$*"; exit "${DIE_STATUS:-1}"; }

# hash_of TEXT...: a short name for anything that is made from TEXT
hash_of() { printf '%s\n' "$@" | sha256sum | cut -c1-12; }

# The list in one line, so that white space does not make another sysroot.
sysroot_dir() {
	local list
	list=$(echo $SYSROOT_PACKAGES)
	echo "$CACHE/sysroot-$SUITE-$(hash_of "$SYSROOT_FORMAT $SUITE $list")"
}

# Release of the kernel in a sysroot ("6.1.0-..-arm64")
sysroot_kernel() {
	local image
	for image in "$1"/boot/vmlinuz-*; do
		[ -f "$image" ] || return 1
		echo "${image##*/vmlinuz-}"
		return 0
	done
}

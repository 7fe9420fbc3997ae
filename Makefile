# SPDX-License-Identifier: BSD-3-Clause
# The way in. Everything is built below build/; downloads are cached outside the
# tree. "make help" lists what there is; the rules of user space are in
# userspace/Makefile, those of the kernel modules in Kbuild.

TOP	:= $(CURDIR)
B	:= $(TOP)/build
# jobs for the builds below, unless the caller gave a number
JOBS	= $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
SUB	= +@$(MAKE) --no-print-directory $(JOBS)

PREFIX	?= /usr
MANDIR	?= $(PREFIX)/share/man
UNITDIR	?= $(PREFIX)/lib/systemd/system
UDEVDIR	?= $(PREFIX)/lib/udev/rules.d

CROSS	:= aarch64-linux-gnu-
SYSROOT	= $(shell tests/qemu/setup --print-sysroot)
# headers of the running kernel, or the newest of Debian's
KDIR	?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	   $(shell ls -dv /usr/src/linux-headers-*-amd64 2>/dev/null | tail -n 1))
DEBUG_KERNEL = $(shell tests/debug/build-kernel --print)
KDIR_ARM64 = $(firstword $(wildcard $(SYSROOT)/usr/src/linux-headers-*-arm64))

help:
	@echo 'make demo             both provisioning flows, in an emulated machine, a line a step'
	@echo '  PROVISION=FILE      the card sends the DM commands of FILE (a SyncBody fragment)'
	@echo 'make check            the tests of every day; ends with "N passed, N failed, N skipped"'
	@echo '  STAGES="..."        only these: layering lint build unit rows coverage portable fuzz host rig'
	@echo '                      guest e2e matrix debug'
	@echo 'make check-all        all stages: lint, other kernels and the debug kernel too'
	@echo 'make lint             static checks: checkpatch, kernel-doc, sparse, coccicheck, shellcheck, ...'
	@echo 'make check-matrix     the modules on the kernels of other Debian releases'
	@echo 'make check-debug      the driver on a kernel that looks for its mistakes'
	@echo 'make check-unit       unit tests with AddressSanitizer and UBSan (T=NAME: only those)'
	@echo 'make fuzz             libFuzzer (SECONDS=60 each, TARGET=t1 dm_session ...: tests/fuzz)'
	@echo 'make bench            time and memory of the agent, as a table (ARGS=--json: as JSON)'
	@echo 'make coverage         lines and branches of the protocol code that its tests run'
	@echo 'make portable         its tests on a 32 bit and on a big-endian machine (emulated)'
	@echo 'make check-layering   who includes whom'
	@echo 'make check-guest      kselftest programs in the emulated machine'
	@echo 'make check-faults     2000 faults on each line between reader and card (COUNT=, SEED=1)'
	@echo
	@echo 'make netlink-gen      generate the netlink code from its specification'
	@echo 'make netlink-check    fail if it was not generated from it'
	@echo 'make setup            install what is missing from Debian, make the arm64 sysroot'
	@echo 'make host             dmscd, dmsc and vuicc in build/host'
	@echo 'make asan             the same with sanitizers in build/asan'
	@echo 'make arm64            dmscd, dmsc, vuicc and the kselftest programs in build/arm64'
	@echo 'make modules          kernel modules for KDIR ($(KDIR))'
	@echo 'make modules-arm64    kernel modules for the emulated machine'
	@echo 'make debug-kernel     the debug kernel, where the cache has none (8 minutes)'
	@echo 'make modules-debug    kernel modules for it'
	@echo 'make install          dmscd, dmsc, man pages, units, udev rules (DESTDIR, PREFIX)'
	@echo 'make clean            removes build/'

setup:
	@tests/qemu/setup

demo: setup
	@echo 'building the agent, the virtual card and the kernel modules'
	$(SUB) host arm64 modules-arm64
	@PROVISION='$(PROVISION)' tests/e2e/demo

check: setup
	@tests/check $(STAGES)

check-all: setup
	@tests/check all

lint: setup
	@tests/check lint

check-debug: setup
	@tests/check debug

check-matrix: setup
	@tests/check matrix

check-layering:
	@tests/check layering

check-unit:
	$(SUB) -C tests/unit run SANITIZE=1 O=$(B)/asan T=$(T)

fuzz:
	$(SUB) -C tests/fuzz fuzz O=$(B)/fuzz/clang CC=clang SECONDS=$(or $(SECONDS),60) TARGET=$(TARGET)

bench:
	$(SUB) -C tests/bench run O=$(B)/host PREFIX=$(PREFIX) ARGS='$(ARGS)'

coverage:
	@tests/coverage

portable:
	@tests/portable

check-guest: setup
	@tests/check build guest

check-faults: setup
	$(SUB) host arm64 modules-arm64
	@for phy in serdev sim; do \
		echo "# $$phy"; \
		PHY=$$phy COUNT='$(or $(COUNT),2000)' SEED='$(or $(SEED),1)' tests/e2e/faults || exit 1; \
	done

host:
	$(SUB) -C userspace O=$(B)/host PREFIX=$(PREFIX)
	$(SUB) -C tests/vuicc O=$(B)/host

asan:
	$(SUB) -C userspace O=$(B)/asan SANITIZE=1
	$(SUB) -C tests/vuicc O=$(B)/asan SANITIZE=1
	$(SUB) -C tests/unit O=$(B)/asan SANITIZE=1

arm64: need-sysroot
	$(SUB) -C userspace O=$(B)/arm64 CROSS_COMPILE=$(CROSS) SYSROOT=$(SYSROOT)
	$(SUB) -C tests/vuicc O=$(B)/arm64 CROSS_COMPILE=$(CROSS) SYSROOT=$(SYSROOT)
	$(SUB) -C tests/kselftest O=$(B)/arm64/kselftest CC=$(CROSS)gcc

modules:
	@[ -n "$(KDIR)" ] || { echo 'no kernel headers: give KDIR=, or run "make setup"' >&2; exit 1; }
	$(SUB) kmod KMOD=$(B)/kmod-amd64 KMOD_KDIR=$(KDIR)

modules-arm64: need-sysroot
	$(SUB) kmod KMOD=$(B)/kmod-arm64 KMOD_KDIR=$(KDIR_ARM64) KMOD_ARGS='ARCH=arm64 CROSS_COMPILE=$(CROSS)'

# the debug kernel is built where the cache has none
debug-kernel:
	@tests/debug/build-kernel >/dev/null

modules-debug: debug-kernel
	$(SUB) kmod KMOD=$(B)/kmod-debug KMOD_KDIR=$(DEBUG_KERNEL)/build \
		KMOD_ARGS='ARCH=arm64 CROSS_COMPILE=$(CROSS) ISO7816_GCOV=y'

print-kdir:
	@echo $(KDIR)

KMOD_SOURCES = kernel include tests/kunit tests/vectors

# Kbuild puts its output beside the sources: so it gets a folder of links, one a
# kernel. Links whose source has gone would still be compiled.
kmod:
	@mkdir -p $(KMOD)
	@find $(KMOD) -xtype l -delete
	@find $(KMOD_SOURCES) -type d -printf '$(KMOD)/%p\0' | xargs -0 mkdir -p
	@mkdir -p $(KMOD)/tests/unit
	@find Kbuild $(KMOD_SOURCES) tests/unit/t1-rig.h \( -name '*.[chS]' -o -name Kbuild -o -name Makefile \) -print0 | \
		xargs -0 sh -c 'for f; do [ -L "$(KMOD)/$$f" ] || ln -s "$(TOP)/$$f" "$(KMOD)/$$f"; done' sh
	$(SUB) -C $(KMOD_KDIR) M=$(KMOD) W=1 $(KMOD_ARGS) modules

netlink-gen:
	@tests/netlink-gen

netlink-check:
	@tests/netlink-gen --check

need-sysroot:
	@[ -d '$(SYSROOT)' ] || { echo 'no arm64 sysroot yet: run "make setup" (as root)' >&2; exit 1; }

install: host
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(B)/host/dmscd $(DESTDIR)$(PREFIX)/sbin/
	install -m 755 $(B)/host/dmsc $(DESTDIR)$(PREFIX)/bin/
	@for f in $(wildcard userspace/man/*.[1-8]); do \
		install -D -m 644 -v $$f $(DESTDIR)$(MANDIR)/man$${f##*.}/$${f##*/} || exit 1; done
	@for f in $(wildcard userspace/mo/ddf/*.xml); do \
		install -D -m 644 -v $$f $(DESTDIR)$(PREFIX)/share/dmsc/ddf/$${f##*/} || exit 1; done
	@for f in $(wildcard userspace/systemd/*.service userspace/systemd/*.socket); do \
		install -D -m 644 -v $$f $(DESTDIR)$(UNITDIR)/$${f##*/} || exit 1; done
	@for f in $(wildcard userspace/udev/*.rules); do \
		install -D -m 644 -v $$f $(DESTDIR)$(UDEVDIR)/$${f##*/} || exit 1; done

clean:
	rm -rf $(B)

.NOTPARALLEL:
.PHONY: help setup demo check check-all lint check-debug check-matrix check-layering check-unit bench coverage \
	portable fuzz check-guest check-faults host asan arm64 modules modules-arm64 debug-kernel modules-debug \
	kmod print-kdir need-sysroot netlink-gen netlink-check \
	install clean

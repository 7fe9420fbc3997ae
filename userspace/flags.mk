# SPDX-License-Identifier: BSD-3-Clause
# Compiler settings shared by everything that is built for user space.
#
#   O=DIR             where objects and programs go (default build/host)
#   CROSS_COMPILE=    compiler prefix, SYSROOT=DIR with the target's libraries
#   SANITIZE=1        AddressSanitizer and UndefinedBehaviorSanitizer
#   V=1               show the commands

TOP	:= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
O	?= $(TOP)/build/host
override O := $(abspath $(O))

CC	:= $(CROSS_COMPILE)gcc
AR	:= $(CROSS_COMPILE)ar
OPT	?= -O2 -g
CPPFLAGS := -D_GNU_SOURCE -I$(TOP)/include/uapi -I$(TOP)/include -I$(TOP)/userspace
ifneq ($(PREFIX),)
CPPFLAGS += -DDMSC_DATADIR='"$(PREFIX)/share/dmsc"'
endif
CFLAGS	:= -std=gnu11 $(OPT) -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wformat=2 -Wno-unused-parameter -Wpointer-arith -Wundef -Werror=implicit \
	   -fno-common -fstack-protector-strong
LDFLAGS	:= -Wl,--as-needed

ifneq ($(WERROR),0)
CFLAGS	+= -Werror
endif
ifeq ($(SANITIZE),1)
CFLAGS	+= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS	+= -fsanitize=address,undefined
else
CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
CFLAGS	+= $(EXTRA_CFLAGS)
LDFLAGS	+= $(EXTRA_CFLAGS)

PKG_CONFIG := pkg-config
ifneq ($(SYSROOT),)
CC	+= --sysroot=$(SYSROOT)
PKG_TRIPLET ?= $(patsubst %-,%,$(notdir $(CROSS_COMPILE)))
PKG_CONFIG := PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(PKG_TRIPLET)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig \
	      PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) pkg-config
LDFLAGS	+= -Wl,-rpath-link,$(SYSROOT)/usr/lib/$(PKG_TRIPLET)
endif

PKGS	:= libxml-2.0 libcurl libcrypto sqlite3 json-c inih libnl-3.0 libnl-genl-3.0
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PKGS))
PKG_LIBS   = $(shell $(PKG_CONFIG) --libs $(PKGS))

ifneq ($(V),1)
MAKEFLAGS += --no-print-directory
say = @echo "  $(1)	$(subst $(TOP)/,,$@)";
endif

# $(call objects,FILES): the objects of sources given relative to TOP
objects = $(patsubst %.c,$(O)/obj/%.o,$(1))

$(O)/obj/%.o: $(TOP)/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# SPDX-License-Identifier: BSD-3-Clause
# The tests of the protocol code with nothing but the protocol code: for other
# machines, for coverage, for a quick look.
#
#   make -f tests/unit/proto.mk run O=build/proto [T=t1]
#   CC=, EXTRA_CFLAGS=	the target
#   MINI=1		with mini-cmocka.h, where there is no cmocka
#   RUNNER=		what starts a program of the target, e.g. qemu-s390x-static

TOP	:= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../..)
O	?= $(TOP)/build/proto
override O := $(abspath $(O))
T	?=

CFLAGS	:= -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Werror -Wno-unused-parameter \
	   -I$(TOP)/include -I$(TOP)/tests $(EXTRA_CFLAGS)
LIBS	:= -lcmocka
ifeq ($(MINI),1)
CFLAGS	+= -I$(TOP)/tests/unit/mini-cmocka
LIBS	:=
endif

PROTO	:= $(wildcard $(TOP)/kernel/proto/*.c)
NAMES	:= atr traps conv timing pps block t0 t0_model tpdu t1 t1_broken t1_scenarios t1_model
PROGS	:= $(foreach n,$(NAMES),$(if $(filter $(T)%,$(n)),$(O)/test_$(n)))
OBJS	:= $(patsubst $(TOP)/kernel/proto/%.c,$(O)/proto/%.o,$(PROTO))

all: $(PROGS)

$(O)/proto/%.o: $(TOP)/kernel/proto/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PROTO_CFLAGS) -MMD -c -o $@ $<

$(O)/%.o: $(TOP)/tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -c -o $@ $<

$(O)/test_%: $(O)/test_%.o $(OBJS)
	$(CC) $(CFLAGS) $(PROTO_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

run: all
	@RUNNER='$(RUNNER)' $(TOP)/tests/unit/run-tests $(PROGS)

-include $(OBJS:.o=.d) $(PROGS:=.d)
.PHONY: all run
.SECONDARY:

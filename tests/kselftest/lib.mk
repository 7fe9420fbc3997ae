# SPDX-License-Identifier: BSD-3-Clause
# What a target's Makefile needs of the kernel's lib.mk, outside of a kernel tree:
# the same variables and targets, for programs that are static, since the test
# machine has no libraries.

selfdir	:= $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
CC	:= $(if $(filter default,$(origin CC)),$(CROSS_COMPILE)gcc,$(CC))
OUTPUT	?= $(CURDIR)
KHDR_INCLUDES ?= -I$(selfdir)../../include/uapi

CFLAGS	+= -Werror
LDFLAGS	+= -static

PROGS	:= $(addprefix $(OUTPUT)/,$(TEST_GEN_PROGS) $(TEST_GEN_PROGS_EXTENDED) $(TEST_GEN_FILES))
SCRIPTS	:= $(addprefix $(OUTPUT)/,$(TEST_PROGS) $(TEST_PROGS_EXTENDED) $(TEST_FILES))
TIMEOUT	= $(or $(shell sed -n 's/^timeout=//p' settings),45)

all: $(PROGS) $(if $(filter-out $(CURDIR),$(OUTPUT)),$(SCRIPTS))

LOCAL_HDRS += $(wildcard $(selfdir)../../include/uapi/linux/*.h)

$(OUTPUT)/%: %.c $(LOCAL_HDRS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(LDLIBS)

$(OUTPUT)/%.sh: %.sh
	@mkdir -p $(@D)
	install -m 755 $< $@

run_tests: all
	@cd $(OUTPUT) && sh $(selfdir)run $(TIMEOUT) $(addprefix ./,$(TEST_GEN_PROGS) $(TEST_PROGS))

install: all
	@[ -n "$(INSTALL_PATH)" ] || { echo 'install: where to? Give INSTALL_PATH=' >&2; exit 1; }
	install -d $(INSTALL_PATH)
	install -t $(INSTALL_PATH) $(PROGS) $(SCRIPTS) $(selfdir)run
	install -m 644 -t $(INSTALL_PATH) $(wildcard config settings)

clean:
	rm -f $(PROGS) $(if $(filter-out $(CURDIR),$(OUTPUT)),$(SCRIPTS))

.PHONY: all run_tests install clean

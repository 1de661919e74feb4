# SPDX-License-Identifier: GPL-2.0-or-later
# Provisional until configure exists: make B=/tmp/dir
B ?= build
CC ?= gcc
PKGS = glib-2.0 slirp
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wimplicit-fallthrough
CONV = -Wconversion
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. $(WARN) $(CFLAGS) $(shell pkg-config --cflags $(PKGS) json-glib-1.0 sdl2 pixman-1) -MMD -MP -DVMX_DEBUG=1
LIBS = $(shell pkg-config --libs $(PKGS)) -lurcu-qsbr -pthread -ldl -rdynamic

SRC := $(wildcard core/*.c accel/*.c accel/*/*.c hw/*/*.c block/*.c net/*.c chardev/*.c system/*.c monitor/*.c)
MODULE_SRC := $(wildcard monitor/qmp*.c)
SRC := $(filter-out $(MODULE_SRC),$(SRC))
OBJ := $(SRC:%.c=$(B)/%.o)
LIBOBJ := $(OBJ)
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test-*.c))

all: $(B)/vmx-dm
$(B)/vmx-dm: $(B)/main.o $(OBJ)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
$(B)/libvmx.a: $(LIBOBJ)
	rm -f $@; ar rcs $@ $^
$(B)/core/%.o $(B)/hw/%.o: ALL_CFLAGS += $(CONV)
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libvmx.a
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
unit: $(UNIT)
	prove -e '' $(UNIT)
.PRECIOUS: $(B)/%.o
-include $(shell find $(B) -name '*.d' 2>/dev/null)

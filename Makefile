# SPDX-License-Identifier: GPL-2.0-or-later
# vmx-dm: one file, not recursive. `make help` lists the targets; V=1 shows the commands.

S ?= .
B ?= $(if $(filter .,$(S)),build,$(CURDIR))
export LC_ALL := C

# The two commands of the README set a fresh machine up by themselves.
SETUP := $(filter run check check-unit check-qtest check-guest check-lab check-lab-long check-walk bench bench-net bench-idle fuzz \
	coverage,$(MAKECMDGOALS))
ifeq ($(filter deps lab-deps clean help distclean uninstall,$(MAKECMDGOALS)),)
-include config.mk
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(patsubst $(B)/%,%,$(2))';)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wimplicit-fallthrough $(if $(WERROR),-Werror)
CPP := -std=gnu11 -D_GNU_SOURCE -I$(S) $(DEFINES) $(GLIB_CFLAGS) -MMD -MP
LIBS := $(GLIB_LIBS) -pthread -ldl

from = $(patsubst $(S)/%,%,$(wildcard $(S)/$(1)))

# Everything but main.c and the modules; the folders are DESIGN's floors.
SRC := $(call from,core/*.c) $(call from,accel/*.c) $(call from,accel/qtest/*.c) \
	$(if $(CONFIG_KVM),$(call from,accel/vmx/*.c)) $(call from,hw/*/*.c) \
	$(call from,block/*.c) $(call from,chardev/*.c) $(call from,system/*.c) \
	$(filter-out net/slirp% net/ipfrag.c $(if $(CONFIG_SLIRP),,net/user% net/wire.c),$(call from,net/*.c)) \
	$(call from,ui/*.c) monitor/monitor.c
# libslirp lives in a process of its own.
SLIRP_SRC := $(if $(CONFIG_SLIRP),$(call from,net/slirp*.c) net/ipfrag.c)
# What viewers of all kinds share; each is a process too.
CLIENT_SRC := $(filter-out ui/client/keymap.c,$(call from,ui/client/*.c))
# Those who type or hear characters.
KEYMAP_SRC := $(if $(CONFIG_XKB),ui/client/keymap.c)
VIEW_SRC := $(if $(CONFIG_SDL),$(call from,ui/view/*.c))
VNC_SRC := $(if $(CONFIG_VNC),$(call from,ui/vnc/*.c))
TOP_SRC := $(filter-out $(if $(CONFIG_CURSES),,ui/top/screen.c),$(call from,ui/top/*.c))
TERMINAL_SRC := $(if $(CONFIG_CURSES),$(if $(CONFIG_XKB),$(call from,ui/term/*.c)))
QMP_SRC := $(if $(CONFIG_QMP),$(filter-out monitor/monitor.c,$(call from,monitor/*.c)))

OBJ := $(SRC:%.c=$(B)/%.o)
MODULES := $(if $(QMP_SRC),$(B)/vmx-dm-qmp.so)
PROGRAM := $(B)/vmx-dm
TRACE_SRC := $(call from,tests/tools/trace/*.c)
TRACE := $(B)/vmx-dm-trace
VIEW := $(if $(VIEW_SRC),$(B)/vmx-dm-view)
TOP := $(B)/vmx-dm-top
TERMINAL := $(if $(TERMINAL_SRC),$(B)/vmx-dm-term)
MANUALS := vmx-dm.1 vmx-dm-trace.1 vmx-dm-view.1 vmx-dm-term.1 vmx-dm-top.1 vmx-dm-vnc.1
HELPERS := $(if $(SLIRP_SRC),$(B)/vmx-dm-slirp) $(if $(VNC_SRC),$(B)/vmx-dm-vnc)

UNIT := $(patsubst %.c,$(B)/%,$(filter-out $(if $(CONFIG_QMP),,tests/unit/test-monitor.c) \
	$(if $(CONFIG_XKB),,tests/unit/test-keymap.c) $(if $(CONFIG_VNC),,tests/unit/test-vnc-keys.c),\
	$(call from,tests/unit/test-*.c)))
QTEST := $(patsubst %.c,$(B)/%,$(call from,tests/qtest/test-*.c))
GUEST_C := $(patsubst %.c,$(B)/%,$(call from,tests/guest/test-*.c))
GUEST_SH := $(call from,tests/guest/*.t)
# What shell tests run.
GUEST_TOOLS := $(patsubst %.c,$(B)/%,$(call from,tests/guest/*/*.c))
GUEST_TOOLS := $(GUEST_TOOLS:%/taken=%/taken.so)
# The longest first: two run beside each other.
LAB_FIRST := tests/lab/vtx-linux.t tests/lab/svm-memtest.t tests/lab/svm-i386.t
LAB_SH := $(LAB_FIRST) $(filter-out $(LAB_FIRST),$(call from,tests/lab/*.t))
LAB_LONG_SH := $(call from,tests/lab/long/*.t)
FUZZ := $(patsubst %.c,$(B)/%,$(filter-out $(if $(CONFIG_QMP),,tests/fuzz/fuzz-qmp.c) \
	$(if $(CONFIG_VNC),,tests/fuzz/fuzz-vnc.c) \
	$(if $(CONFIG_SLIRP),,tests/fuzz/fuzz-ipfrag.c tests/fuzz/fuzz-slirp.c),$(call from,tests/fuzz/fuzz-*.c)))
NASM_GUESTS := $(patsubst %.asm,$(B)/%.bin,$(call from,tests/guest/*/*.asm) \
	$(call from,tests/bench/guests/*.asm))
BENCH := $(patsubst %.c,$(B)/%,$(call from,tests/bench/*.c))

.PHONY: all deps run check check-unit check-qtest check-guest check-lab check-lab-long lab-deps check-walk bench \
	bench-net bench-idle fuzz coverage install uninstall clean distclean help floors
all: $(PROGRAM) $(TRACE) $(VIEW) $(TERMINAL) $(TOP) $(MODULES) $(HELPERS)

help:
	@echo 'make            build vmx-dm and its modules into $(B)/'
	@echo 'make run        set up, build, boot the demo guest; GUEST=disk.img boots your own,'
	@echo '                ARGS="..." adds options'
	@echo 'make check      set up, build, run all tests but the long ones'
	@echo 'make check-lab  run tests on Linux hosts with emulated SVM and VT-x (20 minutes), with a'
	@echo '                table at the end; check-lab-long: the slowest (an hour)'
	@echo 'make lab-deps   fetch newer kernels for the lab'
	@echo 'make bench      side by side with QEMU and a bare hypervisor loop'
	@echo 'make bench-net  the same for frames of the NE2000; bench-idle: for a guest that waits'
	@echo 'make fuzz       build the fuzzers and run each for FUZZ_SECONDS (20)'
	@echo 'make check-walk every device walked at random under sanitizers; SEED=n repeats one,'
	@echo '                STEPS=n DEVICE=name'
	@echo 'make coverage   which lines the tests run, per file; TESTS="unit qtest guest"'
	@echo 'make deps       install what is needed (Debian)'
	@echo 'make install    below PREFIX, honouring DESTDIR; make uninstall'
	@echo 'make compile_commands.json, make clean, make distclean; V=1 shows commands'

# What a goal needs is installed once for each; the host is then looked at again.
NEW := $(foreach g,$(SETUP),$(if $(wildcard $(B)/.deps-$(g)),,$(g)))
config.mk: $(S)/configure $(if $(NEW),FORCE)
	$(if $(NEW),@sh $(S)/tests/tools/deps.sh $(NEW))
	$(if $(NEW),@mkdir -p $(B) && touch $(NEW:%=$(B)/.deps-%))
	@sh $(S)/configure $(CONFIGURED_WITH)
.PHONY: FORCE

deps:
	@sh $(S)/tests/tools/deps.sh all

# -- building --

$(B)/core/%.o $(B)/hw/%.o $(B)/tests/tools/%.o: WARN += -Wconversion
$(B)/ui/view/%.o: CPP += $(SDL_CFLAGS)
$(B)/ui/vnc/%.o: CPP += $(VNC_CFLAGS)
$(B)/ui/top/%.o $(B)/ui/term/%.o: CPP += $(CURSES_CFLAGS)
$(B)/ui/client/keymap.o $(B)/tests/unit/test-keymap.o: CPP += $(XKB_CFLAGS)
$(B)/monitor/%.o: CPP += $(JSON_CFLAGS)
$(B)/tests/%.o: CPP += $(JSON_CFLAGS) $(SDL_CFLAGS)
$(B)/monitor/%.o: PIC := -fPIC
$(B)/net/slirp%.o $(B)/tests/fuzz/%.o: CPP += $(SLIRP_CFLAGS)

$(B)/%.o: $(S)/%.c config.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPP) $(WARN) $(CFLAGS) $(PIC) -c -o $@ $<

$(B)/libvmx.a: $(OBJ)
	$(call say,AR,$@)rm -f $@ && ar rcs $@ $^

$(PROGRAM): $(B)/main.o $(OBJ)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -rdynamic -o $@ $^ $(LIBS)

$(TRACE): $(TRACE_SRC:%.c=$(B)/%.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(GLIB_LIBS)

$(B)/vmx-dm-view: $(VIEW_SRC:%.c=$(B)/%.o) $(addprefix $(B)/,core/confine.o core/cp437.o core/loop.o core/png.o core/report.o core/stats_read.o ui/runtime.o ui/wire.o) $(CLIENT_SRC:%.c=$(B)/%.o) $(KEYMAP_SRC:%.c=$(B)/%.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(SDL_LIBS) $(XKB_LIBS) $(LIBS)

$(B)/vmx-dm-term: $(TERMINAL_SRC:%.c=$(B)/%.o) $(addprefix $(B)/,core/confine.o core/cp437.o core/loop.o core/report.o ui/runtime.o ui/wire.o) $(CLIENT_SRC:%.c=$(B)/%.o) $(KEYMAP_SRC:%.c=$(B)/%.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(CURSES_LIBS) $(XKB_LIBS) $(LIBS)

$(B)/vmx-dm-vnc: $(VNC_SRC:%.c=$(B)/%.o) $(addprefix $(B)/,core/loop.o core/report.o core/confine.o ui/wire.o) $(CLIENT_SRC:%.c=$(B)/%.o) $(KEYMAP_SRC:%.c=$(B)/%.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(VNC_LIBS) $(XKB_LIBS) $(LIBS)

$(TOP): $(TOP_SRC:%.c=$(B)/%.o) $(addprefix $(B)/,core/loop.o core/report.o core/stats_read.o ui/runtime.o ui/wire.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(CURSES_LIBS) $(LIBS)

$(B)/vmx-dm-qmp.so: $(QMP_SRC:%.c=$(B)/%.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^ $(JSON_LIBS) $(GLIB_LIBS)

$(B)/vmx-dm-slirp: $(SLIRP_SRC:%.c=$(B)/%.o) $(addprefix $(B)/,core/keyval.o core/confine.o net/wire.o net/frames.o)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(SLIRP_LIBS)

$(B)/%.bin: $(S)/%.asm
	@mkdir -p $(@D)
	$(call say,NASM,$@)nasm -f bin -I$(<D)/ -MD $(@:.bin=.d) -o $@ $<

$(NASM_GUESTS): $(wildcard $(S)/tests/guest/*/*.inc $(S)/tests/bench/guests/*.inc)

# -- running --

run: all $(NASM_GUESTS)
	@sh $(S)/tests/tools/run-demo.sh $(B) "$(GUEST)" $(ARGS)

# -- tests --

# Objects before archives, whatever order a rule names them in.
objects = $(filter-out %.a,$^) $(filter %.a,$^)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libvmx.a
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic -o $@ $(objects) $(LIBS) $(TEST_LIBS)
$(B)/tests/unit/test-walk: $(B)/tests/unit/walk.o $(B)/tests/unit/walk_steps.o
$(B)/tests/unit/test-slirp $(B)/tests/unit/test-slirp-process: | $(HELPERS)
$(B)/tests/unit/test-sdl-keys: $(B)/ui/view/sdl_keys.o
$(B)/tests/unit/test-scale: $(B)/ui/view/scale.o
$(B)/tests/unit/test-confine: $(addprefix $(B)/ui/view/,keeper.o rights.o)
$(B)/tests/unit/test-keymap: $(B)/ui/client/keymap.o
$(B)/tests/unit/test-remote $(B)/tests/fuzz/fuzz-machine: \
	$(addprefix $(B)/ui/client/,remote.o picture.o font.o font_cp437.o)
$(B)/tests/unit/test-vnc-keys: $(addprefix $(B)/ui/,vnc/input.o vnc/console.o client/keymap.o client/typed.o)
$(B)/tests/unit/test-term: $(addprefix $(B)/ui/term/,keys.o glyphs.o)
$(B)/tests/unit/test-keymap $(B)/tests/unit/test-vnc-keys: TEST_LIBS := $(XKB_LIBS)
$(B)/tests/unit/test-trace: $(B)/tests/tools/trace/file.o
$(B)/tests/unit/test-sdl-keys $(B)/tests/unit/test-scale: TEST_LIBS := $(SDL_LIBS)
$(B)/tests/unit/test-monitor: $(QMP_SRC:%.c=$(B)/%.o)
$(B)/tests/unit/test-audio: TEST_LIBS := -lm
$(B)/tests/unit/test-monitor: TEST_LIBS := $(JSON_LIBS)
$(B)/tests/qtest/%: $(B)/tests/qtest/%.o $(B)/tests/qtest/libqtest.o
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(GLIB_LIBS) $(JSON_LIBS)
$(B)/tests/guest/view/machine: TEST_LIBS := -lm
$(B)/tests/guest/view/taken.o: PIC := -fPIC
$(B)/tests/guest/view/taken.so: $(B)/tests/guest/view/taken.o
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^
$(B)/tests/guest/%: $(B)/tests/guest/%.o $(B)/libvmx.a
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic -o $@ $^ $(LIBS) $(TEST_LIBS)
$(B)/tests/bench/sample: $(B)/core/stats.o $(B)/core/shared.o
$(B)/tests/bench/%: $(B)/tests/bench/%.o
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(GLIB_LIBS)

PROVE = sh $(S)/tests/tools/prove.sh $(B)
check-unit: $(UNIT)
	@$(PROVE) unit $(UNIT)
check-qtest: all $(QTEST)
	@$(PROVE) qtest $(QTEST)
check-guest: all $(GUEST_C) $(GUEST_TOOLS) $(NASM_GUESTS)
	@$(PROVE) guest $(GUEST_C) $(addprefix $(S)/,$(GUEST_SH))
check: all $(UNIT) $(QTEST) $(GUEST_C) $(GUEST_TOOLS) $(NASM_GUESTS) floors
	@$(PROVE) all $(UNIT) $(QTEST) $(GUEST_C) $(addprefix $(S)/,$(GUEST_SH))
# An emulated host keeps one CPU busy: two beside each other. Each has its own time limits.
LAB_JOBS ?= 2
define run_lab
	@sh $(S)/tests/lab/deps missing
	@rm -rf $(B)/lab
	@echo "$(words $(3)) tests, $(LAB_JOBS) beside each other; each is named when it has ended"
	@JOBS=$(LAB_JOBS) PROGRAM_SECONDS=$(2) $(PROVE) $(1) $(addprefix $(S)/,$(3)); status=$$?; \
	sh $(S)/tests/lab/table.sh $(B) $(B)/$(1).md; exit $$status
endef
check-lab: all $(GUEST_C) $(NASM_GUESTS)
	$(call run_lab,lab,1200,$(LAB_SH))
check-lab-long: all $(GUEST_C) $(NASM_GUESTS)
	$(call run_lab,lab-long,3600,$(LAB_LONG_SH))
lab-deps:
	@sh $(S)/tests/lab/deps

floors:
	@sh $(S)/tests/tools/floors.sh $(S)

bench: all $(BENCH) $(NASM_GUESTS)
	@sh $(S)/tests/bench/run.sh $(B)
bench-net: all $(BENCH) $(NASM_GUESTS)
	@sh $(S)/tests/bench/net.sh $(B)
bench-idle: all
	@sh $(S)/tests/bench/idle.sh $(B)

FUZZ_SECONDS ?= 20
$(FUZZ): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/libvmx.a
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -rdynamic -o $@ \
		$(filter %.o,$^) $(filter %.a,$^) $(LIBS) $(JSON_LIBS) $(SLIRP_LIBS)
$(B)/tests/fuzz/fuzz-qmp: $(QMP_SRC:%.c=$(B)/%.o)
$(B)/tests/fuzz/fuzz-stats: $(filter-out %/main.o %/screen.o,$(TOP_SRC:%.c=$(B)/%.o))
$(B)/tests/fuzz/fuzz-vnc: $(addprefix $(B)/ui/,vnc/input.o vnc/console.o vnc/extension.o client/keymap.o client/typed.o)
$(B)/tests/fuzz/fuzz-vnc: LIBS += $(XKB_LIBS)
$(B)/tests/fuzz/fuzz-vnc.o: CPP += $(VNC_CFLAGS)
$(B)/tests/fuzz/fuzz-trace: $(filter-out %/main.o,$(TRACE_SRC:%.c=$(B)/%.o))
$(addprefix $(B)/tests/fuzz/fuzz-,slirp ipfrag options): \
	$(filter-out %/slirp_main.o,$(SLIRP_SRC:%.c=$(B)/%.o))
ifneq ($(findstring fuzzer,$(SANITIZERS)),)
fuzz: $(FUZZ)
	@sh $(S)/tests/tools/fuzz.sh $(B) $(FUZZ_SECONDS) $(FUZZ)
else # the fuzzers want a build of their own
fuzz:
	@mkdir -p $(B)/fuzz && cd $(B)/fuzz && \
	{ [ -f config.mk ] || sh $(abspath $(S))/configure --cc=clang \
		--enable-sanitizers=address,undefined,fuzzer-no-link >/dev/null; } && \
	$(MAKE) --no-print-directory B="$$PWD" fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)
endif

# Every device at random: in a build with sanitizers, its own unless this is one.
WALK_STEPS = $(or $(STEPS),1000000)
ifneq ($(findstring address,$(SANITIZERS)),)
check-walk: $(B)/tests/unit/test-walk
	@sh $(S)/tests/tools/walk.sh $(B) "$(SEED)" $(WALK_STEPS) $(DEVICE)
else
check-walk:
	@mkdir -p $(B)/walk && cd $(B)/walk && \
	{ [ -f config.mk ] || sh $(abspath $(S))/configure --enable-sanitizers=address,undefined \
		>/dev/null; } && \
	$(MAKE) --no-print-directory B="$$PWD" check-walk
endif

# Which tests count; a build of its own, as the counters cost time.
COVERAGE_TESTS = $(or $(TESTS),unit qtest $(if $(wildcard /dev/kvm),guest))
ifeq ($(COVERAGE),y)
coverage: all $(UNIT) $(QTEST) $(GUEST_C) $(GUEST_TOOLS) $(NASM_GUESTS)
	@sh $(S)/tests/tools/coverage.sh $(S) $(B) "$(UNIT)" "$(QTEST)" \
		"$(GUEST_C) $(addprefix $(S)/,$(GUEST_SH))" $(COVERAGE_TESTS)
else
coverage:
	@mkdir -p $(B)/coverage && cd $(B)/coverage && \
	{ [ -f config.mk ] || sh $(abspath $(S))/configure --cc=gcc --enable-coverage >/dev/null; } && \
	$(MAKE) --no-print-directory B="$$PWD" coverage TESTS="$(TESTS)"
endif

compile_commands.json: config.mk
	@{ echo '['; sep=; for f in main.c $(SRC) $(TRACE_SRC) $(SLIRP_SRC) $(CLIENT_SRC) $(KEYMAP_SRC) $(VIEW_SRC) $(VNC_SRC) $(TERMINAL_SRC) $(TOP_SRC) $(QMP_SRC); do \
	printf '%s{"directory": "%s", "file": "%s", "command": "%s"}\n' "$$sep" "$(abspath $(S))" \
	"$$f" "$(CC) $(subst ",\\\\\\\",$(subst ',,$(filter-out -MMD -MP,$(CPP)))) $(SLIRP_CFLAGS) $(SDL_CFLAGS) $(VNC_CFLAGS) $(XKB_CFLAGS) $(CURSES_CFLAGS) $(JSON_CFLAGS) $(CFLAGS) -c $$f"; \
	sep=,; done; echo ']'; } > $@
	@echo wrote $@

# -- installing --

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/vmx-dm $(DESTDIR)$(MANDIR)/man1
	install -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/vmx-dm
	install -m 755 $(TRACE) $(DESTDIR)$(BINDIR)/vmx-dm-trace
	install -m 755 $(TOP) $(DESTDIR)$(BINDIR)/vmx-dm-top
	$(if $(VIEW),install -m 755 $(VIEW) $(DESTDIR)$(BINDIR)/vmx-dm-view)
	$(if $(TERMINAL),install -m 755 $(TERMINAL) $(DESTDIR)$(BINDIR)/vmx-dm-term)
	$(if $(strip $(MODULES)),install -m 644 $(MODULES) $(DESTDIR)$(LIBDIR)/vmx-dm/)
	$(if $(HELPERS),install -m 755 $(HELPERS) $(DESTDIR)$(LIBDIR)/vmx-dm/)
	install -m 644 $(addprefix $(S)/docs/,$(MANUALS)) $(DESTDIR)$(MANDIR)/man1/

uninstall:
	$(eval -include config.mk)
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,vmx-dm vmx-dm-trace vmx-dm-view vmx-dm-term vmx-dm-top) \
		$(DESTDIR)$(LIBDIR)/vmx-dm/vmx-dm-*.so $(addprefix $(DESTDIR)$(LIBDIR)/vmx-dm/,vmx-dm-slirp vmx-dm-vnc) \
		$(addprefix $(DESTDIR)$(MANDIR)/man1/,$(MANUALS))
	-rmdir $(DESTDIR)$(LIBDIR)/vmx-dm 2>/dev/null

clean:
	rm -rf $(if $(filter $(CURDIR),$(B)),accel block chardev core hw monitor net system tests ui \
		fuzz walk coverage main.o main.d libvmx.a vmx-dm vmx-dm-trace vmx-dm-view vmx-dm-term vmx-dm-top vmx-dm-*.so \
		vmx-dm-slirp vmx-dm-vnc,$(B))
distclean: clean
	rm -f config.mk compile_commands.json

.SECONDARY:
OTHER_BUILDS := $(foreach d,fuzz walk coverage ci-*,-not -path '$(B)/$d/*')
DEPS := $(shell [ -d $(B) ] && find $(B) -name '*.d' $(OTHER_BUILDS) 2>/dev/null)
-include $(DEPS)

# Thumbelina.  `make` builds, `make help` says what else there is.

.DEFAULT_GOAL := nif
export LANG := C.UTF-8
export ELIXIR_ERL_OPTIONS := +fnu
ifndef HOME
export HOME := $(CURDIR)/_build# mix asks for one
endif
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

help:
	@sed -n 's/^## //p' Makefile

## make demo [PICTURE=me.jpg]  installs what is missing, builds, makes thumbnails, says where they are
## make test                   installs what is missing, runs all tests: C, then Elixir
## make check                  what a commit must pass: format, warnings, C tests, exports, instructions, short fuzzing
## make asan                   all tests under the address sanitizer
## make valgrind               the C tests under valgrind
## make fuzz [FUZZ=x] [T=60]   the fuzzers, T seconds each
## make bench                  speed beside the bare codecs, libvips, sharp, Pillow, ImageMagick: 10 minutes; bench-quick: 2
## make check-speed            instructions of fixed work beside bench/instructions.txt; check-speed-update stores them
## make citizen                how timers, small jobs and kills fare beside image jobs; citizen-libvips: those in libvips
## make format                 formats C and Elixir
## make c-test-resize          one C test (c-test: all); make V=1 ... shows the commands
## make clean

# --- sources and flags

# What speaks Erlang; the rest, the core, is tested without the BEAM. What stands on libvips
# is a program of its own, with the few files of the core that it calls.
ERLANG := $(wildcard c_src/beam/*.c)
OVER_VIPS := $(wildcard c_src/vips/*.c)
CORE   := $(filter-out $(ERLANG) $(OVER_VIPS),$(wildcard c_src/*.c c_src/*/*.c c_src/codecs/*/*.c))
VIPS_PART := $(OVER_VIPS) c_src/error.c c_src/codecs/walk/walk_names.c c_src/worker/change_gives.c c_src/text.c \
	c_src/colour/profile.c c_src/colour/curve.c
TESTS  := $(patsubst test/c/test_%.c,%,$(wildcard test/c/test_*.c))
FUZZERS := $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))

PKG_CONFIG ?= pkg-config
PACKAGES   := libjpeg libpng zlib libwebp lcms2
VIPS := $(if $(WITHOUT_VIPS),no,$(shell $(PKG_CONFIG) --exists 'vips >= 8.13' 2>/dev/null && echo yes || echo no))
TEST_PACKAGES := libwebpmux libwebpdemux# the tests take files apart with it; the library does not

# Asked when first used: not before setup has run, and not twice.
once = $(eval $(1) := $(shell $(ask_$(1))))$($(1))
PACKAGE_CFLAGS = $(call once,PACKAGE_CFLAGS)
PACKAGE_LIBS = $(call once,PACKAGE_LIBS)
TEST_LIBS = $(call once,TEST_LIBS)
VIPS_CFLAGS = $(call once,VIPS_CFLAGS)
VIPS_LIBS = $(call once,VIPS_LIBS)
ERTS_INCLUDE_DIR ?= $(call once,ERTS_INCLUDE_DIR)
ask_PACKAGE_CFLAGS = $(PKG_CONFIG) --cflags $(PACKAGES)
ask_PACKAGE_LIBS = $(PKG_CONFIG) --libs $(PACKAGES)
ask_TEST_LIBS = $(PKG_CONFIG) --libs $(PACKAGES) $(TEST_PACKAGES)
ask_VIPS_CFLAGS = $(PKG_CONFIG) --cflags vips | sed 's/-I/-isystem /g'
ask_VIPS_LIBS = $(PKG_CONFIG) --libs vips gobject-2.0 glib-2.0
ask_ERTS_INCLUDE_DIR = erl -noshell -eval \
	'io:put_chars([code:root_dir(), "/erts-", erlang:system_info(version), "/include"]), halt().'

WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wframe-larger-than=4096
BASE  = -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) $(WERROR) -fPIC -fvisibility=hidden $(PACKAGE_CFLAGS)
HARD := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
SAN  := -DTB_SANITIZED -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

ifeq ($(shell uname -s),Darwin)
SHARED := -dynamiclib -undefined dynamic_lookup
PROGRAM :=
else
SHARED := -shared -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack -Wl,--as-needed
PROGRAM := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
endif

# $(call compile,COMPILER,FLAGS): by way of another name, so that two makes at
# once never see half an object.
define compile
@mkdir -p $(@D)
$(if $(Q),@echo "  CC  $<  ($(firstword $(1)))")
$(Q)$(1) $(BASE) $(2) -MMD -MP -MT $@ -MF $(@:.o=.d) -c -o $@.$$$$ $< && mv $@.$$$$ $@
endef

# --- the NIF: built where mix wants it, everything it leaves is below MIX_APP_PATH

MIX_APP_PATH ?= _build/dev/lib/thumbelina
# Mix gives the whole path: one file is to have one name, or what it was made from is forgotten.
override MIX_APP_PATH := $(patsubst $(CURDIR)/%,%,$(MIX_APP_PATH))
OBJ := $(MIX_APP_PATH)/obj
NIF := $(MIX_APP_PATH)/priv/thumbelina_nif.so
NIF_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(CORE) $(ERLANG))
WORKER := $(MIX_APP_PATH)/priv/thumbelina_vips
VIPS_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(VIPS_PART))

OPT := -O2
$(OBJ)/c_src/ops/%.o: OPT := -O3
ifdef NIF_SAN
NIF_FLAGS = $(SAN)
else
NIF_FLAGS = $(OPT) $(HARD)
endif

nif: $(NIF) $(if $(filter yes,$(VIPS)),$(WORKER))

$(NIF): $(NIF_OBJECTS)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD  $@")
	$(Q)$(CC) $(NIF_FLAGS) $(CFLAGS) $(LDFLAGS) $(SHARED) -o $@.$$$$ $^ $(PACKAGE_LIBS) -lm -pthread && mv $@.$$$$ $@

$(WORKER): $(VIPS_OBJECTS)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD  $@")
	$(Q)$(CC) $(NIF_FLAGS) $(CFLAGS) $(LDFLAGS) $(PROGRAM) -o $@.$$$$ $^ $(VIPS_LIBS) -lm -pthread && mv $@.$$$$ $@

$(OBJ)/%.o: %.c Makefile | packages
	$(call compile,$(CC),$(NIF_FLAGS) -isystem $(ERTS_INCLUDE_DIR) $(CFLAGS))

packages:
	@tools/setup --check build

# What knows whether there is libvips is built anew when that changes.
with_vips = $(if $(filter yes,$(VIPS)),-DTB_VIPS)
%/vips-$(VIPS):
	@mkdir -p $(@D) && rm -f $(@D)/vips-* && touch $@
$(OBJ)/c_src/codecs/foreign.o: CFLAGS += $(with_vips)
$(OBJ)/c_src/codecs/foreign.o: $(OBJ)/vips-$(VIPS)
$(OBJ)/c_src/vips/%.o: CFLAGS += $(VIPS_CFLAGS)

clean-nif:
	@rm -rf $(OBJ) $(NIF) $(WORKER)

# --- C tests: the core under sanitizers; each test twice, the second time with
# the loop in its other order, and small pictures read as large ones

OUT := _build/c
core = $(CORE:%.c=$(OUT)/$(1)/%.o)
differs := c_src/chain.o c_src/codecs/jpeg/jpeg_entropy.o
eager = $(filter-out $(differs:%=$(OUT)/$(1)/%),$(call core,$(1))) $(differs:%=$(OUT)/$(1)-eager/%)
TEST_WARN := -Wno-unused-function -Wno-unused-variable -Wno-frame-larger-than

$(OUT)/san/%.o: %.c Makefile
	$(call compile,$(CC),$(SAN) $(TEST_WARN) $(CFLAGS))
$(OUT)/san-eager/%.o: %.c Makefile
	$(call compile,$(CC),$(SAN) $(TEST_WARN) -DTB_EAGER $(CFLAGS))
$(OUT)/plain/%.o: %.c Makefile
	$(call compile,$(CC),-O1 -g $(TEST_WARN) $(CFLAGS))

$(foreach kind,san san-eager plain fuzz,$(eval $(OUT)/$(kind)/c_src/codecs/foreign.o: CFLAGS += $(with_vips))\
	$(eval $(OUT)/$(kind)/c_src/codecs/foreign.o: $(OUT)/$(kind)/vips-$(VIPS))\
	$(eval $(OUT)/$(kind)/c_src/vips/%.o: CFLAGS += $$(VIPS_CFLAGS)))

$(OUT)/san/thumbelina_vips: $(VIPS_PART:%.c=$(OUT)/san/%.o)
	$(Q)$(CC) $(SAN) $(PROGRAM) -o $@ $^ $(VIPS_LIBS) -lm -pthread
$(OUT)/plain/thumbelina_vips: $(VIPS_PART:%.c=$(OUT)/plain/%.o)
	$(Q)$(CC) $(PROGRAM) -o $@ $^ $(VIPS_LIBS) -lm -pthread

$(OUT)/san/test_%: $(OUT)/san/test/c/test_%.o $(call core,san)
	$(Q)$(CC) $(SAN) -o $@ $^ $(TEST_LIBS) -lm -pthread
$(OUT)/san/eager_%: $(OUT)/san/test/c/test_%.o $(call eager,san)
	$(Q)$(CC) $(SAN) -o $@ $^ $(TEST_LIBS) -lm -pthread
$(OUT)/plain/test_%: $(OUT)/plain/test/c/test_%.o $(call core,plain)
	$(Q)$(CC) -o $@ $^ $(TEST_LIBS) -lm -pthread

# Some of them start it.
ifeq ($(VIPS),yes)
$(foreach kind,test eager,$(TESTS:%=$(OUT)/san/$(kind)_%)): | $(OUT)/san/thumbelina_vips
$(TESTS:%=$(OUT)/plain/test_%): | $(OUT)/plain/thumbelina_vips
endif

c-test: $(TESTS:%=c-test-%)
c-test-%: $(OUT)/san/test_% $(OUT)/san/eager_%
	$(Q)$(OUT)/san/test_$* && $(OUT)/san/eager_$* && echo "  ok  test/c/test_$*.c"

valgrind-%: $(OUT)/plain/test_%
	$(Q)JSIMD_FORCENONE=1 valgrind -q --error-exitcode=1 --leak-check=full $< && echo "  ok  test/c/test_$*.c (valgrind)"

valgrind:
	@tools/setup build valgrind
	@$(MAKE) --no-print-directory valgrinds
valgrinds: $(TESTS:%=valgrind-%)

# --- fuzzing: T seconds each; what is found lands in test/fuzz/crashes

T := 60
FUZZ := $(FUZZERS)
FUZZ_SAN := $(SAN) -fsanitize=fuzzer-no-link
FUZZ_LIMITS := -len_control=0 -timeout=10 -rss_limit_mb=2048

$(OUT)/fuzz/%.o: %.c Makefile
	$(call compile,clang,$(FUZZ_SAN) $(TEST_WARN) $(CFLAGS))
$(OUT)/fuzz/fuzz_%: $(OUT)/fuzz/test/fuzz/fuzz_%.o $(call core,fuzz)
	$(Q)clang $(SAN) -fsanitize=fuzzer -o $@ $^ $(TEST_LIBS) -lm -pthread

fuzz-%: $(OUT)/fuzz/fuzz_%
	@mkdir -p $(OUT)/corpus/$* test/fuzz/crashes
	$(Q)$< $(FUZZ_LIMITS) -max_total_time=$(T) -artifact_prefix=test/fuzz/crashes/$*- \
		$(OUT)/corpus/$* $(wildcard test/fuzz/seeds/$*) >$(OUT)/fuzz_$*.log 2>&1 || \
		{ tail -n 40 $(OUT)/fuzz_$*.log; exit 1; }
	@echo "  ok  test/fuzz/fuzz_$*.c ($(T) s)"

fuzz:
	@tools/setup build check
	@$(MAKE) --no-print-directory fuzzers
fuzzers: $(FUZZ:%=fuzz-%)

# --- for the eye

demo:
	@tools/setup build
	@mix run examples/demo.exs $(if $(PICTURE),"$(PICTURE)")

pictures:
	@tools/setup build pictures
	@examples/recipe/make-pictures

# --- speed

BENCH := _build/bench
PEER_FLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -O2 $(WARN)
PEER_OF_limit := libjpeg libpng libwebp
PEER_OF_huge := libjpeg libpng
PEER_OF_vips := vips
PEER_OF_magick := MagickWand

bench: bench-programs
	@bench/corpus huge
	@mix run --no-start bench/bench.exs full bench/results
bench-quick: bench-programs
	@bench/corpus quick
	@mix run --no-start bench/bench.exs quick

bench bench-quick citizen citizen-libvips: export MIX_ENV := prod

bench-programs:
	@tools/setup build bench
	@mkdir -p $(BENCH)
	@bench/install
	@$(MAKE) --no-print-directory $(addprefix $(BENCH)/,limit huge mogrify $(foreach p,vips magick,$(if $(call has_peer,$(p)),$(p)))) \
		_build/prod/lib/thumbelina/bench/core MIX_APP_PATH=_build/prod/lib/thumbelina

has_peer = $(shell $(PKG_CONFIG) --exists $(PEER_OF_$(1)) && echo yes)

# The VM's schedulers must not spin, or it would be counted.
citizen:
	@tools/setup build bench
	@bench/corpus quick
	@ERL_FLAGS="+sbwt none +sbwtdcpu none +sbwtdio none" mix run bench/citizen.exs 2.0 bench/citizen
	@$(MAKE) --no-print-directory citizen-libvips

citizen-libvips:
	@tools/setup build
	@mix run bench/libvips.exs bench/libvips

$(BENCH)/huge: CLOCK :=
CLOCK := bench/peer.c
$(BENCH)/%: bench/%.c bench/peer.c bench/peer.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(PEER_FLAGS) -o $@ $(CLOCK) $< \
		$(if $(PEER_OF_$*),$(subst -I,-isystem ,$(shell $(PKG_CONFIG) --cflags $(PEER_OF_$*))) \
		$(shell $(PKG_CONFIG) --libs $(PEER_OF_$*))) -pthread

# The core without the VM: the objects of the NIF.
WITHOUT_VM := $(MIX_APP_PATH)/bench
$(WITHOUT_VM)/core: $(OBJ)/bench/peer.o
$(OBJ)/bench/stages.o: NIF_FLAGS += $(TEST_WARN)
$(WITHOUT_VM)/%: $(OBJ)/bench/%.o $(CORE:%.c=$(OBJ)/%.o)
	@mkdir -p $(@D)
	$(Q)$(CC) $(NIF_FLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm -pthread

# Instructions, counted by valgrind: the same on a busy machine.
check-speed check-speed-update: check-speed%: $(WITHOUT_VM)/core $(WITHOUT_VM)/stages
	$(Q)tools/setup valgrind || true
	$(Q)CC="$(CC)" bench/check-speed $(WITHOUT_VM) $*

# --- everything together

MIX_TEST := MIX_ENV=test mix test

test:
	@tools/setup build test
	@$(MAKE) --no-print-directory -j$(JOBS) c-test
	@$(MIX_TEST) $(ARGS)

check:
	@tools/setup build test check
	@$(MAKE) --no-print-directory check-format
	@$(MAKE) --no-print-directory -j$(JOBS) check-gcc check-clang c-test WERROR=-Werror
	@$(MAKE) --no-print-directory check-speed CC=gcc WERROR=-Werror MIX_APP_PATH=_build/check/gcc/lib/thumbelina
	@$(MAKE) --no-print-directory check-elixir
	@$(MAKE) --no-print-directory -j$(JOBS) fuzzers T=$(CHECK_FUZZ) WERROR=-Werror
	@echo "make check: all is well"

CHECK_FUZZ := 20
C_FILES = $(shell find c_src test bench examples -name '*.[ch]')

check-format:
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(Q)mix format --check-formatted

# A build of its own with each compiler.
check-gcc check-clang: check-%:
	$(Q)$(MAKE) --no-print-directory nif CC=$* MIX_APP_PATH=_build/check/$*/lib/thumbelina
	$(Q)$(call check_symbols,_build/check/$*/lib/thumbelina/priv/thumbelina_nif.so)
	$(Q)$(call check_made_anew,CC=$* MIX_APP_PATH=$(CURDIR)/_build/check/$*/lib/thumbelina)

# Only the entry point is seen from outside, and what libwebp is to find (webp_mem.h); nothing of ours is missing.
check_symbols = test "$$(nm -D --defined-only $(1) | cut -d' ' -f3 | tr '\n' ' ')" = \
	"WebPSafeCalloc WebPSafeFree WebPSafeMalloc nif_init " && \
	! nm -D --undefined-only $(1) | grep ' tb_'

# Who includes a header that has changed is made anew: objects that disagree on the size
# of a struct crash the VM.
check_made_anew = MAKEFLAGS= $(MAKE) --no-print-directory -n -W c_src/beam/task.h nif $(1) | grep -q 'beam/task\.o' || \
	{ echo "a changed header is not seen"; exit 1; }

check-elixir:
	$(Q)CC=gcc MIX_BUILD_PATH=_build/check/gcc mix compile --warnings-as-errors

# The NIF with its sanitizers inside the VM, whose allocators are told to use malloc. Leaks are the C tests' part:
# the VM has a few of its own. Memory that is measured from outside is also that of the
# sanitizer: tests of it are left out.
asan:
	@tools/setup build test
	@$(MAKE) --no-print-directory -j$(JOBS) c-test
	NIF_SAN=1 MIX_BUILD_PATH=_build/asan LD_PRELOAD=$$($(CC) -print-file-name=libasan.so) \
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 ERL_FLAGS="+Mea min" $(MIX_TEST) \
		--timeout 600000 --exclude memory $(ARGS)

format:
	clang-format -i $(C_FILES)
	mix format

setup:
	@tools/setup build test

clean:
	rm -rf _build

.SECONDARY:
# What each object was made from.
-include $(shell find $(OUT) $(OBJ) -name '*.d' 2>/dev/null)

.PHONY: help nif packages clean-nif c-test valgrind valgrinds fuzz fuzzers test check check-format check-elixir check-gcc check-clang check-speed check-speed-update
.PHONY: demo pictures bench bench-quick bench-programs citizen citizen-libvips asan format setup clean

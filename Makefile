# ikebench: how long does a failover cut IPsec clients off? `make help` lists the targets.

PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell nproc)

# Debian packages, each with its reason.
#   gcc make pkg-config           build
#   libgsl-dev                    distributions, special functions, random generator interface
#   librandom123-dev              Philox4x32, the counter-based random bits
#   libyaml-dev                   scenario files, with line and column of every mistake
#   libjansson-dev                manifest.json
#   libcsv-dev                    reading trials.csv back
#   libssl-dev                    SHA-256 of scenarios and tables for the manifest; PEM certificates
#   openssl                       the program: tests make real certificates with it
#   libcmocka-dev                 tests
#   iproute2                      tc-netem's distribution tables (experimental.dist: measured pings)
#   gnuplot-nox                   pictures; results never need it
#   gcovr                         coverage report
# Not among them: python3-simpy3, with which `make speed` compares if it is there.
# With MPI=1 also, for one batch on many machines:
#   libopenmpi-dev openmpi-bin    Open MPI: the library, and mpirun
DEBIAN_PACKAGES := gcc libc6-dev make pkg-config libgsl-dev librandom123-dev libyaml-dev libjansson-dev \
	libcsv-dev libssl-dev openssl libcmocka-dev iproute2 gnuplot-nox gcovr git
MPI_PACKAGES := libopenmpi-dev openmpi-bin

# One build folder per flavour; FLAVOUR=debug|asan|tsan|cov picks another one. MPI=1 links Open MPI.
FLAVOUR ?= release
MPI     ?=
BUILD   := .build/$(FLAVOUR)$(if $(MPI),-mpi)
flags_release := -O2
flags_debug   := -O0
flags_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
flags_tsan    := -O1 -fsanitize=thread
flags_cov     := -O0 --coverage -fprofile-update=atomic

VERSION := 0.1.0
CC      ?= gcc
CFLAGS  ?= -g
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
# -ffp-contract=off: a fused multiply-add would make results depend on the CPU.
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) -ffp-contract=off $(flags_$(FLAVOUR)) $(CFLAGS) \
	-Iinclude -DIKEBENCH_VERSION='"$(VERSION)"' -DIKEBENCH_PREFIX='"$(PREFIX)"'
LIBS := -lyaml -ljansson -lcsv -lcrypto -lgsl -lgslcblas -lm -lpthread
ifneq ($(MPI),)
# Asked when it is needed: it may be `deps` that installs them.
ALL_CFLAGS += -DIKEBENCH_MPI $$(pkg-config --cflags-only-I ompi-c)
LIBS += $$(pkg-config --libs ompi-c)
endif

source      = $(filter-out $(wildcard $(addsuffix /test_*.c,$(1)) $(addsuffix /slow_*.c,$(1))), \
	$(wildcard $(addsuffix /*.c,$(1))))
object      = $(patsubst %.c,$(BUILD)/%.o,$(1))
MODEL_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard model/*/*.c))))
BENCH_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard bench/*/*.c))))
ENGINE_SRC := $(call source,model/engine)
MODEL_SRC  := $(call source,$(MODEL_DIRS))
BENCH_SRC  := $(call source,$(BENCH_DIRS))
TEST_SRC   := $(wildcard model/*/test_*.c bench/*/test_*.c)
# Tests of the engine link the engine archive alone: that it needs nothing else is part of the proof.
ENGINE_TESTS := $(patsubst %.c,$(BUILD)/%,$(filter model/engine/%,$(TEST_SRC)))
OTHER_TESTS  := $(patsubst %.c,$(BUILD)/%,$(filter-out model/engine/%,$(TEST_SRC)))
PROGRAM := $(BUILD)/ikebench

.PHONY: all help deps bench test test-ranks check check-slow asan tsan cov valgrind format install clean layers reference speed
.DELETE_ON_ERROR:

all: bench/ikebench ## build bench/ikebench

help: ## this list
	@sed -n 's/^\([a-z -]*\):.*## /\1\t/p' Makefile | expand -t 12

deps: ## install the Debian packages that are missing
	@scripts/install-deps $(DEBIAN_PACKAGES) $(if $(MPI),$(MPI_PACKAGES))

# `make -j deps bench` must install before it compiles, hence the order-only edges.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
$(call object,$(MODEL_SRC) $(BENCH_SRC) $(TEST_SRC)): | deps
endif

bench: bench/ikebench ## run the KB 821839 suite: results and pictures under results/
	@scripts/bench

test: $(ENGINE_TESTS) $(OTHER_TESTS) $(PROGRAM) ## build and run every test
	@IKEBENCH=$(PROGRAM) scripts/run-tests $(ENGINE_TESTS) $(OTHER_TESTS)

RANKS_TEST := $(BUILD)/bench/cmd/test_cli_ranks
test-ranks: $(RANKS_TEST) $(PROGRAM) ## with MPI=1: build and run the tests of mpirun
	@IKEBENCH=$(PROGRAM) scripts/run-tests $(RANKS_TEST)

speed: bench/ikebench ## measure how fast it is: a table, results/speed/speed.csv, a picture
	@bench/ikebench speed

reference: bench/ikebench ## make the figures of results/reference/ anew
	@scripts/reference bench/ikebench results/reference

layers: ## check who includes whom, and the top level
	@scripts/check-layers

check: layers test ## layers and tests

# Coverage of the intervals of `ikebench compare` on the simulator's own outcomes: some minutes.
SLOW_COVERAGE := $(BUILD)/bench/compare/slow_coverage $(BUILD)/bench/alarms/slow_rates
SLOW_TRIALS   ?= 20000
check-slow: $(PROGRAM) $(SLOW_COVERAGE) ## measure how often the intervals hold the truth (minutes)
	@$(PROGRAM) run bench/scenarios/kb821839/crash.yaml bench/scenarios/kb821839/crash-nlbsflags.yaml \
		--trials $(SLOW_TRIALS) --set alarm.trials=$(SLOW_TRIALS) --no-plot --quiet --force \
		--out $(BUILD)/coverage
	@for program in $(SLOW_COVERAGE); do \
		$$program $(BUILD)/coverage/crash $(BUILD)/coverage/crash-nlbsflags || exit 1; done

asan tsan: ## the tests under AddressSanitizer+UBSan / ThreadSanitizer
	@$(MAKE) --no-print-directory FLAVOUR=$@ test

cov: ## line and branch coverage of model/ and bench/
	@$(MAKE) --no-print-directory FLAVOUR=cov test
	@for part in model bench; do echo "=== $$part/"; gcovr --object-directory .build/cov --root . \
		--filter "$$part/" --exclude '.*/test.*' --exclude '.*/site.h' --exclude-throw-branches \
		--print-summary --txt .build/cov/$$part.txt; done; cat .build/cov/model.txt .build/cov/bench.txt

valgrind: ## the tests under valgrind (slow)
	@$(MAKE) --no-print-directory FLAVOUR=debug valgrind-run
valgrind-run: $(ENGINE_TESTS) $(OTHER_TESTS) $(PROGRAM)
	@TEST_RUNNER="valgrind -q --error-exitcode=9 --leak-check=full" IKEBENCH=$(PROGRAM) \
		scripts/run-tests $(ENGINE_TESTS) $(OTHER_TESTS)

format: ## clang-format every source file
	@clang-format -i $$(git ls-files '*.c' '*.h')

install: all ## install under DESTDIR/PREFIX
	install -D -m 755 bench/ikebench $(DESTDIR)$(PREFIX)/bin/ikebench
	install -d $(DESTDIR)$(PREFIX)/share/ikebench
	cp -R bench/scenarios scripts/plot scripts/speed-simpy.py $(DESTDIR)$(PREFIX)/share/ikebench/

clean: ## remove what was built (results stay)
	rm -rf .build bench/ikebench

RELEASE := .build/release$(if $(MPI),-mpi)/ikebench
bench/ikebench: $(RELEASE) FORCE # with and without MPI=1 it is another one
	@cmp -s $< $@ || cp $< $@

$(RELEASE): $(if $(filter release,$(FLAVOUR)),,FORCE_RELEASE)
.PHONY: FORCE FORCE_RELEASE
FORCE:
FORCE_RELEASE:
	@$(MAKE) --no-print-directory FLAVOUR=release $(RELEASE)

$(PROGRAM): $(BUILD)/libbench.a $(BUILD)/libikebench.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ -Wl,--whole-archive $(BUILD)/libbench.a -Wl,--no-whole-archive \
		$(BUILD)/libikebench.a $(LIBS)

$(BUILD)/libengine.a: $(call object,$(ENGINE_SRC))
$(BUILD)/libikebench.a: $(call object,$(MODEL_SRC))
$(BUILD)/libbench.a: $(call object,$(BENCH_SRC))
$(BUILD)/%.a:
	@rm -f $@ && $(AR) rcs $@ $^

# Only the report of `make speed` names the commit, and is made anew when it is another one.
COMMIT = $(shell git describe --always --dirty 2>/dev/null || echo unknown)
$(BUILD)/bench/speed/report.o: ALL_CFLAGS += -DIKEBENCH_COMMIT='"$(COMMIT)"'
$(BUILD)/bench/speed/report.o: $(BUILD)/commit
$(BUILD)/commit: FORCE_COMMIT
	@mkdir -p $(@D) && echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' > $@
.PHONY: FORCE_COMMIT

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(ENGINE_TESTS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libengine.a
	@echo "  LD      $@"
	@$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lgsl -lgslcblas -lm
$(OTHER_TESTS) $(SLOW_COVERAGE): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libbench.a $(BUILD)/libikebench.a
	@echo "  LD      $@"
	@$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

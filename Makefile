# Verbs only; CMake does the work. `make reproduce` and `make test` start from a bare Debian 12.
SHELL := /bin/bash
BUILD ?= build
PROFILE ?= quick
OUT ?= report
DB ?= results/db/$(PROFILE).sqlite
DEVICE ?= auto
# Small networks train faster side by side, a core each, than one after the other on all cores.
WORKERS ?= $(if $(filter paper,$(PROFILE)),1,$(shell n=$$(nproc); echo $$((n < 4 ? n : 4))))
JOBS ?= 2
CMAKE_ARGS ?=
# address,undefined: a build of its own, of all that links no LibTorch.
SANITIZE ?=
ifneq ($(SANITIZE),)
  override BUILD := build-sanitize
  override CMAKE_ARGS += -DNMSW_TENSORS=OFF -DNMSW_SANITIZE=$(SANITIZE)
endif
# How long each fuzz program runs, and from which seed: 0 is another one every time.
SECONDS ?= 60
SEED ?= 0
NMSW_GOLDEN_DIR ?= $(abspath ../shared/golden)
EXPERIMENT = experiments/$(if $(filter quick,$(PROFILE)),reproduce,reproduce_$(PROFILE)).yaml
export NMSW_GOLDEN_DIR

PACKAGES = cmake ninja-build g++ make ccache git ca-certificates libtorch-dev libopenblas0-openmp libinsighttoolkit5-dev \
  libyaml-cpp-dev libfmt-dev libsqlite3-dev libboost-program-options-dev libgtest-dev libgmock-dev libssl-dev zlib1g-dev libdeflate-dev \
  nlohmann-json3-dev gnuplot-nox $(EXTRA_PACKAGES)
SET_ROOTS = $(if $(WORD_ROOT),--set data.roots.word=$(WORD_ROOT)) \
  $(if $(TOTALSEGMENTATOR_ROOT),--set data.roots.totalsegmentator_organ=$(TOTALSEGMENTATOR_ROOT) \
  --set data.roots.totalsegmentator_vertebrae=$(TOTALSEGMENTATOR_ROOT))

.PHONY: packages configure programs build install package test golden reproduce speed openkbp plan report query bench bench-gate lint headers fuzz clean \
  test-pages test-slurm

packages:
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then export DEBIAN_FRONTEND=noninteractive; apt-get update -q && \
	apt-get install -y -q --no-install-recommends $$missing; fi

# Once: ninja itself configures again where a CMakeLists.txt has changed.
configure: packages
	@if [ ! -f $(BUILD)/build.ninja ] || [ -n "$(CMAKE_ARGS)" ]; then \
	cmake -S . -B $(BUILD) -G Ninja $(CMAKE_ARGS) > $(BUILD).configure.log 2>&1 || { cat $(BUILD).configure.log; exit 1; }; \
	rm -f $(BUILD).configure.log; fi

# What a user runs; the tests take as long again to compile.
programs: configure
	@ninja -C $(BUILD) -j $(JOBS) nmsw nmsw-tensor

build: configure
	@ninja -C $(BUILD) -j $(JOBS)

# Programs, completion, manual page and experiments; DESTDIR as usual.
PREFIX ?= /usr/local
install: programs
	@cmake --install $(BUILD) --prefix $(PREFIX) > /dev/null
	@echo "nmsw is in $(PREFIX)/bin"

# A Debian package that depends on Debian's own libraries.
package: EXTRA_PACKAGES = dpkg-dev
package: programs
	@cd $(BUILD) && cpack -G DEB > cpack.log || { cat cpack.log; exit 1; }
	@ls $(BUILD)/*.deb

test: build
	@tests/run $(BUILD)

# Slurm's own daemons, four nodes on this host: needs root.
test-slurm: EXTRA_PACKAGES = slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge iproute2 procps
test-slurm: packages programs
	@ninja -C $(BUILD) -j $(JOBS) slurm_tests
	@tests/run $(BUILD) 'Slurm*'

golden: build
	@tests/run $(BUILD) 'Golden*'

# Trainings and evaluations side by side; the profiles, whose times the tables show, alone. The figures take ten seconds, so
# they are drawn only where something has been added.
RUN = $(BUILD)/nmsw run $(EXPERIMENT) --db $(DB) --device $(DEVICE) $(SET_ROOTS)
reproduce: programs
	@[ $(WORKERS) = 1 ] || $(RUN) --only kind=evaluate --workers $(WORKERS) || [ $$? = 4 ]
	@$(RUN)
	@state="$(DB) $$($(BUILD)/nmsw query --db $(DB) --format csv --sql 'SELECT count(*), max(finished) FROM run') $$(stat -c %Y $(BUILD)/nmsw)"; \
	[ "$$state" = "$$(cat $(OUT)/.state 2>/dev/null)" ] || \
	{ $(BUILD)/nmsw report --db $(DB) --out $(OUT) && echo "$$state" > $(OUT)/.state; }
	@echo "the report is in $(OUT)/report.html and $(OUT)/report.md"

# The paper's cost columns at its size, without data or training: about an hour on two cores. Nothing else may run meanwhile.
SPEED = SELECT hardware, device, backbone, method, k, extent, stage, seconds_median, seconds_iqr, repeats FROM v_speed \
  WHERE experiment = 'speed'
speed: programs
	@$(BUILD)/nmsw run experiments/speed.yaml --db $(DB) --device $(DEVICE)
	@mkdir -p $(OUT) && $(BUILD)/nmsw query --db $(DB) --format csv --sql "$(SPEED)" > $(OUT)/speed.csv
	@$(BUILD)/nmsw query --db $(DB) --sql "$(SPEED) AND stage = 'total'"
	@echo "every stage is in $(OUT)/speed.csv; make report shows them beside the paper's"

# Real CT: three backbones, three seeds, every order of patches. ONLY="backbone=unet seed=0" takes a part of it.
OPENKBP_DB = results/db/openkbp.sqlite
OPENKBP_RUN = $(BUILD)/nmsw run experiments/openkbp.yaml --db $(OPENKBP_DB) --device $(DEVICE) \
  $(if $(OPENKBP_ROOT),--set data.roots.openkbp=$(OPENKBP_ROOT)) $(foreach part,$(ONLY),--only $(part))
openkbp: programs
	@$(OPENKBP_RUN) --workers $(WORKERS)
	@$(BUILD)/nmsw report --db $(OPENKBP_DB) --out $(OUT)/openkbp

plan: programs
	@$(BUILD)/nmsw plan $(EXPERIMENT) --db $(DB) $(SET_ROOTS)

report: programs
	@$(BUILD)/nmsw report --db $(DB) --out $(OUT) --partial
	@if command -v pdflatex > /dev/null; then cd $(OUT) && for pass in 1 2; do \
	pdflatex -interaction=nonstopmode -halt-on-error report.tex > report.tex.log || { tail -n 20 report.tex.log; exit 1; }; done; \
	rm -f report.tex.log report.aux report.out; echo "$(OUT)/report.pdf"; fi

# The report's page in headless Chromium.
test-pages: programs
	@tests/pages/run $(BUILD) $(OUT)/report.html

query: programs
	@$(BUILD)/nmsw query --db $(DB) $(if $(NAME),$(NAME),--list)

bench: programs
	@$(BUILD)/nmsw bench --predict $(BENCH_ARGS)

# Fails where this tree is more than 10 % slower than the commit BASE, which is built in $(BUILD)/bench-gate.
bench-gate: programs
	@[ -n "$(BASE)" ] || { echo "name the commit to compare with: make bench-gate BASE=COMMIT"; exit 2; }
	@JOBS=$(JOBS) tests/bench/gate commits $(BASE) $(BUILD) $(COMMANDS)

# The format of every file, and clang-tidy on all that includes neither LibTorch nor ITK.
lint: EXTRA_PACKAGES = clang-format clang-tidy
lint: configure
	@git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror
	@tests/recipes $(BUILD) apply
	@tests/lint/tidy $(BUILD) $(JOBS)

# Each header compiled alone.
headers: configure
	@ninja -C $(BUILD) -j $(JOBS) headers

# Random inputs to what reads foreign files, with sanitizers; fails where one of them is a finding.
fuzz: EXTRA_PACKAGES = clang libclang-rt-14-dev libomp-dev
fuzz: override BUILD := build-fuzz
fuzz: override CMAKE_ARGS += -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang -DNMSW_TENSORS=OFF -DNMSW_FUZZ=ON -DNMSW_TESTS=OFF
fuzz: configure
	@ninja -C $(BUILD) -j $(JOBS) fuzz
	@tests/fuzz/run $(BUILD) $(SECONDS) $(SEED)

clean:
	@rm -rf $(BUILD) report

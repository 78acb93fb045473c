# SPDX-License-Identifier: MIT
#
# Everything of genpu. Outside of the lab (a Debian tree with all that is needed,
# made by tools/ge-vm) a target runs itself again in the lab; nothing is built with
# this machine's own tools. Outputs are below build/ only.

MAKEFLAGS += --no-print-directory --no-builtin-rules

top := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
O ?= $(top)/build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
ge_vm := $(top)/tools/ge-vm/ge-vm
in_lab := $(wildcard /etc/genpu-lab)

# Those that exist, in the order in which they need each other
components := $(patsubst %/Makefile,%,$(wildcard $(addsuffix /Makefile,tools/ge-emu libge selftests)))

.DEFAULT_GOAL := all
.PHONY: all modules install check check-style check-host check-vm check-guest check-onnx check-debug check-race coverage soak demo clean help

ifeq ($(in_lab),)

all modules:
	@$(ge_vm) exec -- $(MAKE) -j$(JOBS) --output-sync=target $@ $(MAKEOVERRIDES)

else

.PHONY: $(components)
all: modules $(components)

$(components):
	@$(MAKE) -C $@ O=$(O) all
	@! grep -q '^guest-tests:' $@/Makefile || $(MAKE) -C $@ O=$(O) guest-tests

libge: tools/ge-emu
selftests: libge

# One source for all kernels: each gets a directory of links to it, so that their
# objects do not meet. KERNELS names others: a kernel that ge-vm has made, or whole releases.
made_release = $(if $(wildcard /run/kernels/$(1)/release),$(file <$(wildcard /run/kernels/$(1)/release)),$(1))
kernels := $(or $(foreach k,$(KERNELS),$(call made_release,$k)),$(shell sed -n 's/^kernel [^ ]* //p' /etc/genpu-lab))
build_of = $(firstword $(wildcard /run/kernels/*/install/lib/modules/$(1)/build /lib/modules/$(1)/build))
module_dirs := $(addprefix $(O)/modules/,$(kernels))
.PHONY: $(module_dirs)
modules: $(module_dirs)

$(module_dirs):
	$(if $(call build_of,$(@F)),,$(error no kernel $(@F) to build for; ge-vm kernel NAME makes debug and race))
	@$(top)/tools/check/module-tree $@
	@$(MAKE) -C $(call build_of,$(@F)) M=$@/driver GENPU_TESTS=m $(if $(GCOV),GENPU_GCOV=$(GCOV)) modules
	@$(top)/tools/ge-vm/guest-modules $(@F) $@

endif

install:			## installs on this machine: the library and tools to PREFIX, the module to its kernel
	@set -e; for component in $(components); do $(MAKE) -C $$component O=$(O) install; done
	@! [ -d /lib/modules/$$(uname -r)/build ] || \
		$(MAKE) -C /lib/modules/$$(uname -r)/build M=$(top) modules modules_install

check:				## runs every test; the last line is the result
	@$(top)/tools/check/check style host vm guest

check-style:			## checkpatch, sparse, W=1 and shellcheck
	@$(top)/tools/check/check style

check-host:			## tests that need no guest
	@$(top)/tools/check/check host

check-vm:			## tests of ge-vm itself
	@$(top)/tools/check/check vm

check-guest:			## tests in guests, on both kernels
	@$(top)/tools/check/check guest

check-onnx:			## all cases of the ONNX project, on a device in a guest
	@$(top)/tools/check/check onnx

check-debug:			## the same on a kernel with KASAN, lockdep, kmemleak, fault injection, KUnit, gcov
	@$(top)/tools/check/check debug

check-race:			## the same on a kernel with KCSAN
	@$(top)/tools/check/check race

soak: all			## the long forms of the tests, on both kernels; takes a day
	@$(top)/tools/soak/soak $(SOAK)

coverage:			## which lines of the module the last check-debug reached
	@$(top)/tools/check/coverage

demo:				## boots a guest with an NPU and runs three programs on it
	@$(top)/tools/demo/demo

clean:				## removes build/
	rm -rf $(O)

help:				## prints this
	@echo 'Targets:'
	@echo '  all           builds everything in the lab: module for both kernels, library, emulated NPU, tests'
	@echo '  modules       builds only the kernel modules'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' $(top)/Makefile | \
		while IFS='	' read -r name text; do printf '  %-13s %s\n' "$$name" "$$text"; done
	@echo 'Variables: O (outputs), JOBS, PREFIX, DESTDIR, SOAK (arguments of tools/soak/soak); GENPU_CACHE in the environment (the lab)'
	@echo '  KERNELS=debug or race, for modules: builds for that kernel (ge-vm kernel makes it); GCOV=1: with gcov'

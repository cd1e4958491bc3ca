# SPDX-License-Identifier: MIT
# Bindings for other languages: SWIG makes a low-level module for each over abi/netchan.h, and a
# small layer in the language itself makes the public interface. What SWIG makes is part of the
# tarball, for all languages, so that only a build from a checkout needs SWIG.

EXTRA_DIST += \
	bindings/bench.sh \
	bindings/contract.json \
	bindings/matrix.sh \
	bindings/netchan.i \
	bindings/scenarios.md \
	bindings/vectors.json

TESTS += bindings/matrix.sh

# Compiled into each language's module, whose flags differ.
binding_sources = \
	bindings/calls.c \
	bindings/calls.h

EXTRA_DIST += $(binding_sources)

binding_cppflags = -I$(top_srcdir)/bindings -I$(top_srcdir)/abi -D_GNU_SOURCE
# SWIG's code has parameters that nobody uses, and casts.
binding_cflags = -pthread -fvisibility=hidden -fno-strict-aliasing -Wall $(SANITIZER_FLAGS)
binding_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared

# $(run_swig) -LANGUAGE OPTION...: makes $@, a wrapper in bindings/generated
run_swig = $(AM_V_GEN)$(MKDIR_P) bindings/generated && \
	{ test -n "$(SWIG)" || { echo "$@ needs SWIG 4.1 or later" >&2; exit 1; }; } && \
	$(SWIG) -Werror -I$(srcdir)/bindings -I$(srcdir)/abi -o $@ -outdir bindings/generated
swig_inputs = bindings/netchan.i abi/netchan.h

# Tests find here what was built; a test of a language that was not is skipped.
binding_environment = \
	NETCHAN_BINDINGS='$(built_bindings)'; export NETCHAN_BINDINGS;
built_bindings =

# Each language adds to these; the targets of automake stand here once.
binding_modules =
binding_install_hooks =
binding_uninstall_hooks =
binding_installchecks =

include bindings/python/local.mk
include bindings/ruby/local.mk
include bindings/lua/local.mk
include bindings/java/local.mk

# The library has to be there before what links with it is linked again for its place. (Through a
# variable, so that automake still writes the rules themselves.)
$(binding_modules): install-libLTLIBRARIES

bench-bindings: $(check_DATA)
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/bindings/bench.sh

install-data-hook: $(binding_install_hooks)
uninstall-hook: $(binding_uninstall_hooks) $(uninstall_hooks)
installcheck-local: $(binding_installchecks) $(installchecks)

mostlyclean-local:
	rm -rf bindings/generated/packages bindings/generated/stage

.PHONY: bench-bindings gem jar javadoc rock sdist $(binding_install_hooks) $(binding_uninstall_hooks) $(binding_installchecks)

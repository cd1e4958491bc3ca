# SPDX-License-Identifier: MIT
# Python: the package netchan, whose part in C is netchan._raw.

python_modules = \
	bindings/python/netchan/__init__.py \
	bindings/python/netchan/_channel.py \
	bindings/python/netchan/_errors.py \
	bindings/python/netchan/_owners.py \
	bindings/python/netchan/_select.py \
	bindings/python/netchan/_text.py \
	bindings/python/netchan/py.typed

python_native = \
	bindings/python/convert.c \
	bindings/python/convert.h \
	bindings/python/wait.c

python_examples = \
	bindings/python/examples/asyncio_import.py \
	bindings/python/examples/export.py \
	bindings/python/examples/import.py \
	bindings/python/examples/import.txt

python_tests = \
	bindings/python/tests/bench.py \
	bindings/python/tests/bench.sh \
	bindings/python/tests/peer.py \
	bindings/python/tests/peer.sh \
	bindings/python/tests/run_tests.py \
	bindings/python/tests/sdist.sh \
	bindings/python/tests/support.py \
	bindings/python/tests/test_life.py \
	bindings/python/tests/test_programs.py \
	bindings/python/tests/test_scenarios.py \
	bindings/python/tests/test_values.py

EXTRA_DIST += \
	bindings/python/python.i \
	bindings/python/setup.py.in \
	$(python_examples) \
	$(python_modules) \
	$(python_native) \
	$(python_tests)

TESTS += \
	bindings/python/tests/run_tests.py \
	bindings/python/tests/sdist.sh

# One run of SWIG makes both. The second is touched, so that it is never older than the first.
EXTRA_DIST += bindings/generated/python_wrap.c bindings/generated/raw.py
bindings/generated/python_wrap.c: $(swig_inputs) bindings/python/python.i
	$(run_swig) -python $(srcdir)/bindings/netchan.i && touch bindings/generated/raw.py
bindings/generated/raw.py: bindings/generated/python_wrap.c
	@test -f $@ || { rm -f bindings/generated/python_wrap.c && \
	$(MAKE) $(AM_MAKEFLAGS) bindings/generated/python_wrap.c; }

# A source package: what was made already, so that it needs neither SWIG nor a network.
sdist_name = netchan-$(PACKAGE_VERSION)
sdist_package = bindings/generated/packages/$(sdist_name).tar.gz
sdist_sources = \
	$(binding_sources) \
	$(python_native) \
	bindings/generated/python_wrap.c

sdist: $(sdist_package)

$(sdist_package): bindings/python/setup.py.in bindings/generated/raw.py $(sdist_sources) \
	$(python_modules)
	$(AM_V_GEN)rm -rf bindings/generated/sdist && \
	$(MKDIR_P) bindings/generated/packages bindings/generated/sdist/$(sdist_name)/netchan && \
	here=bindings/generated/sdist/$(sdist_name) && \
	for file in $(sdist_sources); do \
	  test -f $$file || file=$(srcdir)/$$file; cp $$file $$here || exit 1; \
	done && \
	for file in $(python_modules) bindings/generated/raw.py; do \
	  test -f $$file || file=$(srcdir)/$$file; cp $$file $$here/netchan || exit 1; \
	done && \
	cp $(srcdir)/LICENSE $$here && \
	sed 's/%VERSION%/$(PACKAGE_VERSION)/' $(srcdir)/bindings/python/setup.py.in >$$here/setup.py && \
	echo 'include *.h' >$$here/MANIFEST.in && \
	printf 'Metadata-Version: 2.1\nName: netchan\nVersion: %s\n' $(PACKAGE_VERSION) \
	  >$$here/PKG-INFO && \
	printf '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n' \
	  >$$here/pyproject.toml && \
	tar -C bindings/generated/sdist -czf $@ $(sdist_name) && rm -rf bindings/generated/sdist

if BIND_PYTHON
built_bindings += python
netchanpydir = $(PYTHON3_DIR)/netchan
netchanpy_LTLIBRARIES = bindings/python/_raw.la
netchanpy_DATA = $(python_modules) bindings/generated/raw.py
check_DATA += bindings/generated/stage/python/stamp $(sdist_package)

bindings_python__raw_la_SOURCES = $(binding_sources) $(python_native)
nodist_bindings_python__raw_la_SOURCES = bindings/generated/python_wrap.c
bindings_python__raw_la_CPPFLAGS = $(binding_cppflags) -I$(top_srcdir)/bindings/python $(PYTHON3_CPPFLAGS)
bindings_python__raw_la_CFLAGS = $(binding_cflags)
bindings_python__raw_la_LDFLAGS = $(binding_ldflags) -shrext $(PYTHON3_SUFFIX)
bindings_python__raw_la_LIBADD = libnetchan.la

# A package as it will be installed, for the tests of the build tree.
bindings/generated/stage/python/stamp: bindings/python/_raw.la bindings/generated/raw.py $(python_modules)
	$(AM_V_GEN)rm -rf bindings/generated/stage/python && $(MKDIR_P) bindings/generated/stage/python/netchan && \
	for file in $(python_modules) bindings/generated/raw.py; do \
	  test -f $$file || file=$(srcdir)/$$file; \
	  cp $$file bindings/generated/stage/python/netchan || exit 1; \
	done && \
	ln -s ../../../../python/.libs/_raw$(PYTHON3_SUFFIX) bindings/generated/stage/python/netchan/ && touch $@

binding_modules += install-netchanpyLTLIBRARIES
binding_install_hooks += install-python-hook
install-python-hook:
	rm -f "$(DESTDIR)$(netchanpydir)/_raw.la"

binding_uninstall_hooks += uninstall-python-hook
uninstall-python-hook:
	rm -f "$(DESTDIR)$(netchanpydir)/_raw$(PYTHON3_SUFFIX)"
	rm -rf "$(DESTDIR)$(netchanpydir)/__pycache__"
	-rmdir "$(DESTDIR)$(netchanpydir)"

binding_installchecks += installcheck-python
installcheck-python:
	$(AM_TESTS_ENVIRONMENT) NETCHAN_PYTHON='$(DESTDIR)$(PYTHON3_DIR)' \
	$(PYTHON3) $(srcdir)/bindings/python/tests/run_tests.py
endif

# SPDX-License-Identifier: MIT
# Lua: the module netchan, whose part in C is netchan.raw.

lua_main = bindings/lua/netchan.lua

lua_parts = \
	bindings/lua/netchan/channel.lua \
	bindings/lua/netchan/errors.lua \
	bindings/lua/netchan/owners.lua \
	bindings/lua/netchan/select.lua

lua_native = \
	bindings/lua/convert.c \
	bindings/lua/convert.h \
	bindings/lua/wait.c

lua_examples = \
	bindings/lua/examples/export.lua \
	bindings/lua/examples/import.lua \
	bindings/lua/examples/import.txt

lua_tests = \
	bindings/lua/tests/bench.lua \
	bindings/lua/tests/bench.sh \
	bindings/lua/tests/helper.c \
	bindings/lua/tests/peer.lua \
	bindings/lua/tests/peer.sh \
	bindings/lua/tests/rock.sh \
	bindings/lua/tests/run_tests.lua \
	bindings/lua/tests/support.lua \
	bindings/lua/tests/tagged.lua \
	bindings/lua/tests/test_life.lua \
	bindings/lua/tests/test_programs.lua \
	bindings/lua/tests/test_scenarios.lua \
	bindings/lua/tests/test_values.lua \
	bindings/lua/tests/valgrind.sh

EXTRA_DIST += \
	bindings/lua/config.ld \
	bindings/lua/lua.i \
	bindings/lua/netchan.rockspec.in \
	bindings/lua/run-lua \
	$(lua_examples) \
	$(lua_main) \
	$(lua_native) \
	$(lua_parts) \
	$(lua_tests)

LUA_LOG_DRIVER = $(LOG_DRIVER)
LUA_LOG_COMPILER = $(SHELL) $(srcdir)/bindings/lua/run-lua
TESTS += \
	bindings/lua/tests/rock.sh \
	bindings/lua/tests/run_tests.lua \
	bindings/lua/tests/valgrind.sh

EXTRA_DIST += bindings/generated/lua_wrap.c
bindings/generated/lua_wrap.c: $(swig_inputs) bindings/lua/lua.i
	$(run_swig) -lua -module netchan_raw $(srcdir)/bindings/netchan.i

# A source rock: what was made already, so that it needs neither SWIG nor a network.
rock_name = netchan-$(PACKAGE_VERSION)
rock_package = bindings/generated/packages/$(rock_name)-1.src.rock
rock_sources = \
	$(binding_sources) \
	$(lua_native) \
	bindings/generated/lua_wrap.c

rock: $(rock_package)

$(rock_package): bindings/lua/netchan.rockspec.in $(rock_sources) $(lua_main) $(lua_parts)
	$(AM_V_GEN)rm -rf bindings/generated/rock && \
	here=bindings/generated/rock/$(rock_name) && \
	$(MKDIR_P) bindings/generated/packages $$here/netchan && \
	for file in $(rock_sources); do \
	  test -f $$file || file=$(srcdir)/$$file; cp $$file $$here || exit 1; \
	done && \
	for file in $(lua_parts); do cp $(srcdir)/$$file $$here/netchan || exit 1; done && \
	cp $(srcdir)/$(lua_main) $(srcdir)/LICENSE $$here && \
	sed 's/%VERSION%/$(PACKAGE_VERSION)/g' $(srcdir)/bindings/lua/netchan.rockspec.in \
	  >bindings/generated/rock/$(rock_name)-1.rockspec && \
	(cd bindings/generated/rock && tar -czf $(rock_name).tar.gz $(rock_name) && rm -r $(rock_name) && \
	$(PYTHON3) -m zipfile -c ../packages/$(rock_name)-1.src.rock $(rock_name)-1.rockspec \
	  $(rock_name).tar.gz) && rm -rf bindings/generated/rock

if BIND_LUA
built_bindings += lua
luadir = $(LUA_DIR)
luapartsdir = $(LUA_DIR)/netchan
luacdir = $(LUA_CDIR)/netchan
luac_LTLIBRARIES = bindings/lua/raw.la
lua_DATA = $(lua_main)
luaparts_DATA = $(lua_parts)
check_DATA += bindings/generated/stage/lua/stamp $(rock_package)

bindings_lua_raw_la_SOURCES = $(binding_sources) $(lua_native)
nodist_bindings_lua_raw_la_SOURCES = bindings/generated/lua_wrap.c
bindings_lua_raw_la_CPPFLAGS = $(binding_cppflags) -I$(top_srcdir)/bindings/lua $(LUA_CPPFLAGS)
bindings_lua_raw_la_CFLAGS = $(binding_cflags)
bindings_lua_raw_la_LDFLAGS = $(binding_ldflags) -shrext .so
bindings_lua_raw_la_LIBADD = libnetchan.la

# Signals, processes and sockets for the tests, which Lua does not have.
check_LTLIBRARIES += bindings/lua/tests/helper.la
bindings_lua_tests_helper_la_SOURCES = bindings/lua/tests/helper.c
bindings_lua_tests_helper_la_CPPFLAGS = -D_GNU_SOURCE $(LUA_CPPFLAGS)
bindings_lua_tests_helper_la_CFLAGS = $(binding_cflags) -fvisibility=default
bindings_lua_tests_helper_la_LDFLAGS = $(binding_ldflags) -shrext .so -rpath /nowhere

bindings/generated/stage/lua/stamp: bindings/lua/raw.la $(lua_main) $(lua_parts)
	$(AM_V_GEN)rm -rf bindings/generated/stage/lua && \
	$(MKDIR_P) bindings/generated/stage/lua/netchan && \
	for file in $(lua_parts); do \
	  cp $(srcdir)/$$file bindings/generated/stage/lua/netchan || exit 1; \
	done && \
	cp $(srcdir)/$(lua_main) bindings/generated/stage/lua && \
	ln -s ../../../../lua/.libs/raw.so bindings/generated/stage/lua/netchan/ && \
	touch $@

binding_modules += install-luacLTLIBRARIES
binding_install_hooks += install-lua-hook
install-lua-hook:
	rm -f "$(DESTDIR)$(luacdir)/raw.la"

binding_uninstall_hooks += uninstall-lua-hook
uninstall-lua-hook:
	rm -f "$(DESTDIR)$(luacdir)/raw.so"
	-rmdir "$(DESTDIR)$(luacdir)"
	-test ! -d "$(DESTDIR)$(luapartsdir)" || rmdir "$(DESTDIR)$(luapartsdir)"

binding_installchecks += installcheck-lua
installcheck-lua: bindings/lua/tests/helper.la
	$(AM_TESTS_ENVIRONMENT) \
	NETCHAN_LUA='$(DESTDIR)$(LUA_DIR):$(DESTDIR)$(LUA_CDIR)'; export NETCHAN_LUA; \
	$(LUA) $(srcdir)/bindings/lua/tests/run_tests.lua
endif

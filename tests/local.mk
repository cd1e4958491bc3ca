# SPDX-License-Identifier: MIT
# What make check runs. Compiled tests go through tests/catch-driver, which counts Catch2 cases;
# scripts (*.sh) give one result each, by their exit status, 77 for skipped.

LOG_DRIVER = $(SHELL) $(srcdir)/tests/catch-driver
EXTRA_DIST += tests/catch-driver

AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	AWK='$(AWK)'; export AWK; \
	CC='$(CC)'; export CC; \
	CXX='$(CXX)'; export CXX; \
	NETCHAN='$(abs_top_builddir)/src/cli/netchan'; export NETCHAN; \
	JAVA='$(JAVA)'; export JAVA; \
	JUNIT='$(JUNIT)'; export JUNIT; \
	LUA='$(LUA)'; export LUA; \
	LUA_CPPFLAGS='$(LUA_CPPFLAGS)'; export LUA_CPPFLAGS; \
	NM='$(NM)'; export NM; \
	PYTHON3='$(PYTHON3)'; export PYTHON3; \
	RUBY='$(RUBY)'; export RUBY; \
	SANITIZER_FLAGS='$(SANITIZER_FLAGS)'; export SANITIZER_FLAGS; \
	$(slow_tests) \
	$(no_faults) \
	$(binding_environment) \
	UBSAN_OPTIONS="$${UBSAN_OPTIONS-print_stacktrace=1}"; export UBSAN_OPTIONS;

# Sanitizers make programs several times slower.
if SANITIZERS
slow_tests = \
	NETCHAN_CASE_TIMEOUT="$${NETCHAN_CASE_TIMEOUT-360}"; export NETCHAN_CASE_TIMEOUT; \
	NETCHAN_TEST_TIMEOUT="$${NETCHAN_TEST_TIMEOUT-1200}"; export NETCHAN_TEST_TIMEOUT;
endif

check_scripts = \
	tests/checks/abi.sh \
	tests/checks/bindings.sh \
	tests/checks/completion.sh \
	tests/checks/docs.sh \
	tests/checks/format.sh \
	tests/checks/frozen.sh \
	tests/checks/header.sh \
	tests/checks/layers.sh \
	tests/checks/lists.sh \
	tests/checks/names.sh \
	tests/checks/selftest.sh \
	tests/checks/selftest_abi.sh \
	tests/checks/selftest_first.sh \
	tests/checks/sentences.sh \
	tests/checks/style.sh \
	tests/checks/symbols.sh

EXTRA_DIST += $(check_scripts)
TESTS += $(check_scripts)

EXTRA_DIST += tests/checks/scan.awk tests/checks/triple.sh

# make installcheck looks at what is installed; make check-install installs, in many ways, below a
# folder of its own. installed.txt says what should be there, in terms of these.
installed_places = \
	BINDINGS='$(built_bindings)'; export BINDINGS; \
	DESTDIR='$(DESTDIR)'; export DESTDIR; \
	JAVA_DIR='$(JAVA_DIR)'; export JAVA_DIR; \
	JAVA_JNI_DIR='$(JAVA_JNI_DIR)'; export JAVA_JNI_DIR; \
	LUA_CDIR='$(LUA_CDIR)'; export LUA_CDIR; \
	LUA_DIR='$(LUA_DIR)'; export LUA_DIR; \
	PYTHON3_DIR='$(PYTHON3_DIR)'; export PYTHON3_DIR; \
	PYTHON3_SUFFIX='$(PYTHON3_SUFFIX)'; export PYTHON3_SUFFIX; \
	RUBY_ARCHDIR='$(RUBY_ARCHDIR)'; export RUBY_ARCHDIR; \
	RUBY_DIR='$(RUBY_DIR)'; export RUBY_DIR; \
	RUBY_SUFFIX='$(RUBY_SUFFIX)'; export RUBY_SUFFIX; \
	SANITIZER_FLAGS='$(SANITIZER_FLAGS)'; export SANITIZER_FLAGS; \
	VERSION='$(PACKAGE_VERSION)'; export VERSION; \
	bashcompletiondir='$(bashcompletiondir)'; export bashcompletiondir; \
	bindir='$(bindir)'; export bindir; \
	datadir='$(datadir)'; export datadir; \
	docdir='$(docdir)'; export docdir; \
	enable_shared='$(enable_shared)'; export enable_shared; \
	enable_static='$(enable_static)'; export enable_static; \
	fishcompletiondir='$(fishcompletiondir)'; export fishcompletiondir; \
	includedir='$(includedir)'; export includedir; \
	libdir='$(libdir)'; export libdir; \
	man1dir='$(man1dir)'; export man1dir; \
	man3dir='$(mandir)/man3'; export man3dir; \
	man7dir='$(man7dir)'; export man7dir; \
	pkgconfigdir='$(pkgconfigdir)'; export pkgconfigdir; \
	prefix='$(prefix)'; export prefix; \
	systemdsystemunitdir='$(systemdsystemunitdir)'; export systemdsystemunitdir; \
	zshcompletiondir='$(zshcompletiondir)'; export zshcompletiondir;

install_scripts = \
	tests/checks/install.sh \
	tests/checks/installs.sh

EXTRA_DIST += $(install_scripts) tests/checks/installed.txt
installchecks += installcheck-files

installcheck-files:
	@$(AM_TESTS_ENVIRONMENT) $(installed_places) $(SHELL) $(srcdir)/tests/checks/install.sh

# Behind make uninstall.
uninstallcheck:
	@$(AM_TESTS_ENVIRONMENT) $(installed_places) $(SHELL) $(srcdir)/tests/checks/install.sh empty

check-install: all
	@$(AM_TESTS_ENVIRONMENT) MAKE='$(MAKE)' $(SHELL) $(srcdir)/tests/checks/installs.sh $(INSTALLS)

# Each sentence about acknowledgements, ends, returns and links is broken once on purpose, and its
# test must see it. make check looks whether the records still fit the sources; make mutants breaks.
mutant_records = \
	tests/mutants/ends.txt \
	tests/mutants/links.txt \
	tests/mutants/receiving.txt \
	tests/mutants/returns.txt \
	tests/mutants/secure.txt

EXTRA_DIST += tests/mutants/run.py $(mutant_records)

mutants:
	$(PYTHON3) $(srcdir)/tests/mutants/run.py --tree $(srcdir) --build . $(MUTANTS)

# Written in Python: the netchan command as a user sees it, and a peer made from the protocol's
# document alone.
cli_tests = \
	tests/cli/bench_cases.py \
	tests/cli/ends_cases.py \
	tests/cli/harness.py \
	tests/cli/input_cases.py \
	tests/cli/misuse_cases.py \
	tests/cli/passed_cases.py \
	tests/cli/test_cli.py \
	tests/cli/tools_cases.py \
	tests/cli/transfer_cases.py

interop_tests = \
	tests/interop/document_cases.py \
	tests/interop/exporter_cases.py \
	tests/interop/netchan_client.py \
	tests/interop/netchan_wire.py \
	tests/interop/receiver_cases.py \
	tests/interop/sender_cases.py \
	tests/interop/support.py \
	tests/interop/test_interop.py \
	tests/interop/tls_cases.py

# The reference site: links, anchors, names, examples and colours.
site_tests = \
	tests/docs/site_checks.py \
	tests/docs/test_site.py

EXTRA_DIST += tests/run-python $(cli_tests) $(interop_tests) $(site_tests)
TEST_EXTENSIONS = .lua .py .rb
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(SHELL) $(srcdir)/tests/run-python
TESTS += \
	tests/cli/test_cli.py \
	tests/docs/test_site.py \
	tests/fault/run.py \
	tests/interop/test_interop.py \
	tests/mutants/run.py

# A program as the first release's header and symbols make it, with the library of today.
EXTRA_DIST += tests/abi/first.c tests/abi/first.sh
TESTS += tests/abi/first.sh

# Compiled tests. tests/unit mirrors src/ and tests/engine runs two sessions in memory: both link
# what the shared library hides. tests/abi sees netchan.h alone; each of its files is a program of
# its own, and tests/abi/peer is their other process.
if CATCH_TESTS
long_programs = \
	tests/abi/cuts \
	tests/abi/endings \
	tests/abi/flood_rates \
	tests/abi/floods \
	tests/abi/fork_use \
	tests/abi/kills \
	tests/abi/network \
	tests/abi/signals \
	tests/abi/soak \
	tests/simulation/simulation

check_LIBRARIES += tests/libcatchmain.a
check_PROGRAMS += $(catch_programs) tests/abi/flood_rates tests/abi/peer
TESTS += $(catch_programs)
endif

catch_programs = \
	tests/abi/acks \
	tests/abi/credit \
	tests/abi/cuts \
	tests/abi/descriptors \
	tests/abi/drain_sync \
	tests/abi/endings \
	tests/abi/ends \
	tests/abi/ends_wire \
	tests/abi/errors_stats \
	tests/abi/floods \
	tests/abi/fork_use \
	tests/abi/hostile \
	tests/abi/imports \
	tests/abi/input \
	tests/abi/kills \
	tests/abi/link_end \
	tests/abi/losses \
	tests/abi/memory \
	tests/abi/network \
	tests/abi/policy \
	tests/abi/returned \
	tests/abi/scale_links \
	tests/abi/scale_stalled \
	tests/abi/scale_streams \
	tests/abi/scenarios \
	tests/abi/scenarios_flow \
	tests/abi/signals \
	tests/abi/soak \
	tests/abi/tls \
	tests/abi/waits \
	tests/engine/engine \
	tests/simulation/simulation \
	tests/unit/unit \
	$(tls_programs)

# Made once for each build folder; those that have expired are meant to.
if TLS
check_DATA += tests/tls/certs/ca.pem
endif
EXTRA_DIST += tests/tls/make-certs.sh

tests/tls/certs/ca.pem: tests/tls/make-certs.sh
	$(AM_V_GEN)$(MKDIR_P) tests/tls && $(SHELL) $(srcdir)/tests/tls/make-certs.sh tests/tls/certs

tests_libcatchmain_a_SOURCES = \
	tests/catch_shim.hpp \
	tests/unit/main.cpp

inside_libs = tests/libcatchmain.a libnci.la $(JANSSON_LIBS) $(OPENSSL_LIBS) $(CATCH2_LIBS)

# What a program is made of that says nothing else: tests/abi/x of tests/abi/x.cpp and these.
AM_DEFAULT_SOURCE_EXT = .cpp
LDADD = tests/libcatchmain.a libnetchan.la $(CATCH2_LIBS)

tests_unit_unit_SOURCES = \
	tests/unit/base_bell_test.cpp \
	tests/unit/base_blocks_test.cpp \
	tests/unit/base_buf_test.cpp \
	tests/unit/base_clock_test.cpp \
	tests/unit/base_lock_test.cpp \
	tests/unit/base_map_test.cpp \
	tests/unit/base_spin_test.cpp \
	tests/unit/base_status_test.cpp \
	tests/unit/json_builder_test.cpp \
	tests/unit/json_check_test.cpp \
	tests/unit/json_differential_test.cpp \
	tests/unit/json_names_test.cpp \
	tests/unit/json_pieces_test.cpp \
	tests/unit/json_quick_test.cpp \
	tests/unit/json_quick_words.c \
	tests/unit/json_quick_words.h \
	tests/unit/json_real_test.cpp \
	tests/unit/json_rig.hpp \
	tests/unit/json_slab_test.cpp \
	tests/unit/json_tree_test.cpp \
	tests/unit/json_value_test.cpp \
	tests/unit/local_descriptor_test.cpp \
	tests/unit/local_drainer_test.cpp \
	tests/unit/local_feeder_test.cpp \
	tests/unit/local_hand_test.cpp \
	tests/unit/local_queue_test.cpp \
	tests/unit/local_return_test.cpp \
	tests/unit/local_rig.hpp \
	tests/unit/local_ring_test.cpp \
	tests/unit/local_room_test.cpp \
	tests/unit/local_select_test.cpp \
	tests/unit/local_stress.hpp \
	tests/unit/local_stress_test.cpp \
	tests/unit/local_wait_test.cpp \
	tests/unit/local_watch_test.cpp \
	tests/unit/net_address_test.cpp \
	tests/unit/net_resolve_test.cpp \
	tests/unit/net_socket_test.cpp \
	tests/unit/run_loop_test.cpp \
	tests/unit/run_options_test.cpp \
	tests/unit/run_policy_test.cpp \
	tests/unit/run_rig.hpp \
	tests/unit/run_spin_test.cpp \
	tests/unit/run_timers_test.cpp \
	tests/unit/sanitizer.hpp \
	tests/unit/soon.hpp \
	tests/unit/yields.hpp

tests_unit_unit_LDADD = $(inside_libs)

tests_engine_engine_SOURCES = \
	tests/engine/ack_test.cpp \
	tests/engine/begun_test.cpp \
	tests/engine/bind_test.cpp \
	tests/engine/capture_test.cpp \
	tests/engine/ending_test.cpp \
	tests/engine/frame_test.cpp \
	tests/engine/frames.hpp \
	tests/engine/hand_over.hpp \
	tests/engine/hello_test.cpp \
	tests/engine/lent_test.cpp \
	tests/engine/link_end_test.cpp \
	tests/engine/link_test.cpp \
	tests/engine/pair.hpp \
	tests/engine/pieces_test.cpp \
	tests/engine/raw_stream.hpp \
	tests/engine/run_test.cpp \
	tests/engine/split_test.cpp \
	tests/engine/state_test.cpp \
	tests/engine/value_test.cpp

tests_engine_engine_LDADD = $(inside_libs)

# The bytes on the wire are the same whatever the machine; run.sh builds for others.
check_PROGRAMS += tests/portability/wire
tests_portability_wire_SOURCES = \
	tests/portability/wire.c \
	tests/portability/wire.h \
	tests/portability/wire_frames.c \
	tests/portability/wire_sessions.c \
	tests/portability/wire_values.c

tests_portability_wire_LDADD = libnci.la $(JANSSON_LIBS) $(OPENSSL_LIBS)
EXTRA_DIST += tests/portability/wire.txt
portability_scripts = \
	tests/portability/run.sh \
	tests/portability/wire.sh

EXTRA_DIST += $(portability_scripts)
TESTS += tests/portability/wire.sh

# These speak TLS themselves.
if TLS
tls_programs = tests/abi/tls_wire
tests_abi_tls_wire_SOURCES = tests/abi/tls_wire.cpp
tests_abi_tls_wire_LDADD = $(LDADD) $(OPENSSL_LIBS)
endif
EXTRA_DIST += tests/abi/tls_wire.cpp

tests_simulation_simulation_SOURCES = \
	tests/simulation/account.hpp \
	tests/simulation/books.hpp \
	tests/simulation/ends.hpp \
	tests/simulation/events.hpp \
	tests/simulation/programs.hpp \
	tests/simulation/simulation_test.cpp \
	tests/simulation/wire.hpp \
	tests/simulation/world.hpp

tests_simulation_simulation_LDADD = $(inside_libs)

abi_test_headers = \
	tests/abi/checker.hpp \
	tests/abi/endings.hpp \
	tests/abi/floods.hpp \
	tests/abi/long_runs.hpp \
	tests/abi/owners.hpp \
	tests/abi/process.hpp \
	tests/abi/proxy.hpp \
	tests/abi/raw_peer.hpp \
	tests/abi/support.hpp \
	tests/abi/tls_peer.hpp \
	tests/abi/waits.hpp

EXTRA_DIST += $(abi_test_headers)

tests_abi_peer_SOURCES = tests/abi/peer.c
tests_abi_peer_LDADD = libnetchan.la

# Calls that fail, made so from outside by a library in LD_PRELOAD. make check runs a sample of the
# points, another one each time; make check-long runs all, and FAULT holds options of run.py.
if FAULTS
fault_programs = tests/fault/interpose.la tests/fault/run_scenario
check_LTLIBRARIES += tests/fault/interpose.la
check_PROGRAMS += tests/fault/run_scenario
else
no_faults = FAULT_SKIP='not with sanitizers, nor without glibc and a shared library'; export FAULT_SKIP;
endif

tests_fault_interpose_la_SOURCES = tests/fault/interpose.c tests/fault/interpose.h
tests_fault_interpose_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
tests_fault_interpose_la_LIBADD = -ldl

tests_fault_run_scenario_SOURCES = \
	tests/fault/interpose.h \
	tests/fault/link_scenarios.c \
	tests/fault/local_scenarios.c \
	tests/fault/run_scenario.c \
	tests/fault/scenarios.h \
	tests/fault/steps.c \
	tests/fault/steps.h

tests_fault_run_scenario_LDADD = libnetchan.la -ldl
tests_fault_run_scenario_LDFLAGS = $(AM_LDFLAGS) -no-install

EXTRA_DIST += tests/fault/run.py

# What make check does a sample of, whole: every fault, 10,000 seeds of the simulator (SIMULATION_SEED
# names one), every pairing of ends and waits, two minutes of soak, every way to install, and Debian's
# packages.
check-long: $(fault_programs) $(long_programs) $(check_DATA) tests/abi/peer
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/run-python $(srcdir)/tests/fault/run.py \
		--long $(FAULT)
	$(AM_TESTS_ENVIRONMENT) for program in $(long_programs); do \
		echo "check-long: $$program"; \
		LONG_TESTS=1 "$$program" || [ $$? -eq 77 ] || exit 1; done
	@test -n '$(SANITIZER_FLAGS)' || $(MAKE) $(AM_MAKEFLAGS) check-install
	@test -n '$(SANITIZER_FLAGS)' || $(SHELL) $(srcdir)/tests/packages/lint.sh $(srcdir) || [ $$? -eq 77 ]

# make soak SECONDS=3600: links, streams and values come and go, and nothing grows.
soak: tests/abi/peer tests/abi/soak
	tests/abi/soak $(SECONDS)

# make bench: netchan beside its peers, by the drivers of tests/bench; BENCH holds options of run.py.
# make check builds the drivers too, and its smoke test runs them. The peers' are never built with
# sanitizers, which know nothing of their libraries.
bench_programs = \
	tests/bench/netchan \
	tests/bench/queue \
	tests/bench/raw

if BENCH_ZMQ
bench_programs += tests/bench/zmq
endif
if BENCH_NNG
bench_programs += tests/bench/nng
endif

if TLS
bench_programs += tests/bench/tls
endif

check_PROGRAMS += $(bench_programs)
bench_common = tests/bench/bench.c tests/bench/bench.h
bench_bare = tests/bench/bare.c tests/bench/bare.h
peer_cflags = $(NC_CFLAGS)
peer_ldflags = -pthread

tests_bench_netchan_SOURCES = \
	$(bench_common) \
	tests/bench/netchan.c \
	tests/bench/netchan_alone.c \
	tests/bench/roles.h

tests_bench_netchan_LDADD = libnetchan.la
tests_bench_netchan_LDFLAGS = $(AM_LDFLAGS) -no-install
tests_bench_tls_SOURCES = tests/bench/tls.c $(bench_bare) $(bench_common)
tests_bench_tls_CFLAGS = $(peer_cflags) $(OPENSSL_CFLAGS)
tests_bench_tls_LDFLAGS = $(peer_ldflags)
tests_bench_tls_LDADD = $(OPENSSL_LIBS)
tests_bench_nng_SOURCES = tests/bench/nng.c $(bench_common)
tests_bench_nng_CFLAGS = $(peer_cflags) $(NNG_CFLAGS)
tests_bench_nng_LDFLAGS = $(peer_ldflags)
tests_bench_nng_LDADD = $(NNG_LIBS)
tests_bench_queue_SOURCES = tests/bench/queue.c $(bench_common)
tests_bench_queue_CFLAGS = $(peer_cflags)
tests_bench_queue_LDFLAGS = $(peer_ldflags)
tests_bench_queue_LDADD =
tests_bench_raw_SOURCES = tests/bench/raw.c $(bench_bare) $(bench_common)
tests_bench_raw_CFLAGS = $(peer_cflags)
tests_bench_raw_LDFLAGS = $(peer_ldflags)
tests_bench_raw_LDADD =
tests_bench_zmq_SOURCES = tests/bench/zmq.c $(bench_common)
tests_bench_zmq_CFLAGS = $(peer_cflags) $(ZMQ_CFLAGS)
tests_bench_zmq_LDFLAGS = $(peer_ldflags)
tests_bench_zmq_LDADD = $(ZMQ_LIBS) $(JANSSON_LIBS)

bench_scripts = \
	tests/bench/cases.py \
	tests/bench/drive.py \
	tests/bench/plot.py \
	tests/bench/report.py \
	tests/bench/run.py \
	tests/bench/smoke.sh

EXTRA_DIST += $(bench_scripts)
TESTS += tests/bench/smoke.sh

bench: $(bench_programs) $(check_DATA)
	@test -n "$(PYTHON3)" || { echo "make bench needs python3" >&2; exit 1; }
	$(PYTHON3) $(srcdir)/tests/bench/run.py --programs tests/bench --results bench-results \
		--about "$(CC) $(CFLAGS) $(SANITIZER_FLAGS)" $(BENCH)

clean-local:
	rm -rf tests/tls/certs tests/tls/certs.tmp
	rm -rf bench-results

.PHONY: bench check-install check-long installcheck-files mutants soak uninstallcheck

# Fuzz targets. make check replays the corpora; tests/fuzz/run.sh goes on from there.
check_PROGRAMS += \
	tests/fuzz/replay_builder \
	tests/fuzz/replay_frame \
	tests/fuzz/replay_options \
	tests/fuzz/replay_pair \
	tests/fuzz/replay_policy \
	tests/fuzz/replay_session \
	$(tls_fuzz_programs) \
	tests/fuzz/replay_url \
	tests/fuzz/replay_value

fuzz_libs = libnci.la $(JANSSON_LIBS) $(OPENSSL_LIBS)
tests_fuzz_replay_builder_SOURCES = tests/fuzz/fuzz_builder.c tests/fuzz/replay.c
tests_fuzz_replay_builder_LDADD = $(fuzz_libs)
tests_fuzz_replay_frame_SOURCES = tests/fuzz/fuzz_frame.c tests/fuzz/replay.c
tests_fuzz_replay_frame_LDADD = $(fuzz_libs)
tests_fuzz_replay_options_SOURCES = tests/fuzz/fuzz_options.c tests/fuzz/replay.c
tests_fuzz_replay_options_LDADD = $(fuzz_libs)
tests_fuzz_replay_policy_SOURCES = tests/fuzz/fuzz_policy.c tests/fuzz/replay.c
tests_fuzz_replay_policy_LDADD = $(fuzz_libs)
if TLS
tls_fuzz_programs = tests/fuzz/replay_tls
tests_fuzz_replay_tls_SOURCES = tests/fuzz/fuzz_tls.c tests/fuzz/replay.c
tests_fuzz_replay_tls_LDADD = $(fuzz_libs)
endif
EXTRA_DIST += tests/fuzz/fuzz_tls.c
tests_fuzz_replay_pair_SOURCES = \
	tests/fuzz/fuzz_pair.c \
	tests/fuzz/pair_ends.h \
	tests/fuzz/replay.c

tests_fuzz_replay_pair_LDADD = $(fuzz_libs)
tests_fuzz_replay_session_SOURCES = tests/fuzz/fuzz_session.c tests/fuzz/replay.c
tests_fuzz_replay_session_LDADD = $(fuzz_libs)
tests_fuzz_replay_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/replay.c
tests_fuzz_replay_url_LDADD = $(fuzz_libs)
tests_fuzz_replay_value_SOURCES = tests/fuzz/fuzz_value.c tests/fuzz/replay.c
tests_fuzz_replay_value_LDADD = $(fuzz_libs)

EXTRA_DIST += \
	tests/fuzz/corpus \
	tests/fuzz/replay.sh \
	tests/fuzz/run.sh
TESTS += tests/fuzz/replay.sh

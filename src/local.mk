# SPDX-License-Identifier: MIT
# The rooms, as one library that is not installed: libnetchan.la is made of it, and the unit tests
# link it, to reach what the shared library hides.

noinst_LTLIBRARIES += libnci.la

base_sources = \
	src/base/atomic.h \
	src/base/bell.c \
	src/base/bell.h \
	src/base/blocks.c \
	src/base/blocks.h \
	src/base/buf.c \
	src/base/buf.h \
	src/base/clock.c \
	src/base/clock.h \
	src/base/event.c \
	src/base/event.h \
	src/base/fork.c \
	src/base/fork.h \
	src/base/futex.c \
	src/base/futex.h \
	src/base/list.h \
	src/base/lock.c \
	src/base/lock.h \
	src/base/map.c \
	src/base/map.h \
	src/base/mem.c \
	src/base/mem.h \
	src/base/mutex.c \
	src/base/mutex.h \
	src/base/room.h \
	src/base/spin.c \
	src/base/spin.h \
	src/base/status.c \
	src/base/status.h

json_sources = \
	src/json/builder.c \
	src/json/builder.h \
	src/json/check.c \
	src/json/check.h \
	src/json/check_internal.h \
	src/json/check_number.c \
	src/json/check_string.c \
	src/json/checker.c \
	src/json/names.c \
	src/json/quick.c \
	src/json/quick.h \
	src/json/real.c \
	src/json/scan.c \
	src/json/scan.h \
	src/json/slab.c \
	src/json/slab.h \
	src/json/tree.c \
	src/json/tree.h \
	src/json/value.c \
	src/json/value.h \
	src/json/value_internal.h \
	src/json/value_parts.c \
	src/json/value_read.c

wire_sources = \
	src/wire/frame.h \
	src/wire/frame_read.c \
	src/wire/frame_write.c \
	src/wire/payload.h \
	src/wire/payload_read.c \
	src/wire/payload_write.c

engine_sources = \
	src/engine/budget.c \
	src/engine/budget.h \
	src/engine/credit.h \
	src/engine/ledger.c \
	src/engine/ledger.h \
	src/engine/lent.c \
	src/engine/lent.h \
	src/engine/session.c \
	src/engine/session.h \
	src/engine/session_impl.h \
	src/engine/session_produce.c \
	src/engine/session_recv.c \
	src/engine/session_recv_stream.c \
	src/engine/session_recv_value.c \
	src/engine/session_send.c \
	src/engine/session_send_control.c \
	src/engine/session_send_values.c \
	src/engine/session_time.c \
	src/engine/stream.c \
	src/engine/stream.h \
	src/engine/table.c \
	src/engine/table.h

local_sources = \
	src/local/drainers.c \
	src/local/ends.c \
	src/local/feeders.c \
	src/local/flow.c \
	src/local/hand.c \
	src/local/outlet.c \
	src/local/outlet.h \
	src/local/queue.c \
	src/local/queue.h \
	src/local/queue_core.h \
	src/local/ring.c \
	src/local/ring.h \
	src/local/select.c \
	src/local/select.h \
	src/local/streams.h \
	src/local/waiter.c \
	src/local/waiter.h \
	src/local/watch.c \
	src/local/watch.h

net_sources = \
	src/net/address.c \
	src/net/address.h \
	src/net/bytes.c \
	src/net/identity.c \
	src/net/identity.h \
	src/net/plain.c \
	src/net/resolve.c \
	src/net/resolve.h \
	src/net/socket.c \
	src/net/socket.h \
	src/net/tls.h \
	src/net/transport.h

run_sources = \
	src/run/binding.c \
	src/run/binding.h \
	src/run/exporter.c \
	src/run/exporter.h \
	src/run/importer.c \
	src/run/importer.h \
	src/run/link.c \
	src/run/link.h \
	src/run/link_events.c \
	src/run/link_io.c \
	src/run/link_write.c \
	src/run/listener.c \
	src/run/listener.h \
	src/run/loop.c \
	src/run/loop.h \
	src/run/options.c \
	src/run/options.h \
	src/run/owner.c \
	src/run/owner.h \
	src/run/policy.c \
	src/run/policy.h \
	src/run/policy_explain.c \
	src/run/poller.c \
	src/run/poller.h \
	src/run/report.c \
	src/run/report.h \
	src/run/secure.c \
	src/run/secure.h \
	src/run/settings.c \
	src/run/settings.h \
	src/run/stats.c \
	src/run/timers.c \
	src/run/timers.h \
	src/run/waits.c

# TLS, or what refuses it.
tls_sources = \
	src/net/tls.c \
	src/net/tls_context.c \
	src/net/tls_internal.h \
	src/net/tls_verify.c

libnci_la_SOURCES = \
	$(base_sources) \
	$(json_sources) \
	$(wire_sources) \
	$(engine_sources) \
	$(local_sources) \
	$(net_sources) \
	$(run_sources)

if TLS
libnci_la_SOURCES += $(tls_sources)
else
libnci_la_SOURCES += src/net/tls_none.c
endif
EXTRA_DIST += $(tls_sources) src/net/tls_none.c

# The command, which uses the library like any other program.
bin_PROGRAMS += src/cli/netchan

src_cli_netchan_SOURCES = \
	src/cli/address.c \
	src/cli/address.h \
	src/cli/bench.c \
	src/cli/bench.h \
	src/cli/bench_serve.c \
	src/cli/check.c \
	src/cli/clock.c \
	src/cli/clock.h \
	src/cli/doctor.c \
	src/cli/input.c \
	src/cli/input.h \
	src/cli/list.c \
	src/cli/list.h \
	src/cli/listen.c \
	src/cli/listen.h \
	src/cli/main.c \
	src/cli/options.c \
	src/cli/options.h \
	src/cli/output.c \
	src/cli/output.h \
	src/cli/peer.c \
	src/cli/peer.h \
	src/cli/policy.c \
	src/cli/recv.c \
	src/cli/say.c \
	src/cli/say.h \
	src/cli/send.c \
	src/cli/signals.c \
	src/cli/signals.h \
	src/cli/tools.h \
	src/cli/transfer.h

cli_tls_sources = \
	src/cli/tls_doctor.c \
	src/cli/tls_keygen.c

if TLS
src_cli_netchan_SOURCES += $(cli_tls_sources)
else
src_cli_netchan_SOURCES += src/cli/no_tls.c
endif
EXTRA_DIST += $(cli_tls_sources) src/cli/no_tls.c

src_cli_netchan_LDADD = libnetchan.la $(OPENSSL_LIBS)

# SPDX-License-Identifier: MIT
# The shared library: the rooms of src/ behind the thin entry points of abi/.

include_HEADERS += abi/netchan.h
lib_LTLIBRARIES += libnetchan.la

libnetchan_la_SOURCES = \
	abi/channel_api.c \
	abi/doors.h \
	abi/exporter_api.c \
	abi/importer_api.c \
	abi/library_api.c \
	abi/owner_doors.c \
	abi/owner_doors.h \
	abi/value_api.c

libnetchan_la_LIBADD = libnci.la $(JANSSON_LIBS) $(OPENSSL_LIBS)
libnetchan_la_LDFLAGS = $(AM_LDFLAGS) $(NC_LDFLAGS) -no-undefined -version-info $(LT_VERSION)

if VERSION_SCRIPT
libnetchan_la_LDFLAGS += -Wl,--version-script=abi/netchan.map
EXTRA_libnetchan_la_DEPENDENCIES = abi/netchan.map
endif

# Which functions exist, since when, and their man page stands in abi/symbols.txt alone.
noinst_DATA = abi/netchan.map
CLEANFILES += abi/netchan.map abi/netchan.map.tmp
EXTRA_DIST += abi/map.awk abi/symbols.txt

abi/netchan.map: abi/symbols.txt abi/map.awk
	$(AM_V_GEN)$(MKDIR_P) abi && \
	$(AWK) -f $(srcdir)/abi/map.awk $(srcdir)/abi/symbols.txt >$@.tmp && mv -f $@.tmp $@

# What each release has promised; make abi-baseline writes it down for the one in preparation. ABI.md
# has the rules, tests/checks/frozen.sh and abi.sh hold the library to them.
EXTRA_DIST += \
	abi/ABI.md \
	abi/baseline.sh \
	abi/baseline/0.1/CKSUM \
	abi/baseline/0.1/netchan.h \
	abi/baseline/0.1/symbols.txt \
	abi/baseline/0.1/x86_64.abi \
	abi/dump.sh \
	abi/releases.txt

abi-baseline: libnetchan.la
	NM='$(NM)' $(SHELL) $(srcdir)/abi/baseline.sh $(srcdir) $(abs_builddir)/.libs/libnetchan.so

.PHONY: abi-baseline

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

# SPDX-License-Identifier: MIT
# Flag checks in the current language. Each adds a flag to the variable it is given when a small
# program builds with it; the user's own flags are never touched.

# NC_COMPILE_FLAG(VARIABLE, FLAG)
AC_DEFUN([NC_COMPILE_FLAG], [
AS_VAR_PUSHDEF([nc_cache], [nc_cv_[]_AC_LANG_ABBREV[]_flag_$2])dnl
AC_CACHE_CHECK([whether the _AC_LANG compiler accepts $2], [nc_cache], [
  nc_saved=$[]_AC_LANG_PREFIX[]FLAGS
  _AC_LANG_PREFIX[]FLAGS="$nc_saved $$1 -Werror $2"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AS_VAR_SET([nc_cache], [yes])], [AS_VAR_SET([nc_cache], [no])])
  _AC_LANG_PREFIX[]FLAGS=$nc_saved])
AS_VAR_IF([nc_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([nc_cache])dnl
])

# NC_COMPILE_FLAGS(VARIABLE, FLAGS...)
AC_DEFUN([NC_COMPILE_FLAGS], [m4_foreach_w([nc_flag], [$2], [NC_COMPILE_FLAG([$1], nc_flag)])])

# NC_LINK_FLAG(VARIABLE, FLAG)
AC_DEFUN([NC_LINK_FLAG], [
AS_VAR_PUSHDEF([nc_cache], [nc_cv_link_flag_$2])dnl
AC_CACHE_CHECK([whether the linker accepts $2], [nc_cache], [
  nc_saved=$LDFLAGS
  LDFLAGS="$nc_saved $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AS_VAR_SET([nc_cache], [yes])], [AS_VAR_SET([nc_cache], [no])])
  LDFLAGS=$nc_saved])
AS_VAR_IF([nc_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([nc_cache])dnl
])

# NC_VERSION_SCRIPT: sets nc_version_script to yes when a shared library can be linked with one.
AC_DEFUN([NC_VERSION_SCRIPT], [
AC_CACHE_CHECK([whether the linker accepts a version script], [nc_cv_version_script], [
  AS_ECHO(["NC_1 { global: main; local: *; };"]) >conftest.map
  nc_saved=$LDFLAGS
  LDFLAGS="$nc_saved -shared -fPIC -Wl,--version-script=conftest.map"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [nc_cv_version_script=yes], [nc_cv_version_script=no])
  LDFLAGS=$nc_saved
  rm -f conftest.map])
nc_version_script=$nc_cv_version_script
])

# NC_SANITIZERS: reads --enable-sanitizers=LIST; sets nc_sanitizers (the list, or "none") and
# SANITIZER_FLAGS, which compiling and linking both need.
AC_DEFUN([NC_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
  [AS_HELP_STRING([--enable-sanitizers=LIST],
    [build library and tests with sanitizers: address, undefined, leak, thread])],
  [], [enable_sanitizers=no])
nc_sanitizers=none
SANITIZER_FLAGS=
AS_CASE([$enable_sanitizers],
  [no], [],
  [yes|''], [AC_MSG_ERROR([--enable-sanitizers needs a list, such as address,undefined])],
  [for nc_one in `AS_ECHO(["$enable_sanitizers"]) | tr ',' ' '`; do
    AS_CASE([$nc_one], [address|undefined|leak|thread], [],
      [AC_MSG_ERROR([--enable-sanitizers: '$nc_one' is none of address, undefined, leak, thread])])
   done
   AS_CASE([,$enable_sanitizers,],
     [*,thread,*address,*|*,address,*thread,*|*,thread,*leak,*|*,leak,*thread,*],
     [AC_MSG_ERROR([--enable-sanitizers: thread does not go together with address or leak])])
   nc_sanitizers=$enable_sanitizers
   SANITIZER_FLAGS="-fsanitize=$nc_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
   AC_MSG_CHECKING([whether programs can be built with $SANITIZER_FLAGS])
   nc_saved=$CFLAGS
   CFLAGS="$CFLAGS $SANITIZER_FLAGS"
   AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([this compiler cannot build with --enable-sanitizers=$nc_sanitizers])])
   CFLAGS=$nc_saved])
AC_SUBST([SANITIZER_FLAGS])
])

# NC_CATCH2: looks for a working C++ compiler and for Catch2, version 3 (headers and a library) or
# version 2 (one header). tests/catch_shim.hpp makes the same choice: version 3 where its header is.
# Sets nc_tests to yes or no, nc_tests_reason, CATCH2_CFLAGS and CATCH2_LIBS.
AC_DEFUN([NC_CATCH2], [
nc_tests=no
PKG_CHECK_MODULES([CATCH2], [catch2], [], [CATCH2_CFLAGS= CATCH2_LIBS=])
AC_LANG_PUSH([C++])
nc_saved_cxxflags=$CXXFLAGS
nc_saved_libs=$LIBS
AC_MSG_CHECKING([whether the C++ compiler works])
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <string>]],
    [[std::string text("x"); return (int)text.size() - 1;]])],
  [nc_cxx=yes], [nc_cxx=no])
AC_MSG_RESULT([$nc_cxx])
AS_IF([test $nc_cxx = no], [nc_tests_reason="no working C++ compiler ($CXX)"], [
  # Newer Catch2 wants C++14, the tests are written for C++17.
  AS_CASE([" $CXXFLAGS "], [*" -std="*], [], [NC_COMPILE_FLAG([TEST_CXXFLAGS], [-std=gnu++17])])
  CXXFLAGS="$CXXFLAGS $TEST_CXXFLAGS $CATCH2_CFLAGS"
  AC_MSG_CHECKING([for Catch2])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <catch2/catch_all.hpp>]], [])], [
    AS_IF([test -z "$CATCH2_LIBS"], [CATCH2_LIBS=-lCatch2])
    LIBS="$CATCH2_LIBS $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <catch2/catch_all.hpp>]],
        [[Catch::Session session; return session.run();]])],
      [nc_tests=yes nc_tests_reason="Catch2 version 3"],
      [nc_tests_reason="Catch2 version 3 is there, but a program does not link with it"])
  ], [
    CATCH2_LIBS=
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <catch2/catch.hpp>]], [])],
      [nc_tests=yes nc_tests_reason="Catch2 version 2"],
      [nc_tests_reason="Catch2 was not found (version 2 or 3)"])
  ])
  AC_MSG_RESULT([$nc_tests_reason])
])
CXXFLAGS=$nc_saved_cxxflags
LIBS=$nc_saved_libs
AC_LANG_POP([C++])
AC_SUBST([TEST_CXXFLAGS])
])

# NC_TLS: tls:// addresses, by OpenSSL 3. Reads --with-tls; sets nc_tls to yes or no, nc_tls_reason for
# the summary, OPENSSL_CFLAGS, OPENSSL_LIBS, and TLS_REQUIRES for netchan.pc. A library without TLS is
# never a surprise: it has to be asked for.
AC_DEFUN([NC_TLS], [
AC_ARG_WITH([tls],
  [AS_HELP_STRING([--with-tls=openssl|no], [tls:// addresses: openssl (the default) or no])],
  [], [with_tls=openssl])
TLS_REQUIRES=
AS_CASE([$with_tls],
  [yes|openssl], [
    PKG_CHECK_MODULES([OPENSSL], [openssl >= 3.0], [nc_tls=yes],
      [AC_MSG_ERROR([OpenSSL 3 was not found; install it, or give --without-tls])])
    nc_tls_reason="OpenSSL `$PKG_CONFIG --modversion openssl`"
    TLS_REQUIRES=", openssl"],
  [no], [nc_tls=no nc_tls_reason="no, as --without-tls asks"],
  [AC_MSG_ERROR([--with-tls: '$with_tls' is neither openssl nor no])])
AC_SUBST([TLS_REQUIRES])
])

# NC_SYSTEM_DIRS: where systemd looks for units and shells for completions. Reads
# --with-systemdsystemunitdir (auto: as systemd.pc says where our prefix is the system's, else below
# our prefix; no units without systemd.pc) and --with-zsh-completions; sets systemdsystemunitdir
# (nothing: no units), zshcompletiondir, and nc_show_units for the summary.
AC_DEFUN([NC_SYSTEM_DIRS], [
AC_ARG_WITH([systemdsystemunitdir],
  [AS_HELP_STRING([--with-systemdsystemunitdir=DIR|no], [where systemd units go (auto)])],
  [], [with_systemdsystemunitdir=auto])
systemdsystemunitdir=
nc_show_units="no"
AS_CASE([$with_systemdsystemunitdir],
  [no], [],
  [auto|yes], [
    nc_unit_dir=`$PKG_CONFIG --variable=systemdsystemunitdir systemd 2>/dev/null`
    AS_IF([test -z "$nc_unit_dir"], [
        nc_show_units="no, systemd.pc was not found"
        AS_IF([test "$with_systemdsystemunitdir" = yes],
          [AC_MSG_ERROR([--with-systemdsystemunitdir: systemd.pc was not found; name the folder])])],
      [test "$prefix" = /usr], [systemdsystemunitdir=$nc_unit_dir],
      [systemdsystemunitdir='${prefix}/lib/systemd/system'])],
  [systemdsystemunitdir=$with_systemdsystemunitdir])
AS_IF([test -n "$systemdsystemunitdir"], [nc_show_units="to $systemdsystemunitdir"])
AC_SUBST([systemdsystemunitdir])
AC_ARG_WITH([zsh-completions],
  [AS_HELP_STRING([--with-zsh-completions=DIR],
    [where zsh completions go (DATADIR/zsh/site-functions)])],
  [], [with_zsh_completions='${datadir}/zsh/site-functions'])
AS_CASE([$with_zsh_completions], [yes|no],
  [AC_MSG_ERROR([--with-zsh-completions: names a folder])])
AC_SUBST([zshcompletiondir], [$with_zsh_completions])
])

# NC_BENCH_PEERS: which other libraries make bench measures. Reads --with-bench-peers; sets nc_zmq and
# nc_nng to yes or no, nc_bench_peers for the summary, ZMQ_CFLAGS, ZMQ_LIBS, NNG_CFLAGS, NNG_LIBS.
AC_DEFUN([NC_BENCH_PEERS], [
AC_ARG_WITH([bench-peers],
  [AS_HELP_STRING([--with-bench-peers=LIST],
    [other libraries for make bench: auto (those found), no, or some of zmq, nng])],
  [], [with_bench_peers=auto])
AS_CASE([$with_bench_peers],
  [auto|no], [],
  [yes], [with_bench_peers=zmq,nng],
  [for nc_one in `AS_ECHO(["$with_bench_peers"]) | tr ',' ' '`; do
    AS_CASE([$nc_one], [zmq|nng], [],
      [AC_MSG_ERROR([--with-bench-peers: '$nc_one' is none of zmq, nng])])
   done])
nc_zmq=no
nc_nng=no
AS_CASE([,$with_bench_peers,], [,auto,|*,zmq,*],
  [PKG_CHECK_MODULES([ZMQ], [libzmq >= 4], [nc_zmq=yes], [nc_zmq=no])])
AS_CASE([,$with_bench_peers,], [,auto,|*,nng,*],
  [PKG_CHECK_MODULES([NNG], [nng], [nc_nng=yes], [
    # Debian's nng brings nothing for pkg-config.
    AC_CHECK_HEADER([nng/protocol/pair1/pair.h],
      [AC_CHECK_LIB([nng], [nng_pair1_open], [nc_nng=yes NNG_CFLAGS= NNG_LIBS=-lnng])], [],
      [#include <nng/nng.h>])])])
nc_bench_peers=
for nc_one in zmq nng; do
  AS_VAR_COPY([nc_found], [nc_$nc_one])
  AS_CASE([$nc_found,$with_bench_peers,],
    [yes,*], [AS_VAR_APPEND([nc_bench_peers], [" $nc_one"])],
    [no,$nc_one,*|no,*,$nc_one,*], [AC_MSG_ERROR([--with-bench-peers: $nc_one was not found])])
done
AS_IF([test -z "$nc_bench_peers"], [nc_bench_peers=" none"])
])

# NC_DIST: make dist packs the same bytes whoever runs it, where tar can: names in order, no owner,
# nobody's umask, and SOURCE_DATE_EPOCH, where it is set, as the time of every file.
AC_DEFUN([NC_DIST], [
AC_CACHE_CHECK([whether tar can forget who packs], [nc_cv_tar_forgets], [
  AS_IF([${TAR-tar} --format=ustar --sort=name --owner=0 --group=0 --numeric-owner \
      --mode=u=rwX,go=rX --mtime=@0 -chf /dev/null "$srcdir/configure" 2>/dev/null],
    [nc_cv_tar_forgets=yes], [nc_cv_tar_forgets=no])])
AS_IF([test $nc_cv_tar_forgets = yes],
  [am__tar='LC_ALL=C $${TAR-tar} --format=ustar --sort=name --owner=0 --group=0 --numeric-owner'
   AS_VAR_APPEND([am__tar], [' --mode=u=rwX,go=rX $${SOURCE_DATE_EPOCH:+--mtime=@$$SOURCE_DATE_EPOCH}'])
   AS_VAR_APPEND([am__tar], [' -chf - "$$tardir"'])])
])

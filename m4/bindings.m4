# SPDX-License-Identifier: MIT
# Which languages get bindings. For each of python, ruby, lua, java: --with-LANGUAGE=yes|no, auto when
# nothing is said. When one was asked for, the others are left out unless they are asked for too.
# What was asked for and is missing is an error; what was not, is left out and the summary says why.
#
# Each language's macro sets nc_LANGUAGE_reason when something is missing, and nothing otherwise.

# NC_PYTHON3: the interpreter for scripts and for the bindings. A shim, that is a script which
# chooses an interpreter folder by folder, comes last: nothing can be installed for it.
AC_DEFUN([NC_PYTHON3], [
AC_ARG_VAR([PYTHON3], [python3: makes section 3 of the manual, unless a tarball has it; bindings])
nc_python3_given=${PYTHON3:+yes}
AS_IF([test -z "$PYTHON3"], [
  AC_MSG_CHECKING([for python3])
  nc_shim=
  nc_saved_ifs=$IFS
  IFS=$PATH_SEPARATOR
  for nc_one in $PATH; do
    IFS=$nc_saved_ifs
    nc_one=$nc_one/python3
    AS_IF([test ! -x "$nc_one" || test -d "$nc_one"], [continue])
    AS_CASE([`dd if="$nc_one" bs=2 count=1 2>/dev/null | tr '\000' '.'`],
      ['@%:@!'], [nc_shim=${nc_shim:-$nc_one}],
      [PYTHON3=$nc_one; break])
  done
  IFS=$nc_saved_ifs
  AS_IF([test -z "$PYTHON3"], [PYTHON3=$nc_shim])
  AC_MSG_RESULT([${PYTHON3:-no}])])
])

# NC_REBASE(VARIABLE, BASES, DIRECTORIES): where to install what an interpreter looks for in one of
# DIRECTORIES (in order, the best first): the first one below our prefix, where the interpreter looks
# anyway, or else the first one with its base, one of BASES, replaced by our prefix.
AC_DEFUN([NC_REBASE], [
nc_prefix=$prefix
AS_IF([test "$nc_prefix" = NONE], [nc_prefix=$ac_default_prefix])
$1=
for nc_one in $3; do
  AS_CASE([$nc_one], ["$nc_prefix/lib"/*|"$nc_prefix/share"/*],
    [$1='${prefix}'${nc_one@%:@"$nc_prefix"}; break])
done
AS_IF([test -z "$$1"], [
  for nc_one in $3; do break; done
  for nc_base in $2; do
    AS_CASE([$nc_one], ["$nc_base"/*], [$1='${prefix}'${nc_one@%:@"$nc_base"}; break])
  done
  AS_IF([test -z "$$1"], [$1='${libdir}/netchan'])])
])

# NC_BIND_PYTHON: headers, suffix and directory of $PYTHON3.
AC_DEFUN([NC_BIND_PYTHON], [
AC_ARG_VAR([PYTHON3_DIR], [where the Python package is installed])
AS_IF([test -z "$PYTHON3"], [nc_python_reason="python3 was not found"], [
  nc_python_facts=`$PYTHON3 -c '
import os, site, sys, sysconfig
if sys.version_info < (3, 8):
    sys.exit(1)
print(sysconfig.get_path("include"))
print(sysconfig.get_config_var("EXT_SUFFIX"))
print(sysconfig.get_path("platlib"), *site.getsitepackages())
print(sys.base_prefix)
print(sysconfig.get_python_version())
' 2>/dev/null` || nc_python_reason="$PYTHON3 is older than 3.8"
  AS_IF([test -z "$nc_python_reason"], [
    PYTHON3_CPPFLAGS=-I`AS_ECHO(["$nc_python_facts"]) | sed -n 1p`
    PYTHON3_SUFFIX=`AS_ECHO(["$nc_python_facts"]) | sed -n 2p`
    nc_dirs=`AS_ECHO(["$nc_python_facts"]) | sed -n 3p`
    nc_base=`AS_ECHO(["$nc_python_facts"]) | sed -n 4p`
    nc_python_version=`AS_ECHO(["$nc_python_facts"]) | sed -n 5p`
    AS_IF([test -z "$PYTHON3_DIR"], [NC_REBASE([PYTHON3_DIR], [/usr/local "$nc_base"], [$nc_dirs])])
    NC_BIND_HEADER([$PYTHON3_CPPFLAGS], [Python.h], [nc_python_reason], [python3-dev])])])
AC_SUBST([PYTHON3_CPPFLAGS])
AC_SUBST([PYTHON3_SUFFIX])
nc_python_found="$PYTHON3, version $nc_python_version, to $PYTHON3_DIR"
])

# NC_BIND_RUBY: headers, suffix and directories of $RUBY.
AC_DEFUN([NC_BIND_RUBY], [
AC_ARG_VAR([RUBY], [ruby: bindings])
AC_ARG_VAR([RUBY_DIR], [where the Ruby files are installed])
AC_ARG_VAR([RUBY_ARCHDIR], [where the Ruby module in C is installed])
AC_CHECK_PROGS([RUBY], [ruby])
AS_IF([test -z "$RUBY"], [nc_ruby_reason="ruby was not found"], [
  nc_ruby_facts=`$RUBY -rrbconfig -e '
exit 1 if RUBY_VERSION.to_f < 3.0
get = RbConfig::CONFIG.method(:fetch)
puts "-I" + get.call("rubyhdrdir") + " -I" + get.call("rubyarchhdrdir"), get.call("DLEXT")
puts get.call("sitelibdir") + " " + get.call("vendorlibdir")
puts get.call("sitearchdir") + " " + get.call("vendorarchdir"), get.call("prefix"), RUBY_VERSION
' 2>/dev/null` || nc_ruby_reason="$RUBY is older than 3.0"
  AS_IF([test -z "$nc_ruby_reason"], [
    RUBY_CPPFLAGS=`AS_ECHO(["$nc_ruby_facts"]) | sed -n 1p`
    RUBY_SUFFIX=`AS_ECHO(["$nc_ruby_facts"]) | sed -n 2p`
    nc_dirs=`AS_ECHO(["$nc_ruby_facts"]) | sed -n 3p`
    nc_archdirs=`AS_ECHO(["$nc_ruby_facts"]) | sed -n 4p`
    nc_base=`AS_ECHO(["$nc_ruby_facts"]) | sed -n 5p`
    nc_ruby_version=`AS_ECHO(["$nc_ruby_facts"]) | sed -n 6p`
    AS_IF([test -z "$RUBY_DIR"], [NC_REBASE([RUBY_DIR], [/usr/local "$nc_base"], [$nc_dirs])])
    AS_IF([test -z "$RUBY_ARCHDIR"],
      [NC_REBASE([RUBY_ARCHDIR], [/usr/local "$nc_base"], [$nc_archdirs])])
    NC_BIND_HEADER([$RUBY_CPPFLAGS], [ruby.h], [nc_ruby_reason], [ruby-dev])])])
AC_SUBST([RUBY_CPPFLAGS])
AC_SUBST([RUBY_SUFFIX])
nc_ruby_found="$RUBY, version $nc_ruby_version, to $RUBY_DIR"
])

# NC_BIND_LUA: headers and directories of $LUA, which may be LuaJIT.
AC_DEFUN([NC_BIND_LUA], [
AC_ARG_VAR([LUA], [Lua 5.1 to 5.4, or LuaJIT: bindings])
AC_ARG_VAR([LUA_CPPFLAGS], [where its headers are])
AC_ARG_VAR([LUA_DIR], [where the Lua files are installed])
AC_ARG_VAR([LUA_CDIR], [where the Lua module in C is installed])
AC_CHECK_PROGS([LUA], [lua5.4 lua lua5.3 luajit lua5.1])
AS_IF([test -z "$LUA"], [nc_lua_reason="lua was not found"], [
  nc_lua_facts=`$LUA -e '
local version = _VERSION:match("%d.%d")
local function list(path, suffix)
  local found = {}
  for place in path:gmatch("@<:@^;@:>@+") do
    local dir = place:match("^(/.*)/%?%." .. suffix .. "$")
    if dir then found@<:@#found + 1@:>@ = dir end
  end
  return table.concat(found, " ")
end
print(version)
print(jit and "luajit" or "lua")
print(list(package.path, "lua"))
print(list(package.cpath, "so"))
if tonumber(version) < 5.1 then os.exit(1) end
' 2>/dev/null` || nc_lua_reason="$LUA is older than 5.1"
  AS_IF([test -z "$nc_lua_reason"], [
    nc_lua_version=`AS_ECHO(["$nc_lua_facts"]) | sed -n 1p`
    nc_lua_kind=`AS_ECHO(["$nc_lua_facts"]) | sed -n 2p`
    nc_dirs=`AS_ECHO(["$nc_lua_facts"]) | sed -n 3p`
    nc_cdirs=`AS_ECHO(["$nc_lua_facts"]) | sed -n 4p`
    AS_IF([test -z "$LUA_DIR"], [NC_REBASE([LUA_DIR], [/usr/local /usr], [$nc_dirs])])
    AS_IF([test -z "$LUA_CDIR"], [NC_REBASE([LUA_CDIR], [/usr/local /usr], [$nc_cdirs])])
    nc_lua_packages="lua$nc_lua_version lua-$nc_lua_version lua"
    nc_lua_need=liblua$nc_lua_version-dev
    AS_IF([test "$nc_lua_kind" = luajit], [nc_lua_packages=luajit nc_lua_need=libluajit-5.1-dev])
    AS_IF([test -z "$LUA_CPPFLAGS"], [
      for nc_one in $nc_lua_packages; do
        AS_IF([LUA_CPPFLAGS=`$PKG_CONFIG --cflags $nc_one 2>/dev/null`], [break])
      done])
    nc_lua_number=`AS_ECHO(["$nc_lua_version"]) | sed 's/@<:@.@:>@/0/'`
    NC_BIND_HEADER([$LUA_CPPFLAGS -DNC_LUA=$nc_lua_number], [lua.h], [nc_lua_reason], [$nc_lua_need],
      [@%:@if LUA_VERSION_NUM != NC_LUA
@%:@error another version
@%:@endif])])])
AC_SUBST([LUA_CPPFLAGS])
nc_lua_found="$LUA, version $nc_lua_version, to $LUA_DIR"
])

# NC_BIND_JAVA: headers and directories of the JDK that $JAVA belongs to.
AC_DEFUN([NC_BIND_JAVA], [
AC_ARG_VAR([JAVA], [Java 17 or later: bindings])
AC_ARG_VAR([JAVAC], [its compiler])
AC_ARG_VAR([JAR], [its archiver])
AC_ARG_VAR([JAVA_CPPFLAGS], [where jni.h is])
AC_ARG_VAR([JAVA_DIR], [where the jar is installed])
AC_ARG_VAR([JAVA_JNI_DIR], [where the native library is installed])
AC_ARG_VAR([JUNIT], [class path of JUnit 4, for the tests])
AC_REQUIRE([AC_PROG_AWK])
AC_CHECK_PROGS([JAVA], [java])
AC_CHECK_PROGS([JAVAC], [javac])
AC_CHECK_PROGS([JAR], [jar])
AS_IF([test -z "$JAVA" || test -z "$JAVAC" || test -z "$JAR"],
  [nc_java_reason="java, javac and jar were not found"], [
  nc_java_facts=`$JAVA -XshowSettings:properties -version 2>&1`
  nc_java_home=`AS_ECHO(["$nc_java_facts"]) | sed -n 's/^ *java.home = //p'`
  nc_java_version=`AS_ECHO(["$nc_java_facts"]) | sed -n 's/^ *java.specification.version = //p'`
  AS_VERSION_COMPARE([${nc_java_version:-0}], [17], [nc_java_reason="$JAVA is older than 17"])
  AS_IF([test -z "$nc_java_reason"], [
    nc_dirs=`AS_ECHO(["$nc_java_facts"]) | $AWK '
      / = / { on = /java.library.path/ }
      on && @S|@NF ~ /@<:@/@:>@jni@S|@/ { print @S|@NF }'`
    AS_IF([test -z "$JAVA_DIR"], [JAVA_DIR='${datadir}/java'])
    AS_IF([test -z "$JAVA_JNI_DIR"], [
      AS_IF([test -n "$nc_dirs"], [NC_REBASE([JAVA_JNI_DIR], [/usr/local /usr], [$nc_dirs])],
        [JAVA_JNI_DIR='${libdir}/jni'])])
    AS_IF([test -z "$JUNIT"], [JUNIT=/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar])
    AS_IF([test -z "$JAVA_CPPFLAGS"],
      [JAVA_CPPFLAGS="-I$nc_java_home/include -I$nc_java_home/include/linux"])
    NC_BIND_HEADER([$JAVA_CPPFLAGS], [jni.h], [nc_java_reason], [default-jdk-headless])])])
AC_SUBST([JAVA_CPPFLAGS])
nc_java_found="$JAVAC, version $nc_java_version, to $JAVA_DIR and $JAVA_JNI_DIR"
])

# NC_BIND_HEADER(CPPFLAGS, HEADER, REASON-VARIABLE, PACKAGE, [MORE]): whether a program with the header,
# and more behind it, compiles.
AC_DEFUN([NC_BIND_HEADER], [
nc_saved=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $1"
AC_MSG_CHECKING([for $2])
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <$2>]
$5], [])], [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])
   $3="$2 was not found (Debian: $4)"])
CPPFLAGS=$nc_saved
])

# NC_BINDING(LANGUAGE): decides about one; sets nc_LANGUAGE to yes or no, nc_show_LANGUAGE.
AC_DEFUN([NC_BINDING], [
nc_$1_reason=
AS_CASE([$with_$1],
  [no], [nc_$1_reason="left out by --without-$1"],
  [auto], [AS_IF([test "$nc_bindings_asked" = yes], [nc_$1_reason="not asked for"],
    [test "$nc_sanitizers" != none], [nc_$1_reason="not with sanitizers, unless asked for"],
    [test "$enable_shared" = no], [nc_$1_reason="needs the shared library"])])
AS_IF([test -z "$nc_$1_reason" && test -z "$SWIG" && test ! -f "$srcdir/bindings/generated/$1_wrap.c"],
  [nc_$1_reason="SWIG 4.1 or later was not found, and the wrapper is not in the sources"])
AS_IF([test -z "$nc_$1_reason"], [m4_indir(m4_toupper([NC_BIND_$1]))])
AS_IF([test -z "$nc_$1_reason"], [nc_$1=yes nc_show_$1="on, $nc_$1_found"],
  [nc_$1=no nc_show_$1="off: $nc_$1_reason"
   AS_IF([test "$with_$1" = yes], [AC_MSG_ERROR([--with-$1: $nc_$1_reason])])])
AM_CONDITIONAL(m4_toupper([BIND_$1]), [test $nc_$1 = yes])
])

# NC_BINDINGS: all of them. To be called behind NC_SANITIZERS, LT_INIT and NC_PYTHON3.
AC_DEFUN([NC_BINDINGS], [
nc_bindings_asked=no
m4_foreach_w([nc_language], [python ruby lua java], [
AC_ARG_WITH(nc_language, [AS_HELP_STRING([--with-]nc_language,
  [build the bindings for ]nc_language[ (auto)])], [], [with_]nc_language[=auto])
AS_IF([test "$with_]nc_language[" = yes], [nc_bindings_asked=yes])])
AC_ARG_VAR([SWIG], [SWIG 4.1 or later: bindings, unless a tarball has what it makes])
AC_CHECK_PROGS([SWIG], [swig])
AS_IF([test -n "$SWIG"], [
  AC_MSG_CHECKING([whether $SWIG is 4.1 or later])
  nc_swig_version=`$SWIG -version 2>/dev/null | sed -n 's/^SWIG Version //p'`
  AS_VERSION_COMPARE([${nc_swig_version:-0}], [4.1], [SWIG=])
  AC_MSG_RESULT([${nc_swig_version:-no}])])
m4_foreach_w([nc_language], [python ruby lua java], [NC_BINDING(nc_language)])
AS_IF([test -n "$SWIG"], [nc_show_swig="$SWIG, version $nc_swig_version"],
  [nc_show_swig="not found: what it makes has to come with the sources"])
])

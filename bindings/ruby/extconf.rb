# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# Builds the part in C beside the C library, which pkg-config finds, or --with-netchan-dir=DIR,
# --with-netchan-include=DIR and --with-netchan-lib=DIR.
require "mkmf"

found = dir_config("netchan")
pkg_config("netchan") unless found.any?
have_header("netchan.h") or abort "netchan.h was not found: install the C library netchan first"
have_library("netchan", "netchan_version") or abort "the C library netchan was not found"
append_cppflags("-D_GNU_SOURCE")
append_cflags(["-fvisibility=hidden", "-fno-strict-aliasing"])
create_makefile("netchan/raw")

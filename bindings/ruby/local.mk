# SPDX-License-Identifier: MIT
# Ruby: the library netchan, whose part in C is netchan/raw.

ruby_main = bindings/ruby/lib/netchan.rb

ruby_parts = \
	bindings/ruby/lib/netchan/channel.rb \
	bindings/ruby/lib/netchan/errors.rb \
	bindings/ruby/lib/netchan/exporter.rb \
	bindings/ruby/lib/netchan/importer.rb \
	bindings/ruby/lib/netchan/owner.rb \
	bindings/ruby/lib/netchan/select.rb

ruby_native = \
	bindings/ruby/convert.c \
	bindings/ruby/convert.h \
	bindings/ruby/wait.c

ruby_examples = \
	bindings/ruby/examples/export.rb \
	bindings/ruby/examples/import.rb \
	bindings/ruby/examples/import.txt

ruby_tests = \
	bindings/ruby/tests/bench.rb \
	bindings/ruby/tests/bench.sh \
	bindings/ruby/tests/gem.sh \
	bindings/ruby/tests/life_test.rb \
	bindings/ruby/tests/peer.rb \
	bindings/ruby/tests/peer.sh \
	bindings/ruby/tests/programs_test.rb \
	bindings/ruby/tests/run_tests.rb \
	bindings/ruby/tests/scenarios_test.rb \
	bindings/ruby/tests/support.rb \
	bindings/ruby/tests/tagged.rb \
	bindings/ruby/tests/values_test.rb

EXTRA_DIST += \
	bindings/ruby/extconf.rb \
	bindings/ruby/netchan.gemspec.in \
	bindings/ruby/ruby.i \
	bindings/ruby/run-ruby \
	$(ruby_examples) \
	$(ruby_main) \
	$(ruby_native) \
	$(ruby_parts) \
	$(ruby_tests)

RB_LOG_DRIVER = $(LOG_DRIVER)
RB_LOG_COMPILER = $(SHELL) $(srcdir)/bindings/ruby/run-ruby
TESTS += \
	bindings/ruby/tests/gem.sh \
	bindings/ruby/tests/run_tests.rb

EXTRA_DIST += bindings/generated/ruby_wrap.c
bindings/generated/ruby_wrap.c: $(swig_inputs) bindings/ruby/ruby.i
	$(run_swig) -ruby -module netchan::raw $(srcdir)/bindings/netchan.i

# A gem: what was made already, so that it needs neither SWIG nor a network.
gem_package = bindings/generated/packages/netchan-$(PACKAGE_VERSION).gem
gem_sources = \
	$(binding_sources) \
	$(ruby_native) \
	bindings/generated/ruby_wrap.c \
	bindings/ruby/extconf.rb

gem: $(gem_package)

$(gem_package): bindings/ruby/netchan.gemspec.in $(gem_sources) $(ruby_main) $(ruby_parts)
	$(AM_V_GEN)rm -rf bindings/generated/gem && \
	$(MKDIR_P) bindings/generated/packages bindings/generated/gem/lib/netchan \
	  bindings/generated/gem/ext/netchan && \
	for file in $(gem_sources); do \
	  test -f $$file || file=$(srcdir)/$$file; \
	  cp $$file bindings/generated/gem/ext/netchan || exit 1; \
	done && \
	for file in $(ruby_parts); do \
	  cp $(srcdir)/$$file bindings/generated/gem/lib/netchan || exit 1; \
	done && \
	cp $(srcdir)/$(ruby_main) bindings/generated/gem/lib && \
	cp $(srcdir)/LICENSE bindings/generated/gem && \
	sed 's/%VERSION%/$(PACKAGE_VERSION)/' $(srcdir)/bindings/ruby/netchan.gemspec.in \
	  >bindings/generated/gem/netchan.gemspec && \
	(cd bindings/generated/gem && HOME=$$PWD $(RUBY) -S gem build -q netchan.gemspec) && \
	mv bindings/generated/gem/netchan-$(PACKAGE_VERSION).gem $@ && rm -rf bindings/generated/gem

if BIND_RUBY
built_bindings += ruby
rubydir = $(RUBY_DIR)
rubypartsdir = $(RUBY_DIR)/netchan
rubyarchdir = $(RUBY_ARCHDIR)/netchan
rubyarch_LTLIBRARIES = bindings/ruby/raw.la
ruby_DATA = $(ruby_main)
rubyparts_DATA = $(ruby_parts)
check_DATA += bindings/generated/stage/ruby/stamp $(gem_package)

bindings_ruby_raw_la_SOURCES = $(binding_sources) $(ruby_native)
nodist_bindings_ruby_raw_la_SOURCES = bindings/generated/ruby_wrap.c
bindings_ruby_raw_la_CPPFLAGS = $(binding_cppflags) -I$(top_srcdir)/bindings/ruby $(RUBY_CPPFLAGS)
bindings_ruby_raw_la_CFLAGS = $(binding_cflags)
bindings_ruby_raw_la_LDFLAGS = $(binding_ldflags) -shrext .$(RUBY_SUFFIX)
bindings_ruby_raw_la_LIBADD = libnetchan.la

bindings/generated/stage/ruby/stamp: bindings/ruby/raw.la $(ruby_main) $(ruby_parts)
	$(AM_V_GEN)rm -rf bindings/generated/stage/ruby && \
	$(MKDIR_P) bindings/generated/stage/ruby/netchan && \
	for file in $(ruby_parts); do \
	  test -f $$file || file=$(srcdir)/$$file; \
	  cp $$file bindings/generated/stage/ruby/netchan || exit 1; \
	done && \
	cp $(srcdir)/$(ruby_main) bindings/generated/stage/ruby && \
	ln -s ../../../../ruby/.libs/raw.$(RUBY_SUFFIX) bindings/generated/stage/ruby/netchan/ && \
	touch $@

binding_modules += install-rubyarchLTLIBRARIES
binding_install_hooks += install-ruby-hook
install-ruby-hook:
	rm -f "$(DESTDIR)$(rubyarchdir)/raw.la"

binding_uninstall_hooks += uninstall-ruby-hook
uninstall-ruby-hook:
	rm -f "$(DESTDIR)$(rubyarchdir)/raw.$(RUBY_SUFFIX)"
	-rmdir "$(DESTDIR)$(rubyarchdir)"
	-test ! -d "$(DESTDIR)$(rubypartsdir)" || rmdir "$(DESTDIR)$(rubypartsdir)"

binding_installchecks += installcheck-ruby
installcheck-ruby:
	$(AM_TESTS_ENVIRONMENT) \
	NETCHAN_RUBY='$(DESTDIR)$(RUBY_DIR):$(DESTDIR)$(RUBY_ARCHDIR)'; export NETCHAN_RUBY; \
	$(RUBY) $(srcdir)/bindings/ruby/tests/run_tests.rb
endif

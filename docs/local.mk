# SPDX-License-Identifier: MIT
# The manual and the examples.

manual_pages = \
	docs/netchan-options.7 \
	docs/netchan-policy.7 \
	docs/netchan.1 \
	docs/netchan.7

manual_texts = \
	README.md \
	docs/PERFORMANCE.md \
	docs/PROTOCOL.md \
	docs/RELIABILITY.md \
	docs/THREADS.md

dist_man_MANS += $(manual_pages)
dist_doc_DATA = $(manual_texts)

# The examples are programs against the installed interface alone; docs/examples/run.sh runs them
# against each other and compares what they print.
example_sources = \
	docs/examples/cancel.c \
	docs/examples/channel.c \
	docs/examples/credit.c \
	docs/examples/drain.c \
	docs/examples/errors.c \
	docs/examples/event_loop.c \
	docs/examples/export.c \
	docs/examples/import.c \
	docs/examples/relay.c \
	docs/examples/request_reply.c \
	docs/examples/select.c \
	docs/examples/value.c

examplesdir = $(docdir)/examples
dist_examples_DATA = $(example_commands) $(example_sources)

check_PROGRAMS += \
	docs/examples/cancel \
	docs/examples/channel \
	docs/examples/credit \
	docs/examples/drain \
	docs/examples/errors \
	docs/examples/event_loop \
	docs/examples/export \
	docs/examples/import \
	docs/examples/relay \
	docs/examples/request_reply \
	docs/examples/select \
	docs/examples/value

example_cppflags = -I$(top_srcdir)/abi
docs_examples_cancel_SOURCES = docs/examples/cancel.c
docs_examples_cancel_CPPFLAGS = $(example_cppflags)
docs_examples_cancel_LDADD = libnetchan.la
docs_examples_channel_SOURCES = docs/examples/channel.c
docs_examples_channel_CPPFLAGS = $(example_cppflags)
docs_examples_channel_LDADD = libnetchan.la
docs_examples_credit_SOURCES = docs/examples/credit.c
docs_examples_credit_CPPFLAGS = $(example_cppflags)
docs_examples_credit_LDADD = libnetchan.la
docs_examples_drain_SOURCES = docs/examples/drain.c
docs_examples_drain_CPPFLAGS = $(example_cppflags)
docs_examples_drain_LDADD = libnetchan.la
docs_examples_errors_SOURCES = docs/examples/errors.c
docs_examples_errors_CPPFLAGS = $(example_cppflags)
docs_examples_errors_LDADD = libnetchan.la
docs_examples_event_loop_SOURCES = docs/examples/event_loop.c
docs_examples_event_loop_CPPFLAGS = $(example_cppflags)
docs_examples_event_loop_LDADD = libnetchan.la
docs_examples_export_SOURCES = docs/examples/export.c
docs_examples_export_CPPFLAGS = $(example_cppflags)
docs_examples_export_LDADD = libnetchan.la
docs_examples_import_SOURCES = docs/examples/import.c
docs_examples_import_CPPFLAGS = $(example_cppflags)
docs_examples_import_LDADD = libnetchan.la
docs_examples_relay_SOURCES = docs/examples/relay.c
docs_examples_relay_CPPFLAGS = $(example_cppflags)
docs_examples_relay_LDADD = libnetchan.la
docs_examples_request_reply_SOURCES = docs/examples/request_reply.c
docs_examples_request_reply_CPPFLAGS = $(example_cppflags)
docs_examples_request_reply_LDADD = libnetchan.la
docs_examples_select_SOURCES = docs/examples/select.c
docs_examples_select_CPPFLAGS = $(example_cppflags)
docs_examples_select_LDADD = libnetchan.la
docs_examples_value_SOURCES = docs/examples/value.c
docs_examples_value_CPPFLAGS = $(example_cppflags)
docs_examples_value_LDADD = libnetchan.la

# These need the library and the command of this build. run.sh runs the others too, and compares what
# they print with the files that end in .txt, which the reference site shows beside them.
example_scripts = \
	docs/examples/demo.sh \
	docs/examples/run.sh

example_commands = \
	docs/examples/shell.sh \
	docs/examples/tls.sh

example_outputs = \
	docs/examples/cancel.txt \
	docs/examples/channel.txt \
	docs/examples/credit.txt \
	docs/examples/drain.txt \
	docs/examples/errors.txt \
	docs/examples/event_loop.txt \
	docs/examples/import.txt \
	docs/examples/request_reply.txt \
	docs/examples/shell.txt \
	docs/examples/tls.txt \
	docs/examples/value.txt

EXTRA_DIST += $(example_outputs) $(example_scripts)
TESTS += $(example_scripts)

EXTRA_DIST += docs/mkman.py

# Section 3 of the manual is made out of the public header. A tarball has it made already, so that
# only a build from a checkout needs python3.
EXTRA_DIST += docs/man3 docs/man3.stamp

all-local: docs/man3.stamp

docs/man3: docs/man3.stamp

docs/man3.stamp: abi/netchan.h docs/mkman.py docs/netchan.7
	$(AM_V_GEN)rm -rf docs/man3 && $(MKDIR_P) docs/man3 && \
	if test -n "$(PYTHON3)"; then \
	  $(PYTHON3) $(srcdir)/docs/mkman.py $(srcdir)/abi/netchan.h docs/man3; \
	else \
	  echo "the manual's section 3 is left out: python3 was not found" >&2; \
	fi && \
	echo made >$@

# The reference site, out of the header, the manual and the other documents; a tarball has it made
# already. make html makes it, make install-html installs it.
site_sources = \
	docs/site/credit.svg \
	docs/site/examples.py \
	docs/site/guide.md \
	docs/site/highlight.py \
	docs/site/languages.py \
	docs/site/layers.svg \
	docs/site/life.svg \
	docs/site/links.py \
	docs/site/markdown.py \
	docs/site/mdoc.py \
	docs/site/mksite.py \
	docs/site/page.py \
	docs/site/reference.py \
	docs/site/search.js \
	docs/site/search.py \
	docs/site/start.md \
	docs/site/style.css

EXTRA_DIST += $(site_sources) docs/html docs/html.stamp

site_inputs = \
	$(example_commands) \
	$(example_outputs) \
	$(example_scripts) \
	$(example_sources) \
	$(java_examples) \
	$(java_sources) \
	$(lua_examples) \
	$(lua_main) \
	$(lua_parts) \
	$(manual_pages) \
	$(manual_texts) \
	$(python_examples) \
	$(python_modules) \
	$(ruby_examples) \
	$(ruby_main) \
	$(ruby_parts) \
	$(site_sources) \
	NEWS \
	SECURITY.md \
	abi/ABI.md \
	abi/netchan.h \
	bindings/contract.json \
	bindings/java/examples/Import.txt \
	docs/mkman.py

html-local: docs/html.stamp

docs/html: docs/html.stamp

docs/html.stamp: $(site_inputs)
	$(AM_V_GEN)rm -rf docs/html && $(MKDIR_P) docs/html && \
	if test -n "$(PYTHON3)"; then \
	  $(PYTHON3) $(srcdir)/docs/site/mksite.py $(srcdir) docs/html; \
	else \
	  echo "the reference site is left out: python3 was not found" >&2; \
	fi && \
	echo made >$@

install-html-local: docs/html.stamp
	$(MKDIR_P) "$(DESTDIR)$(htmldir)"
	pages=docs/html; test -d $$pages || pages=$(srcdir)/docs/html; \
	for page in $$pages/*.*; do \
	  test ! -f "$$page" || $(INSTALL_DATA) "$$page" "$(DESTDIR)$(htmldir)" || exit 1; \
	done

# No tarball without section 3 and the site.
dist-hook:
	ls "$(distdir)"/docs/man3/*.3 "$(distdir)"/docs/html/index.html >/dev/null

install-data-local: docs/man3.stamp
	$(MKDIR_P) "$(DESTDIR)$(mandir)/man3"
	pages=docs/man3; test -d $$pages || pages=$(srcdir)/docs/man3; \
	for page in $$pages/*.3; do \
	  test ! -f "$$page" || $(INSTALL_DATA) "$$page" "$(DESTDIR)$(mandir)/man3" || exit 1; \
	done

uninstall-local:
	$(AWK) '/^netchan/ { print $$3 }' $(srcdir)/abi/symbols.txt | while read page; do \
	  rm -f "$(DESTDIR)$(mandir)/man3/$$page"; \
	done
	for page in docs/html/*.* $(srcdir)/docs/html/*.*; do \
	  rm -f "$(DESTDIR)$(htmldir)/$$(basename "$$page")"; \
	done

# The folders that only we have; what others put there stays.
uninstall_hooks += uninstall-docs-hook
uninstall-docs-hook:
	-test ! -d "$(DESTDIR)$(examplesdir)" || rmdir "$(DESTDIR)$(examplesdir)"
	-test ! -d "$(DESTDIR)$(docdir)" || rmdir "$(DESTDIR)$(docdir)"

.PHONY: uninstall-docs-hook

maintainer-clean-local:
	rm -rf bindings/generated docs/html docs/html.stamp docs/man3 docs/man3.stamp

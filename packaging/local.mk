# SPDX-License-Identifier: MIT
# What ties the command into a system: completion for shells, units for systemd, and the recipe of an
# RPM package. The one of Debian's packages is debian/, which stays out of the tarball.

bashcompletiondir = $(datadir)/bash-completion/completions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_bashcompletion_DATA = packaging/completion/netchan
dist_fishcompletion_DATA = packaging/completion/netchan.fish
dist_zshcompletion_DATA = packaging/completion/_netchan

EXTRA_DIST += \
	packaging/netchan.spec \
	packaging/systemd/netchan-export@.service.in \
	packaging/systemd/netchan-export@.socket

packaging/systemd/netchan-export@.service: packaging/systemd/netchan-export@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
	$(SED) -e 's|[@]bindir@|$(bindir)|' -e 's|[@]sysconfdir@|$(sysconfdir)|' \
	  '$(srcdir)/packaging/systemd/netchan-export@.service.in' >'$@'
CLEANFILES += packaging/systemd/netchan-export@.service

if SYSTEMD_UNITS
systemdsystemunit_DATA = \
	packaging/systemd/netchan-export@.service \
	packaging/systemd/netchan-export@.socket
endif

package_tests = \
	tests/packages/completion.sh \
	tests/packages/spec.sh \
	tests/packages/units.sh

EXTRA_DIST += \
	tests/packages/lint.sh \
	tests/packages/reproducible.sh \
	tests/packages/root.sh \
	$(package_tests)
TESTS += $(package_tests)
check_DATA += packaging/systemd/netchan-export@.service

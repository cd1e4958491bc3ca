# SPDX-License-Identifier: MIT
# Java: the package org.netchan in netchan.jar, and its native part, libnetchan_jni.

java_sources = \
	bindings/java/org/netchan/Channel.java \
	bindings/java/org/netchan/Choice.java \
	bindings/java/org/netchan/Codec.java \
	bindings/java/org/netchan/Direction.java \
	bindings/java/org/netchan/Exporter.java \
	bindings/java/org/netchan/Handle.java \
	bindings/java/org/netchan/Import.java \
	bindings/java/org/netchan/Importer.java \
	bindings/java/org/netchan/Interrupts.java \
	bindings/java/org/netchan/Level.java \
	bindings/java/org/netchan/Loader.java \
	bindings/java/org/netchan/Netchan.java \
	bindings/java/org/netchan/NetchanException.java \
	bindings/java/org/netchan/Options.java \
	bindings/java/org/netchan/Owner.java \
	bindings/java/org/netchan/Select.java \
	bindings/java/org/netchan/Text.java \
	bindings/java/org/netchan/package-info.java

java_native = \
	bindings/java/convert.c \
	bindings/java/convert.h \
	bindings/java/wait.c

java_examples = \
	bindings/java/examples/Export.java \
	bindings/java/examples/Import.java

java_test_sources = \
	bindings/java/tests/org/netchan/Bench.java \
	bindings/java/tests/org/netchan/LifeTest.java \
	bindings/java/tests/org/netchan/Peer.java \
	bindings/java/tests/org/netchan/ProgramsTest.java \
	bindings/java/tests/org/netchan/RunTests.java \
	bindings/java/tests/org/netchan/ScenariosTest.java \
	bindings/java/tests/org/netchan/Support.java \
	bindings/java/tests/org/netchan/ValuesTest.java

java_scripts = \
	bindings/java/tests/bench.sh \
	bindings/java/tests/jar.sh \
	bindings/java/tests/peer.sh \
	bindings/java/tests/run_tests.sh

EXTRA_DIST += \
	bindings/java/examples/Import.txt \
	bindings/java/java.i \
	$(java_examples) \
	$(java_native) \
	$(java_scripts) \
	$(java_sources) \
	$(java_test_sources)

TESTS += \
	bindings/java/tests/jar.sh \
	bindings/java/tests/run_tests.sh

# One run of SWIG makes both, and for functions without classes some that nobody needs. The second is
# touched, so that it is never older than the first.
EXTRA_DIST += bindings/generated/RawJNI.java bindings/generated/java_wrap.c
bindings/generated/java_wrap.c: $(swig_inputs) bindings/java/java.i
	$(run_swig) -java -noproxy -package org.netchan -module Raw $(srcdir)/bindings/netchan.i && \
	(cd bindings/generated && rm -f Raw.java RawConstants.java SWIGTYPE_p_*.java) && \
	touch bindings/generated/RawJNI.java
bindings/generated/RawJNI.java: bindings/generated/java_wrap.c
	@test -f $@ || { rm -f bindings/generated/java_wrap.c && \
	$(MAKE) $(AM_MAKEFLAGS) bindings/generated/java_wrap.c; }

java_stage = bindings/generated/stage/java
java_archive = bindings/generated/packages/netchan-$(PACKAGE_VERSION).jar
java_compile = $(JAVAC) -encoding UTF-8 --release 17 -Xlint:all -Werror

jar: $(java_archive)

# Compiles $(java_sources), wherever they stand, and packs them.
$(java_archive): $(java_sources) bindings/generated/RawJNI.java
	$(AM_V_GEN)rm -rf $(java_stage)/classes && \
	$(MKDIR_P) $(java_stage)/classes/META-INF bindings/generated/packages && \
	generated=bindings/generated/RawJNI.java && \
	{ test -f $$generated || generated=$(srcdir)/$$generated; } && \
	(for file in $(java_sources); do echo "$(srcdir)/$$file"; done; echo $$generated) \
	  >$(java_stage)/sources && \
	$(java_compile) -d $(java_stage)/classes @$(java_stage)/sources && \
	cp $(srcdir)/LICENSE $(java_stage)/classes/META-INF && \
	echo 'Automatic-Module-Name: org.netchan' >$(java_stage)/manifest && \
	$(JAR) --create --file $@ --manifest $(java_stage)/manifest -C $(java_stage)/classes .

javadoc: $(java_archive)
	$(AM_V_GEN)rm -rf bindings/generated/javadoc && \
	javadoc -quiet -encoding UTF-8 -Xdoclint:all,-missing -Werror -d bindings/generated/javadoc \
	  -notimestamp @$(java_stage)/sources

if BIND_JAVA
built_bindings += java
netchanjardir = $(JAVA_DIR)
netchanjar_DATA = $(java_archive)
netchanjnidir = $(JAVA_JNI_DIR)
netchanjni_LTLIBRARIES = bindings/java/libnetchan_jni.la
check_DATA += $(java_stage)/stamp

bindings_java_libnetchan_jni_la_SOURCES = $(binding_sources) $(java_native)
nodist_bindings_java_libnetchan_jni_la_SOURCES = bindings/generated/java_wrap.c
bindings_java_libnetchan_jni_la_CPPFLAGS = $(binding_cppflags) -I$(top_srcdir)/bindings/java $(JAVA_CPPFLAGS)
bindings_java_libnetchan_jni_la_CFLAGS = $(binding_cflags)
bindings_java_libnetchan_jni_la_LDFLAGS = $(binding_ldflags)
bindings_java_libnetchan_jni_la_LIBADD = libnetchan.la

# The tests that need JUnit are left out without it. They are in the library's package, so that they
# can look at what is not public.
$(java_stage)/stamp: bindings/java/libnetchan_jni.la $(java_archive) $(java_test_sources) $(java_examples)
	$(AM_V_GEN)rm -rf $(java_stage)/tests && $(MKDIR_P) $(java_stage)/tests && \
	for file in $(java_test_sources) $(java_examples); do \
	  case $$file in *Test.java | */RunTests.java | */Support.java) \
	    test -f "`echo '$(JUNIT)' | sed 's/:.*//'`" || continue ;; \
	  esac; \
	  echo "$(srcdir)/$$file"; \
	done >$(java_stage)/test-sources && \
	$(java_compile) -cp '$(java_archive):$(JUNIT)' -d $(java_stage)/tests @$(java_stage)/test-sources && \
	touch $@

binding_modules += install-netchanjniLTLIBRARIES
binding_install_hooks += install-java-hook
install-java-hook:
	rm -f "$(DESTDIR)$(netchanjnidir)/libnetchan_jni.la" "$(DESTDIR)$(netchanjardir)/netchan.jar"
	ln -s netchan-$(PACKAGE_VERSION).jar "$(DESTDIR)$(netchanjardir)/netchan.jar"

binding_uninstall_hooks += uninstall-java-hook
uninstall-java-hook:
	rm -f "$(DESTDIR)$(netchanjnidir)/libnetchan_jni.so" "$(DESTDIR)$(netchanjardir)/netchan.jar"

binding_installchecks += installcheck-java
installcheck-java: $(java_stage)/stamp
	$(AM_TESTS_ENVIRONMENT) NETCHAN_JAR='$(DESTDIR)$(netchanjardir)/netchan.jar' \
	NETCHAN_JNI='$(DESTDIR)$(netchanjnidir)' $(SHELL) $(srcdir)/bindings/java/tests/run_tests.sh
endif

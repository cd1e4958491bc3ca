#!/bin/sh
# SPDX-License-Identifier: MIT
# Words that may not stand in the code, outside comments and strings, each with the reason and the
# files where it may; open notes without an issue number; the licence line of every source file.
# usage: style.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99

# called name(s) | only in (beginnings of paths) | why
words='
malloc calloc realloc reallocarray free strdup strndup asprintf vasprintf|src/base/mem.c src/cli/|memory goes through nci_alloc and nci_free
aligned_alloc posix_memalign memalign alloca getline getdelim|none|memory goes through nci_alloc and nci_free
sleep usleep nanosleep clock_nanosleep thrd_sleep|none|wait on a condition, not on time
strerror strerror_r perror|src/base/status.c src/cli/|nci_fail_errno makes the text
abort|src/base/lock.c|no input, lack of memory or lack of descriptors ends the process
assert exit _exit _Exit quick_exit __builtin_trap|src/cli/|no input, lack of memory or lack of descriptors ends the process
atexit on_exit json_set_alloc_funcs CRYPTO_set_mem_functions signal sigaction|src/cli/|the library changes nothing for the whole process
strcat sprintf vsprintf gets strtok atoi atol atof|none|has no bounds, or hides errors
rand random srand srandom drand48|none|random bits come from the system
printf puts putchar|src/cli/|the library prints nothing
'

sources=$(find src abi -name '*.[ch]' -type f 2>/dev/null | LC_ALL=C sort)
if [ -z "$sources" ]; then
	echo "style: no source files in $(pwd)"
	exit 1
fi
all=$(find src abi tests docs bindings packaging m4 .ci autogen.sh setup.sh configure.ac Makefile.am \
	-name generated -prune -o \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' -o -name '*.i' -o -name '*.sh' \
	-o -name '*.py' -o -name '*.rb' -o -name '*.lua' -o -name '*.java' -o -name '*.awk' \
	-o -name '*.mk' -o -name '*.am' -o -name '*.ac' -o -name bindings.m4 -o -name netchan.m4 -o -name run \
	-o -name catch-driver -o -name run-python -o -name symbols.txt -o -name '*.7' -o -name '*.1' \) \
	-type f -print 2>/dev/null | LC_ALL=C sort)
status=0

${AWK:-awk} -v words="$words" -f "$here/scan.awk" -f - $sources <<'PROGRAM' || status=1
BEGIN {
	count = split(words, lines, "\n")
	for (i = 1; i <= count; i++) {
		if (split(lines[i], row, "|") != 3)
			continue
		many = split(row[1], names, " ")
		for (j = 1; j <= many; j++) {
			where[names[j]] = row[2]
			why[names[j]] = row[3]
		}
	}
}

FNR == 1 { scan_file() }

# Every name that is called, looked up in the table.
{
	line = code($0)
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ ]*\(/)) {
		name = substr(line, RSTART, RLENGTH - 1)
		sub(/ +$/, "", name)
		line = substr(line, RSTART + RLENGTH)
		if (!(name in where))
			continue
		may = 0
		many = split(where[name], paths, " ")
		for (i = 1; i <= many; i++)
			if (index(FILENAME, paths[i]) == 1)
				may = 1
		if (!may)
			complain(name "(): " why[name])
	}
}

END { exit faults > 0 }
PROGRAM

# The words are put together here so that this file does not find itself.
for word in TO"DO" FIX"ME" X"XX"; do
	if grep -nE "(^|[^A-Za-z])$word([^A-Za-z]|\$)" $all | grep -vE "$word \(#[0-9]+\)"; then
		echo "style: $word without an issue number, such as $word (#12)"
		status=1
	fi
done

for file in $all; do
	if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT'; then
		echo "$file: no SPDX-License-Identifier: MIT in its first three lines"
		status=1
	fi
done

exit $status

# SPDX-License-Identifier: MIT
# Makes the linker's version script out of abi/symbols.txt (name, since, man page): one node per
# release, in the order of releases, each chained to the one before. Fails on a line it cannot read.

function number(version, parts) {
	split(version, parts, ".")
	return parts[1] * 100000 + parts[2]
}

/^#/ || NF == 0 { next }

NF != 3 || $1 !~ /^netchan_[a-z0-9_]+$/ || $2 !~ /^[0-9]+\.[0-9]+$/ || $3 !~ /^netchan[a-z0-9_-]*\.[37]$/ {
	printf "%s:%d: not \"name since page\": %s\n", FILENAME, FNR, $0 >"/dev/stderr"
	bad = 1
	exit 1
}

seen[$1]++ {
	printf "%s:%d: %s stands here twice\n", FILENAME, FNR, $1 >"/dev/stderr"
	bad = 1
	exit 1
}

{
	if (!($2 in names))
		releases[++count] = $2
	names[$2] = names[$2] "    " $1 ";\n"
}

END {
	if (bad)
		exit 1
	for (i = 2; i <= count; i++) {
		moved = releases[i]
		for (j = i - 1; j >= 1 && number(releases[j]) > number(moved); j--)
			releases[j + 1] = releases[j]
		releases[j + 1] = moved
	}
	print "/* Made from abi/symbols.txt by abi/map.awk. */"
	for (i = 1; i <= count; i++) {
		printf "NETCHAN_%s {\nglobal:\n%s", releases[i], names[releases[i]]
		if (i == 1)
			print "local:\n    *;\n};"
		else
			printf "} NETCHAN_%s;\n", releases[i - 1]
	}
	if (count == 0)
		print "NETCHAN_0.1 {\nlocal:\n    *;\n};"
}

# SPDX-License-Identifier: MIT
# What the checks share: code(line) gives a line of C or C++ without its comments and, unless
# keep_strings is set, with empty string and character literals. State runs on from line to line;
# a script calls scan_file() when FNR is 1.

function scan_file() {
	scan_state = ""
}

function code(line,   out, token, end) {
	out = ""
	for (;;) {
		if (scan_state == "comment") {
			end = index(line, "*/")
			if (!end)
				return out
			line = substr(line, end + 2)
			out = out " "
			scan_state = ""
		} else if (scan_state == "raw") {
			end = index(line, scan_raw)
			if (!end)
				return out (keep_strings ? line : "")
			out = out (keep_strings ? substr(line, 1, end - 1) : "") "\""
			line = substr(line, end + length(scan_raw))
			scan_state = ""
		}
		if (!match(line, /\/\*|\/\/|R"[^( ]*\(|"|'/))
			return out line
		out = out substr(line, 1, RSTART - 1)
		token = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (token == "/*") {
			scan_state = "comment"
		} else if (token == "//") {
			return out
		} else if (token ~ /^R/) {
			scan_raw = ")" substr(token, 3, length(token) - 3) "\""
			out = out "\""
			scan_state = "raw"
		} else if (token == "'" && out ~ /[0-9]$/) {
			out = out token # a digit separator
		} else {
			if (token == "\"")
				end = match(line, /^([^"\\]|\\.)*"/)
			else
				end = match(line, /^([^'\\]|\\.)*'/)
			if (!end)
				return out token (keep_strings ? line : "")
			out = out token (keep_strings ? substr(line, 1, RLENGTH - 1) : "") token
			line = substr(line, RLENGTH + 1)
		}
	}
}

function complain(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	faults++
}

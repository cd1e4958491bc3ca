#!/bin/sh
# SPDX-License-Identifier: MIT
# The completion for bash completes, also without the package bash-completion; those for zsh and fish
# are read by these shells, where they are there. That all know the same is tests/checks/completion.sh.
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=${top_srcdir:-$here/../..}/packaging/completion
status=0
if command -v zsh >/dev/null 2>&1; then
	zsh -n "$folder/_netchan" || status=1
fi
if command -v fish >/dev/null 2>&1; then
	fish -n "$folder/netchan.fish" || status=1
fi
if ! command -v bash >/dev/null 2>&1; then
	echo "completion: there is no bash"
	[ $status -ne 0 ] || status=77
	exit $status
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/folder" || exit 99
: >"$work/file"
bash --norc -s "$folder/netchan" "$work" <<'BASH' || status=1
source "$1" || exit 1
work=$2
faults=0
# try LINE WORDS: what is offered behind LINE
try() {
	COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
	_netchan
	if [[ ${COMPREPLY[*]} != "$2" ]]; then
		echo "\"$1\" is completed by \"${COMPREPLY[*]}\", not \"$2\""
		faults=1
	fi
}
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
[[ $(complete -p netchan) == *_netchan* ]] || exit 1
try 'netchan ' 'export import list check bench check-policy keygen doctor'
try 'netchan ch' 'check check-policy'
try 'netchan --' '--help --version'
try 'netchan export ' 'tcp:// tls:// unix:/ fd: systemd:'
try 'netchan import s' ''
try "netchan import unix:$work/fi" "$work/file"
try 'netchan export unix:/x ' 'send recv'
try 'netchan -w 5 import unix:/x -v r' 'recv'
try 'netchan import unix:/x recv y --n' '--name'
try 'netchan import unix:/x recv y --ke' '--key'
try 'netchan export unix:/x recv y --ke' '--keep-open --key'
try 'netchan list unix:/x -o link.s' 'link.silence='
try 'netchan list unix:/x -o return=' 'yes no'
try "netchan list unix:/x -o tls.ca=$work/f" "$work/file $work/folder"
try 'netchan list unix:/x -w ' ''
try "netchan export unix:/x send y --policy $work/fi" "$work/file"
try "netchan check $work/fi" "$work/file"
try "netchan keygen $work/f" "$work/folder"
try 'netchan check-policy f name s' 'send'
try 'netchan check-policy f name send --identity u' 'uri: uid:'
COMP_WORDBREAKS=' '
try "netchan import unix:$work/fi" "unix:$work/file"
exit $faults
BASH
exit $status

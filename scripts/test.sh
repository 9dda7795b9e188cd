#!/bin/sh
# Runs all tests and counts them. The last line reads `N passed, N failed`.
#
#   scripts/test.sh            Go tests, then interop
#   scripts/test.sh go         Go tests only
#   scripts/test.sh interop    interop only
#
# PACKAGES narrows the Go tests (default ./...).
#
# Interop tests are interop/NAME/run.sh: each starts its own `convoke serve` on
# loopback ($CONVOKE names the binary), installs what it needs, and prints one line
# `ok NAME` or `FAIL NAME` for each test. Exit status 77 means that it could not
# be set up here; it says why and counts as a failure.
set -u
cd "$(dirname "$0")/.."
part=${1:-all}
packages=${PACKAGES:-./...}
passed=0
failed=0

count() { # FILE PASS-PATTERN FAIL-PATTERN
	p=$(grep -c "$2" "$1")
	f=$(grep -c "$3" "$1")
	passed=$((passed + p))
	failed=$((failed + f))
}

tell() { # FILE: what failing tests said, and one line a package
	awk '
		function field(name) {
			if (!match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) return ""
			return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
		}
		!/^\{/ { next }
		{ action = field("Action"); key = field("Package") " " field("Test") }
		action == "output" {
			text = field("Output")
			gsub(/\\n/, "\n", text); gsub(/\\t/, "\t", text); gsub(/\\"/, "\"", text)
			gsub(/\\u003c/, "<", text); gsub(/\\u003e/, ">", text); gsub(/\\u0026/, "\\&", text)
			said[key] = said[key] text
			if (text ~ /^(ok|FAIL|panic)[ \t:]/ && field("Test") == "") printf "%s", text
		}
		action == "fail" && field("Test") != "" { printf "%s", said[key] }
		action == "pass" { delete said[key] }
	' "$1"
}

# Debian packages that Go tests need, where we may install them.
install() { # COMMAND PACKAGES
	command -v "$1" >/dev/null 2>&1 && return
	if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
		echo "installing $2"
		{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $2; } >/dev/null 2>&1 ||
			echo "$2 could not be installed"
	else
		echo "$1 is not here: some tests are left out"
	fi
}

go_tests() {
	install strace strace
	install python3 python3
	install gcc "gcc libc6-dev"
	out=$(mktemp)
	race=
	if command -v gcc >/dev/null 2>&1; then
		race=-race
		export CGO_ENABLED=1
	else
		echo "no C compiler: the race detector is left out"
	fi
	echo "go test $race -shuffle=on $packages"
	go test $race -shuffle=on -timeout 30m -json $packages >"$out" 2>&1
	status=$?
	tell "$out"
	grep -v '^{' "$out" # what the compiler says
	p=$(grep '"Action":"pass"' "$out" | grep '"Test":"[^/"]*"' | wc -l)
	f=$(grep '"Action":"fail"' "$out" | grep '"Test":"[^/"]*"' | wc -l)
	# Those without a corpus wait for CONVOKE_CORPUS; any other is told to whoever reads this.
	grep '"Action":"skip"' "$out" | sed -n 's/.*"Package":"\([^"]*\)".*"Test":"\([^"]*\)".*/left out: \1 \2/p'
	# A package that does not build or dies has no failing test of its own.
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=$(grep '"Action":"fail"' "$out" | grep -v '"Test":' | wc -l)
		[ "$f" -eq 0 ] && f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	rm -f "$out"
}

interop_tests() {
	[ -d interop ] || return 0
	make --no-print-directory build || { failed=$((failed + 1)); return; }
	CONVOKE=$PWD/bin/convoke
	export CONVOKE
	for run in interop/*/run.sh; do
		[ -f "$run" ] || continue
		name=$(basename "$(dirname "$run")")
		echo "interop: $name"
		out=$(mktemp)
		sh "$run" >"$out" 2>&1
		status=$?
		cat "$out"
		before=$failed
		count "$out" '^ok ' '^FAIL '
		if [ "$status" -ne 0 ] && [ "$before" -eq "$failed" ]; then
			echo "FAIL $name ended with status $status"
			failed=$((failed + 1))
		fi
		rm -f "$out"
	done
}

case $part in
all) go_tests; interop_tests ;;
go) go_tests ;;
interop) interop_tests ;;
*) echo "usage: $0 [go|interop]" >&2; exit 2 ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/bin/sh
# litmus, the WebDAV test suite, against a plain collection below a calendar home: one line for each of its
# tests, in all of its suites. What it warns about or skips fails too.
. "$(dirname "$0")/../lib.sh"
need litmus=litmus curl=curl
start_server

home=$URL/dav/calendars/alice
curl -sSf -o /dev/null -u "alice:$PASSWORD" -X MKCOL "$home/litmus/" || unable "MKCOL $home/litmus/ failed"

cd "$DIR" || exit 1 # litmus writes its debug.log here
suites="basic copymove props locks http"
[ "${PROXY:-}" != nginx ] || suites=${suites% http} # that suite speaks plain HTTP alone
for suite in $suites; do
	TESTS=$suite litmus --keep-going "$home/litmus/" alice "$PASSWORD" >"$DIR/$suite.out" 2>&1
	# It writes ` 3. put_get.............` and then, maybe after warnings on lines of their own, the result, with
	# carriage returns between. The summary tells how many there were, so that none is overlooked here.
	tr '\r' '\n' <"$DIR/$suite.out" | awk -v suite="$suite" '
		function result(text) {
			if (text ~ /pass$/ && warning == "") print "ok litmus " suite " " number " " name
			else print "FAIL litmus " suite " " number " " name ": " warning text
			seen++
			name = warning = ""
		}
		match($0, /^ *[0-9]+\. [a-z0-9_]+/) {
			split(substr($0, RSTART, RLENGTH), word, ".")
			number = word[1] + 0
			name = substr(word[2], 2)
		}
		name == "" { next }
		{ text = $0; sub(/^[ 0-9]*\.? *[a-z0-9_]*[. ]+/, "", text) }
		text ~ /^WARNING/ { warning = warning text "; " }
		text ~ /^(pass|FAIL|SKIPPED|ERROR)/ { result(text) }
		/^<- summary/ { match($0, /of [0-9]+ tests/); total = substr($0, RSTART + 3) + 0 }
		END {
			if (name != "") print "FAIL litmus " suite " " number " " name ": broke off"
			if (!seen || total && seen != total) print "FAIL litmus " suite ": " total " tests, " seen + 0 " results"
		}
	' >"$DIR/$suite.lines"
	cat "$DIR/$suite.lines"
	FAILED=$((FAILED + $(grep -c '^FAIL' "$DIR/$suite.lines")))
done
no_server_errors litmus

#!/bin/sh
# python-caldav as Debian has it (Home Assistant and Errands stand on it): stories.py tells what it does.
. "$(dirname "$0")/../lib.sh"
need /usr/bin/python3=python3 /usr/lib/python3/dist-packages/caldav=python3-caldav
start_server

# Debian's own Python, whatever stands before it on the path.
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -W ignore "$HERE/stories.py" "$URL" "$PASSWORD" >"$DIR/stories.out" 2>&1
status=$?
cat "$DIR/stories.out"
FAILED=$((FAILED + $(grep -c '^FAIL ' "$DIR/stories.out")))
[ "$status" -eq 0 ] || [ "$FAILED" -gt 0 ] || fail "pythoncaldav ended with status $status"
no_server_errors pythoncaldav

#!/bin/bash
# Runs the CalDAVTester scripts of $SHARED/conformance against a fresh convoke on loopback.
#
#   scripts/conformance.sh [options of the runner, such as --only 'CalDAV/put*' --failures]
#
# SHARED is the folder that holds conformance/ (default ../shared). OUT, if set, is a file for the
# results as JSON; PORT is another port than the profile's. The last line reads `N passed, N failed`.
set -eu
cd "$(dirname "$0")/.."
SHARED=${SHARED:-../shared}
runner=$SHARED/conformance/run.py
[ -f "$runner" ] || { echo "no conformance runner in $SHARED/conformance" >&2; exit 2; }
command -v python3 >/dev/null || { echo "python3 is needed" >&2; exit 2; }
CONVOKE=${CONVOKE:-$PWD/bin/convoke}
dir=$(mktemp -d)
options=("$@")
server=
stop() {
	[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }
	rm -rf "$dir"
}
trap stop EXIT

{
	echo 'kind,name,display_name,email,password,admin,members'
	echo 'user,admin,Super User,admin@example.com,admin,true,'
	for i in $(seq -w 1 40); do
		echo "user,user$i,User $i,user$i@example.com,user$i,,"
	done
	for i in $(seq -w 1 10); do
		echo "user,public$i,Public $i,public$i@example.com,public$i,,"
		echo "room,location$i,Location $i,location$i@example.com,location$i,,"
	done
	for i in $(seq -w 1 20); do
		echo "resource,resource$i,Resource $i,resource$i@example.com,resource$i,,"
	done
	# Who is in which group the scripts take for granted.
	set -- 01:user01 02:user06,user07 03:user08,user09 04:group02,group03,user10 06:user21 05:group06,user20 07:user22,user23,user24
	for g; do
		echo "group,group${g%%:*},Group ${g%%:*},group${g%%:*}@example.com,,,$(echo "${g#*:}" | tr , " ")"
	done
} >"$dir/people.csv"
"$CONVOKE" --data "$dir/data" provision "$dir/people.csv"

port=${PORT:-$(sed -n 's/^port *= *\([0-9]*\).*/\1/p' scripts/conformance/convoke.toml)}
# Some scripts sign in wrongly on purpose, from the one address that all come from; one expects 105 attendees to be
# too many.
CONVOKE_LIMITS_LOGIN_FAILURES=1000 CONVOKE_LIMITS_ATTENDEES=100 "$CONVOKE" --data "$dir/data" serve --listen "127.0.0.1:$port" >"$dir/log" 2>&1 &
server=$!
for _ in $(seq 200); do
	(echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
	sleep 0.05
done
[ -z "${OUT:-}" ] || options+=(--json "$OUT")
for r in $(seq -w 1 10); do # whose calendars assistants look after
	for proxy in write:user01 read:user03; do
		curl -s -o /dev/null -u admin:admin -X PROPPATCH -H 'Content-Type: application/xml' \
			--data "<propertyupdate xmlns='DAV:'><set><prop><group-member-set><href>/dav/principals/users/${proxy#*:}/</href></group-member-set></prop></set></propertyupdate>" \
			"http://127.0.0.1:$port/dav/principals/resources/resource$r/calendar-proxy-${proxy%%:*}/"
	done
done
status=0
PYTHONDONTWRITEBYTECODE=1 python3 "$runner" scripts/conformance/convoke.toml --port "$port" "${options[@]}" || status=$?
if grep -c '"level":"ERROR"\|level=ERROR' "$dir/log" >"$dir/errors"; then
	echo "the server logged $(cat "$dir/errors") errors; the first:" >&2
	grep -m 5 '"level":"ERROR"\|level=ERROR' "$dir/log" >&2
fi
[ -z "${LOG:-}" ] || cp "$dir/log" "$LOG"
exit $status

# Ground of the interop tests, for /bin/sh. A run.sh sources it first:
#
#   . "$(dirname "$0")/../lib.sh"
#   need litmus=litmus                # COMMAND=DEBIAN-PACKAGE
#   start_server                      # sets $URL; alice and bob exist, $PASSWORD opens both
#   check 'what is shown' COMMAND …   # one line `ok what is shown` or `FAIL what is shown`
#
# Everything lives in $DIR, which is also $HOME, and goes when the script ends, and so do
# the processes that were started here. No other process is touched.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
CONVOKE=${CONVOKE:-$ROOT/bin/convoke}
PASSWORD=interop-secret
DIR=$(mktemp -d)
SERVER=
NGINX=
FAILED=0

# A person's own settings and proxies must not decide how a test ends; Go's caches stay at $OLDHOME.
OLDHOME=${HOME:-}
HOME=$DIR
XDG_CONFIG_HOME=$DIR/.config
XDG_DATA_HOME=$DIR/.local
XDG_CACHE_HOME=$DIR/.cache
TZ=Europe/Berlin
LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME TZ LC_ALL
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
unset CONVOKE_DATA CONVOKE_CONFIG
# A machine under load is no fault of the server's: no request takes too long.
CONVOKE_LIMITS_WORK=1h
export CONVOKE_LIMITS_WORK

finish() {
	status=$?
	trap - EXIT
	if [ -n "$SERVER" ]; then
		kill "$SERVER" 2>/dev/null
		wait "$SERVER" 2>/dev/null
	fi
	if [ -n "$NGINX" ]; then
		kill "$NGINX" 2>/dev/null
		wait "$NGINX" 2>/dev/null
	fi
	[ -z "${LOG:-}" ] || cp "$DIR/server.log" "$LOG"
	rm -rf "$DIR"
	[ "$status" -ne 0 ] || [ "$FAILED" -eq 0 ] || status=1
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok() { echo "ok $*"; }

fail() {
	echo "FAIL $*"
	FAILED=$((FAILED + 1))
}

# unable says why the test cannot be set up here; scripts/test.sh counts it as a failure.
unable() {
	echo "cannot be set up here: $*" >&2
	exit 77
}

# check NAME COMMAND…: the command's output is shown only when it fails.
check() {
	name=$1
	shift
	if "$@" >"$DIR/check.out" 2>&1; then
		ok "$name"
	else
		fail "$name"
		sed 's/^/    /' "$DIR/check.out" | head -40
	fi
}

# refused COMMAND…: succeeds when the command does not.
refused() { ! "$@"; }

# need FILE-OR-COMMAND=PACKAGE…: installs the Debian packages whose commands are missing.
need() {
	missing=
	for pair in "$@"; do
		command -v "${pair%%=*}" >/dev/null 2>&1 || [ -e "${pair%%=*}" ] || missing="$missing ${pair#*=}"
	done
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || unable "missing Debian packages:$missing"
	[ "$(id -u)" -eq 0 ] || unable "missing Debian packages, and not root to install them:$missing"
	echo "apt-get install$missing"
	{
		apt-get update -q &&
			DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
	} >"$DIR/apt.out" 2>&1 || {
		tail -20 "$DIR/apt.out" >&2
		unable "apt-get install$missing failed"
	}
}

# free_port prints a port of loopback that nobody has, and that this script was not told before. The kernel gives those
# from 32768 on to connections, maybe between this and the start of a server.
free_port() {
	port=$(cat "$DIR/port" 2>/dev/null || echo $((20000 + $$ * 16 % 12000)))
	tries=0
	while :; do
		port=$((port + 1))
		[ "$port" -lt 32700 ] || port=20000
		perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => shift)' "$port" && break
		tries=$((tries + 1))
		[ "$tries" -lt 1000 ] || unable "no port is free"
	done
	echo "$port" >"$DIR/port"
	echo "$port"
}

# start_server runs `convoke serve` on a free port of loopback over an empty folder; with PROXY=nginx behind nginx.
start_server() {
	if [ "${PROXY:-}" = nginx ]; then
		CONVOKE_SERVER_TRUSTED_PROXIES=127.0.0.1
		export CONVOKE_SERVER_TRUSTED_PROXIES
	fi
	[ -x "$CONVOKE" ] || unable "no binary at $CONVOKE (make build)"
	for person in alice bob; do
		echo "$PASSWORD" | "$CONVOKE" --data "$DIR/data" user add "$person" \
			--name "$person" --email "$person@example.com" --password-stdin >/dev/null ||
			unable "convoke user add $person failed"
	done
	: >"$DIR/server.log"
	"$CONVOKE" --data "$DIR/data" serve --listen 127.0.0.1:0 >>"$DIR/server.log" 2>&1 &
	SERVER=$!
	tries=0
	until URL=$(sed -n 's/.*msg=listening.* url=\([^ ]*\).*/\1/p' "$DIR/server.log") && [ -n "$URL" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 6000 ] || ! kill -0 "$SERVER" 2>/dev/null; then
			cat "$DIR/server.log" >&2
			unable "convoke serve did not start"
		fi
		sleep 0.05
	done
	if [ "${PROXY:-}" = nginx ]; then
		. "$ROOT/interop/nginx/behind.sh"
		behind_nginx
	fi
}

# no_server_errors is the last check of each script: whatever a client sends, no 5xx and no error in the log.
no_server_errors() {
	check "$1: the server logs no error" refused grep -E 'level=ERROR|status=5[0-9][0-9]|panic' "$DIR/server.log"
}

#!/bin/bash
# Brings up convoke for the load harness, as the scripts of its peers do: users user01 to user20, password = user name.
# usage: convoke.sh start|stop|reset|pids|env|disk
# LAB is where the data goes (default /tmp/lab), PORT the port on loopback (9006), CONVOKE the binary.
set -eu
LAB=${LAB:-/tmp/lab} PORT=${PORT:-9006} DOMAIN=${DOMAIN:-example.test} NUSERS=${NUSERS:-20}
D=$LAB/convoke
CONVOKE=${CONVOKE:-$(cd "$(dirname "$0")/../.." && pwd)/bin/convoke}

pid() { [ ! -f "$D/pid" ] || cat "$D/pid"; }

stop() {
	local p
	p=$(pid)
	rm -f "$D/pid"
	[ -n "$p" ] && kill "$p" 2>/dev/null || return 0
	for _ in $(seq 250); do
		kill -0 "$p" 2>/dev/null || return 0
		sleep 0.02
	done
	kill -KILL "$p" 2>/dev/null || true
}

conf() {
	mkdir -p "$D"
	{
		echo kind,name,display_name,email,password
		for i in $(seq "$NUSERS"); do
			printf 'user,user%02d,User %02d,user%02d@%s,user%02d\n' "$i" "$i" "$i" "$DOMAIN" "$i"
		done
	} >"$D/people.csv"
	"$CONVOKE" --data "$D/data" provision "$D/people.csv" >/dev/null
	printf '[domains]\nexclusive = ["%s"]\n[log]\nlevel = "error"\n' "$DOMAIN" >"$D/convoke.toml"
}

start() {
	setsid "$CONVOKE" --data "$D/data" --config "$D/convoke.toml" serve --listen "127.0.0.1:$PORT" >"$D/log" 2>&1 </dev/null &
	echo $! >"$D/pid"
	for _ in $(seq 1000); do
		curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$PORT/" && return 0
		sleep 0.005
	done
	echo "no answer on port $PORT" >&2
	return 1
}

case ${1:-} in
start) start ;;
stop) stop ;;
reset) stop; rm -rf "$D"; conf; start ;;
pids) pid ;;
disk) echo "$D/data" ;;
env) echo "BASE=http://127.0.0.1:$PORT/" ;;
*) echo "usage: $0 start|stop|reset|pids|env|disk" >&2; exit 2 ;;
esac

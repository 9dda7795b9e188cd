#!/bin/sh
# tsdav and ical.js, as web applications use them: discovery, calendars, contacts, both ways to sync.
. "$(dirname "$0")/../lib.sh"
need node=nodejs
command -v npm >/dev/null 2>&1 || need npm=npm
cp "$HERE/package.json" "$HERE/package-lock.json" "$HERE"/*.mjs "$DIR/"
cd "$DIR" || exit 1
echo "npm ci"
npm_config_cache=$DIR/.npm npm ci --ignore-scripts --no-audit --no-fund >"$DIR/npm.out" 2>&1 || {
	tail -20 "$DIR/npm.out" >&2
	unable "npm ci failed"
}
start_server
URL=$URL PASSWORD=$PASSWORD node "$DIR/tsdav.mjs" || FAILED=$((FAILED + 1))
no_server_errors tsdav

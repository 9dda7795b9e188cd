#!/bin/sh
# The pages in a browser: the real binary with its demo, Debian's Chromium driven by playwright-core, axe; the types of
# the modules and whether web/static/vendor is what its lock file makes.
. "$(dirname "$0")/../lib.sh"
need node=nodejs chromium=chromium
command -v npm >/dev/null 2>&1 || need npm=npm
npm_config_cache=$DIR/.npm
export npm_config_cache CONVOKE
mkdir "$DIR/web" "$DIR/tests"
cp -r "$ROOT/web/package.json" "$ROOT/web/package-lock.json" "$ROOT/web/tsconfig.json" "$ROOT/web/types" "$ROOT/web/vendor-src" "$ROOT/web/static" "$DIR/web/"
cp -r "$HERE/." "$DIR/tests/"
rm -rf "$DIR/tests/node_modules"
for part in web tests; do
	echo "npm ci in $part"
	(cd "$DIR/$part" && npm ci --ignore-scripts --no-audit --no-fund) >"$DIR/npm.out" 2>&1 || {
		tail -20 "$DIR/npm.out" >&2
		unable "npm ci failed"
	}
done
check "the modules have right types" sh -c "cd '$DIR/web' && ./node_modules/.bin/tsc -p ."
check "vendored modules are what the lock file makes" sh -c "cd '$DIR/web' && node vendor-src/build.mjs --check"
cd "$DIR/tests" || exit 1
[ -x "$CONVOKE" ] || unable "no binary at $CONVOKE (make build)"
STATIC=$DIR/web/static
export STATIC
for file in unit/*.test.mjs; do
	[ -f "$file" ] || continue
	check "$(basename "$file" .test.mjs): its module keeps its word" node --test "$file"
done
for file in *.test.mjs; do
	[ -f "$file" ] || continue
	echo "browser: $file"
	node "$file" || FAILED=$((FAILED + 1))
done

#!/bin/sh
# A certificate by ACME from a real CA, Let's Encrypt's own test server (pebble) with real validation: it connects to
# us by TLS-ALPN-01 (RFC 8737), then a client that trusts nobody but that CA signs in over the certificate.
. "$(dirname "$0")/../lib.sh"
need curl=curl
command -v go >/dev/null || unable "no Go tool to build pebble with"
[ -x "$CONVOKE" ] || unable "no binary at $CONVOKE (make build)"
PEBBLE=v2.10.1
HOST=cal.example.org
for name in directory management names control tls plain; do
	eval "$name=$(free_port)"
done
CONVOKE_LIMITS_READ_HEADER=5m # the first handshake waits for the certificate
export CONVOKE_LIMITS_READ_HEADER

# The tool's caches stay where they are: only what is built here goes with $DIR.
for part in pebble pebble-challtestsrv; do
	HOME=${OLDHOME:-/root} GOBIN="$DIR" go install "github.com/letsencrypt/pebble/v2/cmd/$part@$PEBBLE" >"$DIR/go.out" 2>&1 || {
		tail -5 "$DIR/go.out" >&2
		unable "$part $PEBBLE could not be built"
	}
done
cd "$DIR" || exit 1
HOME=${OLDHOME:-/root} go run "$(HOME=${OLDHOME:-/root} go env GOROOT)/src/crypto/tls/generate_cert.go" --host localhost,127.0.0.1 --ca --duration 24h >"$DIR/go.out" 2>&1 ||
	unable "no certificate for the directory of pebble"
cat >pebble.json <<CONFIG
{"pebble": {
	"listenAddress": "127.0.0.1:$directory", "managementListenAddress": "127.0.0.1:$management",
	"certificate": "cert.pem", "privateKey": "key.pem", "httpPort": $plain, "tlsPort": $tls,
	"profiles": {"default": {"description": "", "validityPeriod": 86400}}
}}
CONFIG

# Every name is 127.0.0.1 for the validation.
./pebble-challtestsrv -defaultIPv4 127.0.0.1 -defaultIPv6 "" -dnsserver "127.0.0.1:$names" -management "127.0.0.1:$control" \
	-http01 "" -https01 "" -tlsalpn01 "" -doh "" >names.log 2>&1 &
NAMES=$!
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 ./pebble -config pebble.json -dnsserver "127.0.0.1:$names" >pebble.log 2>&1 &
CA=$!
stop() {
	status=$?
	kill "$NAMES" "$CA" 2>/dev/null
	wait "$NAMES" "$CA" 2>/dev/null
	(exit "$status")
	finish
}
trap stop EXIT

curl -sf --retry 300 --retry-delay 1 --retry-connrefused --cacert cert.pem "https://localhost:$directory/dir" >/dev/null ||
	unable "pebble does not answer: $(tail -3 pebble.log)"

echo "$PASSWORD" | "$CONVOKE" --data data user add alice --email alice@example.org --password-stdin >/dev/null ||
	unable "convoke user add failed"
cat >convoke.toml <<CONFIG
[server]
listen = ["127.0.0.1:$tls"]
public_url = "https://$HOST"
tls = { acme = true, acme_directory = "https://localhost:$directory/dir", acme_email = "post@example.org" }
CONFIG

serve() {
	: >server.log
	SSL_CERT_FILE=$DIR/cert.pem "$CONVOKE" --data data --config convoke.toml serve >>server.log 2>&1 &
	SERVER=$!
}
# ask [CURL-OPTION…]: the calendar home over TLS, believed by the root of pebble alone.
ask() {
	curl -sS -o /dev/null -w '%{http_code} %{ssl_verify_result}' --cacert root.pem --resolve "$HOST:$tls:127.0.0.1" \
		--retry 300 --retry-delay 1 --retry-connrefused -u "alice:$PASSWORD" -X PROPFIND -H 'Depth: 0' "$@" \
		"https://$HOST:$tls/dav/calendars/alice/"
}
answers() { [ "$(ask "$@")" = '207 0' ]; }

curl -sf --cacert cert.pem "https://localhost:$management/roots/0" >root.pem || unable "pebble shows no root"
serve
check 'acme: the first connection gets a certificate that the CA signed' answers
check 'acme: HTTP/1.1 over it' answers --http1.1
orders=$(grep -c 'Issued certificate' pebble.log)
check 'acme: one certificate was issued' test "$orders" -eq 1
kill "$SERVER" && wait "$SERVER"
serve
check 'acme: after a restart the kept certificate serves' answers
check 'acme: and no other one was asked for' test "$(grep -c 'Issued certificate' pebble.log)" -eq "$orders"
check 'acme: a host that is not ours gets none' refused curl -sf -o /dev/null --cacert root.pem \
	--resolve "other.example.org:$tls:127.0.0.1" "https://other.example.org:$tls/healthz"
check 'acme: keys are readable by their owner alone' test -z "$(find data/acme -type f -perm /077)"
no_server_errors acme

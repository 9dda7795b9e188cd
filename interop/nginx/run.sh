#!/bin/sh
# The server behind nginx, configured as docs/deploy.md says (reliability.md §8.9): the WebDAV suite and clients'
# stories once more, then what a proxy alone brings.
. "$(dirname "$0")/../lib.sh"

for suite in litmus pythoncaldav vdirsyncer tsdav; do
	PROXY=nginx sh "$ROOT/interop/$suite/run.sh" >"$DIR/$suite.out" 2>&1
	status=$?
	sed 's/^\(ok\|FAIL\) /\1 nginx: /' "$DIR/$suite.out"
	seen=$(grep -c '^FAIL ' "$DIR/$suite.out")
	FAILED=$((FAILED + seen))
	[ "$status" -eq 0 ] || [ "$seen" -gt 0 ] || fail "nginx: $suite ended with status $status"
done

need curl=curl /usr/bin/python3=python3
PROXY=nginx
start_server
check 'nginx: idle and slow connections leave others served' \
	/usr/bin/python3 "$HERE/idle.py" "$URL" "$DIRECT" "$PASSWORD"

# answer STATUS CURL-ARGUMENTS…
answer() {
	want=$1
	shift
	got=$(curl -s -o "$DIR/answer" -D "$DIR/head" -w '%{http_code}' "$@")
	cat "$DIR/head"
	[ "$got" = "$want" ]
}
home=$URL/dav/calendars/alice
check 'nginx: a password over TLS to the proxy is taken' answer 207 -u "alice:$PASSWORD" -X PROPFIND -H 'Depth: 0' "$home/"
check 'nginx: where discovery leads stays on the proxy' \
	sh -c 'curl -s -o /dev/null -w "%{redirect_url}" "$1/.well-known/caldav" | grep -x "$1/.*"' sh "$URL"
check 'nginx: a name with reserved characters arrives as it is' \
	answer 201 -u "alice:$PASSWORD" -X MKCOL "$home/a%20b%2Bc%26d%25/"
check 'nginx: and is found again' answer 207 -u "alice:$PASSWORD" -X PROPFIND -H 'Depth: 0' "$home/a%20b%2Bc%26d%25/"

# A card with a large photo: more than nginx takes by itself.
{
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:photo\r\nFN:Photo\r\nN:Photo;;;;\r\nPHOTO;ENCODING=b;TYPE=JPEG:'
	head -c 3000000 /dev/zero | base64 | tr -d '\n' | fold -w 74 | sed 's/^/ /; s/$/\r/'
	printf 'END:VCARD\r\n'
} >"$DIR/photo.vcf"
photo=$URL/dav/addressbooks/alice/default/photo.vcf
check 'nginx: a large card is taken' \
	answer 201 -u "alice:$PASSWORD" -T "$DIR/photo.vcf" -H 'Content-Type: text/vcard' "$photo"
check 'nginx: and comes back whole' \
	sh -c 'curl -s -u "$1" "$2" | cmp - "$3"' sh "alice:$PASSWORD" "$photo" "$DIR/photo.vcf"
check 'nginx: the log names the client, not the proxy' refused grep 'proxy that is not' "$DIR/server.log"
no_server_errors nginx

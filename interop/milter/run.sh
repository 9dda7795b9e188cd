#!/bin/sh
# Who is believed, behind Debian's Postfix with OpenDKIM: mails signed, unsigned, changed on the way, with forged verdicts.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/interop/mail.sh"
need opendkim=opendkim opendkim-testmsg=opendkim-tools
mail_ready
echo "$PASSWORD" | convoke user add alice --email alice@example.com --password-stdin >/dev/null || unable "convoke user add failed"
MILTER=$(free_port)
ROUTES="example.com=lmtp:inet:127.0.0.1:$LMTP" COPIES=
cat >"$DIR/convoke.toml" <<TOML
[domains]
exclusive = ["example.com"]
[trust]
authserv_ids = ["mx.example.com"]
new_invitations = "always"
verify = "header"
[lmtp]
listen = "127.0.0.1:$LMTP"
TOML

# Keys of two domains in a file, so that no DNS is asked. The filter looks at the mail of all hosts, this one too.
openssl genrsa -out "$DIR/sign.pem" 2048 2>/dev/null || unable "openssl makes no key"
public=$(openssl rsa -in "$DIR/sign.pem" -pubout -outform DER 2>/dev/null | openssl base64 -A)
for domain in example.net example.org; do
	echo "s._domainkey.$domain v=DKIM1; k=rsa; p=$public"
done >"$DIR/keys"
echo 192.0.2.1 >"$DIR/internal"
FILTER=
start_filter() { # LINE…: of its configuration, besides
	cat >"$DIR/opendkim.conf" <<CONF
Mode v
Socket inet:$MILTER@127.0.0.1
Background no
Syslog no
AuthservID mx.example.com
InternalHosts $DIR/internal
TestPublicKeys $DIR/keys
CONF
	printf '%s\n' "$@" >>"$DIR/opendkim.conf"
	opendkim -f -x "$DIR/opendkim.conf" >"$DIR/opendkim.log" 2>&1 &
	FILTER=$!
	until_true "OpenDKIM answers: $(cat "$DIR/opendkim.log")" port_open "$MILTER"
}
stop_filter() {
	[ -z "$FILTER" ] || kill "$FILTER" 2>/dev/null
	FILTER=
	wait "${1:-}" 2>/dev/null
}
trap 'status=$?; [ -z "$FILTER" ] || kill "$FILTER" 2>/dev/null; (exit $status); mail_finish' EXIT

event() { mail event "$1" REQUEST eve@example.net alice@example.com verdict=none; }
sign() { opendkim-testmsg -C -d "$1" -k "$DIR/sign.pem" -s s; }
send() { mail smtp "$SMTP" eve@example.net alice@example.com; }
verdict() { printf 'Authentication-Results: mx.example.com; %s\r\n' "$1"; }
foreign() { printf 'Received: from x by %s; Mon, 05 Jan 2026 09:00:00 +0000\r\n' "$1"; }
forged='dmarc=pass header.from=example.net'
held() { convoke review list --json >"$DIR/review.out" && grep -qF "$1" "$DIR/review.out" || { cat "$DIR/review.out"; return 1; }; }
waits() { # UID: it is held, and not in the calendar
	soon "$2: held" held "$1"
	check "$2: not in the calendar" refused holds alice "UID:$1"
}

one_event() { calendar alice >"$DIR/calendar.out" && test "$(grep -c '^UID:' "$DIR/calendar.out")" = 1; }

start_filter 'AlwaysAddARHeader yes' 'RemoveARFrom mx.example.com' 'RemoveARAll yes'
MAINCF="smtpd_milters = inet:127.0.0.1:$MILTER
milter_default_action = tempfail"
start_postfix
start_convoke

event signed-1 | sign example.net | send >"$DIR/sent"
soon 'signed by the organizer: in the calendar' holds alice UID:signed-1
event unsigned-1 | send >"$DIR/sent"
waits unsigned-1 'unsigned'
event another-1 | sign example.org | send >"$DIR/sent"
waits another-1 'signed by another domain'
event broken-1 | sign example.net | sed 's/^Lunch/Dinner/' | send >"$DIR/sent"
waits broken-1 'changed on the way'
{ verdict 'dkim=pass header.d=example.net'; event forged-1; } | send >"$DIR/sent"
waits forged-1 'a forged verdict of DKIM'
{ verdict "$forged"; event forged-2; } | send >"$DIR/sent"
waits forged-2 'a forged verdict of DMARC'
{ foreign localhost; verdict "$forged"; event forged-3; } | send >"$DIR/sent"
waits forged-3 'a forged verdict below a localhost'

check 'the first alone is in the calendar' one_event
# A filter that takes nothing out, and says nothing of unsigned mail: what stands below a Received of another host is not believed even so.
stop_filter "$FILTER"
start_filter 'RemoveARFrom other.example.com'
{ foreign outside.example.net; verdict "$forged"; event below-1; } | send >"$DIR/sent"
waits below-1 'nothing taken out, below a foreign host'

# Signatures verified here alone: no header is believed.
stop_convoke
sed 's/^verify.*/verify = "dkim"/' "$DIR/convoke.toml" >"$DIR/dkim.toml"
cp "$DIR/server.log" "$DIR/before.log"
start_convoke "$DIR/dkim.toml"
{ verdict "$forged"; event alone-1; } | send >"$DIR/sent"
waits alone-1 'trust.verify = dkim: a header of ours'
check 'the first alone is in the calendar' one_event
check 'milter: the server logs no error' refused grep -hE 'level=ERROR|panic' "$DIR/before.log" "$DIR/server.log"

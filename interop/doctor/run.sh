#!/bin/sh
# convoke doctor against Debian's Postfix and Dovecot: a deployment where everything works, one where nothing is set
# up, and one whose mail server vouches for nobody.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/interop/mail.sh"
mail_ready
ROUTES="example.com=lmtp:inet:127.0.0.1:$DOVELMTP example.net=lmtp:inet:127.0.0.1:$DOVELMTP"
COPIES="example.com=$LMTP"
echo "$PASSWORD" | convoke user add alice --email alice@example.com --password-stdin >/dev/null || unable "convoke user add failed"
config() { # AUTHSERV-ID
	cat <<TOML
[domains]
exclusive = ["example.com"]
[lmtp]
listen = "127.0.0.1:$LMTP"
[smtp]
host = "127.0.0.1"
port = $SMTP
tls = "none"
gateway_address = "calendar@example.com"
merge_pause = "0s"
[trust]
authserv_ids = ["$1"]
TOML
}
config mx.example.com >"$DIR/convoke.toml"
MAINCF='smtpd_sender_restrictions = check_sender_access regexp:{{/@example\.net$$/ PREPEND Authentication-Results: mx.example.com; dmarc=pass header.from=example.net}}'
start_dovecot
start_postfix
start_convoke

examine() { # CONFIG [FLAG…]
	config=$1
	shift
	CONVOKE_PROBE_PASSWORD=$PASSWORD convoke --config "$config" doctor --as alice --probe probe@example.net "$@" >"$DIR/doctor.out" 2>&1
	status=$?
	cat "$DIR/doctor.out"
	return "$status"
}
says() { grep -qF -- "$1" "$DIR/doctor.out" || { echo "no $1 in:"; cat "$DIR/doctor.out"; return 1; }; }

check 'doctor: all rows pass by the real mail servers' examine "$DIR/convoke.toml" --probe-imap "imap://127.0.0.1:$IMAP" --probe-smtp "127.0.0.1:$SMTP"
for row in 1 2 3 4 5 6 7 8 9 10 11; do
	check "doctor: M$row passed" grep -qE "^ok +M$row " "$DIR/doctor.out"
done
check 'doctor: it takes away what it made' refused holds alice doctor-
check 'doctor: and its room and its password' sh -c "! '$DIR/convoke' --data '$DIR/data' resource list | grep doctor && ! '$DIR/convoke' --data '$DIR/data' user app-password list alice | grep doctor"
check 'doctor: without the probe it hands mail to LMTP itself' examine "$DIR/convoke.toml" --wait 2m
check 'doctor: and says what it could not see' says 'skip M2'
check 'doctor: the answer as JSON' sh -c "CONVOKE_PROBE_PASSWORD=$PASSWORD '$DIR/convoke' --data '$DIR/data' --config '$DIR/convoke.toml' doctor --json | python3 -c 'import json,sys; assert any(f[\"result\"] == \"passed\" for f in json.load(sys.stdin))'"

# A mail server that signs under another name is not believed: the answer of the probe is held, and the doctor says where.
stop_convoke
config elsewhere.example >"$DIR/stranger.toml"
start_convoke "$DIR/stranger.toml"
check 'doctor: who is not vouched for fails' refused examine "$DIR/stranger.toml" --probe-smtp "127.0.0.1:$SMTP" --wait 3s
check 'doctor: the row tells what to look at' says 'convoke review list'

# Nothing set up.
stop_convoke
printf '[domains]\n' >"$DIR/nothing.toml"
start_convoke "$DIR/nothing.toml"
check 'doctor: nothing set up fails' refused examine "$DIR/nothing.toml" --wait 1s
check 'doctor: it says to name domains' says 'domains.exclusive'
check 'doctor: and a way out' says 'smtp.host'
check 'doctor: and a way in' says 'lmtp.listen'
cat "$DIR/server.log" >>"$DIR/all.log"
check 'doctor: the server logs no error' refused grep -E 'level=ERROR|status=5[0-9][0-9]|panic' "$DIR/all.log"

#!/bin/sh
# Two servers that know each other by mail alone, Postfix and Dovecot between them: the whole life of a meeting in both
# directions, with mail that is late, doubled and out of order, and servers that die in between. example.com takes its
# mail by LMTP, example.org reads mailboxes by IMAP.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/interop/mail.sh"
mail_ready
COM_LMTP=$LMTP
ROUTES="example.com=lmtp:inet:127.0.0.1:$DOVELMTP example.org=lmtp:inet:127.0.0.1:$DOVELMTP"
COPIES="example.com=$COM_LMTP"
# What a filter for incoming mail would find out: who is in the envelope wrote the mail.
MAINCF='smtpd_sender_restrictions = check_sender_access regexp:{
  {/@example\.com$$/ PREPEND Authentication-Results: mx.example.com; dmarc=pass header.from=example.com}
  {/@example\.org$$/ PREPEND Authentication-Results: mx.example.com; dmarc=pass header.from=example.org}}'

config() { # DOMAIN PORT: of either server
	cat <<TOML
[server]
listen = ["127.0.0.1:$2"]
[domains]
exclusive = ["$1"]
[smtp]
host = "127.0.0.1"
port = $SMTP
tls = "none"
gateway_address = "calendar@$1"
merge_pause = "0s"
[trust]
authserv_ids = ["mx.example.com"]
new_invitations = "always"
TOML
}
COM_PORT=$(free_port)
ORG_PORT=$(free_port)
mkdir -p "$DIR/com" "$DIR/org"
{
	config example.com "$COM_PORT"
	printf '[lmtp]\nlisten = "127.0.0.1:%s"\n' "$COM_LMTP"
} >"$DIR/com/convoke.toml"
{
	config example.org "$ORG_PORT"
	cat <<TOML
[[imap]]
host = "127.0.0.1"
port = $IMAP
tls = "none"
mode = "users"
master_user = "convoke"
password = "$PASSWORD"
TOML
} >"$DIR/org/convoke.toml"
chown -R "$MAILDIR_OWNER:$MAILDIR_OWNER" "$DIR/com" "$DIR/org"
echo "$PASSWORD" | as_mail "$DIR/convoke" --data "$DIR/com/data" user add alice --email alice@example.com --password-stdin >/dev/null &&
	echo "$PASSWORD" | as_mail "$DIR/convoke" --data "$DIR/org/data" user add bella --email bella@example.org --password-stdin >/dev/null ||
	unable "convoke user add failed"

start_dovecot
start_postfix

# The story starts, kills and starts the servers itself, so that a death is where it belongs.
python3 "$HERE/life.py" "$DIR" "$PASSWORD" "$COM_PORT" "$ORG_PORT" "$IMAP" "$SMTP" "$(id -u "$MAILDIR_OWNER")" "$(id -g "$MAILDIR_OWNER")" >"$DIR/life.out" 2>&1
status=$?
grep -E '^(ok|FAIL|   )' "$DIR/life.out"
FAILED=$(grep -c '^FAIL' "$DIR/life.out")
if [ "$status" -ne 0 ]; then
	fail "twoservers: the story broke off"
	tail -20 "$DIR/life.out" | sed 's/^/    /'
fi
for place in com org; do
	check "twoservers: $place logs no error" refused grep -E 'level=ERROR|panic' "$DIR/$place/server.log"
	check "twoservers: $place's store is whole" as_mail "$DIR/convoke" --data "$DIR/$place/data" check
done

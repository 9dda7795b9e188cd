#!/bin/sh
# Mail in through Debian's Dovecot and Postfix: LMTP, IMAP with IDLE in a shared mailbox and in everybody's own, Sieve
# with `convoke deliver`, and what must survive: no server, new UIDs, the same mail by two ways, kill -9.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/interop/mail.sh"
mail_ready
for person in alice bob carol; do
	echo "$PASSWORD" | convoke user add "$person" --name "$person" --email "$person@example.com" --password-stdin >/dev/null ||
		unable "convoke user add $person failed"
done
cat >"$DIR/convoke.toml" <<TOML
[domains]
exclusive = ["example.com"]
[trust]
authserv_ids = ["mx.example.com"]
new_invitations = "always"
[lmtp]
listen = "127.0.0.1:$LMTP"
[[imap]]
host = "localhost"
port = $IMAPS
ca = "$DIR/cert.pem"
username = "copies@example.com"
password = "$PASSWORD"
[[imap]]
host = "localhost"
port = $IMAP
tls = "starttls"
ca = "$DIR/cert.pem"
mode = "users"
master_user = "convoke"
password = "$PASSWORD"
processed = "move:Calendar"
TOML
start_dovecot
start_postfix
start_convoke
eve=eve@example.net

# LMTP, straight.
mail event lmtp-1 REQUEST $eve alice@example.com >"$DIR/1"
answered() { mail lmtp "$1" $eve "$2" <"$3" | tee "$DIR/lmtp.out" | grep "^$4 "; }
check 'LMTP: an invitation is taken with 250' answered "$LMTP" alice@example.com "$DIR/1" 250
check 'LMTP: it is in the calendar, unanswered' holds alice UID:lmtp-1 NEEDS-ACTION
check 'LMTP: nobody of that name is refused at RCPT' answered "$LMTP" nobody@example.com "$DIR/1" 550
printf 'Subject: news\r\n\r\nhello\r\n' >"$DIR/plain"
check 'LMTP: other mail is taken and left alone' answered "$LMTP" alice@example.com "$DIR/plain" 250

# Postfix: the mailbox gets the mail, Convoke a copy.
mail event postfix-1 REQUEST $eve alice@example.com summary=ByPostfix >"$DIR/2"
check 'Postfix: takes the mail' sh -c "python3 '$MAIL/mail.py' smtp $SMTP $eve alice@example.com <'$DIR/2' | grep '^250 '"
soon 'Postfix: the copy is in the calendar' holds alice UID:postfix-1
in_a_folder() { inbox_has "$1" INBOX "$2" || inbox_has "$1" Calendar "$2"; } # where the server puts what it has read
soon 'Postfix: the mail is in the mailbox' in_a_folder alice@example.com ByPostfix

# A shared mailbox, by IDLE: the server waits there already.
mail event shared-1 REQUEST $eve bob@example.com original=bob@example.com header_to=team@example.net >"$DIR/3"
soon 'IMAP: the shared mailbox is open' grep -q 'mailbox open.*copies@example.com' "$DIR/server.log"
check 'IMAP: a copy comes in' mail append "$IMAP" copies@example.com "$PASSWORD" INBOX <"$DIR/3"
soon 'IMAP shared: it is in the calendar of whom it was for' holds bob UID:shared-1
soon 'IMAP shared: the copy is marked' inbox_has copies@example.com INBOX '$iMIPProcessed'
check 'IMAP shared: it is not marked as read' refused inbox_has copies@example.com INBOX '\Seen'

# Everybody's own mailbox, by the master user.
soon 'IMAP users: the mailbox of carol is open' grep -q 'mailbox open.*carol@example.com' "$DIR/server.log"
mail event own-1 REQUEST $eve carol@example.com summary=OwnBox >"$DIR/4"
mail append "$IMAP" carol@example.com "$PASSWORD" INBOX <"$DIR/plain"
mail append "$IMAP" carol@example.com "$PASSWORD" INBOX <"$DIR/4"
soon 'IMAP users: it is in the calendar' holds carol UID:own-1
soon 'IMAP users: the message was moved' inbox_has carol@example.com Calendar OwnBox
check 'IMAP users: other mail stays' inbox_has carol@example.com INBOX news

# Sieve: the outcome stands in the mail.
mail event sieve-1 REQUEST $eve alice@example.com summary=BySieve >"$DIR/5"
check 'Sieve: Dovecot takes the mail' answered "$DOVELMTP" alice@example.com "$DIR/5" 250
check 'Sieve: it is in the calendar at once' holds alice UID:sieve-1
soon 'Sieve: the mail says so' in_a_folder alice@example.com 'X-Calendar-Outcome: added'

# No server: mail is delivered, and the calendar follows.
stop_convoke
mail event spool-1 REQUEST $eve alice@example.com summary=WhileDown >"$DIR/6"
hold_lock() { exec setpriv --reuid="$MAILDIR_OWNER" --regid="$MAILDIR_OWNER" --clear-groups perl -e 'use Fcntl ":flock"; $| = 1; open(my $f, "+>>", $ARGV[0]) or die; flock($f, LOCK_EX) or die; $SIG{TERM} = sub { exit 0 }; print "held\n"; sleep 3600' "$1"; }
hold_lock "$DIR/data/convoke.lock" >"$DIR/held" & # as a server that comes up holds it: nobody opens the store

holder=$!
trap 'status=$?; kill "$holder" 2>/dev/null; (exit $status); mail_finish' EXIT
until_true 'the lock is held' grep -q held "$DIR/held"
check 'down: Dovecot takes the mail' answered "$DOVELMTP" alice@example.com "$DIR/6" 250
soon 'down: the mail is in the mailbox and says that the calendar waits' in_a_folder alice@example.com 'X-Calendar-Reason: queued'
check 'down: the mail is spooled' sh -c "ls '$DIR/data/spool' | grep -q mail"
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null
start_convoke
soon 'up again: it is in the calendar' holds alice UID:spool-1
soon 'up again: the spool is empty' sh -c "! ls '$DIR/data/spool' | grep -q '\.mail'"

# New UIDs: the shared mailbox is made anew with the same mails in it.
stop_convoke
changes() { convoke event history "$1" --json | grep -c '"what"'; }
before=$(changes shared-1)
rm -rf "$DIR/mail/copies@example.com"
mail event shared-2 REQUEST $eve bob@example.com original=bob@example.com >"$DIR/7"
mail append "$IMAP" copies@example.com "$PASSWORD" INBOX <"$DIR/3"
mail append "$IMAP" copies@example.com "$PASSWORD" INBOX <"$DIR/7"
start_convoke
soon 'new UIDs: what is new is received' holds bob UID:shared-2
soon 'new UIDs: the server says that it reads again' grep -q 'has new UIDs' "$DIR/server.log"
check 'new UIDs: what was received before changes nothing' test "$(changes shared-1)" = "$before"

# App passwords of people's mailboxes instead of a master user.
stop_convoke
sed -e '/^master_user/d' -e 's|^mode = "users"|&\naccounts = "'"$DIR"'/accounts"|' "$DIR/convoke.toml" | awk '/^\[\[imap\]\]/ { n++ } !(n == 2 && /^password/)' >"$DIR/accounts.toml"
echo "carol@example.com $PASSWORD" >"$DIR/accounts"
chmod 600 "$DIR/accounts"
chown "$MAILDIR_OWNER" "$DIR/accounts"
start_convoke "$DIR/accounts.toml"
mail event own-2 REQUEST $eve carol@example.com >"$DIR/9"
mail append "$IMAP" carol@example.com "$PASSWORD" INBOX <"$DIR/9"
soon 'app passwords: it is in the calendar' holds carol UID:own-2
check 'app passwords: other mailboxes are left alone' refused grep -q 'mailbox open.*alice@example.com' "$DIR/server.log"

# The same mail by three ways changes the calendar once (M36).
mail event twice-1 REQUEST $eve bob@example.com original=bob@example.com >"$DIR/8"
check 'twice: by LMTP' answered "$LMTP" bob@example.com "$DIR/8" 250
first=$(changes twice-1)
mail append "$IMAP" copies@example.com "$PASSWORD" INBOX <"$DIR/8"
check 'twice: by deliver' sh -c "'$DIR/convoke' --data '$DIR/data' deliver --to bob@example.com <'$DIR/8' | grep '^outcome=no_action'"
soon 'twice: by IMAP' test "$(inbox copies@example.com | grep -ic 'imipprocessed')" -ge 1
check 'twice: one change' test "$first" -ge 1 -a "$(changes twice-1)" = "$first"

# kill -9 while mails come in (fewer than one sender may send in an hour): each is given until it is taken, and is there once.
mail torture "$LMTP" $eve alice@example.com 40 torture >"$DIR/torture" 2>&1 &
giver=$!
for round in 1 2 3; do
	sleep 1
	stop_convoke KILL
	start_convoke
done
check 'kill -9: all mails are taken in the end' wait "$giver"
calendar alice >"$DIR/calendar.out"
check 'kill -9: each is in the calendar, once' test "$(grep -c 'UID:torture-' "$DIR/calendar.out")" = 40
check 'kill -9: the store is whole' convoke check
check 'the server logs no error' refused grep -E 'level=ERROR|panic' "$DIR/server.log"

#!/bin/sh
# Postfix takes our invitations: STARTTLS, a mailbox, an address that is refused, one that bounces later. The mails are
# judged as they lie in a Maildir.
. "$(dirname "$0")/../lib.sh"
need postfix=postfix openssl=openssl python3=python3 curl=curl
[ "$(id -u)" -eq 0 ] || unable "Postfix's master runs as root alone"

# Its own instance: nothing of /etc/postfix, its own queue, ports and mailboxes. It runs below $DIR as user postfix.
PF=$DIR/postfix
chmod 711 "$DIR"
mkdir -p "$PF/etc" "$PF/spool" "$PF/data" "$PF/mail"
chown postfix "$PF/data" "$PF/mail"
SMTP=$(free_port)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$PF/etc/key.pem" -out "$PF/etc/cert.pem" 2>/dev/null || unable "no certificate"
uid=$(id -u postfix) gid=$(id -g postfix)
cat >"$PF/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $PF/spool
data_directory = $PF/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file = $PF/maillog
maillog_file_prefixes = $DIR
recipient_delimiter = +
virtual_mailbox_domains = example.com, example.net
virtual_mailbox_base = $PF/mail
virtual_mailbox_maps = inline:{ zoe@example.net=zoe/, max@example.net=max/, calendar@example.com=calendar/, late@example.net=late/ }
virtual_uid_maps = static:$uid
virtual_gid_maps = static:$gid
virtual_minimum_uid = 1
transport_maps = inline:{ late@example.net=gone: }
smtpd_tls_cert_file = $PF/etc/cert.pem
smtpd_tls_key_file = $PF/etc/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_received_header = yes
CF
cat >"$PF/etc/master.cf" <<CF
127.0.0.1:$SMTP inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
gone unix - n n - - pipe flags=R user=nobody argv=/bin/sh -c {exit 67}
anvil unix - - n - 1 anvil
CF
postfix -c "$PF/etc" start >"$DIR/postfix.out" 2>&1 || { cat "$DIR/postfix.out" >&2; unable "postfix did not start"; }
trap 'postfix -c "$PF/etc" stop >/dev/null 2>&1; finish' EXIT

export CONVOKE_DOMAINS_EXCLUSIVE=example.com CONVOKE_SMTP_HOST=127.0.0.1 CONVOKE_SMTP_PORT="$SMTP" CONVOKE_SMTP_CA="$PF/etc/cert.pem"
export CONVOKE_SMTP_GATEWAY_ADDRESS=calendar@example.com CONVOKE_SMTP_MERGE_PAUSE=0s CONVOKE_DELIVER_ENABLED=true
start_server
home=$URL/dav/calendars/alice/default

# event FILE SEQUENCE HOUR ATTENDEE…
event() {
	file=$1 sequence=$2 hour=$3
	shift 3
	{
		printf 'BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//interop//EN\nBEGIN:VEVENT\nUID:%s\nDTSTAMP:20300101T000000Z\nSEQUENCE:%s\n' "$file" "$sequence"
		printf 'DTSTART;TZID=Europe/Berlin:20300312T%s0000\nDURATION:PT1H\nSUMMARY:Frühstück\\, spät\nLOCATION:Küche\n' "$hour"
		printf 'ORGANIZER;CN=Alice Ä.:mailto:alice@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\n'
		for a; do printf 'ATTENDEE;CN="Gast, der";RSVP=TRUE:mailto:%s\n' "$a"; done
		printf 'BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:private\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n'
	} >"$DIR/$file.ics"
	curl -sSf -u "alice:$PASSWORD" -X PUT -H 'Content-Type: text/calendar' --data-binary "@$DIR/$file.ics" "$home/$file.ics" >/dev/null
}

# status FILE ADDRESS WANTED waits until the organizer's copy tells this of an attendee.
status() {
	n=0
	until curl -sSf -u "alice:$PASSWORD" "$home/$1.ics" | tr -d '\r' | sed -e :a -e '$!N;s/\n //;ta' -e 'P;D' |
		grep "^ATTENDEE.*SCHEDULE-STATUS=$3.*mailto:$2" >/dev/null; do
		n=$((n + 1))
		[ "$n" -lt 2000 ] || { curl -sS -u "alice:$PASSWORD" "$home/$1.ics"; "$CONVOKE" --data "$DIR/data" queue list --all; cat "$PF/maillog"; return 1; }
		sleep 0.1
	done
}

# arrived WHO N waits until so many mails lie in a mailbox.
arrived() {
	n=0
	until [ "$(ls "$PF/mail/$1/new" 2>/dev/null | wc -l)" -ge "$2" ]; do
		n=$((n + 1))
		[ "$n" -lt 2000 ] || { ls -lR "$PF/mail"; cat "$PF/maillog"; return 1; }
		sleep 0.1
	done
}

check 'postfix: an invitation is stored' event breakfast 0 09 zoe@example.net max@example.net
check 'postfix: it is sent' status breakfast zoe@example.net 1.1
check 'postfix: it arrives' arrived zoe 1
check 'postfix: so does that of the other' arrived max 1
check 'postfix: moved' event breakfast 1 10 zoe@example.net max@example.net
check 'postfix: the change arrives' arrived zoe 2
check 'postfix: cancelled' curl -sSf -u "alice:$PASSWORD" -X DELETE "$home/breakfast.ics"
check 'postfix: the cancellation arrives' arrived zoe 3
check 'postfix: the mails are right' python3 "$HERE/judge.py" "$PF/mail/zoe/new"

check 'postfix: two more are invited' event brunch 0 11 nobody@example.net late@example.net
check 'postfix: one is refused at once' status brunch nobody@example.net 5.2
check 'postfix: the other is taken' status brunch late@example.net 1.1
check 'postfix: and bounces' arrived calendar 1
bounce=$(ls "$PF/mail/calendar/new"/* 2>/dev/null | head -1)
to=$(sed -n 's/^Delivered-To: *\(.*\)/\1/p;s/^X-Original-To: *\(.*\)/\1/p' "$bounce" | grep + | head -1)
deliver() { "$CONVOKE" --data "$DIR/data" deliver --to "$to" --from '<>' <"$bounce"; }
check 'postfix: the bounce comes in' deliver
check 'postfix: the organizer sees it' status brunch late@example.net 5.2
no_server_errors postfix

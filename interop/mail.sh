# Ground of the tests of mail, after lib.sh: Debian's Dovecot and Postfix on loopback, below $DIR, and `convoke serve` as
# the user whose mailboxes Dovecot keeps. All that is started here ends with the script.
#
#   . "$(dirname "$0")/../lib.sh"
#   . "$ROOT/interop/mail.sh"
#   mail_ready          # packages, folders, a certificate; free ports: $IMAP $IMAPS $DOVELMTP $SMTP $LMTP
#   start_dovecot       # any address has a mailbox, with $PASSWORD; the master user `convoke` opens all
#   start_postfix       # listens on $SMTP; see ROUTES and COPIES
#   start_convoke FILE  # the server with a configuration, over $DIR/data; sets $URL
#   stop_convoke [SIGNAL]
#
# ROUTES says where the mail of a domain goes, COPIES to which LMTP port a copy of it goes besides, each a list of
# DOMAIN=…; MAINCF are more lines of main.cf. Set before start_postfix: after a reload, a process that was there before
# may still take a mail by the former settings.
#   ROUTES="example.com=lmtp:inet:127.0.0.1:$DOVELMTP"   COPIES="example.com=$LMTP"
MAILDIR_OWNER=mail
MAIL=$ROOT/interop/dovecot
DOVECOT=
POSTFIX=

mail_ready() {
	[ "$(id -u)" -eq 0 ] || unable "Dovecot and Postfix need root to be started"
	need dovecot=dovecot-core /usr/lib/dovecot/imap=dovecot-imapd /usr/lib/dovecot/lmtp=dovecot-lmtpd sievec=dovecot-sieve \
		postconf=postfix python3=python3 curl=curl openssl=openssl setpriv=util-linux perl=perl-base
	for name in IMAP IMAPS DOVELMTP SMTP LMTP; do
		eval "$name=$(free_port)"
	done
	chmod 755 "$DIR"
	mkdir -p "$DIR/dovecot" "$DIR/mail" "$DIR/sieve" "$DIR/sieve-bin" "$DIR/data"
	chown -R "$MAILDIR_OWNER:$MAILDIR_OWNER" "$DIR/mail" "$DIR/data"
	cp "$CONVOKE" "$DIR/convoke" # where the mail user can run it
	chmod 755 "$DIR/convoke"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$DIR/key.pem" -out "$DIR/cert.pem" >/dev/null 2>&1 || unable "openssl makes no certificate"
}

fill() { # FILE: with this test's names put in
	sed -e "s|@DIR@|$DIR|g; s|@PASSWORD@|$PASSWORD|g; s|@IMAP@|$IMAP|g; s|@IMAPS@|$IMAPS|g" \
		-e "s|@DOVELMTP@|$DOVELMTP|g; s|@SMTP@|$SMTP|g; s|@LMTP@|$LMTP|g" "$1"
}

start_dovecot() {
	fill "$MAIL/dovecot.conf" >"$DIR/dovecot/dovecot.conf"
	echo "convoke:{PLAIN}$PASSWORD" >"$DIR/dovecot/masters"
	cp "$MAIL/calendar.sieve" "$DIR/sieve/"
	printf '#!/bin/sh\nexec %s --data %s deliver "$@"\n' "$DIR/convoke" "$DIR/data" >"$DIR/sieve-bin/calendar-deliver"
	chmod 755 "$DIR/sieve-bin/calendar-deliver"
	sievec -c "$DIR/dovecot/dovecot.conf" "$DIR/sieve/calendar.sieve" || unable "sievec refuses the script"
	dovecot -c "$DIR/dovecot/dovecot.conf" || unable "Dovecot does not start: $(tail -n 5 "$DIR/dovecot.log" 2>/dev/null)"
	until_true 'Dovecot answers' port_open "$IMAP"
	until_true 'Dovecot tells its process' test -s "$DIR/dovecot/run/master.pid"
	DOVECOT=$(cat "$DIR/dovecot/run/master.pid")
}

start_postfix() {
	: "${ROUTES=example.com=lmtp:inet:127.0.0.1:$DOVELMTP}" "${COPIES=example.com=$LMTP}" "${MAINCF=}"
	domains= transports= copies=
	for route in $ROUTES; do
		domains="$domains ${route%%=*}"
		transports="$transports {${route%%=*}=${route#*=}}"
	done
	for copy in $COPIES; do
		domain=${copy%%=*}
		transports="$transports {$domain.calendar.invalid=calendar:inet:127.0.0.1:${copy#*=}}"
		copies="$copies {/^(.*)@$(echo "$domain" | sed 's/\./\\./g')\$\$/ \$\${1}@$domain.calendar.invalid}"
	done
	mkdir -p "$DIR/postfix/queue" "$DIR/postfix/data" "$DIR/postfix/conf"
	chown postfix "$DIR/postfix/data"
	touch "$DIR/postfix.log"
	fill "$MAIL/main.cf" | DOMAINS=$domains TRANSPORTS=$transports COPIES=$copies perl -pe 's/@(DOMAINS|TRANSPORTS|COPIES)@/$ENV{$1}/' >"$DIR/postfix/conf/main.cf"
	printf '%s\n' "$MAINCF" >>"$DIR/postfix/conf/main.cf"
	fill "$MAIL/master.cf" >"$DIR/postfix/conf/master.cf"
	postfix -c "$DIR/postfix/conf" start >"$DIR/postfix.out" 2>&1 || unable "Postfix does not start: $(cat "$DIR/postfix.out")"
	until_true 'Postfix answers' test -s "$DIR/postfix/queue/pid/master.pid"
	POSTFIX=$(tr -d ' ' <"$DIR/postfix/queue/pid/master.pid")
	until_true 'Postfix answers' port_open "$SMTP"
}

# start_convoke [FILE]: the server with a configuration, $DIR/convoke.toml if none is named.
start_convoke() {
	: >"$DIR/server.log"
	chown "$MAILDIR_OWNER" "$DIR/server.log"
	# exec, so that $! is the server itself and a signal reaches it
	(exec setpriv --reuid="$MAILDIR_OWNER" --regid="$MAILDIR_OWNER" --clear-groups \
		"$DIR/convoke" --data "$DIR/data" --config "${1:-$DIR/convoke.toml}" serve --listen 127.0.0.1:0) >>"$DIR/server.log" 2>&1 &
	SERVER=$!
	until_true 'convoke serve starts' served
	cat "$DIR/server.log" >>"$DIR/all.log"
}

served() {
	URL=$(sed -n 's/.*msg=listening.* url=\([^ ]*\).*/\1/p' "$DIR/server.log") && [ -n "$URL" ]
}

stop_convoke() { # [SIGNAL]
	kill "-${1:-TERM}" "$SERVER" 2>/dev/null
	wait "$SERVER" 2>/dev/null
	cat "$DIR/server.log" >>"$DIR/all.log"
	SERVER=
}

as_mail() { setpriv --reuid="$MAILDIR_OWNER" --regid="$MAILDIR_OWNER" --clear-groups "$@"; }

convoke() { as_mail "$DIR/convoke" --data "$DIR/data" "$@"; }

port_open() { perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift)' "$1"; }

# until_true WHAT COMMAND…: waits up to 5 minutes.
until_true() {
	waited=$1
	shift
	end=$(($(date +%s) + 300))
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -gt "$end" ]; then
			unable "$waited: not within 5 minutes; $(tail -n 5 "$DIR/server.log"; tail -n 5 "$DIR/dovecot.log")"
		fi
		sleep 0.05
	done
}

# soon NAME COMMAND…: check of what takes a moment to come true, at most 2 minutes.
soon() {
	name=$1
	shift
	end=$(($(date +%s) + 120))
	until "$@" >"$DIR/check.out" 2>&1; do
		if [ "$(date +%s)" -gt "$end" ]; then
			fail "$name"
			sed 's/^/    /' "$DIR/check.out" | head -40
			return
		fi
		sleep 0.1
	done
	ok "$name"
}

mail() { python3 "$MAIL/mail.py" "$@"; }

# calendar NAME: all that the default calendar of a person holds.
calendar() {
	curl -sS -u "$1:$PASSWORD" -X REPORT -H 'Depth: 1' -H 'Content-Type: application/xml' "$URL/dav/calendars/$1/default/" --data \
		'<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>' |
		tr -d '\r' | sed -e ':a' -e 'N;$!ba' -e 's/\n //g'
}

# holds NAME TEXT…: the calendar has all of the texts.
holds() {
	calendar "$1" >"$DIR/calendar.out"
	shift
	for text in "$@"; do
		grep -qF -- "$text" "$DIR/calendar.out" || { echo "no $text in:"; cat "$DIR/calendar.out"; return 1; }
	done
}

# inbox USER [FOLDER]: headers of the mails in a mailbox at Dovecot.
inbox() { mail headers "$IMAP" "$1" "$PASSWORD" "${2:-INBOX}"; }

inbox_has() { # USER FOLDER TEXT
	inbox "$1" "$2" >"$DIR/inbox.out" 2>&1
	grep -qF -- "$3" "$DIR/inbox.out" || { echo "no $3 in:"; cat "$DIR/inbox.out"; return 1; }
}

# mail_finish is the end of a test: what was started here ends, and no other process.
mail_finish() {
	status=$?
	trap - EXIT
	[ -z "$POSTFIX" ] || kill "$POSTFIX" 2>/dev/null
	[ -z "$DOVECOT" ] || kill "$DOVECOT" 2>/dev/null
	[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null
	wait
	for pid in $POSTFIX $DOVECOT; do
		tries=0
		while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
			tries=$((tries + 1))
			sleep 0.05
		done
	done
	SERVER=
	(exit "$status")
	finish
}
trap mail_finish EXIT

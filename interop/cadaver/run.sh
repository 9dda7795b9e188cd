#!/bin/sh
# cadaver, the interactive WebDAV client, in a folder below a calendar home and in a calendar.
. "$(dirname "$0")/../lib.sh"
need cadaver=cadaver
start_server

# cadaver takes the sign-in from ~/.netrc and its commands from standard input. It ends with 0 whatever
# happened, so each check reads what it said.
cat >"$HOME/.netrc" <<END
machine 127.0.0.1
login alice
password $PASSWORD
END
chmod 600 "$HOME/.netrc"
mkdir "$DIR/work"
cd "$DIR/work" || exit 1
echo 'first text' >a.txt
echo 'second text' >b.txt
cat >meeting.ics <<'END'
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Interop//cadaver//EN
BEGIN:VEVENT
UID:cadaver-1
DTSTAMP:20260301T080000Z
DTSTART:20260310T090000Z
DTEND:20260310T100000Z
SUMMARY:Meeting
END:VEVENT
END:VCALENDAR
END
sed -i 's/$/\r/' meeting.ics

home=/dav/calendars/alice

# at FOLDER: runs the commands of standard input there; it is below alice's home unless it begins with a slash.
at() {
	case $1 in
	/*) cadaver "$URL$1" 2>&1 ;;
	*) cadaver "$URL$home/$1" 2>&1 ;;
	esac
}

# says PATTERN FOLDER COMMANDS…: some line of the answer matches; `-` before the pattern: none does.
says() {
	pattern=$1
	folder=$2
	shift 2
	printf '%s\n' "$@" | at "$folder" >"$DIR/said"
	cat "$DIR/said"
	case $pattern in
	-*) ! grep -E -- "${pattern#-}" "$DIR/said" >/dev/null ;;
	*) grep -E -- "$pattern" "$DIR/said" >/dev/null ;;
	esac
}

# fetched NAME FILE FOLDER: get gives the bytes of FILE.
fetched() {
	rm -f got
	says succeeded "$3" "get $1 got" && cmp got "$2"
}

check 'cadaver mkcol' says 'Creating .files.: succeeded' '' 'mkcol files'
check 'cadaver mkcol over what is there' says 'failed:' '' 'mkcol files'
check 'cadaver ls names the home' says 'Coll: +files ' '' 'ls'
check 'cadaver put' says 'Uploading .* succeeded' files 'put a.txt'
check 'cadaver get' fetched a.txt a.txt files
check 'cadaver ls names the file with its size' says ' a.txt +11 ' files 'ls'
check 'cadaver put over it' says 'Uploading .* succeeded' files 'put b.txt a.txt'
check 'cadaver get after the second put' fetched a.txt b.txt files
check 'cadaver propset' says 'succeeded' files 'propset a.txt colour deep-blue'
check 'cadaver propget of a dead property' says 'deep-blue' files 'propget a.txt colour'
check 'cadaver propget of all' says 'getetag' files 'propget a.txt'
check 'cadaver propdel' says 'succeeded' files 'propdel a.txt colour'
check 'cadaver propget after propdel' says '-deep-blue' files 'propget a.txt colour'
check 'cadaver propset of a protected property' says 'failed|403|Forbidden' files 'set namespace DAV:' 'propset a.txt getetag x'
check 'cadaver copy' says 'Copying .*succeeded' files 'copy a.txt c.txt'
check 'cadaver get of the copy' fetched c.txt b.txt files
check 'cadaver move' says 'Moving .*succeeded' files 'move c.txt d.txt'
check 'cadaver get of what was moved' fetched d.txt b.txt files
check 'cadaver get of what moved away' says 'failed' files 'get c.txt gone'
check 'cadaver copy of a folder' says 'Copying .*succeeded' '' 'copy files/ twin/'
check 'cadaver get from the copied folder' fetched d.txt b.txt twin
check 'cadaver lock' says 'Locking .*succeeded' files 'lock a.txt'
check 'cadaver discover shows the lock' says 'opaquelocktoken|urn:uuid' files 'discover a.txt'
check 'cadaver put onto what another session locked' says 'failed' files 'put b.txt a.txt'
check 'cadaver delete of what another session locked' says 'failed' files 'delete a.txt'
check 'cadaver steal and unlock' says 'Unlocking .*succeeded' files "steal a.txt" 'unlock a.txt'
check 'cadaver put after unlock' says 'Uploading .* succeeded' files 'put b.txt a.txt'
check 'cadaver lock, put and unlock in one session' says 'Unlocking .*succeeded' files 'lock a.txt' 'put a.txt a.txt' 'unlock a.txt'
check 'cadaver get after the put under the lock' fetched a.txt a.txt files
check 'cadaver names with umlauts, spaces and percent signs' says 'Uploading .* succeeded' files 'put a.txt "Grüße 100% sicher.txt"'
check 'cadaver get by such a name' fetched '"Grüße 100% sicher.txt"' a.txt files
check 'cadaver delete' says 'Deleting .*succeeded' files 'delete d.txt'
check 'cadaver get after delete' says 'failed' files 'get d.txt gone'
check 'cadaver rmcol' says 'Deleting .*succeeded' '' 'rmcol twin'
check 'cadaver ls without it' says '-twin' '' 'ls'
check 'cadaver put of an event into a calendar' says 'Uploading .* succeeded' default 'put meeting.ics'
check 'cadaver get of the event' fetched meeting.ics meeting.ics default
check 'cadaver put of what is no event into a calendar' says 'failed' default 'put a.txt'
check 'cadaver move of the event to a calendar without events' says 'failed' default 'move meeting.ics ../tasks/meeting.ics'
check 'cadaver delete of the event' says 'Deleting .*succeeded' default 'delete meeting.ics'
check 'cadaver another home stays shut' says '403|404|failed|Could not' /dav/calendars/bob/ 'ls'
check 'cadaver put into another home' says 'failed|403|404' /dav/calendars/bob/default/ 'put meeting.ics'
no_server_errors cadaver

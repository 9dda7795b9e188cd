#!/bin/sh
# Two people's machines with vdirsyncer, khal, khard and todoman, which meet through the server: alice's laptop
# and alice's phone. What one writes the other sees; both edit; both delete; both change the same thing.
. "$(dirname "$0")/../lib.sh"
need vdirsyncer=vdirsyncer khal=khal khard=khard todoman=todoman curl=curl
start_server

# machine NAME RESOLUTION: a home with its own settings. "a" is the machine's side, "b" the server's.
machine() {
	m=$DIR/$1
	mkdir -p "$m/.config/vdirsyncer" "$m/.config/khal" "$m/.config/khard" "$m/.config/todoman" "$m/cal" "$m/card"
	cat >"$m/.config/vdirsyncer/config" <<END
[general]
status_path = "$m/status/"

[pair calendars]
a = "calendars_here"
b = "calendars_there"
collections = ["from a", "from b"]
conflict_resolution = $2
metadata = ["displayname", "color"]

[storage calendars_here]
type = "filesystem"
path = "$m/cal/"
fileext = ".ics"

[storage calendars_there]
type = "caldav"
url = "$URL/"
username = "alice"
password = "$PASSWORD"

[pair contacts]
a = "contacts_here"
b = "contacts_there"
collections = ["from a", "from b"]
conflict_resolution = $2

[storage contacts_here]
type = "filesystem"
path = "$m/card/"
fileext = ".vcf"

[storage contacts_there]
type = "carddav"
url = "$URL/"
username = "alice"
password = "$PASSWORD"
END
	cat >"$m/.config/khal/config" <<END
[calendars]
[[default]]
path = $m/cal/default
[[tasks]]
path = $m/cal/tasks
[default]
default_calendar = default
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[sqlite]
path = $m/khal.db
END
	cat >"$m/.config/khard/khard.conf" <<END
[addressbooks]
[[default]]
path = $m/card/default
[general]
editor = true
merge_editor = true
END
	cat >"$m/.config/todoman/config.py" <<END
path = "$m/cal/*"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "tasks"
END
}

# on NAME COMMAND…: runs the command on that machine.
on() {
	m=$DIR/$1
	shift
	HOME=$m XDG_CONFIG_HOME=$m/.config XDG_DATA_HOME=$m/.local XDG_CACHE_HOME=$m/.cache "$@"
}

# discover accepts every collection that only one side has.
discover() { yes | on "$1" vdirsyncer discover; }
sync() { on "$1" vdirsyncer sync; }

# shows PATTERN NAME COMMAND…: the command on that machine names it; lacks: does not.
shows() {
	pattern=$1
	shift
	on "$@" >"$DIR/shown" 2>&1
	cat "$DIR/shown"
	grep -E -- "$pattern" "$DIR/shown" >/dev/null
}
lacks() {
	pattern=$1
	shift
	on "$@" >"$DIR/shown" 2>&1
	cat "$DIR/shown"
	! grep -E -- "$pattern" "$DIR/shown" >/dev/null
}

# file MACHINE FOLDER PATTERN: the file there that holds it.
file() { grep -lE -- "$3" "$DIR/$1/$2"/* | head -1; }

# change MACHINE FOLDER PATTERN SED: edits the file there that holds the pattern. vdirsyncer tells changes by
# the time and inode of a file, so a new file takes its place.
change() {
	f=$(file "$1" "$2" "$3")
	[ -n "$f" ] && sed "$4" "$f" >"$DIR/changed" && ! cmp -s "$f" "$DIR/changed" && cp "$DIR/changed" "$f.new" && mv "$f.new" "$f"
}

# same FOLDER: both machines hold the same items, byte for byte. Each names its files as it likes.
items() { for f in "$DIR/$1"/*.[iv]c[sf]; do sha256sum <"$f"; done | sort; }
same() {
	items "laptop/$1" >"$DIR/first"
	items "phone/$1" >"$DIR/second"
	cat "$DIR/first"
	[ -s "$DIR/first" ] && diff "$DIR/first" "$DIR/second"
}

machine laptop '"a wins"'
machine phone '"b wins"'

# Discovery from the bare URL of the server.
check 'vdirsyncer discovers on the laptop' discover laptop
check 'vdirsyncer discovers on the phone' discover phone
for c in cal/default cal/tasks card/default; do
	check "vdirsyncer found $c" test -d "$DIR/laptop/$c"
done
check 'vdirsyncer syncs what is empty' sync laptop
printf 'Work & play' >"$DIR/laptop/cal/default/displayname"
printf '#336699' >"$DIR/laptop/cal/default/color"
check 'vdirsyncer sends name and colour' on laptop vdirsyncer metasync
check 'vdirsyncer fetches name and colour' on phone vdirsyncer metasync
for f in displayname color; do
	check "the $f is the same on both" cmp "$DIR/laptop/cal/default/$f" "$DIR/phone/cal/default/$f"
done

# Events.
check 'khal adds an event' on laptop khal new -a default 2026-03-10 09:00 10:00 'Dentist :: bring the card'
check 'khal adds an all-day event' on laptop khal new -a default 2026-03-12 'Holiday'
check 'khal adds a series' on laptop khal new -a default --repeat weekly --until 2026-04-30 2026-03-11 14:00 15:00 'Choir'
check 'khal imports a file' on laptop khal import --batch -a default "$HERE/abroad.ics"
check 'vdirsyncer sends events' sync laptop
check 'vdirsyncer fetches events' sync phone
check 'khal shows the event on the other machine' shows '09:00-10:00 Dentist' phone khal list 2026-03-10 2026-03-11
check 'khal shows the all-day event' shows 'Holiday' phone khal list 2026-03-12 2026-03-13
check 'khal shows the series over the change of the clocks' shows '14:00-15:00 Choir' phone khal list 2026-04-08 2026-04-09
check 'khal shows the imported event in its zone' shows '23:00-00:00 Call from Tokyo|23:00→|Call from Tokyo' phone khal list 2026-03-18 2026-03-19
check 'events are the same bytes on both' same cal/default

# Edits on both sides.
check 'the phone edits an event' change phone cal/default 'SUMMARY:Dentist' 's/SUMMARY:Dentist/SUMMARY:Dentist moved/'
check 'the laptop edits another' change laptop cal/default 'SUMMARY:Holiday' 's/SUMMARY:Holiday/SUMMARY:Long holiday/'
check 'vdirsyncer sends the edit of the phone' sync phone
check 'vdirsyncer exchanges edits on the laptop' sync laptop
check 'vdirsyncer fetches the edit of the laptop' sync phone
check 'khal shows the edit of the phone on the laptop' shows 'Dentist moved' laptop khal list 2026-03-10 2026-03-11
check 'khal shows the edit of the laptop on the phone' shows 'Long holiday' phone khal list 2026-03-12 2026-03-13
check 'edited events are the same bytes on both' same cal/default
check 'vdirsyncer has nothing left to do' lacks 'Copying|Deleting' phone vdirsyncer sync

# A conflict: both change one event. On the phone the server wins, on the laptop the machine.
check 'the laptop changes the choir' change laptop cal/default 'SUMMARY:Choir' 's/SUMMARY:Choir/SUMMARY:Choir at the laptop/'
check 'the phone changes the choir' change phone cal/default 'SUMMARY:Choir' 's/SUMMARY:Choir/SUMMARY:Choir on the phone/'
check 'vdirsyncer sends the first of two changes' sync laptop
check 'vdirsyncer settles the conflict for the server' sync phone
check 'khal shows what the server had' shows 'Choir at the laptop' phone khal list 2026-03-11 2026-03-12
check 'the phone changes the choir again' change phone cal/default 'SUMMARY:Choir' 's/SUMMARY:Choir at the laptop/SUMMARY:Choir on the phone/'
check 'the laptop changes it too' change laptop cal/default 'SUMMARY:Choir' 's/SUMMARY:Choir at the laptop/SUMMARY:Choir at home/'
check 'vdirsyncer sends the change of the phone' sync phone
check 'vdirsyncer settles the conflict for the machine' sync laptop
check 'vdirsyncer fetches the outcome' sync phone
check 'khal shows what the machine had' shows 'Choir at home' phone khal list 2026-03-11 2026-03-12
check 'after conflicts events are the same bytes on both' same cal/default

# Tasks.
check 'todoman adds a task' on laptop todoman new --list tasks --due 2026-03-20 'Water the plants'
check 'todoman adds a second task' on laptop todoman new --list tasks --priority high 'Call the bank'
check 'vdirsyncer sends tasks' sync laptop
check 'vdirsyncer fetches tasks' sync phone
check 'todoman shows the task on the other machine' shows 'Water the plants' phone todoman list
number=$(on phone todoman list | sed -n 's/^\[ \] *\([0-9]*\) .*Call the bank.*/\1/p')
check 'todoman completes a task' on phone todoman done "${number:-none}"
check 'vdirsyncer sends the completion' sync phone
check 'vdirsyncer fetches the completion' sync laptop
check 'todoman no longer lists the completed task' lacks 'Call the bank' laptop todoman list
check 'todoman lists it among the completed' shows 'Call the bank' laptop todoman list --status COMPLETED
check 'tasks are the same bytes on both' same cal/tasks

# Contacts.
check 'khard adds a card' on phone khard new -a default -i "$HERE/card.yaml"
cp "$HERE/group.vcf" "$DIR/laptop/card/default/"
check 'vdirsyncer sends a card' sync phone
check 'vdirsyncer exchanges cards' sync laptop
check 'vdirsyncer fetches a card' sync phone
check 'khard finds the card on the other machine' shows 'ada@example.org' laptop khard email ada
check 'khard keeps umlauts and notes' shows 'Zoë|Grüße' laptop khard show ada
check 'khard finds the card of the file' shows 'Choir' phone khard list
check 'cards are the same bytes on both' same card/default
check 'the laptop edits the card' change laptop card/default 'ada@example.org' 's/ada@example.org/ada@example.net/'
check 'vdirsyncer sends the edited card' sync laptop
check 'vdirsyncer fetches the edited card' sync phone
check 'khard shows the edit' shows 'ada@example.net' phone khard email ada

# Deletions.
check 'the phone deletes the card' rm "$(file phone card/default 'ada@example.net')"
check 'the laptop deletes an event' rm "$(file laptop cal/default 'SUMMARY:Dentist')"
check 'the phone deletes a task' rm "$(file phone cal/tasks 'SUMMARY:Water')"
check 'vdirsyncer sends deletions of the phone' sync phone
check 'vdirsyncer exchanges deletions on the laptop' sync laptop
check 'vdirsyncer fetches the deletion of the laptop' sync phone
check 'khard no longer finds the card' lacks 'ada@' laptop khard email ada
check 'khal no longer shows the event' lacks 'Dentist' phone khal list 2026-03-10 2026-03-11
check 'todoman no longer lists the task' lacks 'Water' laptop todoman list
# One item remains in each, so that the same is not merely nothing.
for f in cal/default cal/tasks card/default; do
	check "after deletions $f is the same on both" same "$f"
done

# One deletes what the other changes: the change survives.
check 'the laptop deletes the choir' rm "$(file laptop cal/default 'SUMMARY:Choir')"
check 'the phone changes it meanwhile' change phone cal/default 'SUMMARY:Choir' 's/SUMMARY:Choir at home/SUMMARY:Choir lives/'
check 'vdirsyncer sends the deletion or the change' sync phone
check 'vdirsyncer sees the other' sync laptop
check 'the change survived on the laptop' shows 'Choir lives' laptop khal list 2026-03-11 2026-03-12

# A machine makes collections of its own.
mkdir "$DIR/laptop/cal/garden" "$DIR/laptop/card/club"
cp "$HERE/abroad.ics" "$DIR/laptop/cal/garden/"
cp "$HERE/group.vcf" "$DIR/laptop/card/club/"
check 'vdirsyncer makes collections on the server' discover laptop
check 'vdirsyncer fills them' sync laptop
check 'vdirsyncer discovers them on the other machine' discover phone
check 'vdirsyncer fetches their content' sync phone
for f in cal/garden card/club; do
	check "the new $f is the same on both" same "$f"
done

# Other names than UIDs, and many at once.
i=0
while [ $i -lt 300 ]; do
	sed "s/tokyo-call/many-$i/" "$HERE/abroad.ics" >"$DIR/laptop/cal/garden/Nr. $i äöü.ics"
	i=$((i + 1))
done
check 'vdirsyncer sends 300 events' sync laptop
check 'vdirsyncer fetches 300 events' sync phone
check '300 events arrived' test "$(find "$DIR/phone/cal/garden" -name '*.ics' | wc -l)" -eq 301

sed "s/$PASSWORD/wrong/" "$DIR/phone/.config/vdirsyncer/config" >"$DIR/wrong"
check 'vdirsyncer tells of a wrong password' shows '401|Unauthorized' phone vdirsyncer -c "$DIR/wrong" discover
no_server_errors vdirsyncer

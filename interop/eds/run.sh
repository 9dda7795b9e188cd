#!/bin/sh
# evolution-data-server (Evolution, GNOME Calendar, GNOME Contacts) without a screen: its own daemons on a
# message bus of their own, driven through libecal and libebook. What it writes and reads is compared with
# what is on the server.
. "$(dirname "$0")/../lib.sh"
typelib() { ls /usr/lib/*/girepository-1.0/"$1".typelib 2>/dev/null || echo "$1.typelib"; }
need /usr/libexec/evolution-calendar-factory=evolution-data-server dbus-run-session=dbus-daemon \
	/usr/lib/python3/dist-packages/gi=python3-gi "$(typelib EDataServer-1.2)=gir1.2-edataserver-1.2" \
	"$(typelib ECal-2.0)=gir1.2-ecal-2.0" "$(typelib EBook-1.2)=gir1.2-ebook-1.2"
start_server
hostport=${URL#http://}
sources=$XDG_CONFIG_HOME/evolution/sources
mkdir -p "$sources" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$DIR/run"
chmod 700 "$DIR/run"

# source_file NAME STUB GROUP BACKEND PATH: one account as Evolution keeps it after discovery.
source_file() {
	cat >"$sources/$1.source" <<-EOF
		[Data Source]
		DisplayName=$1
		Enabled=true
		Parent=$2

		[$3]
		BackendName=$4

		[Authentication]
		Host=${hostport%:*}
		Port=${hostport#*:}
		Method=plain/password
		User=alice
		RememberPassword=false

		[Security]
		Method=none

		[WebDAV Backend]
		ResourcePath=$5
		EmailAddress=alice@example.com
		CalendarAutoSchedule=true

		[Offline]
		StaySynchronized=true

		[Refresh]
		Enabled=false
	EOF
}
source_file calendar caldav-stub Calendar caldav /dav/calendars/alice/default/
source_file tasks caldav-stub 'Task List' caldav /dav/calendars/alice/tasks/
source_file contacts carddav-stub 'Address Book' carddav /dav/addressbooks/alice/default/

# No keyring and no display; whatever the daemons say goes with the folder.
unset DISPLAY WAYLAND_DISPLAY
export XDG_RUNTIME_DIR="$DIR/run" GSETTINGS_BACKEND=memory GIO_USE_VFS=local URL PASSWORD
timeout 1200 dbus-run-session -- /usr/bin/python3 "$HERE/eds.py" 2>"$DIR/eds.err" || {
	FAILED=$((FAILED + 1))
	tail -30 "$DIR/eds.err" | sed 's/^/    /'
}
no_server_errors eds

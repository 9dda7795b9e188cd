"""Drives evolution-data-server against a server and compares. One line a test; they build on each other."""
import base64
import os
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
gi.require_version("EBook", "1.2")
gi.require_version("EBookContacts", "1.2")
gi.require_version("ICalGLib", "3.0")
from gi.repository import EBook, EBookContacts, ECal, EDataServer, GLib, ICalGLib  # noqa: E402

URL, PASSWORD = os.environ["URL"], os.environ["PASSWORD"]
failed = []


def test(name):
    def run(body):
        try:
            body()
            print("ok eds", name, flush=True)
        except Exception:
            failed.append(name)
            print("FAIL eds", name, flush=True)
            print("    " + traceback.format_exc().replace("\n", "\n    "), flush=True)
    return run


def http(method, path, body=None, headers=()):
    """What another client of the same person would do."""
    request = urllib.request.Request(URL + path, method=method, data=body and body.replace("\n", "\r\n").encode())
    request.add_header("Authorization", "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode())
    for name, value in headers:
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as err:
        return err.code, err.read().decode()


def members(path):
    """The names in a collection."""
    status, text = http("PROPFIND", path, '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
                        [("Depth", "1"), ("Content-Type", "application/xml")])
    assert status == 207, status
    found = set()
    for part in text.split("href>")[1::2]:
        name = part.rsplit("<", 1)[0].removeprefix(path)
        if name:
            found.add(name)
    return found


def contents(path):
    """The text of every member."""
    return [http("GET", path + name)[1] for name in sorted(members(path))]


def until(what, seconds=300):
    """The daemons work on their own time; a bound, not a wait."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got or time.monotonic() > end:
            return got
        time.sleep(0.1)


def credentials():
    given = EDataServer.NamedParameters()
    given.set(EDataServer.SOURCE_CREDENTIAL_USERNAME, "alice")
    given.set(EDataServer.SOURCE_CREDENTIAL_PASSWORD, PASSWORD)
    return given


loop = GLib.MainLoop()
threading.Thread(target=loop.run, daemon=True).start()
registry = EDataServer.SourceRegistry.new_sync(None)
sources = {}
for uid in ("calendar", "tasks", "contacts"):
    sources[uid] = registry.ref_source(uid)
    # Without a keyring the daemons ask for the password, as Evolution would be asked.
    sources[uid].connect("credentials-required", lambda s, *_: s.invoke_authenticate_sync(credentials(), None))

CALENDAR, TASKS, BOOK = "/dav/calendars/alice/default/", "/dav/calendars/alice/tasks/", "/dav/addressbooks/alice/default/"


def discover(supports, path=""):
    source = EDataServer.Source.new(None, None)
    auth = source.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION)
    auth.set_user("alice")
    result = EDataServer.webdav_discover_sources_sync(source, URL + path, supports, credentials(), None)
    found = {"/dav/" + item.href.split("/dav/", 1)[1]: item for item in result.out_discovered_sources}
    return found, list(result.out_calendar_user_addresses or [])


@test("discovers calendar and task list from the base URL")
def _():
    kinds = EDataServer.WebDAVDiscoverSupports
    found, addresses = discover(kinds.EVENTS | kinds.TASKS | kinds.CALENDAR_AUTO_SCHEDULE)
    assert set(found) == {CALENDAR, TASKS}, found
    assert found[CALENDAR].supports & kinds.EVENTS and not found[CALENDAR].supports & kinds.TASKS, found[CALENDAR].supports
    assert found[TASKS].supports & kinds.TASKS and not found[TASKS].supports & kinds.EVENTS, found[TASKS].supports
    assert found[CALENDAR].supports & kinds.CALENDAR_AUTO_SCHEDULE, found[CALENDAR].supports
    assert addresses[0].endswith("alice@example.com"), addresses


@test("discovers the address book from the base URL")
def _():
    found, _ = discover(EDataServer.WebDAVDiscoverSupports.CONTACTS)
    assert BOOK in found, found


clients = {}


def connect(uid, kind):
    if uid not in clients:
        source = sources[uid]
        if kind is None:
            clients[uid] = EBook.BookClient.connect_sync(source, 30, None)
        else:
            clients[uid] = ECal.Client.connect_sync(source, kind, 30, None)
    return clients[uid]


@test("opens the calendar, writable, with the person's address")
def _():
    client = connect("calendar", ECal.ClientSourceType.EVENTS)
    assert until(lambda: client.is_online() and not client.is_readonly()), "offline or read-only"
    ok, address = client.get_backend_property_sync("cal-email-address", None)
    assert ok and address == "alice@example.com", address


def event(uid, summary, extra=""):
    return (f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260301T090000Z\r\nDTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260309T100000\r\n"
            f"DTEND;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260309T110000\r\nSUMMARY:{summary}\r\n{extra}END:VEVENT\r\n")


def component(text):
    return ICalGLib.Component.new_from_string(text)


def fresh(uid, look):
    """Refreshes until the daemon's copy is as looked for."""
    def once():
        clients[uid].refresh_sync(None)
        try:
            return look()
        except GLib.Error:
            return None
    return until(once)


def summary(uid):
    return clients["calendar"].get_object_sync(uid, None, None)[1].get_summary()


def names(query="#t"):
    return sorted(c.get_uid() for c in clients["calendar"].get_object_list_sync(query, None)[1])


@test("creates an event on the server")
def _():
    client = clients["calendar"]
    ok, uid = client.create_object_sync(component(event("eds-1", "From Evolution")), ECal.OperationFlags.NONE, None)
    assert ok and uid == "eds-1", uid
    got = until(lambda: [t for t in contents(CALENDAR) if "SUMMARY:From Evolution" in t])
    assert got and "BEGIN:VTIMEZONE" in got[0], got
    assert summary("eds-1") == "From Evolution"


@test("changes it on the server")
def _():
    client = clients["calendar"]
    mine = client.get_object_sync("eds-1", None, None)[1]
    mine.set_summary("Changed by Evolution")
    client.modify_object_sync(mine, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    assert until(lambda: any("SUMMARY:Changed by Evolution" in t for t in contents(CALENDAR))), contents(CALENDAR)
    assert len(members(CALENDAR)) == 1, members(CALENDAR)


@test("sees a change made by another client")
def _():
    name = members(CALENDAR).pop()
    text = http("GET", CALENDAR + name)[1].replace("\r\n", "\n").replace("Changed by Evolution", "Changed elsewhere")
    assert http("PUT", CALENDAR + name, text, [("Content-Type", "text/calendar")])[0] == 204
    assert fresh("calendar", lambda: summary("eds-1") == "Changed elsewhere"), summary("eds-1")


ELSEWHERE = ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Elsewhere//EN\nBEGIN:VEVENT\nUID:elsewhere-1\nDTSTAMP:20260301T090000Z\n"
             "DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nSUMMARY:New elsewhere\nEND:VEVENT\nEND:VCALENDAR\n")


@test("sees an event made by another client, and the instances of it")
def _():
    assert http("PUT", CALENDAR + "elsewhere%20%C3%A4.ics", ELSEWHERE, [("Content-Type", "text/calendar")])[0] == 201
    assert fresh("calendar", lambda: summary("elsewhere-1") == "New elsewhere"), names()
    seen = []
    clients["calendar"].generate_instances_sync(
        1772323200, 1775001600, None, lambda c, start, end, *_: seen.append((c.get_uid(), start.as_ical_string())) or True)
    assert len([s for s in seen if s[0] == "elsewhere-1"]) == 3, seen


@test("changes an event of another client without making a second")
def _():
    client = clients["calendar"]
    theirs = client.get_object_sync("elsewhere-1", None, None)[1]
    theirs.set_summary("Theirs but changed here")
    client.modify_object_sync(theirs, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    assert until(lambda: "Theirs but changed here" in http("GET", CALENDAR + "elsewhere%20%C3%A4.ics")[1])
    assert len(members(CALENDAR)) == 2, members(CALENDAR)


@test("sees a deletion by another client")
def _():
    assert http("DELETE", CALENDAR + "elsewhere%20%C3%A4.ics")[0] == 204
    assert fresh("calendar", lambda: names() == ["eds-1"]), names()


@test("deletes on the server")
def _():
    clients["calendar"].remove_object_sync("eds-1", None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    assert until(lambda: not members(CALENDAR)), members(CALENDAR)
    assert names() == []


@test("invites bob through the server")
def _():
    people = ("ORGANIZER:mailto:alice@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\n"
              "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com\r\n")
    clients["calendar"].create_object_sync(component(event("eds-meeting", "Lunch", people)), ECal.OperationFlags.NONE, None)
    assert until(lambda: any("SCHEDULE-STATUS" in t for t in contents(CALENDAR))), contents(CALENDAR)
    ok, value = clients["calendar"].get_backend_property_sync("capabilities", None)
    assert ok and "create-messages" in value, value  # it leaves sending to the server
    clients["calendar"].remove_object_sync("eds-meeting", None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)


@test("asks the server when bob is busy")
def _():
    ok, found = clients["calendar"].get_free_busy_sync(1773010800, 1773097200, ["bob@example.com"], None)
    assert ok and found, found


@test("creates, changes and completes a task; sees one made elsewhere")
def _():
    client = connect("tasks", ECal.ClientSourceType.TASKS)
    assert until(lambda: client.is_online() and not client.is_readonly()), "offline or read-only"
    todo = "BEGIN:VTODO\r\nUID:eds-todo\r\nDTSTAMP:20260301T090000Z\r\nSUMMARY:Water\r\nDUE;VALUE=DATE:20260310\r\nEND:VTODO\r\n"
    client.create_object_sync(component(todo), ECal.OperationFlags.NONE, None)
    assert fresh("tasks", lambda: any("BEGIN:VTODO" in t for t in contents(TASKS))), contents(TASKS)
    mine = client.get_object_sync("eds-todo", None, None)[1]
    mine.set_status(ICalGLib.PropertyStatus.COMPLETED)
    client.modify_object_sync(mine, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    assert fresh("tasks", lambda: any("STATUS:COMPLETED" in t for t in contents(TASKS))), contents(TASKS)
    other = ELSEWHERE.replace("VEVENT", "VTODO").replace("RRULE:FREQ=WEEKLY;COUNT=3\n", "").replace("elsewhere-1", "elsewhere-todo")
    assert http("PUT", TASKS + "else.ics", other, [("Content-Type", "text/calendar")])[0] == 201
    assert fresh("tasks", lambda: client.get_object_sync("elsewhere-todo", None, None)[1].get_summary() == "New elsewhere")
    client.remove_object_sync("eds-todo", None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    assert fresh("tasks", lambda: members(TASKS) == {"else.ics"}), members(TASKS)


def cards():
    return sorted(c.get_property("full-name") for c in
                  clients["contacts"].get_contacts_sync('(contains "x-evolution-any-field" "")', None)[1])


@test("creates a contact on the server")
def _():
    client = connect("contacts", None)
    assert until(lambda: client.is_online() and not client.is_readonly()), "offline or read-only"
    contact = EBookContacts.Contact.new_from_vcard(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:eds-card\r\nFN:Ann Lee\r\nN:Lee;Ann;;;\r\nEMAIL;TYPE=WORK:ann@example.org\r\nEND:VCARD\r\n")
    ok, uid = client.add_contact_sync(contact, EBookContacts.BookOperationFlags(0), None)
    assert ok, uid
    assert until(lambda: any("Ann Lee" in t for t in contents(BOOK))), contents(BOOK)


@test("changes a contact on the server")
def _():
    client = clients["contacts"]
    contact = client.get_contacts_sync('(contains "full_name" "Ann Lee")', None)[1][0]
    contact.set_property("full-name", "Ann Lie")
    client.modify_contact_sync(contact, EBookContacts.BookOperationFlags(0), None)
    assert until(lambda: any("Ann Lie" in t for t in contents(BOOK))), contents(BOOK)
    assert len(members(BOOK)) == 1, members(BOOK)


@test("sees contacts of another client come, change and go")
def _():
    for version, fn in (("3.0", "Bea Kay"), ("4.0", "Søren Kay")):
        text = f"BEGIN:VCARD\nVERSION:{version}\nUID:else-{version}\nFN:{fn}\nN:;{fn};;;\nEND:VCARD\n"
        assert http("PUT", f"{BOOK}{version}.vcf", text, [("Content-Type", "text/vcard")])[0] == 201
    assert fresh("contacts", lambda: cards() == ["Ann Lie", "Bea Kay", "Søren Kay"]), cards()
    text = "BEGIN:VCARD\nVERSION:3.0\nUID:else-3.0\nFN:Bea Kayne\nN:;Bea Kayne;;;\nEND:VCARD\n"
    assert http("PUT", f"{BOOK}3.0.vcf", text, [("Content-Type", "text/vcard")])[0] == 204
    assert http("DELETE", f"{BOOK}4.0.vcf")[0] == 204
    assert fresh("contacts", lambda: cards() == ["Ann Lie", "Bea Kayne"]), cards()


@test("deletes a contact on the server")
def _():
    client = clients["contacts"]
    for contact in client.get_contacts_sync('(contains "full_name" "Kayne")', None)[1]:
        client.remove_contact_sync(contact, EBookContacts.BookOperationFlags(0), None)
    assert until(lambda: len(members(BOOK)) == 1), members(BOOK)


os._exit(1 if failed else 0)

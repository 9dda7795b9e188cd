"""Stories of python-caldav against a server: stories.py URL PASSWORD.

Each function is one test, run in order of writing; it prints `ok` or `FAIL` with its first line of
documentation. Later stories stand on what earlier ones made, as a person's calendar does.
"""

import logging
import sys
import traceback
from datetime import datetime, timezone

import caldav
from caldav.elements import cdav, dav, ical
from caldav.lib import error

URL, PASSWORD = sys.argv[1:3]
UTC = timezone.utc
STORIES = []
DEVIATIONS = []  # what the library found strange in an answer: it logs that and goes on


class Deviations(logging.Handler):
    def emit(self, record):
        DEVIATIONS.append(record.getMessage() + "".join(traceback.format_stack(limit=12)[:-5]))


logging.getLogger("caldav").addHandler(Deviations(logging.ERROR))
logging.getLogger("caldav").propagate = False


class World:
    """What stories share."""


def story(function):
    STORIES.append(function)
    return function


def client(name="alice", password=PASSWORD, url=URL):
    return caldav.DAVClient(url=url, username=name, password=password)


def equal(got, want):
    if got != want:
        raise AssertionError("got %r, want %r" % (got, want))


def fails(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as e:
        return e
    raise AssertionError("%s did not fail" % function)


def ics(kind, uid, *lines):
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Interop//EN", "BEGIN:" + kind, "UID:" + uid,
            "DTSTAMP:20260301T080000Z", *lines, "END:" + kind, "END:VCALENDAR", ""]
    return "\r\n".join(body)


def summaries(objects):
    """The summaries of the first components."""
    firsts = [next(c for c in o.icalendar_instance.subcomponents if c.name != "VTIMEZONE") for o in objects]
    return sorted(str(c["SUMMARY"]) for c in firsts)


def starts(objects):
    return sorted(o.icalendar_component["DTSTART"].dt for o in objects)


@story
def wrong_password(w):
    """a wrong password is refused"""
    fails(error.AuthorizationError, client(password="wrong").principal)


@story
def discovery(w):
    """the principal is found from the bare URL"""
    w.client = client()
    w.principal = w.client.principal()
    equal(w.principal.url.path, "/dav/principals/users/alice/")
    equal(w.principal.get_display_name(), "alice")
    equal(str(w.principal.calendar_home_set.url.path), "/dav/calendars/alice/")


@story
def well_known(w):
    """the well-known URL leads to where discovery begins"""
    # This version follows the redirect but reads the answer as if it were of the URL it asked.
    answer = client(url=URL + "/.well-known/caldav").propfind()
    equal(answer.status, 207)
    start = next(iter(answer.find_objects_and_props()))
    equal(client(url=URL + start).principal().url.path, "/dav/principals/users/alice/")


@story
def capabilities(w):
    """the DAV header tells of CalDAV and scheduling"""
    equal((w.client.check_dav_support() is not None, w.client.check_cdav_support(), w.client.check_scheduling_support()),
          (True, True, True))


@story
def addresses(w):
    """the calendar user addresses begin with the mail address"""
    equal(w.principal.calendar_user_address_set()[0], "mailto:alice@example.com")
    equal(str(w.principal.get_vcal_address()), "mailto:alice@example.com")


@story
def default_calendars(w):
    """a new person has a calendar for events and one for to-dos"""
    found = {c.url.path: c.get_supported_components() for c in w.principal.calendars()}
    assert "VEVENT" in found["/dav/calendars/alice/default/"], found
    equal(found["/dav/calendars/alice/tasks/"], ["VTODO"])


@story
def make_calendar(w):
    """a calendar is made, found by name and id, renamed and coloured"""
    w.calendar = w.principal.make_calendar(name="Interop", cal_id="interop")
    equal(w.principal.calendar(name="Interop").url, w.calendar.url)
    equal(w.principal.calendar(cal_id="interop").get_display_name(), "Interop")
    w.calendar.set_properties([dav.DisplayName("Büro & Küche"), ical.CalendarColor("#336699")])
    got = w.principal.calendar(cal_id="interop").get_properties([dav.DisplayName(), ical.CalendarColor()])
    equal(sorted(got.values()), ["#336699", "Büro & Küche"])


@story
def make_twice(w):
    """making it again is refused"""
    fails(error.DAVError, w.principal.make_calendar, name="Again", cal_id="interop")


@story
def task_list(w):
    """a task list keeps its component set and refuses events"""
    tasks = w.principal.make_calendar(name="Chores", cal_id="chores", supported_calendar_component_set=["VTODO"])
    equal(tasks.get_supported_components(), ["VTODO"])
    fails(error.DAVError, tasks.save_event, ics("VEVENT", "no", "DTSTART:20260310T090000Z", "SUMMARY:No"))
    w.tasks = tasks


@story
def save_event(w):
    """an event is saved and comes back as it was sent"""
    data = ics("VEVENT", "lunch@interop", "DTSTART:20260310T110000Z", "DTEND:20260310T120000Z", "SUMMARY:Lunch",
               "X-KEEP;X-P=\"a:b\":as it is")
    event = w.calendar.save_event(data)
    sent = event.data  # the library puts properties into an order of its own
    event.load()
    equal(event.data, sent)
    equal(w.calendar.event_by_uid("lunch@interop").url, event.url)
    equal(summaries(w.calendar.events()), ["Lunch"])


@story
def save_from_parts(w):
    """an event of parts is saved, edited and saved again"""
    event = w.calendar.save_event(dtstart=datetime(2026, 3, 11, 9, tzinfo=UTC), dtend=datetime(2026, 3, 11, 10, tzinfo=UTC),
                                  summary="Planning", location="Attic")
    w.planning = str(event.icalendar_component["UID"])
    event.icalendar_component["SUMMARY"] = "Planning 2"
    event.save()
    again = w.calendar.event_by_uid(w.planning)
    equal(str(again.icalendar_component["SUMMARY"]), "Planning 2")


@story
def flags_of_save(w):
    """no_overwrite and no_create are kept"""
    data = ics("VEVENT", w.planning, "DTSTART:20260311T090000Z", "SUMMARY:Other")
    fails(error.ConsistencyError, w.calendar.save_event, data, no_overwrite=True)
    fails(error.ConsistencyError, w.calendar.save_event, data.replace(w.planning, "unheard"), no_create=True)


@story
def one_uid(w):
    """a second object of one UID is refused"""
    twin = caldav.Event(w.client, url=w.calendar.url.join("twin.ics"), parent=w.calendar,
                        data=ics("VEVENT", w.planning, "DTSTART:20260311T090000Z", "SUMMARY:Twin"))
    fails(error.DAVError, twin.save)


@story
def broken(w):
    """what is no calendar data is refused"""
    fails(error.DAVError, w.client.put, str(w.calendar.url.join("broken.ics")), "BEGIN:VCALENDAR\nnonsense\n",
          {"Content-Type": "text/calendar"})


@story
def series(w):
    """a series with an exception, an all-day event and one that lasts for days are saved"""
    zone = "DTSTART;TZID=Europe/Berlin:20260302T090000"
    data = "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Interop//EN",
        "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
        "BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "END:VTIMEZONE",
        "BEGIN:VEVENT", "UID:series", "DTSTAMP:20260301T080000Z", zone, "DURATION:PT30M", "SUMMARY:Standup",
        "RRULE:FREQ=WEEKLY;COUNT=6", "EXDATE;TZID=Europe/Berlin:20260316T090000", "END:VEVENT",
        "BEGIN:VEVENT", "UID:series", "DTSTAMP:20260301T080000Z", "RECURRENCE-ID;TZID=Europe/Berlin:20260323T090000",
        "DTSTART;TZID=Europe/Berlin:20260323T140000", "DURATION:PT30M", "SUMMARY:Standup moved", "END:VEVENT",
        "END:VCALENDAR", ""])
    w.calendar.save_event(data)
    w.calendar.save_event(ics("VEVENT", "allday", "DTSTART;VALUE=DATE:20260320", "SUMMARY:Holiday", "CATEGORIES:FREE,FAMILY"))
    w.calendar.save_event(ics("VEVENT", "long", "DTSTART:20260401T220000Z", "DTEND:20260405T060000Z", "SUMMARY:Cruise"))
    equal(len(w.calendar.events()), 5)


@story
def search_range(w):
    """a search by time finds whole series, all-day events and what lasts over the range"""
    found = w.calendar.search(event=True, start=datetime(2026, 3, 16, tzinfo=UTC), end=datetime(2026, 3, 22, tzinfo=UTC))
    equal(summaries(found), ["Holiday"])
    found = w.calendar.search(event=True, start=datetime(2026, 4, 3, tzinfo=UTC), end=datetime(2026, 4, 4, tzinfo=UTC))
    equal(summaries(found), ["Cruise"])
    found = w.calendar.search(event=True, start=datetime(2026, 4, 2, tzinfo=UTC))
    equal(summaries(found), ["Cruise", "Standup"])


@story
def search_text(w):
    """searches by summary, location and category find what they should"""
    equal(summaries(w.calendar.search(event=True, summary="Crui")), ["Cruise"])
    equal(w.calendar.search(event=True, summary="crui"), [])  # the library asks for i;octet
    equal(summaries(w.calendar.search(event=True, location="Attic")), ["Planning 2"])
    equal(summaries(w.calendar.search(event=True, category="FAMILY")), ["Holiday"])
    equal(w.calendar.search(event=True, summary="nothing of the kind"), [])


@story
def expand(w):
    """an expanded search gives each instance in UTC, without rules, over the change of the clocks"""
    found = w.calendar.search(event=True, summary="Standup", expand=True, start=datetime(2026, 3, 1, tzinfo=UTC),
                              end=datetime(2026, 5, 1, tzinfo=UTC))
    equal(starts(found), [datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 9, 8, tzinfo=UTC),
                          datetime(2026, 3, 23, 13, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC),
                          datetime(2026, 4, 6, 7, tzinfo=UTC)])
    for o in found:
        assert "RRULE" not in o.icalendar_component and "EXDATE" not in o.icalendar_component, o.data
        first = o.icalendar_component["DTSTART"].dt == datetime(2026, 3, 2, 8, tzinfo=UTC)
        assert first or "RECURRENCE-ID" in o.icalendar_component, o.data


@story
def date_search(w):
    """date_search gives what expanded and plain searches do"""
    window = datetime(2026, 3, 22, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    expanded = w.calendar.date_search(*window)
    equal(len(expanded), 1)
    equal(expanded[0].data.count("BEGIN:VEVENT"), 2)
    assert "RRULE" not in expanded[0].data
    plain = w.calendar.date_search(*window, expand=False)
    assert "RRULE" in plain[0].data
    equal(w.calendar.date_search(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)), [])


@story
def all_components(w):
    """a search without a component finds all; with a time it is refused, for RFC 4791 §9.9 has no such test"""
    equal(len(w.calendar.search()), 5)
    fails(error.DAVError, w.calendar.date_search, datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC),
          compfilter=None)


@story
def multiget(w):
    """a multiget gives what is asked for"""
    wanted = [e.url for e in w.calendar.events()][:3]
    got = w.calendar.calendar_multiget(wanted)
    equal([e.url for e in got], wanted)
    assert all("BEGIN:VEVENT" in e.data for e in got)


@story
def todos(w):
    """tasks are saved, listed by due date, completed and filtered"""
    w.tasks.save_todo(ics("VTODO", "milk", "DUE:20260312T170000Z", "PRIORITY:1", "SUMMARY:Milk", "STATUS:NEEDS-ACTION"))
    w.tasks.save_todo(ics("VTODO", "bread", "DUE;VALUE=DATE:20260311", "SUMMARY:Bread"))
    w.tasks.save_todo(ics("VTODO", "someday", "SUMMARY:Paint the attic"))
    equal([str(t.icalendar_component["SUMMARY"]) for t in w.tasks.todos(sort_keys=("due",))], ["Bread", "Milk", "Paint the attic"])
    w.tasks.todo_by_uid("milk").complete()
    equal(summaries(w.tasks.todos()), ["Bread", "Paint the attic"])
    equal(summaries(w.tasks.todos(include_completed=True)), ["Bread", "Milk", "Paint the attic"])


@story
def todos_by_date(w):
    """tasks without any date match every range, others by their due date"""
    found = w.tasks.search(todo=True, include_completed=True, start=datetime(2026, 3, 10, tzinfo=UTC), end=datetime(2026, 3, 12, tzinfo=UTC))
    equal(summaries(found), ["Bread", "Paint the attic"])


@story
def repeated_todo(w):
    """a repeated task is completed once, and its next time remains"""
    w.tasks.save_todo(ics("VTODO", "water", "DTSTART:20260310T080000Z", "DUE:20260310T090000Z", "SUMMARY:Water the plants",
                          "RRULE:FREQ=WEEKLY", "STATUS:NEEDS-ACTION"))
    w.tasks.todo_by_uid("water").complete(handle_rrule=True, rrule_mode="safe",
                                          completion_timestamp=datetime(2026, 3, 10, 8, 30, tzinfo=UTC))
    equal(summaries(w.tasks.todos()), ["Bread", "Paint the attic", "Water the plants"])
    equal(len(w.tasks.todos(include_completed=True)), 5)


@story
def journals(w):
    """journals are saved and found"""
    diary = w.principal.make_calendar(name="Diary", cal_id="diary", supported_calendar_component_set=["VJOURNAL"])
    diary.save_journal(ics("VJOURNAL", "day", "DTSTART;VALUE=DATE:20260310", "SUMMARY:A day"))
    equal(summaries(diary.journals()), ["A day"])


@story
def sync_tokens(w):
    """sync tokens give what was added, changed and deleted since"""
    mine = w.calendar.objects(load_objects=True)
    equal(len(list(mine)), 5)
    equal(mine.sync(), ([], []))
    other = client().principal().calendar(cal_id="interop")
    other.save_event(ics("VEVENT", "new", "DTSTART:20260501T090000Z", "SUMMARY:New"))
    changed = other.event_by_uid(w.planning)
    changed.icalendar_component["SUMMARY"] = "Planning 3"
    changed.save()
    other.event_by_uid("long").delete()
    updated, deleted = mine.sync()
    equal(summaries(updated), ["New", "Planning 3"])
    equal([d.url.path.rsplit("/", 1)[1] for d in deleted], ["long.ics"])
    equal(mine.sync(), ([], []))


@story
def foreign_token(w):
    """a foreign sync token is refused"""
    fails(error.DAVError, w.calendar.objects_by_sync_token, "urn:not:ours")


@story
def changing_ctag(w):
    """the ctag changes with the calendar and only then"""
    def ctag():
        from lxml import etree

        class GetCTag(caldav.elements.base.ValuedBaseElement):
            tag = "{http://calendarserver.org/ns/}getctag"

        return w.calendar.get_property(GetCTag())

    first = ctag()
    assert first and first == ctag()
    w.calendar.save_event(ics("VEVENT", "ctag", "DTSTART:20260601T090000Z", "SUMMARY:Ctag")).delete()
    assert ctag() != first


@story
def freebusy(w):
    """free-busy-query gives the busy times of a calendar and no all-day events that are free"""
    w.calendar.save_event(ics("VEVENT", "open", "DTSTART:20260323T080000Z", "DTEND:20260323T090000Z", "TRANSP:TRANSPARENT", "SUMMARY:Free"))
    answer = w.calendar.freebusy_request(datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC))
    text = answer.data if isinstance(answer.data, str) else str(answer.url)
    busy = [str(p).replace("\r", "") for p in str(text).splitlines() if p.startswith("FREEBUSY")]
    joined = ",".join(b.split(":", 1)[1] for b in busy)
    equal(sorted(p.split("/")[0] for p in joined.split(",")), ["20260323T130000Z", "20260330T070000Z"])


@story
def outbox_freebusy(w):
    """the outbox answers for the busy times of others"""
    bob = client("bob").principal()
    bob.calendar(cal_id="default").save_event(ics("VEVENT", "dentist", "DTSTART:20260310T090000Z", "DTEND:20260310T100000Z", "SUMMARY:Dentist"))
    # principal.freebusy_request of this version cannot read a schedule-response; the request is the same.
    request = ics("VFREEBUSY", "busy?", "DTSTART:20260310T000000Z", "DTEND:20260311T000000Z",
                  "ORGANIZER:mailto:alice@example.com", "ATTENDEE:mailto:bob@example.com")
    request = request.replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST")
    answer = w.client.post(str(w.principal.schedule_outbox().url), request, {"Content-Type": "text/calendar; charset=utf-8"})
    equal(answer.status, 200)
    assert b"<C:request-status>2.0;" in answer.raw, answer.raw
    assert b"20260310T090000Z/20260310T100000Z" in answer.raw or b"20260310T090000Z/PT1H" in answer.raw, answer.raw
    DEVIATIONS.clear()


@story
def invitation(w):
    """an invitation reaches the other's inbox and calendar, and the answer comes back"""
    w.calendar.save_with_invites(
        ics("VEVENT", "party", "DTSTART:20260701T180000Z", "DTEND:20260701T200000Z", "SUMMARY:Party"),
        [w.principal, "mailto:bob@example.com"])
    bob = client("bob").principal()
    items = [i for i in bob.schedule_inbox().get_items()]
    equal([i.is_invite_request() for i in items], [True])
    theirs = bob.calendar(cal_id="default").event_by_uid("party")
    theirs.change_attendee_status("mailto:bob@example.com", partstat="ACCEPTED")
    theirs.save()
    mine = w.calendar.event_by_uid("party")
    attendees = mine.icalendar_component["ATTENDEE"]
    equal({str(a): a.params.get("PARTSTAT") for a in attendees}["mailto:bob@example.com"], "ACCEPTED")
    items[0].delete()
    equal(list(bob.schedule_inbox().get_items()), [])


@story
def copies(w):
    """an event is copied into another calendar under a new UID"""
    target = w.principal.calendar(cal_id="default")
    w.calendar.event_by_uid("lunch@interop").copy(new_parent=target).save()
    equal(summaries(target.events()), ["Lunch"])


@story
def strange_names(w):
    """UIDs with slashes, blanks, umlauts and percent signs are saved and found"""
    for uid in ("a/b", "with blank", "grüße", "50%25", "x@y.example", "colon:plus+star*"):
        w.calendar.save_event(ics("VEVENT", uid, "DTSTART:20260801T090000Z", "SUMMARY:A strange name"))
        event = w.calendar.event_by_uid(uid)
        event.load()
        assert "UID:" + uid in event.data, event.data


@story
def strangers(w):
    """the calendars of others stay shut"""
    theirs = caldav.Calendar(w.client, url=URL + "/dav/calendars/bob/default/")
    fails(error.DAVError, theirs.events)
    fails(error.DAVError, theirs.save_event, ics("VEVENT", "intruder", "DTSTART:20260801T090000Z", "SUMMARY:No"))


@story
def deletion(w):
    """events and calendars are deleted and gone"""
    event = w.calendar.event_by_uid(w.planning)
    event.delete()
    fails(error.NotFoundError, event.load)
    fails(error.NotFoundError, w.calendar.event_by_uid, "planning")
    w.calendar.delete()
    assert "/dav/calendars/alice/interop/" not in [c.url.path for c in w.principal.calendars()]


def main():
    failed = 0
    world = World()
    for run in STORIES:
        name = "pythoncaldav " + run.__doc__.splitlines()[0]
        try:
            DEVIATIONS.clear()
            run(world)
            if DEVIATIONS:
                raise AssertionError(DEVIATIONS[0])
            print("ok", name, flush=True)
        except Exception:
            failed += 1
            print("FAIL", name)
            print("".join("    " + line for line in traceback.format_exc(limit=-4).splitlines(True)), flush=True)
    return 1 if failed else 0


sys.exit(main())

"""The life of a meeting between alice at example.com and bella at example.org, each on a server of their own.

    life.py DIR PASSWORD COM-PORT ORG-PORT IMAP-PORT SMTP-PORT UID GID

Prints `ok NAME` or `FAIL NAME` for each step; a step that fails ends the story.
"""
import base64
import http.client
import imaplib
import os
import re
import smtplib
import subprocess
import sys
import time

DIR, PASSWORD, COM_PORT, ORG_PORT, IMAP_PORT, SMTP_PORT, UID, GID = sys.argv[1:]
WAIT = 300


def become():
    os.setgid(int(GID))
    os.setuid(int(UID))


class Person:
    """Somebody with a server of their own."""

    def __init__(self, name, address, place, port):
        self.name, self.address, self.place, self.port = name, address, place, int(port)
        self.process = None

    def start(self):
        log = open(f"{DIR}/{self.place}/server.log", "ab")
        command = [f"{DIR}/convoke", "--data", f"{DIR}/{self.place}/data", "--config", f"{DIR}/{self.place}/convoke.toml", "serve"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=become)
        until(f"{self.name}'s server answers", lambda: self.ask("OPTIONS", "/dav/")[0] == 200)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body="", **head):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            c.request(method, path, body.encode(), {
                "Authorization": "Basic " + base64.b64encode(f"{self.name}:{PASSWORD}".encode()).decode(),
                **{k.replace("_", "-"): v for k, v in head.items()}})
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        except OSError:
            return 0, {}, ""
        finally:
            c.close()

    def objects(self, collection="default"):
        """All objects of a calendar, as (href, text)."""
        _, _, text = self.ask("PROPFIND", f"/dav/calendars/{self.name}/{collection}/", Depth="1")
        found = []
        for href in re.findall(r"<D:href>([^<]+\.ics)</D:href>", text):
            status, head, data = self.ask("GET", href)
            if status == 200:
                found.append((href, head, data.replace("\r\n ", "").replace("\r\n", "\n")))
        return found

    def copy(self, uid, collection="default"):
        """The one copy of a meeting: (href, headers, text), or None."""
        found = [o for o in self.objects(collection) if f"UID:{uid}\n" in o[2]]
        if collection == "default" and len(found) > 1:
            raise Failed(f"{self.name} has {uid} {len(found)} times")
        return found[-1] if found else None

    def has(self, uid, *tests):
        """That the copy passes the tests: texts it holds, or with a leading ! does not."""
        def check():
            have = self.copy(uid)
            if have is None:
                return f"{self.name} has no {uid}"
            for test in tests:
                text, wanted = test.lstrip("!"), not test.startswith("!")
                if (re.search(text, have[2]) is not None) != wanted:
                    return f"{test} in what {self.name} has:\n{have[2]}"
            return True
        return check

    def put(self, uid, text):
        status, _, answer = self.ask("PUT", f"/dav/calendars/{self.name}/default/{uid}.ics", text.replace("\n", "\r\n"), Content_Type="text/calendar")
        if status not in (201, 204):
            raise Failed(f"PUT of {uid}: {status} {answer}")

    def edit(self, uid, change):
        """Changes the copy as a client does: with the tag that it has seen."""
        href, head, text = self.copy(uid)
        status, _, answer = self.ask("PUT", href, change(text).replace("\n", "\r\n"), Content_Type="text/calendar", If_Schedule_Tag_Match=head["Schedule-Tag"])
        if status not in (201, 204):
            raise Failed(f"PUT of {uid}: {status} {answer}")

    def delete(self, uid):
        status, _, answer = self.ask("DELETE", self.copy(uid)[0])
        if status != 204:
            raise Failed(f"DELETE of {uid}: {status} {answer}")

    def post(self, method, text, to):
        """Hands a message to the outbox (RFC 6638 §5)."""
        status, _, answer = self.ask("POST", f"/dav/calendars/{self.name}/outbox/", text.replace("\n", "\r\n"),
                                     Content_Type=f"text/calendar; method={method}", Originator=f"mailto:{self.address}", Recipient=f"mailto:{to}")
        if status != 200 or "2." not in answer and "1." not in answer:
            raise Failed(f"POST of a {method}: {status} {answer}")


class Failed(Exception):
    pass


def until(name, check):
    """Waits until check gives True, and prints what it gave else."""
    ends = time.monotonic() + WAIT
    while True:
        try:
            got = check()
        except TypeError:  # not there yet
            got = "nothing"
        if got is True:
            print("ok twoservers:", name, flush=True)
            return
        if time.monotonic() > ends:
            print("FAIL twoservers:", name)
            for line in str(got).splitlines():
                print("   ", line)
            raise Failed(name)
        time.sleep(0.1)


def mails(address):
    """All mails in a mailbox at Dovecot, oldest first."""
    m = imaplib.IMAP4("127.0.0.1", int(IMAP_PORT))
    m.login(address, PASSWORD)
    m.select("INBOX", readonly=True)
    _, found = m.search(None, "ALL")
    list = []
    for n in found[0].split():
        _, parts = m.fetch(n, "(BODY.PEEK[])")
        list.append(next(p[1] for p in parts if isinstance(p, tuple)))
    m.logout()
    return list


def again(sender, address, raw):
    """Sends a mail once more."""
    with smtplib.SMTP("127.0.0.1", int(SMTP_PORT), timeout=300) as c:
        c.sendmail(sender, [address], raw)


def second(started=[0]):
    """Lets a second pass, since versions count seconds."""
    while int(time.time()) <= started[0]:
        time.sleep(0.05)
    started[0] = int(time.time())


def meeting(uid, organizer, attendee):
    return f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Life//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:{time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}
DTSTART:20310106T090000Z
DURATION:PT1H
RRULE:FREQ=DAILY;COUNT=4
SUMMARY:Planning
ORGANIZER:mailto:{organizer.address}
ATTENDEE;PARTSTAT=ACCEPTED:mailto:{organizer.address}
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{attendee.address}
END:VEVENT
END:VCALENDAR
"""


def says(person, partstat):
    """A change that answers for the series."""
    def change(text):
        return re.sub(rf"ATTENDEE[^\n]*:mailto:{re.escape(person.address)}", f"ATTENDEE;PARTSTAT={partstat}:mailto:{person.address}", text)
    return change


def attendee(person, partstat):
    return rf"ATTENDEE[^\n]*PARTSTAT={partstat}[^\n]*:mailto:{re.escape(person.address)}"


def instance(text, day, *more):
    """One instance of a series, as an override of its own."""
    event = re.search(r"BEGIN:VEVENT\n.*?END:VEVENT\n", text, re.S).group(0)
    event = re.sub(r"(RRULE|EXDATE|DTSTART|RECURRENCE-ID)[^\n]*\n", "", event)
    extra = f"RECURRENCE-ID:{day}\nDTSTART:{day}\n" + "".join(more)
    return event.replace("BEGIN:VEVENT\n", "BEGIN:VEVENT\n" + extra)


def life(organizer, guest, uid):
    """One meeting from its first to its last mail."""
    name = f"{organizer.name} invites {guest.name}"
    organizer.put(uid, meeting(uid, organizer, guest))
    until(f"{name}: the invitation is in the calendar", guest.has(uid, attendee(guest, "NEEDS-ACTION")))
    until(f"{name}: its delivery stands on the meeting", organizer.has(uid, r"SCHEDULE-STATUS=\"?1\.[12]"))

    second()
    guest.edit(uid, says(guest, "ACCEPTED"))
    until(f"{name}: the answer is on the meeting", organizer.has(uid, attendee(guest, "ACCEPTED")))

    # The guest's server dies; meanwhile the meeting is moved twice, and the mails arrive in the wrong order and twice.
    second()
    before = len(mails(guest.address))
    guest.kill()
    organizer.edit(uid, lambda text: text.replace("T090000Z", "T100000Z"))
    until(f"{name}: the first move is mailed to nobody at home", lambda: len(mails(guest.address)) > before)
    second()
    organizer.edit(uid, lambda text: text.replace("T100000Z", "T110000Z"))
    until(f"{name}: and the second", lambda: len(mails(guest.address)) > before + 1)
    first, last = mails(guest.address)[before:before + 2]
    sender = f"calendar@{organizer.address.split('@')[1]}"
    again(sender, guest.address, first)
    again(sender, guest.address, last)
    guest.start()
    until(f"{name}: the newer move wins and asks anew", guest.has(uid, r"DTSTART:20310106T110000Z", attendee(guest, "NEEDS-ACTION")))

    # The guest proposes another time, the organizer declines it.
    second()
    href, _, text = guest.copy(uid)
    counter = instance(text, "20310107T110000Z", "COMMENT:Too early\n").replace("DTSTART:20310107T110000Z", "DTSTART:20310107T150000Z")
    guest.post("COUNTER", f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Life//EN\nMETHOD:COUNTER\n{counter}END:VCALENDAR\n", organizer.address)
    until(f"{name}: the proposal is in the inbox", lambda: any("METHOD:COUNTER" in o[2] and uid in o[2] for o in organizer.objects("inbox")) or "none in the inbox")
    until(f"{name}: the proposal changed nothing", organizer.has(uid, "!T150000Z"))
    second()
    organizer.post("DECLINECOUNTER", f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Life//EN\nMETHOD:DECLINECOUNTER\n{counter}END:VCALENDAR\n", guest.address)
    until(f"{name}: the refusal is in the inbox", lambda: any("METHOD:DECLINECOUNTER" in o[2] and uid in o[2] for o in guest.objects("inbox")) or "none in the inbox")

    # The guest comes, but for one instance; the organizer's server dies before it hears of it.
    second()
    organizer.kill()
    guest.edit(uid, lambda text: says(guest, "ACCEPTED")(text).replace(
        "END:VCALENDAR", says(guest, "DECLINED")(instance(text, "20310108T110000Z")) + "END:VCALENDAR"))
    organizer.start()
    until(f"{name}: the answer is on the meeting, and another one on an instance", organizer.has(uid, attendee(guest, "ACCEPTED"), attendee(guest, "DECLINED"), "RECURRENCE-ID"))

    # One instance is called off, then all.
    second()
    organizer.edit(uid, lambda text: text.replace("RRULE:", "EXDATE:20310109T110000Z\nRRULE:", 1))
    until(f"{name}: one instance is cancelled", guest.has(uid, r"(EXDATE:20310109T110000Z|RECURRENCE-ID:20310109T110000Z(?s:.)*STATUS:CANCELLED|STATUS:CANCELLED(?s:.)*RECURRENCE-ID:20310109T110000Z)"))
    second()
    organizer.delete(uid)
    until(f"{name}: the meeting is cancelled", guest.has(uid, r"STATUS:CANCELLED"))

    # Everything once more: nothing changes, and nobody is mailed.
    had, count = guest.copy(uid)[2], len(mails(organizer.address))
    for raw in mails(guest.address):
        if uid.encode() in raw or uid[:20].encode() in raw:
            again(sender, guest.address, raw)
    probe = f"{uid}-after"
    second()
    organizer.put(probe, meeting(probe, organizer, guest))  # comes last: then the others were looked at
    until(f"{name}: a later invitation comes after all of them", guest.has(probe, attendee(guest, "NEEDS-ACTION")))
    until(f"{name}: mails that come twice change nothing", lambda: guest.copy(uid)[2] == had or guest.copy(uid)[2])
    until(f"{name}: and nobody is answered", lambda: len(mails(organizer.address)) == count or "a mail more")


def main():
    alice = Person("alice", "alice@example.com", "com", COM_PORT)
    bella = Person("bella", "bella@example.org", "org", ORG_PORT)
    alice.start()
    bella.start()
    try:
        life(alice, bella, "life-out")
        life(bella, alice, "life-back")
    except Failed as failure:
        print("    broke off:", failure)
    finally:
        alice.kill()
        bella.kill()


main()

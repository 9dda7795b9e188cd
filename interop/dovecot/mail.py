"""What the tests of mail say to Dovecot, Postfix and Convoke: one command a call.

    mail.py event UID METHOD FROM TO [KEY=VALUE…]        a mail with a calendar, on standard output
    mail.py lmtp|smtp PORT FROM TO <MAIL                 gives a mail to a server, prints its answer
    mail.py append PORT USER PASSWORD FOLDER <MAIL       puts a mail into a mailbox
    mail.py headers PORT USER PASSWORD FOLDER            prints flags and headers of all mails there
    mail.py torture PORT FROM TO COUNT NAME              gives COUNT mails, each until it is taken
"""
import imaplib
import smtplib
import sys
import time
from email.message import EmailMessage
from email.utils import make_msgid

LINES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Mail//EN
METHOD:{method}
BEGIN:VEVENT
UID:{uid}
SEQUENCE:{sequence}
DTSTAMP:{stamp}
DTSTART:{start}
DTEND:{end}
SUMMARY:{summary}
{extra}ORGANIZER:mailto:{organizer}
ATTENDEE;PARTSTAT={partstat};RSVP=TRUE:mailto:{attendee}
END:VEVENT
END:VCALENDAR
"""


def event(uid, method, sender, to, **have):
    invites = method in ("REQUEST", "CANCEL", "ADD")
    values = dict(
        uid=uid, method=method, sequence="0", stamp="20260105T090000Z", start="20310105T090000Z", end="20310105T100000Z",
        summary="Lunch", extra="STATUS:CANCELLED\n" if method == "CANCEL" else "",
        organizer=sender if invites else to, attendee=to if invites else sender,
        partstat="NEEDS-ACTION" if invites else "ACCEPTED")
    values.update(have)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, have.get("header_to", to), values["summary"]
    mail["Date"] = "Mon, 05 Jan 2026 09:00:00 +0000"
    mail["Message-ID"] = make_msgid(domain=sender.split("@")[1])
    mail.set_content(values["summary"])
    text = LINES.format(**values).replace("\n", "\r\n")
    mail.add_alternative(text, subtype="calendar", params={"method": method})
    domain = sender.split("@")[1]
    verdict = f"Authentication-Results: mx.example.com; dkim=pass header.d={domain}; dmarc=pass header.from={domain}\r\n"
    delivered = f"X-Original-To: {have['original']}\r\n" if "original" in have else ""
    return (delivered + ("" if have.get("verdict") == "none" else verdict)).encode() + mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def give(kind, port, sender, to, raw):
    with (smtplib.LMTP if kind == "lmtp" else smtplib.SMTP)("127.0.0.1", int(port), timeout=300) as c:
        c.ehlo()
        for code, text in (c.mail(sender), c.rcpt(to)):
            if code != 250:
                return code, text
        return c.data(raw)


def mailbox(port, user, password):
    m = imaplib.IMAP4("127.0.0.1", int(port))
    m.login(user, password)
    return m


def headers(port, user, password, folder):
    m = mailbox(port, user, password)
    ok, _ = m.select(folder, readonly=True)
    if ok != "OK":
        return
    _, found = m.search(None, "ALL")
    for n in found[0].split():
        _, parts = m.fetch(n, "(FLAGS BODY.PEEK[HEADER])")
        print("---", parts[0][0].decode() if isinstance(parts[0], tuple) else parts[0])
        print(b"".join(p[1] for p in parts if isinstance(p, tuple)).decode("utf-8", "replace").replace("\r", ""))
    m.logout()


def torture(port, sender, to, count, name):
    again, end = 0, time.monotonic() + 900
    for n in range(int(count)):
        raw = event(f"{name}-{n}", "REQUEST", sender, to, start=f"20310201T{n % 24:02}0000Z", end=f"20310201T{n % 24:02}3000Z")
        while True:
            try:
                code, text = give("lmtp", port, sender, to, raw)
            except (OSError, smtplib.SMTPException):
                code, text = 0, b""
            if code == 250:
                break
            if code >= 500 or time.monotonic() > end:
                sys.exit(f"mail {n}: {code} {text}")
            again += 1
            time.sleep(0.02)
    print(f"{count} mails taken, {again} tries failed")


def main(what, *args):
    if what == "event":
        sys.stdout.buffer.write(event(*args[:4], **dict(a.split("=", 1) for a in args[4:])))
    elif what in ("lmtp", "smtp"):
        code, text = give(what, *args, sys.stdin.buffer.read())
        print(code, text.decode("utf-8", "replace"))
    elif what == "append":
        m = mailbox(*args[:3])
        m.create(args[3])
        m.append(args[3], None, None, sys.stdin.buffer.read())
        m.logout()
    elif what == "headers":
        headers(*args)
    elif what == "torture":
        torture(*args)


main(*sys.argv[1:])

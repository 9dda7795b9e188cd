"""Judges three mails of a Maildir: an invitation, its change and its cancellation."""
import email
import email.policy
import pathlib
import sys

mails = []
for path in pathlib.Path(sys.argv[1]).iterdir():
    mails.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))


def calendar(m):
    for part in m.walk():
        if part.get_content_type() == "text/calendar":
            return part
    raise AssertionError("no text/calendar")


def sequence(m):
    text = calendar(m).get_content()
    return max(int(l.split(":")[1]) for l in text.splitlines() if l.startswith("SEQUENCE:"))


mails.sort(key=sequence)
assert len(mails) == 3, [m["Subject"] for m in mails]
subjects = ["Invitation: Frühstück, spät", "Updated: Frühstück, spät", "Cancelled: Frühstück, spät"]
methods = ["REQUEST", "REQUEST", "CANCEL"]
for m, subject, method in zip(mails, subjects, methods):
    assert not m.defects, m.defects
    assert m["Subject"] == subject, m["Subject"]
    assert m["From"].addresses[0].addr_spec == "alice@example.com", m["From"]
    assert m["From"].addresses[0].display_name == "Alice Ä.", m["From"]
    assert [a.addr_spec for a in m["To"].addresses] == ["zoe@example.net"], m["To"]
    assert m["Cc"] is None and m["Bcc"] is None
    assert m["Auto-Submitted"] == "auto-generated"
    assert m["Return-Path"].startswith("<calendar+"), m["Return-Path"]
    assert "TLS" in m["Received"] or "ESMTPS" in m["Received"], m["Received"]
    c = calendar(m)
    assert c.get_param("method") == method and c.get_param("charset") == "utf-8" and c.get_param("component") == "VEVENT"
    text = c.get_content()
    assert "METHOD:" + method in text and "UID:breakfast" in text
    assert "BEGIN:VTIMEZONE" in text and "TZID:Europe/Berlin" in text
    for private in ("VALARM", "SCHEDULE-", "X-"):
        assert private not in text, text
    attached = [p for p in m.iter_attachments()]
    assert [p.get_filename() for p in attached] == ["invite.ics"], attached
    assert attached[0].get_payload(decode=True) == c.get_payload(decode=True), "the attachment differs"
    kinds = [p.get_content_type() for p in m.walk() if not p.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"], kinds
root = mails[0]["References"].split()[0]
assert all(m["References"].split()[0] == root for m in mails), "not one thread"
assert mails[1]["In-Reply-To"] == mails[0]["Message-ID"] and mails[2]["In-Reply-To"] == mails[1]["Message-ID"]
assert len({m["Message-ID"] for m in mails}) == 3
plain = mails[1].get_body(("plain",)).get_content()
assert "09:00–10:00" in plain and "10:00–11:00" in plain and "changed" in plain, plain

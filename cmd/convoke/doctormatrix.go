package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"convoke/imip/message"
	"convoke/internal/icalendar"
)

// matrix goes through M1 to M11. The person writes to the probe first, so that the probe is known here when it
// writes itself.
func (d *doctor) matrix(ctx context.Context) {
	c := &clinic{doctor: d, home: "/dav/calendars/" + d.person.Name + "/", day: time.Now().UTC().AddDate(0, 0, 20).Truncate(24 * time.Hour)}
	c.calendar = c.home + d.id + "/"
	made, err := d.dav.want(ctx, 201, "MKCALENDAR", c.calendar, "")
	if err != nil {
		d.judge("", "a calendar to try in", made, err)
		return
	}
	d.undo = append(d.undo, func() { _, _, _, _ = d.dav.do(context.WithoutCancel(ctx), "DELETE", c.calendar, "") })
	c.outward(ctx)
	c.inward(ctx)
	c.rooms(ctx)
}

// clinic is where the matrix is tried: a calendar of its own, on a day three weeks from now.
type clinic struct {
	*doctor
	home, calendar string
	day            time.Time
	mails          int
}

// at is an hour of the day, in UTC as iCalendar writes it.
func (c *clinic) at(hour, minute int) string {
	return c.day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).Format("20060102T150405Z")
}

// event writes a calendar of one event from its lines.
func event(method string, lines ...string) string {
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Convoke//doctor//EN\n"
	if method != "" {
		text += "METHOD:" + method + "\n"
	}
	return text + "BEGIN:VEVENT\nDTSTAMP:" + time.Now().UTC().Format("20060102T150405Z") + "\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
}

// mail sends a calendar as the probe.
func (c *clinic) mail(ctx context.Context, method, calendar string) error {
	c.mails++
	return c.hand(ctx, c.mailOf(method, calendar, c.mails))
}

// put stores an event of the person's.
func (c *clinic) put(ctx context.Context, uid, calendar string) error {
	code, _, text, err := c.dav.do(ctx, "PUT", c.calendar+uid+".ics", strings.ReplaceAll(calendar, "\n", "\r\n"), "Content-Type", "text/calendar; charset=utf-8")
	if err == nil && code/100 != 2 {
		err = fmt.Errorf("PUT of %s: %d %.200s", uid, code, text)
	}
	return err
}

// outward is what the person organizes: M3, M4, M5, M6.
func (c *clinic) outward(ctx context.Context) {
	uid := c.id + "-out"
	path := c.calendar + uid + ".ics"
	lines := func(sequence, minute int, more ...string) string {
		return event("", append([]string{"UID:" + uid, "SUMMARY:Trying calendar mail (" + c.id + ")", "DTSTART:" + c.at(9, minute), "DTEND:" + c.at(10, minute),
			fmt.Sprintf("SEQUENCE:%d", sequence), "ORGANIZER:mailto:" + addressOf(c.person), "ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + addressOf(c.person),
			"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + c.command.Probe}, more...)...)
	}
	err := c.put(ctx, uid, lines(0, 0))
	if err == nil {
		err = c.until(ctx, func() error { return c.sent(ctx, path) })
	}
	text, arrived := c.seen(ctx, "REQUEST", uid, err)
	c.judge("M3", "an invitation is mailed", text, arrived)
	if err != nil {
		c.skip("nobody outside can be invited", "M4", "M5", "M6")
		return
	}
	c.answers(ctx, uid, path)
	c.sequence(ctx, uid, path, lines)
}

// skip tells rows that need one that failed.
func (c *clinic) skip(why string, rows ...string) {
	for _, row := range rows {
		c.row(row, "", rowSkipped, why)
	}
}

// sent tells by SCHEDULE-STATUS whether the mail server took the mail (RFC 6638 §3.2.9).
func (c *clinic) sent(ctx context.Context, path string) error {
	e, err := c.dav.get(ctx, path)
	if err != nil {
		return err
	}
	switch status := attendeeOf(e.object, c.command.Probe).Param("SCHEDULE-STATUS"); {
	case status == "":
		return errors.New("nothing was sent: the invitation has no SCHEDULE-STATUS")
	case strings.HasPrefix(status, "1.0"):
		return errors.New("the mail still waits in the queue: see `convoke queue list`")
	case !strings.HasPrefix(status, "1.") && !strings.HasPrefix(status, "2."):
		return fmt.Errorf("SCHEDULE-STATUS %s: the mail was not taken; see `convoke queue list`, and whether [smtp] is set", status)
	}
	return nil
}

// seen waits for what was sent at the other end, where that can be looked at, and judges it.
func (c *clinic) seen(ctx context.Context, method, uid string, sent error) (string, error) {
	if sent != nil {
		return "", sent
	}
	if c.probe == nil {
		return "the mail server took it; whether it arrived is not known without --probe-imap", nil
	}
	m, o, err := c.await(ctx, method, uid)
	if err != nil {
		return "", err
	}
	return "arrived from " + fromOf(m), wellFormed(m, o, method)
}

func fromOf(m *message.Message) string {
	if len(m.From) == 0 {
		return "nobody"
	}
	return m.From[0].Address
}

// wellFormed looks at what mail programs need (RFC 6047 §2.4).
func wellFormed(m *message.Message, o *icalendar.Object, method string) error {
	switch {
	case m.Calendars[0].Method != method:
		return fmt.Errorf("Content-Type says method %q", m.Calendars[0].Method)
	case strings.Contains(string(m.Calendars[0].Data), "SCHEDULE-STATUS"):
		return errors.New("parameters of the server's own are in it")
	case o.Master() == nil && method == "REQUEST":
		return errors.New("it holds no event")
	}
	return nil
}

// attendeeOf finds an ATTENDEE by address; one that is not there has nothing to say.
func attendeeOf(o *icalendar.Object, address string) *icalendar.Property {
	for c := range o.Parts() {
		for p := range c.All("ATTENDEE") {
			if strings.EqualFold(p.Value, "mailto:"+address) {
				return p
			}
		}
	}
	return icalendar.NewProperty("ATTENDEE", "")
}

// answers lets the probe answer as Gmail does, and then as Outlook does: without ORGANIZER (M4, M5).
func (c *clinic) answers(ctx context.Context, uid, path string) {
	for _, a := range []struct{ row, rule, partstat, organizer string }{
		{"M4", "a button's answer arrives", "TENTATIVE", "ORGANIZER:mailto:" + addressOf(c.person)},
		{"M5", "an answer without ORGANIZER arrives", "ACCEPTED", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"},
	} {
		before, err := c.dav.get(ctx, path)
		if err == nil {
			err = c.later(ctx) // an answer of the same second as the last is a repetition
		}
		if err == nil {
			err = c.mail(ctx, "REPLY", event("REPLY", "UID:"+uid, a.organizer, "ATTENDEE;PARTSTAT="+a.partstat+":mailto:"+c.command.Probe,
				"DTSTART:"+c.at(9, 0), "DTEND:"+c.at(10, 0), "SEQUENCE:0", "SUMMARY:Re"))
		}
		if err == nil {
			err = c.until(ctx, func() error {
				now, err := c.dav.get(ctx, path)
				if err != nil {
					return err
				}
				if got := attendeeOf(now.object, c.command.Probe).Param("PARTSTAT"); got != a.partstat {
					return fmt.Errorf("the event still says %s; see `convoke review list` and `convoke event history %s`", got, uid)
				}
				if now.tag != before.tag {
					return errors.New("the answer changed the Schedule-Tag (RFC 6638 §3.2.10)")
				}
				return nil
			})
		}
		c.judge(a.row, a.rule, a.partstat+" stands on the event, its Schedule-Tag is as before", err)
	}
}

// later lets a second pass: versions of messages count seconds (RFC 5546 §2.1.5).
func (c *clinic) later(ctx context.Context) error {
	for began := time.Now().Unix(); time.Now().Unix() == began; {
		if !moment(ctx) {
			return ctx.Err()
		}
	}
	return nil
}

// sequence changes an alarm, which nobody hears of, and then the time (M6).
func (c *clinic) sequence(ctx context.Context, uid, path string, lines func(int, int, ...string) string) {
	before, err := c.dav.get(ctx, path)
	if err != nil {
		c.judge("M6", "SEQUENCE", "", err)
		return
	}
	o := before.object.Clone()
	alarm := icalendar.NewComponent("VALARM")
	for _, p := range [][2]string{{"ACTION", "DISPLAY"}, {"DESCRIPTION", "soon"}, {"TRIGGER", "-PT5M"}} {
		alarm.Set(p[0], p[1])
	}
	o.Master().AddChild(alarm)
	steps := []func() error{
		func() error { return c.put(ctx, uid, strings.ReplaceAll(string(o.Bytes()), "\r\n", "\n")) },
		func() error { return c.sequenceIs(ctx, path, before, 0) },
		func() error { return c.put(ctx, uid, lines(0, 30)) },
		func() error { return c.sequenceIs(ctx, path, before, 1) },
		func() error {
			_, err := c.seen(ctx, "REQUEST", uid, nil)
			return err
		},
	}
	for _, step := range steps {
		if err = step(); err != nil {
			break
		}
	}
	c.judge("M6", "SEQUENCE rises with the time alone", "an alarm told nobody, a new time told the probe", err)
}

// sequenceIs compares SEQUENCE with what it was.
func (c *clinic) sequenceIs(ctx context.Context, path string, before *storedEvent, more int) error {
	now, err := c.dav.get(ctx, path)
	if err != nil {
		return err
	}
	was, _ := number(before.object)
	if is, _ := number(now.object); is != was+more {
		return fmt.Errorf("SEQUENCE is %d after %d", is, was)
	}
	return nil
}

func number(o *icalendar.Object) (int, bool) {
	if p := o.Master().Prop("SEQUENCE"); p != nil {
		return p.Int()
	}
	return 0, true
}

// inward is what the probe organizes: M1, M2, M7, M8, M9, M11.
func (c *clinic) inward(ctx context.Context) {
	uid := c.id + "-in"
	invite := func(sequence, hour int, more ...string) string {
		return event("REQUEST", append([]string{"UID:" + uid, "SUMMARY:Trying calendar mail (" + c.id + ")", "DTSTART:" + c.at(hour, 0), "DTEND:" + c.at(hour+1, 0),
			"RRULE:FREQ=DAILY;COUNT=3", fmt.Sprintf("SEQUENCE:%d", sequence), "ORGANIZER:mailto:" + c.command.Probe,
			"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + addressOf(c.person)}, more...)...)
	}
	first := invite(0, 12)
	err := c.mail(ctx, "REQUEST", first)
	var have *storedEvent
	if err == nil {
		err = c.until(ctx, func() (err error) {
			have, err = c.held(ctx, uid)
			return err
		})
	}
	if !c.judge("M1", "an invitation is in the calendar with no client open", "NEEDS-ACTION, in "+c.home+"default/", err) {
		c.skip("no invitation comes in", "M2", "M7", "M8", "M9", "M11")
		return
	}
	c.undo = append(c.undo, func() {
		_, _, _, _ = c.dav.do(context.WithoutCancel(ctx), "DELETE", have.path, "", "Schedule-Reply", "F")
	})
	c.accept(ctx, uid, have)
	c.repeats(ctx, uid, first, invite)
	c.cancels(ctx, uid)
	c.overlaps(ctx)
}

// held finds the one copy of the probe's event.
func (c *clinic) held(ctx context.Context, uid string) (*storedEvent, error) {
	list, err := c.dav.find(ctx, c.home+"default/", uid)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, fmt.Errorf("it is not in the calendar; see `convoke review list` and `convoke event history %s`", uid)
	case len(list) > 1:
		return nil, fmt.Errorf("it is there %d times", len(list))
	}
	return list[0], nil
}

// accept answers as the person (M2).
func (c *clinic) accept(ctx context.Context, uid string, have *storedEvent) {
	o := have.object.Clone()
	attendeeOf(o, addressOf(c.person)).SetParam("PARTSTAT", "ACCEPTED")
	code, _, text, err := c.dav.do(ctx, "PUT", have.path, string(o.Bytes()), "If-Schedule-Tag-Match", have.tag)
	if err == nil && code/100 != 2 {
		err = fmt.Errorf("PUT: %d %.200s", code, text)
	}
	if err == nil && c.probe == nil {
		c.row("M2", "an answer is mailed", rowSkipped, "accepted; what was mailed cannot be looked at without --probe-imap")
		return
	}
	var m *message.Message
	var reply *icalendar.Object
	if err == nil {
		m, reply, err = c.await(ctx, "REPLY", uid)
	}
	if err == nil {
		if n := len(slices.Collect(reply.Master().All("ATTENDEE"))); n != 1 || fromOf(m) != addressOf(c.person) ||
			attendeeOf(reply, addressOf(c.person)).Param("PARTSTAT") != "ACCEPTED" {
			err = fmt.Errorf("the reply names %d attendees and is from %s", n, fromOf(m))
		}
	}
	c.judge("M2", "an answer is mailed", "a REPLY of one attendee, from that attendee", err)
}

// repeats sends an update, then the first invitation again, and the update twice more (M7, M11).
func (c *clinic) repeats(ctx context.Context, uid, first string, invite func(int, int, ...string) string) {
	err := c.later(ctx)
	update := invite(1, 14)
	for _, text := range []string{update, first, update, update} {
		if err == nil {
			err = c.mail(ctx, "REQUEST", text)
		}
	}
	moved := func() error {
		e, err := c.held(ctx, uid)
		if err != nil {
			return err
		}
		if got := e.object.Master().Text("DTSTART"); got != c.at(14, 0) {
			return fmt.Errorf("it begins at %s instead of %s", got, c.at(14, 0))
		}
		return nil
	}
	if err == nil {
		err = c.until(ctx, moved)
	}
	c.judge("M7", "updates make no duplicates", "one event after five mails", err)
	c.judge("M11", "the newer wins in any order", "the old invitation changed nothing", err)
}

// cancels takes away one instance (M8).
func (c *clinic) cancels(ctx context.Context, uid string) {
	err := c.later(ctx)
	second := c.day.AddDate(0, 0, 1).Add(14 * time.Hour).Format("20060102T150405Z")
	if err == nil {
		err = c.mail(ctx, "CANCEL", event("CANCEL", "UID:"+uid, "RECURRENCE-ID:"+second, "SEQUENCE:2", "STATUS:CANCELLED", "DTSTART:"+second,
			"ORGANIZER:mailto:"+c.command.Probe, "ATTENDEE:mailto:"+addressOf(c.person)))
	}
	if err == nil {
		err = c.until(ctx, func() error {
			e, err := c.held(ctx, uid)
			if err != nil {
				return err
			}
			list, _, err := e.object.Instances(time.Time{}, time.Time{}, icalendar.Options{})
			if err != nil {
				return err
			}
			on := 0
			for _, i := range list {
				if i.Component.Text("STATUS") != "CANCELLED" {
					on++
				}
			}
			if on != 2 {
				return fmt.Errorf("%d of 3 instances are left", on)
			}
			return nil
		})
	}
	c.judge("M8", "a cancellation hits one instance", "two of three are left", err)
}

// overlaps invites at the time of the other event and looks for the hint in the inbox (M9).
func (c *clinic) overlaps(ctx context.Context) {
	uid := c.id + "-over"
	err := c.mail(ctx, "REQUEST", event("REQUEST", "UID:"+uid, "SUMMARY:Overlapping ("+c.id+")", "DTSTART:"+c.at(14, 30), "DTEND:"+c.at(15, 30), "SEQUENCE:0",
		"ORGANIZER:mailto:"+c.command.Probe, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"+addressOf(c.person)))
	if err == nil {
		err = c.until(ctx, func() error {
			text, err := c.dav.want(ctx, 207, "PROPFIND", c.home+"inbox/", `<D:propfind xmlns:D="DAV:" xmlns:V="urn:convoke" xmlns:C="urn:ietf:params:xml:ns:caldav">`+
				`<D:prop><V:conflict/></D:prop></D:propfind>`, "Depth", "1")
			if err != nil {
				return err
			}
			if !strings.Contains(text, c.at(14, 30)+"/"+c.at(15, 0)) {
				return errors.New("no item of the inbox tells of the conflict")
			}
			return nil
		})
	}
	if have, found := c.held(ctx, uid); found == nil {
		c.undo = append(c.undo, func() {
			_, _, _, _ = c.dav.do(context.WithoutCancel(ctx), "DELETE", have.path, "", "Schedule-Reply", "F")
		})
	}
	c.judge("M9", "a conflict is flagged", "and left to the person", err)
}

// rooms books a room twice, made for this (M10).
func (c *clinic) rooms(ctx context.Context) {
	_, domain, _ := strings.Cut(addressOf(c.person), "@")
	room := person{Kind: "room", Name: c.id, Addresses: []string{"mailto:" + c.id + "@" + domain}}
	err := c.desk.do(ctx, "create", room, nil)
	if err == nil {
		c.undo = append(c.undo, func() {
			_ = c.desk.do(context.WithoutCancel(ctx), "remove", named{Name: room.Name, Kind: "room"}, nil)
		})
	}
	for i, want := range []string{"ACCEPTED", "DECLINED"} {
		uid := fmt.Sprintf("%s-room-%d", c.id, i)
		if err == nil {
			err = c.put(ctx, uid, event("", "UID:"+uid, "SUMMARY:Trying a room", "DTSTART:"+c.at(17, 15*i), "DTEND:"+c.at(18, 15*i),
				"ORGANIZER:mailto:"+addressOf(c.person), "ATTENDEE;PARTSTAT=ACCEPTED:mailto:"+addressOf(c.person), "ATTENDEE;CUTYPE=ROOM:"+room.Addresses[0]))
		}
		if err == nil {
			var e *storedEvent
			if e, err = c.dav.get(ctx, c.calendar+uid+".ics"); err == nil {
				if got := attendeeOf(e.object, c.id+"@"+domain).Param("PARTSTAT"); got != want {
					err = fmt.Errorf("the room says %s instead of %s", got, want)
				}
			}
		}
	}
	c.judge("M10", "a room declines what conflicts", "the first booking stands, the second is declined", err)
}

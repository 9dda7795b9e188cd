package reminder

import (
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/storage"
)

// workFor bounds the computing for one person at one time. A thousand usual events take some 25 ms of it.
const workFor = 10 * time.Second

// work is what is computed for one person at one time.
type work struct {
	spent time.Duration
	cut   bool   // something was left out
	over  func() // called once, when something is
}

// begin begins to compute for a person.
func (s *Service) begin(p *person) *work {
	return &work{over: func() {
		s.o.Log.Warn("reminders: some alarms of a user are too dear to compute and are not told", "user", p.who.Name)
	}}
}

// alarms is alarms of this package while there was not too much work.
func (w *work) alarms(o *icalendar.Object, who *storage.Principal, zone *timezone.Zone, after, until time.Time, yield func(*icalendar.Instance, *icalendar.Component, time.Time)) {
	if w.spent > workFor {
		return
	}
	begun := time.Now()
	complete := alarms(o, who, zone, after, until, yield)
	if w.spent += time.Since(begun); !w.cut && (!complete || w.spent > workFor) {
		w.cut = true
		w.over()
	}
}

// alarms calls yield for what goes off in an object within (after, until], and concerns its owner still: nothing of what
// is cancelled, done or declined, and no alarm that was acknowledged. False says that it was cut short.
func alarms(o *icalendar.Object, who *storage.Principal, zone *timezone.Zone, after, until time.Time, yield func(*icalendar.Instance, *icalendar.Component, time.Time)) bool {
	series, err := o.Series()
	if err != nil {
		return true // there is nothing that could be told
	}
	off := map[*icalendar.Component]bool{}
	return series.Alarms(after.Add(time.Second), until.Add(time.Second), zone, func(i *icalendar.Instance, alarm *icalendar.Component, at time.Time) {
		gone, known := off[i.Component]
		if !known {
			gone = over(i.Component, who)
			off[i.Component] = gone
		}
		if !gone && !silent(alarm, at) {
			yield(i, alarm, at)
		}
	})
}

// over tells whether a component concerns its owner no more.
func over(c *icalendar.Component, who *storage.Principal) bool {
	switch strings.ToUpper(c.Text("STATUS")) {
	case "CANCELLED", "COMPLETED":
		return true
	}
	if c.Name == icalendar.Todo && c.Has("COMPLETED") {
		return true
	}
	for p := range c.All("ATTENDEE") {
		switch strings.ToUpper(p.Param("PARTSTAT")) {
		case "DECLINED", "COMPLETED", "DELEGATED":
			if slices.Contains(who.Addresses, storage.NormalizeAddress(p.Value)) {
				return true
			}
		}
	}
	return false
}

// silent tells whether an alarm is not to go off: it waits for a place instead of a time (RFC 9074 §8: its TRIGGER is to be
// ignored), or was acknowledged at that time or later (RFC 9074 §6.1).
func silent(alarm *icalendar.Component, at time.Time) bool {
	if alarm.Has("PROXIMITY") {
		return true
	}
	p := alarm.Prop("ACKNOWLEDGED")
	if p == nil {
		return false
	}
	done, err := icalendar.ParseDateTime(p.Value)
	return err == nil && !done.Instant(nil).Before(at)
}

// actionOf is what an alarm asks for.
func actionOf(alarm *icalendar.Component) string { return strings.ToUpper(alarm.Text("ACTION")) }

// tooLate tells what is not worth telling any more: promptly, everything is; what was kept by a downtime only while it is
// not over, and some hours at most.
func tooLate(n *Notice, now time.Time) bool {
	late := now.Sub(n.At)
	return late > latest || late > promptly && !n.Task && !n.Start.IsZero() && !n.End.After(now)
}

// noticeOf is what is told of an alarm of an instance.
func (p *person) noticeOf(i *icalendar.Instance, alarm *icalendar.Component, at time.Time, floating *timezone.Zone, zones *icalendar.Zones) Notice {
	c := i.Component
	n := Notice{
		Principal: p.who, At: at, Action: actionOf(alarm), UID: c.Text("UID"), Title: c.Text("SUMMARY"), Place: c.Text("LOCATION"),
		Task: c.Name == icalendar.Todo, Start: i.Start, End: i.End, AllDay: i.AllDay(), Language: p.choice.Tongue(), Zone: p.zone,
	}
	written := i.From
	if due := c.Prop("DUE"); n.Task && due != nil {
		n.Start = i.End
		if t, err := due.Time(zones); err == nil {
			written, n.AllDay = t, t.Form == icalendar.Date
		}
	}
	if n.Task {
		n.End = n.Start
	}
	switch {
	case n.AllDay: // its days are those of the zone in which they were read
		n.Zone = floating
	case n.Zone == nil && written.Form == icalendar.Zoned && written.Zone != nil:
		n.Zone = written.Zone
	case n.Zone == nil:
		n.Zone = floating
	}
	switch id := i.RecurrenceID; {
	case id.IsZero():
	case id.Form == icalendar.Zoned:
		n.RecurrenceID = icalendar.FromInstant(id.Instant(floating)).String()
	default:
		n.RecurrenceID = id.String()
	}
	return n
}

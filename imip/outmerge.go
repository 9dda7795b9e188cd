package imip

import (
	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// letter is a row of the queue with its calendar.
type letter struct {
	row    storage.Outbound
	object *icalendar.Object // nil if it cannot be read
}

// covers tells whether a newer letter says all that an older one said, so that the older need not be sent: a REQUEST or
// CANCEL of the same instances, or of the whole, and a REPLY about exactly the same.
func (n *letter) covers(old *letter) bool {
	if n.object == nil || old.object == nil || n.row.PrincipalID != old.row.PrincipalID {
		return false
	}
	switch itip.Method(n.row.Method) {
	case itip.Request, itip.Cancel:
		switch itip.Method(old.row.Method) {
		case itip.Request, itip.Cancel, itip.Add:
		default:
			return false
		}
		// A whole REQUEST says what became of each instance: as it stands, or as an exclusion.
		return n.object.Master() != nil || within(old.object, n.object)
	case itip.Reply:
		return itip.Method(old.row.Method) == itip.Reply && within(old.object, n.object)
	}
	return false
}

// within tells whether all that one object is about, the other is about too.
func within(a, b *icalendar.Object) bool {
	about := map[string]bool{}
	for c := range b.Parts() {
		about[instanceOf(c, b)] = true
	}
	for c := range a.Parts() {
		if !about[instanceOf(c, a)] {
			return false
		}
	}
	return true
}

// instanceOf names the instance of a component, "" for the whole.
func instanceOf(c *icalendar.Component, o *icalendar.Object) string {
	p := c.Prop("RECURRENCE-ID")
	if p == nil {
		return ""
	}
	t, err := p.Time(o.Zones())
	if err != nil {
		return p.Value
	}
	return t.In(nil).String()
}

// merge divides a line into the letters to send, in order, and those that need not be sent: what a later one says again,
// and an invitation that was taken back before anybody heard of it. Known tells that the recipient was sent
// something of this event before.
func merge(line []letter, known bool) (send, gone []letter) {
	for i := range line {
		covered := false
		for j := i + 1; j < len(line) && !covered; j++ {
			covered = line[j].covers(&line[i])
		}
		if covered {
			known = known || line[i].row.Attempts > 0 || line[i].row.Leased // it may have arrived although nobody said so
			gone = append(gone, line[i])
		} else {
			send = append(send, line[i])
		}
	}
	if !known && len(send) > 0 && len(gone) > 0 && itip.Method(send[0].row.Method) == itip.Cancel && send[0].row.Attempts == 0 {
		gone, send = append(gone, send[0]), send[1:]
	}
	return send, gone
}

package itip

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
)

// writer makes the objects of messages. Attendees who attend the same get the same object,
// so that a meeting of two hundred is written once.
type writer struct {
	excludedOf *set // whose EXDATEs excluded has
	excluded   map[instance]bool

	w     *World
	stamp time.Time
	made  map[string]*icalendar.Object
}

func newWriter(w *World, stamp time.Time) *writer {
	return &writer{w: w, stamp: stamp, made: map[string]*icalendar.Object{}}
}

// sorted gives the instances of a view in a fixed order, the master first.
func sorted(v map[instance]*icalendar.Component) []instance {
	if len(v) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(v), compareInstances)
}

func compareInstances(a, b instance) int {
	if c := cmp.Compare(a.form, b.form); c != 0 {
		return c
	}
	return cmp.Compare(a.at, b.at)
}

// request writes a REQUEST that holds the components of v, with instances excluded from the master.
func (x *writer) request(s *set, excluded []instance, v map[instance]*icalendar.Component) *icalendar.Object {
	id := signature('R', sorted(v)) + signature('x', excluded)
	if o := x.made[id]; o != nil {
		return o
	}
	var list []*icalendar.Component
	for _, c := range s.comps {
		k := s.key(c)
		if v[k] == nil {
			continue
		}
		d := x.public(c)
		if k.isMaster() {
			has := s.exdates(c)
			for _, k := range excluded {
				switch {
				case s.by[k] != nil && isRange(s.by[k]):
					s.truncate(d, k) // he attends none of what follows
				case !has[k]:
					s.exclude(d, k)
				}
			}
		}
		list = append(list, d)
	}
	o := x.object(Request, s, list)
	x.made[id] = o
	return o
}

// cancel writes a CANCEL of instances of s, which now stands as now. When the meeting goes
// on without the recipient it names him alone, else everybody (RFC 5546 §3.2.5).
func (x *writer) cancel(s, now *set, gone []instance, to Address) *icalendar.Object {
	// What is cancelled for everybody is one message for all, however many they are.
	removed := len(now.comps) > 0 && slices.ContainsFunc(gone, func(k instance) bool { return !x.cancelledFor(now, k) })
	id := signature('C', gone)
	if removed {
		id += string(to)
	}
	if o := x.made[id]; o != nil {
		return o
	}
	var list []*icalendar.Component
	for _, k := range gone {
		base, _ := s.component(k)
		if base == nil {
			continue
		}
		c := x.public(base)
		if n := now.by[k]; n != nil {
			setRange(c, n)
		}
		setSequence(c, x.cancelSequence(s, now, k, base))
		c.Set("STATUS", "CANCELLED")
		if removed && !x.cancelledFor(now, k) {
			c.Remove("STATUS") // "If uninviting specific Attendees, then MUST NOT be included", RFC 5546 §3.2.5
			c.RemoveFunc(func(p *icalendar.Property) bool {
				return p.Name == "ATTENDEE" && x.w.canonical(p.Value) != to
			})
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil
	}
	o := x.object(Cancel, s, list)
	x.made[id] = o
	return o
}

// cancelInstances writes the CANCEL for a guest of single instances when the whole meeting is
// gone: one component without RECURRENCE-ID, made of an instance he knows, which ends all that he
// holds (RFC 5546 §3.2.5) and tells nothing of the series (RFC 6638 §3.2.6).
func (x *writer) cancelInstances(s *set, known []instance) *icalendar.Object {
	id := signature('W', known)
	if o := x.made[id]; o != nil {
		return o
	}
	c := x.public(s.by[known[0]])
	c.Remove("RECURRENCE-ID")
	c.Set("STATUS", "CANCELLED")
	n := 0
	for _, k := range s.comps {
		n = max(n, sequence(k))
	}
	setSequence(c, n+1)
	o := x.object(Cancel, s, []*icalendar.Component{c})
	x.made[id] = o
	return o
}

// cancelledFor tells whether instance k is cancelled for everybody in now.
func (x *writer) cancelledFor(now *set, k instance) bool {
	c := now.by[k]
	if c != nil {
		return cancelled(c)
	}
	if x.excludedOf != now {
		x.excludedOf, x.excluded = now, now.exdates(now.master)
	}
	return x.excluded[k]
}

// cancelSequence outranks what the recipient holds and equals what is stored, so that a
// later invitation can outrank it (RFC 5546 §2.1.4; scheduling.md §1.3).
func (x *writer) cancelSequence(s, now *set, k instance, base *icalendar.Component) int {
	n := sequence(base) + 1
	if k.isMaster() {
		for _, c := range s.comps {
			if s != now {
				n = max(n, sequence(c)+1)
			}
		}
	}
	if s == now {
		return sequence(base) // STATUS:CANCELLED was stored, and its SEQUENCE raised
	}
	if c := now.by[k]; c != nil {
		return max(n, sequence(c))
	}
	if now.master != nil {
		return max(n, sequence(now.master))
	}
	return n
}

// public is what others may see of a component: no alarms, nothing of the server's own and
// no private X- properties (RFC 6638 §7, §11.4).
func (x *writer) public(c *icalendar.Component) *icalendar.Component {
	d := c.Clone()
	d.RemoveChildren(func(k *icalendar.Component) bool { return k.Name == icalendar.Alarm })
	d.RemoveFunc(func(p *icalendar.Property) bool {
		return strings.HasPrefix(p.Name, "X-") && !icalendar.OfMeeting(p.Name) || p.Name == "REQUEST-STATUS"
	})
	for _, p := range d.Props {
		if p.Name == "ATTENDEE" || p.Name == "ORGANIZER" {
			for _, name := range serverParams {
				p.RemoveParam(name)
			}
		}
	}
	setStamp(d, x.stamp)
	return d
}

// object wraps components in a message with the time zones they need.
func (x *writer) object(method Method, s *set, list []*icalendar.Component) *icalendar.Object {
	product := x.w.Product
	if product == "" {
		product = s.object.Calendar.Text("PRODID")
	}
	o := icalendar.New(product)
	if p := s.object.Calendar.Prop("CALSCALE"); p != nil {
		o.Calendar.Add(p.Clone())
	}
	o.Calendar.Set("METHOD", string(method))
	used := map[string]bool{}
	for _, c := range list {
		c.CollectZones(used)
	}
	for z := range s.object.Calendar.ChildrenNamed(icalendar.TimeZone) {
		if used[z.Text("TZID")] {
			o.Calendar.AddChild(z.Clone())
		}
	}
	for _, c := range list {
		o.Calendar.AddChild(c)
	}
	return o
}

// signature writes instances as a key of a map.
func signature(kind byte, list []instance) string {
	b := make([]byte, 0, 1+len(list)*10)
	b = append(b, kind)
	for _, k := range list {
		b = append(b, k.form, byte(k.at>>56), byte(k.at>>48), byte(k.at>>40), byte(k.at>>32), byte(k.at>>24), byte(k.at>>16), byte(k.at>>8), byte(k.at))
	}
	return string(b)
}

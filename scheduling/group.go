package scheduling

import (
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// maxGroupDepth bounds groups within groups.
const maxGroupDepth = 8

// expandGroups puts the members of a group beside it on the list of attendees, once: when the
// group is invited. Later changes of its membership leave running meetings alone. Who leaves
// the list with the group is known by MEMBER (RFC 5545 §3.2.11). It gives now itself if no
// group came or went.
//
// A client that does not know yet whom its group brought along (seen is false) does not uninvite them.
func (w *writing) expandGroups(former, now *icalendar.Object, seen bool) *icalendar.Object {
	before, after := w.groups(former), w.groups(now)
	var came, went, stayed []*storage.Principal
	for a, g := range after {
		switch {
		case before[a] == nil:
			came = append(came, g)
		case !seen:
			stayed = append(stayed, g)
		}
	}
	for a, g := range before {
		if after[a] == nil {
			went = append(went, g)
		}
	}
	if len(came)+len(went)+len(stayed) == 0 {
		return now
	}
	now = now.Clone()
	for c := range now.Parts() {
		for _, g := range went {
			w.removeMembers(c, g)
		}
		for _, g := range came {
			w.addMembers(c, g)
		}
		for _, g := range stayed {
			w.keepMembers(c, former.Master(), g)
		}
	}
	return now
}

// groups finds the local groups among the attendees whom the server invites.
func (w *writing) groups(o *icalendar.Object) map[itip.Address]*storage.Principal {
	found := map[itip.Address]*storage.Principal{}
	if o == nil {
		return found
	}
	for c := range o.Parts() {
		for q := range c.All("ATTENDEE") {
			if q.HasParam("SCHEDULE-AGENT") && !q.ParamIs("SCHEDULE-AGENT", "SERVER") {
				continue
			}
			a := itip.Normalize(q.Value)
			if p := w.principal(a); p != nil && p.Kind == storage.KindGroup {
				found[canonicalOf(p)] = p
			}
		}
	}
	return found
}

// isOf tells whether an ATTENDEE stands on the list as a member of the group.
func (w *writing) isOf(q *icalendar.Property, g *storage.Principal) bool {
	for _, m := range q.ParamValues("MEMBER") {
		if p := w.principal(itip.Normalize(m)); p != nil && p.ID == g.ID {
			return true
		}
	}
	return false
}

func (w *writing) removeMembers(c *icalendar.Component, g *storage.Principal) {
	c.RemoveFunc(func(q *icalendar.Property) bool { return q.Name == "ATTENDEE" && w.isOf(q, g) })
}

// keepMembers brings back the members that the former master has.
func (w *writing) keepMembers(c, former *icalendar.Component, g *storage.Principal) {
	for q := range former.All("ATTENDEE") {
		if !w.isOf(q, g) {
			continue
		}
		has := false
		for r := range c.All("ATTENDEE") {
			has = has || itip.Normalize(r.Value) == itip.Normalize(q.Value)
		}
		if !has {
			c.Add(q.Clone())
		}
	}
}

func (w *writing) addMembers(c *icalendar.Component, g *storage.Principal) {
	named := false
	listed := map[itip.Address]bool{canonicalOf(w.owner): true}
	for q := range c.All("ATTENDEE") {
		p := w.principal(itip.Normalize(q.Value))
		if p == nil {
			continue
		}
		named = named || p.ID == g.ID
		listed[canonicalOf(p)] = true
	}
	if !named {
		return
	}
	for _, p := range w.membersOf(g.ID, 0, map[int64]bool{}) {
		if a := canonicalOf(p); !listed[a] {
			listed[a] = true
			q := icalendar.NewProperty("ATTENDEE", string(a),
				icalendar.Param{Name: "CN", Values: []string{displayName(p)}},
				icalendar.Param{Name: "CUTYPE", Values: []string{userType(p)}},
				icalendar.Param{Name: "PARTSTAT", Values: []string{itip.NeedsAction}},
				icalendar.Param{Name: "RSVP", Values: []string{"TRUE"}},
				icalendar.Param{Name: "MEMBER", Values: []string{string(canonicalOf(g))}})
			c.Add(q)
		}
	}
}

// membersOf lists all who are in a group, directly or by another.
func (w *writing) membersOf(group int64, depth int, seen map[int64]bool) []*storage.Principal {
	if depth > maxGroupDepth || seen[group] {
		return nil
	}
	seen[group] = true
	ids, err := w.tx.GroupMembers(w.ctx, group)
	if err != nil {
		return nil
	}
	var list []*storage.Principal
	for _, id := range ids {
		p, err := w.tx.Principal(w.ctx, id)
		switch {
		case err != nil:
		case p.Kind == storage.KindGroup:
			list = append(list, w.membersOf(id, depth+1, seen)...)
		default:
			list = append(list, p)
		}
	}
	return list
}

func displayName(p *storage.Principal) string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Name
}

// userType is the CUTYPE of a principal (RFC 5545 §3.2.3).
func userType(p *storage.Principal) string {
	if p.Kind == storage.KindUser {
		return "INDIVIDUAL"
	}
	return strings.ToUpper(p.Kind)
}

package caldav

import (
	"errors"

	"convoke/internal/timezone"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// calendarQuery answers CALDAV:calendar-query, RFC 4791 §7.8, on a calendar, an inbox (RFC 6638 §2.3) or one object.
// It departs from RFC 4791 §7.8 in taking Depth 0, or none, on a collection for 1: a calendar has no calendar data of
// its own, and clients of Microsoft's send 0 (clients.md §2).
func (d *Door) calendarQuery(call *dav.ReportCall) error {
	filter, err := queryFilter(call.Body)
	if err != nil {
		return err
	}
	parent := collectionOf(call.Resource)
	if parent == nil {
		return dav.Forbid(davxml.SupportedReport, nil)
	}
	floating, err := queryZone(call.Body, parent.C)
	if err != nil {
		return err
	}
	a, err := d.newAnswer(call, floating)
	if err != nil {
		return err
	}
	inbox := parent.C.Kind == storage.KindInbox
	q := &query{answer: a, matcher: &matcher{filter: filter, floating: floating, inbox: inbox}, plan: newPlan(filter, !inbox), words: newWords(filter)}
	if o, ok := call.Resource.(*object); ok {
		err = q.member(o, q.plan.judge(o.M))
	} else {
		err = q.collection(parent)
	}
	if err != nil {
		return err
	}
	return a.close()
}

// queryFilter finds the one CALDAV:filter of a query.
func queryFilter(body *davxml.Node) (*compFilter, error) {
	filters := body.All(davxml.Filter)
	if len(filters) != 1 {
		return nil, invalidFilter("%d filters in a query", len(filters))
	}
	return parseFilter(filters[0])
}

// queryZone is where floating times are read: CALDAV:timezone (RFC 4791 §9.8) or CALDAV:timezone-id (RFC 7809
// §3.1.6) of the query, or else the zone of the calendar (RFC 4791 §7.3).
func queryZone(body *davxml.Node, c *storage.Collection) (*timezone.Zone, error) {
	zone, id := body.Child(davxml.Timezone), body.Child(davxml.TimezoneID)
	switch {
	case zone != nil && id != nil:
		return nil, badRequest(errors.New("timezone beside timezone-id"))
	case zone != nil:
		_, z, err := readWholeZone(zone.Text)
		return z, err
	case id != nil:
		return namedZone(id.Trimmed())
	}
	return zoneOf(c), nil
}

// collectionOf gives the collection that a report searches: the resource itself, or the parent of an object.
func collectionOf(r dav.Resource) *tree.Collection {
	switch r := r.(type) {
	case *calendar:
		return r.Collection
	case *inbox:
		return r.Collection
	case *outbox:
		return r.Collection
	case *object:
		return r.Parent
	}
	return nil
}

// query is one calendar-query at work.
type query struct {
	*answer
	*matcher
	plan  *plan
	words *words // that must be in an object; nil is none
}

func (q *query) collection(c *tree.Collection) error {
	listing, err := c.Tree.Store.Listing(q.call.Ctx, c.C.ID)
	if err != nil {
		return tree.Condition(err)
	}
	n := 0
	var o *object
	for m := range q.plan.candidates(listing) {
		if n++; n%256 == 0 && q.call.Ctx.Err() != nil {
			return q.call.Ctx.Err()
		}
		verdict := q.plan.judge(m)
		if verdict == no {
			continue
		}
		// One value serves for all, since a response is written at once, unless it must wait.
		if o == nil || q.holds() {
			o = &object{Object: &tree.Object{}, d: q.d}
		}
		*o.Object = tree.Object{Parent: c, M: m}
		if err := q.member(o, verdict); err != nil {
			return err
		}
	}
	return nil
}

// member answers with one object, if it matches.
func (q *query) member(o *object, verdict verdict) error {
	if verdict == no || o.Allow(q.call.Ctx, dav.Read) != nil {
		return nil
	}
	if verdict == maybe {
		if q.words != nil && !o.stranger() { // strangers see other words
			if stored, err := o.Load(q.call.Ctx); err == nil && !q.words.in(stored.Data) {
				return nil
			}
		}
		p, err := o.parsed(q.call.Ctx)
		if errors.Is(err, dav.ErrNotFound) {
			return nil // deleted since the listing was made
		}
		if q.call.Ctx.Err() != nil {
			return q.call.Ctx.Err()
		}
		// An object that can't be read matches nothing, and spoils nobody else's answer (reliability.md §1.8).
		if err != nil || !q.matches(p) {
			return nil
		}
	}
	return q.object(o)
}

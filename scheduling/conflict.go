package scheduling

import (
	"fmt"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// How far a new invitation is compared with what its recipient has.
const (
	conflictAhead     = 366 * 24 * time.Hour
	conflictInstances = 50
	conflictPeriods   = 3  // told of
	conflictReads     = 64 // objects looked into: all writes wait meanwhile
)

// ConflictSpace and ConflictName name the property of an inbox item that lists the busy periods which its
// invitation overlapped when it came.
const (
	ConflictSpace = "urn:convoke"
	ConflictName  = "conflict"
)

// conflicts finds the busy time that an invitation overlaps.
func (w *writing) conflicts(p *storage.Principal, o *icalendar.Object) ([]icalendar.BusyPeriod, error) {
	from := w.s.now()
	span := o.Span()
	if span.Last <= from.Unix() || span.First >= from.Add(conflictAhead).Unix() {
		return nil, nil
	}
	if occupied, err := w.occupied(p, o.UID(), max(span.First, from.Unix()), min(span.Last, from.Add(conflictAhead).Unix())); err != nil || !occupied {
		return nil, err
	}
	zone := floatingZone(w.ctx, w.tx, p)
	instances, _, err := o.Instances(from, from.Add(conflictAhead), icalendar.Options{Floating: zone, Max: conflictInstances})
	if err != nil || len(instances) == 0 {
		return nil, nil //nolint:nilerr // what cannot be expanded conflicts with nothing
	}
	q := &BusyQuery{Of: p, From: instances[0].Start, MaskUID: o.UID(), all: true, near: instances, reads: conflictReads, world: w.world(p)}
	for _, i := range instances {
		if i.Start.Before(q.From) {
			q.From = i.Start
		}
		if i.End.After(q.To) {
			q.To = i.End
		}
	}
	busy, err := w.s.busy(w.ctx, w.tx, q)
	if err != nil {
		return nil, err
	}
	var list []icalendar.BusyPeriod
	for _, b := range busy {
		for _, i := range instances {
			if b.Start.Before(i.End) && b.End.After(i.Start) && icalendar.BusyType(i.Component) != icalendar.Free {
				list = append(list, b)
				break
			}
		}
		if len(list) == conflictPeriods {
			break
		}
	}
	return list, nil
}

// occupied tells cheaply whether p has anything else at all in a span.
func (w *writing) occupied(p *storage.Principal, uid string, from, to int64) (bool, error) {
	all, err := w.tx.CollectionsOf(w.ctx, p.ID)
	if err != nil {
		return false, err
	}
	for _, c := range all {
		if c.Kind != storage.KindCalendar || c.Transparent {
			continue
		}
		members, err := w.tx.Overlapping(w.ctx, c.ID, from, to)
		if err != nil {
			return false, err
		}
		for m := range members {
			if m.UID != uid {
				return true, nil
			}
		}
	}
	return false, nil
}

// noteConflicts writes on an inbox item, and into the journal, what its invitation overlaps.
func (w *writing) noteConflicts(p *storage.Principal, m *itip.Message, invitation *icalendar.Object, id int64) error {
	if m.Method != itip.Request && m.Method != itip.Add || id == 0 {
		return nil
	}
	list, err := w.conflicts(p, invitation)
	if err != nil || len(list) == 0 {
		return err
	}
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.Start.UTC().Format("20060102T150405Z") + "/" + c.End.UTC().Format("20060102T150405Z"))
	}
	element := `<` + ConflictName + ` xmlns="` + ConflictSpace + `">` + b.String() + `</` + ConflictName + `>`
	err = w.tx.SetProperty(storage.Ref{Kind: storage.RefObject, ID: id}, 0, storage.Property{Space: ConflictSpace, Local: ConflictName, XML: []byte(element)})
	if err != nil {
		return fmt.Errorf("note a conflict: %w", err)
	}
	return w.note(m.UID, "conflict", fmt.Sprintf("%s is busy at %s", p.Name, b.String()))
}

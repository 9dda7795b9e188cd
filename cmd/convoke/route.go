package main

import (
	"context"
	"fmt"
	"slices"

	"convoke/carddav"
	"convoke/internal/icalendar"
	"convoke/storage"
)

// putBatch is how many items, and maxBatchBytes about how many bytes, are asked for at once.
const (
	putBatch      = 250
	maxBatchBytes = 16 << 20
)

// elsewhere is where items go that the collection meant for them does not take, by kind.
var elsewhere = map[string]string{
	icalendar.Event: "default", icalendar.Todo: "tasks", icalendar.Journal: "journals",
}

// importAll stores the batches of a user. What a calendar does not take goes to one that does.
func importAll(ctx context.Context, g *globals, d desk, user string, read *reading) (importReport, error) {
	report := importReport{Failed: []failure{}, Skipped: read.skipped, Notes: read.notes}
	batches := read.ordered()
	total := 0
	for _, b := range batches {
		total += len(b.items)
	}
	bar := g.progress("import", total)
	defer bar.done()
	for i := 0; i < len(batches); i++ {
		b := batches[i]
		var at target
		if err := d.do(ctx, "target", targetOf(user, b), &at); err != nil {
			return report, err
		}
		if at.Filled { // as it is where an export is read back by whom it is of
			report.Notes = append(report.Notes, fmt.Sprintf("%s/%s is filled by the server itself: %s left out; import them into another calendar",
				at.User, b.name(), plural(len(b.items), "object")))
			report.Left += len(b.items)
			bar.step(len(b.items))
			continue
		}
		if at.Created {
			report.Made = append(report.Made, made(b, &at))
		}
		if b.home == storage.Calendars && !b.rerouted {
			others, note := b.split(&at)
			batches = append(batches, others...)
			report.Notes = append(report.Notes, note...)
		}
		if err := report.store(ctx, d, at.ID, b.items, bar); err != nil {
			return report, err
		}
	}
	return report, nil
}

// store puts items into a collection.
func (r *importReport) store(ctx context.Context, d desk, collection int64, rest []item, bar *progress) error {
	for len(rest) > 0 {
		n, size := 0, 0
		for n < len(rest) && n < putBatch && (n == 0 || size+len(rest[n].Data) <= maxBatchBytes) {
			size += len(rest[n].Data)
			n++
		}
		var results []putResult
		if err := d.do(ctx, "put", putItemsArgs{collection, rest[:n]}, &results); err != nil {
			return err
		}
		for i, res := range results {
			r.count(rest[i], res)
		}
		bar.step(n)
		rest = rest[n:]
	}
	return nil
}

// made names a new collection for people.
func made(b *batch, at *target) string {
	kind := "the calendar"
	switch {
	case b.home == storage.AddressBooks:
		kind = "the address book"
	case len(at.Components) == 1 && at.Components[0] == icalendar.Todo:
		kind = "the task list"
	}
	return kind + " " + at.User + "/" + b.name()
}

// name is the path segment of the batch's collection.
func (b *batch) name() string {
	if b.slug == "" {
		return "default"
	}
	return b.slug
}

// split takes out of a batch what its collection does not take: new batches for it, and a note on each.
func (b *batch) split(at *target) (others []*batch, notes []string) {
	moved := map[string]*batch{}
	keep := b.items[:0:0]
	for _, it := range b.items {
		slug := elsewhere[it.Kind]
		if it.Broken != "" || at.takes(it.Kind) || slug == "" || slug == b.name() {
			keep = append(keep, it)
			continue
		}
		if moved[it.Kind] == nil {
			moved[it.Kind] = &batch{home: b.home, slug: slug, rerouted: true}
			others = append(others, moved[it.Kind])
		}
		moved[it.Kind].items = append(moved[it.Kind].items, it)
	}
	b.items = keep
	for _, o := range others {
		notes = append(notes, fmt.Sprintf("%s went to %s/%s, since %s/%s takes none",
			plural(len(o.items), words(o.items[0].Kind)), at.User, o.slug, at.User, b.name()))
	}
	return others, notes
}

// words is a kind of calendar object for people.
func words(kind string) string {
	switch kind {
	case icalendar.Event:
		return "event"
	case icalendar.Todo:
		return "task"
	case icalendar.Journal:
		return "journal entry"
	case "VCARD":
		return "contact"
	}
	return kind
}

// avoid gives address books of the source another name where theirs is the server's own here.
func (r *reading) avoid() {
	for _, b := range r.ordered() {
		if b.home != storage.AddressBooks || !carddav.Reserved(b.slug) {
			continue
		}
		delete(r.batches, b.home+"/"+b.slug)
		next := b.slug + "-imported"
		r.notes = append(r.notes, fmt.Sprintf("the address book %s is called %s here: the server has a %s of its own", b.slug, next, b.slug))
		into := r.batch(b.home, next)
		into.items = slices.Concat(into.items, b.items)
		into.label = b.label
	}
}

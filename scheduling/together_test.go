package scheduling

import (
	"context"
	"errors"
	"strings"
	"testing"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// together runs writes in one transaction, as a group commit runs them: the later ones see what the earlier did.
func (w *town) together(who string, steps ...func(*writing) error) {
	w.t.Helper()
	ctx := context.Background()
	actor := storage.Actor{PrincipalID: w.people[who].ID, Door: "caldav"}
	err := w.store.Update(ctx, actor, func(tx *storage.Tx) error {
		for _, step := range steps {
			if err := step(&writing{s: w.Service, ctx: ctx, tx: tx, actor: actor}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// putting is a step that stores somebody's object.
func (w *town) putting(who, name, data string) func(*writing) error {
	return func(g *writing) error {
		now, err := w.parse([]byte(data), false)
		if err != nil {
			return err
		}
		g.owner = w.people[who]
		p := &Put{Actor: g.actor, Collection: w.collection(who, "default"), Name: name, Data: []byte(data)}
		return g.put(p, now, facts(now, itip.None), &Result{})
	}
}

// deleting is a step that deletes somebody's object.
func (w *town) deleting(who, name string) func(*writing) error {
	return func(g *writing) error {
		c := w.collection(who, "default")
		old, err := find(g.ctx, g.tx, c.ID, name)
		if err != nil {
			return err
		}
		if err := g.takeBack(old, c.OwnerID); err != nil {
			return err
		}
		return g.tx.DeleteObject(c.ID, name)
	}
}

func TestRecreatedInOneCommitOutranksItsCancel(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u", "", bobMail))
	w.together("alice", w.deleting("alice", "a.ics"), w.putting("alice", "b.ics", invitation("u", "", bobMail)))
	w.says("bob", "u", "!STATUS:CANCELLED")
}

func TestConflictOfTwoInvitationsInOneCommit(t *testing.T) {
	w := newTown(t, Options{})
	w.together("alice", w.putting("alice", "a.ics", invitation("u", "", bobMail)), w.putting("alice", "b.ics", invitation("v", "", bobMail)))
	journal, err := w.store.JournalFor(context.Background(), "v")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range journal {
		if e.What == "conflict" && strings.Contains(e.Detail, "20260310T120000Z/20260310T130000Z") {
			return
		}
	}
	t.Errorf("no conflict in %+v", journal)
}

// Who came to the house, or into a group, in the same commit is invited.
func TestInvitesWhoCameInOneCommit(t *testing.T) {
	w := newTown(t, Options{})
	dave := &storage.Principal{Kind: storage.KindUser, Name: "dave", Addresses: []string{"mailto:dave@example.org"}}
	w.people["dave"] = dave
	w.together("alice", func(g *writing) error {
		if err := g.tx.CreatePrincipal(dave); err != nil {
			return err
		}
		return g.tx.SetMembers(w.people["staff"].ID, []int64{dave.ID})
	}, w.putting("alice", "a.ics", invitation("u", "", "mailto:staff@example.org")))
	w.says("dave", "u", "SUMMARY:Lunch")
	if w.event("bob", "u") != nil {
		t.Error("who left the group was invited")
	}
	if got := w.inbox("dave"); got != "REQUEST" {
		t.Errorf("dave's inbox: %q", got)
	}
}

// An invitation goes where the default calendar is by now.
func TestDefaultCalendarChosenInOneCommit(t *testing.T) {
	w := newTown(t, Options{})
	work := &storage.Collection{OwnerID: w.people["bob"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "work"}
	w.together("alice", func(g *writing) error {
		if err := g.tx.CreateCollection(work); err != nil {
			return err
		}
		return w.SetDefaultCalendar(g.ctx, g.tx, w.people["bob"], work.ID)
	}, w.putting("alice", "a.ics", invitation("u", "", bobMail)))
	if got := w.event("bob", "u").CollectionID; got != work.ID {
		t.Errorf("in collection %d, the default calendar is %d", got, work.ID)
	}
}

// The default calendar stays the default under another name (RFC 6638 §4.3, §9.2), and so cannot be deleted.
func TestDefaultCalendarKeepsItsStanding(t *testing.T) {
	w := newTown(t, Options{})
	ctx := context.Background()
	home := w.collection("bob", "default")
	err := w.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		shelf := &storage.Collection{OwnerID: home.OwnerID, Home: storage.Calendars, Kind: storage.KindPlain, Name: "shelf"}
		if err := tx.CreateCollection(shelf); err != nil {
			return err
		}
		if err := tx.MoveCollection(home.ID, shelf.ID, "other"); err != nil {
			return err
		}
		// Whatever takes its name is another calendar.
		return tx.CreateCollection(&storage.Collection{OwnerID: home.OwnerID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "default"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := w.DefaultCalendar(ctx, w.people["bob"]); err != nil || c == nil || c.ID != home.ID {
		t.Fatalf("default calendar %+v, %v", c, err)
	}
	w.mustPut("alice", "a.ics", invitation("u", "", bobMail))
	if got := w.event("bob", "u").CollectionID; got != home.ID {
		t.Errorf("invited into %d", got)
	}
	err = w.DeleteCollection(ctx, &Removal{Collection: home})
	var v *Violation
	if !errors.As(err, &v) || v.Precondition != "default-calendar-needed" {
		t.Errorf("deleting it gave %v", err)
	}
}

package scheduling

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"convoke/storage"
)

// roles are those of alice's objects by UID.
func (w *town) roles(who string) map[string]string {
	w.t.Helper()
	l, err := w.store.Listing(context.Background(), w.collection(who, "default").ID)
	if err != nil {
		w.t.Fatal(err)
	}
	roles := map[string]string{}
	for m := range l.All() {
		roles[m.UID] = m.Role
		if (m.Role != "") != (m.ScheduleTag != "") && m.Role != "" {
			w.t.Errorf("%s is a scheduling object without a Schedule-Tag (RFC 6638 §3.2.10)", m.UID)
		}
	}
	return roles
}

// move gives somebody other addresses.
func (w *town) move(who string, addresses ...string) {
	w.t.Helper()
	ctx := context.Background()
	err := w.store.Update(ctx, storage.Actor{Door: "cli"}, func(tx *storage.Tx) error {
		p, err := tx.PrincipalByName(ctx, who)
		if err != nil {
			return err
		}
		next := *p
		next.Addresses = addresses
		return tx.UpdatePrincipal(&next)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// whole proves that check finds nothing wrong.
func (w *town) whole(when string) {
	w.t.Helper()
	r, err := w.store.Check(context.Background(), false, func(c *storage.Collection, _ string, data []byte) (storage.Facts, error) {
		if c.Kind != storage.KindCalendar && c.Kind != storage.KindInbox {
			return storage.Facts{}, nil
		}
		return w.Facts(context.Background(), c, data)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range r.Problems {
		w.t.Errorf("%s: %s: %s", when, p.Name, p.What)
	}
}

// Who is organizer or attendee is decided by addresses (RFC 6638 §3.1): when those change, so do the roles that are kept.
func TestRolesFollowAddresses(t *testing.T) {
	w := newTown(t, Options{})
	meeting := func(uid, organizer string, attendees ...string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260301T000000Z\r\nDTSTART:20260310T100000Z\r\n"+
			"DTEND:20260310T110000Z\r\nORGANIZER;CN=Somebody:mailto:%s\r\n", uid, organizer)
		for _, a := range attendees {
			fmt.Fprintf(&b, "ATTENDEE;CN=Somebody with a name that is so long that the line is folded:mai\r\n lto:%s\r\n %s\r\n", a[:4], a[4:])
		}
		return b.String() + "END:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	w.mustPut("alice", "own.ics", meeting("own", "Alice@example.org", "alice@example.org", "bob@example.org"))
	w.mustPut("bob", "invited.ics", meeting("invited", "bob@example.org", "bob@example.org", "chef@example.org"))
	w.mustPut("alice", "abroad.ics", meeting("abroad", "boss@elsewhere.example", "a%6Cice@example.org"), func(p *Put) { p.Import = true })
	w.mustPut("alice", "foreign.ics", meeting("foreign", "boss@elsewhere.example", "newname@example.org"), func(p *Put) { p.Import = true })
	w.mustPut("alice", "plain.ics", strings.Replace(meeting("plain", "x@example.net"), "ORGANIZER;CN=Somebody:mailto:x@example.net\r\n", "", 1))
	for _, step := range []struct {
		title     string
		addresses []string
		want      map[string]string
	}{
		{"as it was", []string{"alice@example.org", "chef@example.org"}, map[string]string{"own": "organizer", "invited": "attendee", "abroad": "attendee", "foreign": "", "plain": ""}},
		{"one less", []string{"alice@example.org"}, map[string]string{"own": "organizer", "invited": "", "abroad": "attendee", "foreign": "", "plain": ""}},
		{"others", []string{"newname@example.org", "chef@example.org"}, map[string]string{"own": "", "invited": "attendee", "abroad": "", "foreign": "attendee", "plain": ""}},
		{"none", nil, map[string]string{"own": "", "invited": "", "abroad": "", "foreign": "", "plain": ""}},
		{"back", []string{"chef@example.org", "alice@example.org"}, map[string]string{"own": "organizer", "invited": "attendee", "abroad": "attendee", "foreign": "", "plain": ""}},
	} {
		w.move("alice", step.addresses...)
		got := w.roles("alice")
		for uid, role := range step.want {
			if got[uid] != role {
				t.Errorf("%s: the role in %s is %q, want %q", step.title, uid, got[uid], role)
			}
		}
		w.whole(step.title)
	}
}

// An address that goes from one person to another in one transaction takes its roles along.
func TestRolesFollowAnAddressToAnother(t *testing.T) {
	w := newTown(t, Options{})
	data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260301T000000Z\r\nDTSTART:20260310T100000Z\r\n" +
		"ORGANIZER:mailto:boss@elsewhere.example\r\nATTENDEE:mailto:chef@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for _, who := range []string{"alice", "carol"} {
		w.mustPut(who, "u.ics", data, func(p *Put) { p.Import = true })
	}
	ctx := context.Background()
	err := w.store.Update(ctx, storage.Actor{Door: "cli"}, func(tx *storage.Tx) error {
		alice, carol := *w.people["alice"], *w.people["carol"]
		alice.Addresses, carol.Addresses = []string{"alice@example.org"}, []string{"carol@example.org", "chef@example.org"}
		if err := tx.UpdatePrincipal(&alice); err != nil {
			return err
		}
		return tx.UpdatePrincipal(&carol)
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, c := w.roles("alice")["u"], w.roles("carol")["u"]; a != "" || c != "attendee" {
		t.Errorf("alice is %q and carol %q, want none and attendee", a, c)
	}
	w.whole("afterwards")
}

// What is in the trash goes along, too: check finds it right, and it comes back with the role that its owner has by then.
func TestRolesFollowIntoTheTrash(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "u.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260301T000000Z\r\nDTSTART:20260310T100000Z\r\n"+
		"ORGANIZER:mailto:boss@elsewhere.example\r\nATTENDEE:mailto:new@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", func(p *Put) { p.Import = true })
	ctx := context.Background()
	home := w.collection("alice", "default")
	update := func(do func(*storage.Tx) error) {
		t.Helper()
		if err := w.store.Update(ctx, storage.Actor{}, do); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *storage.Tx) error { return tx.TrashCollection(home.ID) })
	w.move("alice", "alice@example.org", "new@example.org")
	w.whole("in the trash")
	list, err := w.store.Trash(ctx, home.OwnerID, 0, 1)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	update(func(tx *storage.Tx) error { _, err := tx.RestoreCollection(list[0].ID); return err })
	if role := w.roles("alice")["u"]; role != "attendee" {
		t.Errorf("restored with the role %q", role)
	}
	if o := w.event("alice", "u"); o.Role != "attendee" {
		t.Errorf("read with the role %q", o.Role)
	}
	w.whole("restored")
}

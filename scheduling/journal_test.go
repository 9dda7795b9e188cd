package scheduling

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"convoke/storage"
)

// The journal tells in words who changed what, by which door and program, who was told, and who
// was not and why.
func TestJournalTellsTheStory(t *testing.T) {
	w := newTown(t, Options{})
	by := func(agent string) func(*Put) {
		return func(p *Put) { p.Actor.Door, p.Actor.Agent = "caldav", agent }
	}
	guests := []string{bobMail, hallMail, "mailto:nobody@example.org", "mailto:x@elsewhere.net"}
	w.mustPut("alice", "lunch.ics", invitation("u1", "", guests...), by("Thunderbird/140"))
	o := w.event("bob", "u1")
	declined := strings.Replace(string(o.Data), "SUMMARY:Lunch", "SUMMARY:Lunch\r\nCOMMENT:I am at the\\n dentist", 1)
	declined = strings.Replace(declined, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob", 1)
	w.mustPut("bob", o.Name, declined, by("DAVx5/4.5"))
	w.mustPut("alice", "lunch.ics", invitation("u1", "DTSTART:20260310T140000Z\nDTEND:20260310T150000Z", guests...), by("Thunderbird/140"))
	w.delete("alice", "lunch.ics")
	w.mustPut("alice", "old.ics", strings.Replace(invitation("u2", ""), "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n", "", 1),
		func(p *Put) { p.Import, p.Actor = true, storage.Actor{Door: "import", Agent: "old.zip/work.ics"} })
	w.mustPut("alice", "own.ics", strings.Replace(strings.Replace(invitation("u3", ""), "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n", "", 1),
		"ORGANIZER:mailto:alice@example.org\r\n", "", 1),
		func(p *Put) { p.Import, p.Actor = true, storage.Actor{Door: "import", Agent: "own.ics"} })

	var got []string
	for _, uid := range []string{"u1", "u2", "u3"} {
		journal, err := w.store.JournalFor(context.Background(), uid)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range journal {
			if e.What == "refuse" {
				continue
			}
			got = append(got, fmt.Sprintf("%s/%s: %s: %s", e.Door, e.Agent, e.What, strings.ReplaceAll(e.Detail, o.Name, "COPY")))
		}
	}
	want := `caldav/Thunderbird/140: book: hall: DECLINED
caldav/Thunderbird/140: deliver: REQUEST from mailto:alice@example.org to mailto:bob@example.org
caldav/Thunderbird/140: create: organizer's "lunch.ics", 2 told: hall@example.org (answered at once: declined), bob@example.org; 2 not reached: nobody@example.org (nobody has this address), x@elsewhere.net (outside, and no mail is sent from here)
caldav/DAVx5/4.5: deliver: REPLY from mailto:bob@example.org to mailto:alice@example.org: declined, saying "I am at the dentist"
caldav/DAVx5/4.5: answer: attendee's "COPY", declined, saying "I am at the dentist", 1 told: alice@example.org
caldav/Thunderbird/140: book: hall: DECLINED
caldav/Thunderbird/140: deliver: REQUEST from mailto:alice@example.org to mailto:bob@example.org
caldav/Thunderbird/140: change: organizer's "lunch.ics", moved from 2026-03-10 12:00 UTC to 2026-03-10 14:00 UTC, 2 told: hall@example.org (answered at once: declined), bob@example.org; 2 not reached: nobody@example.org (nobody has this address), x@elsewhere.net (outside, and no mail is sent from here)`
	for i, line := range strings.Split(want, "\n") {
		if i >= len(got) || got[i] != line {
			t.Fatalf("line %d is not %s:\n%s", i+1, line, strings.Join(got, "\n"))
		}
	}
	rest := strings.Join(got, "\n")
	for _, line := range []string{
		`: delete: organizer's "lunch.ics", 2 told: `,
		`import/old.zip/work.ics: import: `,
		`imported from old.zip/work.ics`,
		`import/own.ics: import: "own.ics", imported from own.ics`,
	} {
		if !strings.Contains(rest, line) {
			t.Errorf("nothing says %s:\n%s", line, rest)
		}
	}
}

// Of many recipients a line names a few.
func TestJournalNamesAFew(t *testing.T) {
	w := &writing{}
	for i := range 12 {
		w.outcomes = append(w.outcomes, outcome{to: "mailto:a@example.org", delivery: delivery{status: []string{delivered, nobody}[i/10]}})
	}
	if got := w.account(); !strings.HasPrefix(got, "10 told: a@example.org, ") || !strings.Contains(got, " and 2 more; 2 not reached: ") {
		t.Error(got)
	}
}

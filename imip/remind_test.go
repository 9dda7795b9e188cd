package imip

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"convoke/imip/compose"
	"convoke/storage"
)

// remind puts a reminder of Anna's into the queue.
func (o *office) remind(uid string) {
	o.t.Helper()
	data, err := json.Marshal(compose.Reminder{Language: "en", Title: uid})
	if err != nil {
		o.t.Fatal(err)
	}
	err = o.store.Update(bg, actor, func(tx *storage.Tx) error {
		_, err := tx.Enqueue(&storage.Outbound{UID: uid, Method: storage.MethodReminder, DTStamp: "20260302T080000Z", PrincipalID: o.anna.ID,
			Sender: "mailto:calendar@example.org", Recipient: "mailto:anna@example.org", MessageID: "<" + uid + "@example.org>", Data: data})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// Reminders go out by the same queue, are no scheduling messages, and count against nothing that people send to others.
func TestRemindersGoOut(t *testing.T) {
	o := newOffice(t, func(opt *OutgoingOptions) {
		opt.Limits = OutgoingLimits{Recipients: 1, PerHour: 2, PerDay: 2, NewPerDay: 1}
		opt.GatewayName = "Convoke"
	})
	o.put("u", lunchTime, "zoe@example.net")
	for n := range 5 {
		o.remind(fmt.Sprint("r", n))
	}
	o.remind("u")
	o.later(time.Minute)
	if len(o.post.mails) != 7 {
		t.Fatalf("%d mails", len(o.post.mails))
	}
	reminders := 0
	for _, m := range o.post.mails {
		if !strings.HasPrefix(field(m.Data, "Subject"), "Reminder: ") {
			continue
		}
		reminders++
		if m.To != "anna@example.org" || field(m.Data, "From") != `"Convoke" <calendar@example.org>` || !strings.HasPrefix(m.From, "calendar+") ||
			strings.Contains(string(m.Data), "text/calendar") {
			t.Errorf("from %s to %s:\n%s", m.From, m.To, m.Data)
		}
	}
	if reminders != 6 {
		t.Errorf("%d reminders", reminders)
	}
	if got := o.status("u", "zoe@example.net"); got != "1.1" {
		t.Errorf("the guest of an event that is reminded of has status %q", got)
	}
	if yes, err := o.store.Written(bg, o.anna.ID, "mailto:anna@example.org"); yes || err != nil {
		t.Error("whoever is reminded is a correspondent of themselves", err)
	}
	if n, err := o.store.Sendings(bg, o.anna.ID, o.now); n.Day != 1 || err != nil {
		t.Errorf("sendings %+v, %v", n, err)
	}
}

// A reminder that does not get through in hours is given up: it is of no use any more.
func TestReminderIsGivenUp(t *testing.T) {
	o := newOffice(t)
	o.post.say = func(*Mail) error { return &Failure{Code: "4.2.2", Text: "mailbox full"} }
	o.remind("r")
	for range 8 {
		o.later(time.Hour + 6*time.Minute)
	}
	rows, err := o.store.Outbounds(bg, storage.OutboundFailed)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows failed, %v", len(rows), err)
	}
}

// One that was in the queue when the server ended, and is there when it is up again days later, is not sent any more.
func TestReminderIsTooLate(t *testing.T) {
	o := newOffice(t)
	o.remind("r")
	o.later(remindFor)
	if rows := o.rows(storage.OutboundFailed); len(rows) != 1 || len(o.post.mails) != 0 {
		t.Errorf("%d mails, failed %+v", len(o.post.mails), rows)
	}
}

package scheduling

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// crowd adds people and gives their addresses.
func (w *town) crowd(n int) []string {
	w.t.Helper()
	var mails []string
	err := w.store.Update(context.Background(), storage.Actor{}, func(tx *storage.Tx) error {
		for i := range n {
			mail := fmt.Sprintf("mailto:q%d@example.org", i)
			mails = append(mails, mail)
			p := &storage.Principal{Kind: storage.KindUser, Name: fmt.Sprintf("q%d", i), Addresses: []string{mail}}
			if err := tx.CreatePrincipal(p); err != nil {
				return err
			}
			w.people[p.Name] = p
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return mails
}

func BenchmarkPutInvitation(b *testing.B) {
	for _, n := range []int{1, 5, 19, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := newTown(b, Options{InboxItems: 100})
			mails := w.crowd(n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				w.mustPut("alice", fmt.Sprintf("e%d.ics", i), invitation(fmt.Sprintf("u%d", i), hour(w.now, i), mails...))
			}
		})
	}
}

// hour gives the times of an event, each n its own.
func hour(now time.Time, n int) string {
	at := now.Add(time.Duration(n%4000+1) * 2 * time.Hour)
	return "DTSTART:" + at.Format("20060102T150405Z") + "\nDTEND:" + at.Add(time.Hour).Format("20060102T150405Z")
}

// Everybody is busy at that time already.
func BenchmarkPutConflict(b *testing.B) {
	w := newTown(b, Options{InboxItems: 100})
	mails := w.crowd(19)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		w.mustPut("alice", fmt.Sprintf("e%d.ics", i), invitation(fmt.Sprintf("u%d", i), "", mails...))
	}
}

func BenchmarkPutPlain(b *testing.B) {
	w := newTown(b, Options{})
	b.ReportAllocs()
	for i := range b.N {
		w.mustPut("alice", fmt.Sprintf("e%d.ics", i), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:"+fmt.Sprint(i)+
			"\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260310T120000Z\r\nDTEND:20260310T130000Z\r\nSUMMARY:Plain\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	}
}

func BenchmarkReply(b *testing.B) {
	w := newTown(b, Options{InboxItems: 100})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		w.answer("bob", "u1", []string{"ACCEPTED", "DECLINED"}[i%2])
	}
}

// An answer in a larger meeting goes into the copies of all the others as well.
func BenchmarkReplyAmong(b *testing.B) {
	for _, n := range []int{19, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := newTown(b, Options{InboxItems: 100})
			mails := w.crowd(n)
			w.mustPut("alice", "a.ics", invitation("u1", "", mails...))
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				w.answer("q0", "u1", []string{"ACCEPTED", "DECLINED"}[i%2])
			}
		})
	}
}

// A week of ten people with 1,000 events each, a tenth of them recurring.
func BenchmarkBusyTen(b *testing.B) {
	w := newTown(b, Options{})
	mails := w.crowd(10)
	for i := range mails {
		c := w.collection(fmt.Sprintf("q%d", i), "default")
		err := w.store.Update(context.Background(), storage.Actor{}, func(tx *storage.Tx) error {
			for n := range 1000 {
				start := w.now.Add(time.Duration(n%400-200) * 24 * time.Hour).Add(time.Duration(n%9) * time.Hour)
				more := ""
				if n%10 == 0 {
					more = "RRULE:FREQ=WEEKLY;COUNT=20\r\n"
				}
				data := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:b%d\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:%s\r\nDURATION:PT1H\r\n%sSUMMARY:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
					n, start.Format("20060102T150405Z"), more, strings.Repeat("busy ", 20))
				o, err := w.parse([]byte(data), false)
				if err != nil {
					return err
				}
				f := facts(o, itip.None)
				if _, err := tx.PutObject(&storage.Object{Member: storage.Member{CollectionID: c.ID, Name: f.UID + ".ics", ContentType: contentType, Facts: f}, Data: []byte(data)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:f\r\nDTSTAMP:20260301T120000Z\r\n" +
		"DTSTART:20260309T000000Z\r\nDTEND:20260316T000000Z\r\nORGANIZER:mailto:alice@example.org\r\n"
	for _, m := range mails {
		body += "ATTENDEE:" + m + "\r\n"
	}
	body += "END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		answers, err := w.Busy(context.Background(), &BusyRequest{Owner: w.people["alice"], Data: []byte(body)})
		if err != nil || len(answers) != 10 || answers[9].Data == nil {
			b.Fatal(answers, err)
		}
	}
}

package scheduling

import (
	"context"
	"fmt"
	"testing"

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
				w.mustPut("alice", fmt.Sprintf("e%d.ics", i), invitation(fmt.Sprintf("u%d", i), "", mails...))
			}
		})
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

package imip

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"convoke/storage"

	"github.com/emersion/go-smtp"
)

// lmtpInvitation is an invitation from outside as a mail server hands it on.
func lmtpInvitation(n int, to string) string {
	return fmt.Sprintf("Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\n"+
		"From: eve@example.com\r\nTo: %[2]s\r\nSubject: Lunch\r\nMessage-ID: <%[1]d@example.com>\r\n"+
		"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"+
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:lmtp-%[1]d\r\nDTSTAMP:20260301T120000Z\r\n"+
		"DTSTART:20260310T120000Z\r\nDTEND:20260310T130000Z\r\nSUMMARY:Lunch\r\nORGANIZER:mailto:eve@example.com\r\n"+
		"ATTENDEE;RSVP=TRUE:mailto:%[2]s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", n, to)
}

// Invitations in by LMTP, over eight connections, each into a calendar and on disk before its 250.
func BenchmarkLMTP(b *testing.B) {
	const people, connections = 100, 8
	w := newTown(b, func(o *IntakeOptions) {
		o.NewInvitations = "always"
		o.Limits = IntakeLimits{SenderPerHour: 1 << 30, DomainPerHour: 1 << 30, PerDay: 1 << 30}
	})
	for i := range people {
		p := &storage.Principal{Kind: storage.KindUser, Name: fmt.Sprintf("p%d", i), Addresses: []string{fmt.Sprintf("mailto:p%d@example.org", i)}}
		w.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(p) })
	}
	l, err := ListenLMTP("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var added atomic.Int64
	way := Way{Receiver: w.Intake, Whose: household, Observe: func(_, action string) {
		if action == Added {
			added.Add(1)
		}
	}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewLMTP(LMTPOptions{Way: way}).Serve(ctx, l) }()
	defer func() {
		stop()
		<-ended
	}()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range connections {
		all.Go(func() {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			client := smtp.NewClientLMTP(c)
			defer client.Close()
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				to := fmt.Sprintf("p%d@example.org", n%people)
				if err := giveLMTP(client, to, lmtpInvitation(n, to)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	if int(added.Load()) != b.N {
		b.Errorf("%d of %d were added", added.Load(), b.N)
	}
}

func giveLMTP(c *smtp.Client, to, mail string) error {
	if err := c.Mail("eve@example.com", nil); err != nil {
		return err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return err
	}
	data, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write([]byte(mail)); err != nil {
		return err
	}
	return data.Close()
}

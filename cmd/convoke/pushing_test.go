package main

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"convoke/internal/outward"
	"convoke/push"
	"convoke/scheduling"
	"convoke/storage"
)

// Push services learn of one address that others can reach, or nobody is told.
func TestPushContact(t *testing.T) {
	for _, c := range []struct {
		env  string
		want string
	}{
		{"", ""},
		{"SERVER_PUBLIC_URL=https://cal.example.org/", "https://cal.example.org"},
		{"SERVER_PUBLIC_URL=http://cal.example.org/", ""},
		{"SERVER_PUBLIC_URL=https://cal.lan", ""},
		{"SERVER_PUBLIC_URL=https://cal.lan SERVER_TLS_ACME=true SERVER_TLS_ACME_EMAIL=ops@example.org", "mailto:ops@example.org"},
		{"SERVER_PUBLIC_URL=https://cal.example.org PUSH_CONTACT=mailto:ann@example.org", "mailto:ann@example.org"},
		{"SERVER_PUBLIC_URL=https://cal.example.org PUSH_ENABLED=false", ""},
		{"PUSH_CONTACT=mailto:root@localhost", "refused"},
		{"PUSH_CONTACT=ann@example.org", "refused"},
	} {
		var environ []string
		for _, one := range strings.Fields(c.env) {
			environ = append(environ, "CONVOKE_"+one)
		}
		got := "refused"
		if conf, err := loadConfig("", environ); err == nil {
			got = conf.pushContact()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.env, got, c.want)
		}
	}
}

// An alarm of an event reaches the push service of the browser that its person has registered, without a page or mail.
func TestAlarmIsPushed(t *testing.T) {
	pushed := make(chan *http.Request, 10)
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		pushed <- r
	}))
	defer service.Close()
	h := newHouse(t)
	roots := x509.NewCertPool()
	roots.AddCert(service.Certificate())
	h.push = push.New(push.Options{Store: h.store, Contact: "mailto:admin@example.org", Path: pathOf, Client: outward.New(outward.Options{
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, TLS: &tls.Config{RootCAs: roots},
	})})
	h.remind()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- h.reminders.Run(ctx) }()
	go func() { ended <- h.push.Run(ctx) }()
	defer func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}()

	ann := &storage.Principal{Kind: storage.KindUser, Name: "ann", Addresses: []string{"mailto:ann@example.org"}}
	now := time.Now()
	session := &storage.WebSession{Created: now, Seen: now, Expires: now.Add(time.Hour)}
	err := h.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		if err := tx.CreatePrincipal(ann); err != nil {
			return err
		}
		session.PrincipalID = ann.ID
		return tx.AddWebSession(session, [32]byte{1})
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	err = h.push.Register(ctx, storage.Actor{}, session, push.Registration{
		Endpoint: service.URL + "/ann", P256DH: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), Auth: strings.Repeat("A", 22),
	})
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := h.store.CollectionAt(ctx, storage.Calendars, "ann", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	// It has to be stored before its time; where this machine was too slow for that, a later time.
	for ahead, due := 3*time.Second, now; !time.Now().Before(due); ahead *= 2 {
		due = time.Now().Add(ahead).UTC().Truncate(time.Second)
		data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:" + due.Add(time.Hour).Format("20060102T150405Z") +
			"\r\nSUMMARY:m\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		if _, err := h.sched.Put(ctx, &scheduling.Put{Actor: storage.Actor{PrincipalID: ann.ID, Door: "caldav"}, Who: ann, Collection: calendar, Name: "u.ics", Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case r := <-pushed:
		if got := fmt.Sprint(r.Method, r.URL.Path, r.Header["Content-Encoding"], r.Header["Urgency"]); got != "POST/ann[aes128gcm] [high]" {
			t.Errorf("%s", got)
		}
	case <-time.After(5 * time.Minute):
		t.Fatal("nothing was pushed")
	}
}

package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"convoke/internal/outward"
	"convoke/scheduling"
	"convoke/storage"
	"convoke/subscription"
)

const feedText = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Games\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261105T180000Z\r\nSUMMARY:One\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:b\r\nDTSTART:never\r\nSUMMARY:Two\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// reading makes the subscriptions of a store, which may read from this machine, and a feed there.
func reading(t *testing.T, store *storage.Store) (*subscription.Service, string) {
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, feedText) }))
	t.Cleanup(feed.Close)
	return subscription.New(subscription.Options{
		Store: store, Scheduler: scheduling.New(store, scheduling.Options{}), PerUser: 2,
		Client: outward.New(outward.Options{HTTP: true, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
	}), feed.URL + "/games.ics"
}

func TestSubscriptions(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t).signIn()
	made := b.want(200, "POST", "/api/subscriptions", `{"url":"`+s.feed+`","color":"#abcdef","interval":3600}`)
	id := fmt.Sprint(made["id"])
	skipped, _ := made["skipped"].(map[string]any)
	if made["name"] != "Games" || made["color"] != "#abcdef" || made["interval"] != 3600.0 || made["lastResult"] != "partly" || made["events"] != 1.0 || skipped["count"] != 1.0 {
		t.Errorf("made %v", made)
	}
	if href := fmt.Sprint(made["href"]); !strings.HasPrefix(href, "/dav/calendars/alice/feed-") || !strings.HasSuffix(href, "/") {
		t.Errorf("href %s", href)
	}
	list, _ := b.want(200, "GET", "/api/subscriptions", "")["items"].([]any)
	if len(list) != 1 {
		t.Errorf("listed %v", list)
	}
	now := b.want(200, "PATCH", "/api/subscriptions/"+id, `{"name":"Home games","interval":0}`)
	if now["name"] != "Home games" || now["wanted"] != 0.0 || now["interval"] != 21600.0 {
		t.Errorf("changed to %v", now)
	}
	if now = b.want(200, "POST", "/api/subscriptions/"+id+"/refresh", ""); now["lastResult"] != "unchanged" || now["error"] != "" || now["name"] != "Home games" {
		t.Errorf("read again: %v", now)
	}
	b.code(422, "bad-interval", "PATCH", "/api/subscriptions/"+id, `{"interval":60}`)
	b.code(422, "bad-url", "PATCH", "/api/subscriptions/"+id, `{"url":"gopher://x"}`)
	b.code(422, "forbidden", "POST", "/api/subscriptions", `{"url":"https://192.168.0.1/"}`)
	b.code(400, "bad-request", "POST", "/api/subscriptions", `{}`)
	b.code(400, "bad-request", "POST", "/api/subscriptions", `{"address":"x"}`)
	b.want(200, "POST", "/api/subscriptions", `{"url":"`+s.feed+`"}`)
	b.code(422, "too-many", "POST", "/api/subscriptions", `{"url":"`+s.feed+`"}`)
	b.want(204, "DELETE", "/api/subscriptions/"+id, "")
	for _, path := range []string{id, "x", "99999"} {
		b.code(404, "not-found", "GET", "/api/subscriptions/"+path, "")
		b.code(404, "not-found", "DELETE", "/api/subscriptions/"+path, "")
	}
}

// Each state-changing route refuses other sites and whoever is not signed in, and knows nothing of what others have.
func TestSubscriptionsOfOthers(t *testing.T) {
	s := newSigning(t)
	alice := s.browser(t).signIn()
	id := fmt.Sprint(alice.want(200, "POST", "/api/subscriptions", `{"url":"`+s.feed+`"}`)["id"])
	bob := s.other(t, "bob")
	for _, r := range [][2]string{
		{"POST", "/api/subscriptions"}, {"PATCH", "/api/subscriptions/" + id}, {"DELETE", "/api/subscriptions/" + id},
		{"POST", "/api/subscriptions/" + id + "/refresh"},
	} {
		s.browser(t).code(401, "signed-out", r[0], r[1], `{}`)
		alice.code(403, "cross-origin", r[0], r[1], `{}`, "Sec-Fetch-Site", "cross-site")
		if strings.Contains(r[1], id) {
			bob.code(404, "not-found", r[0], r[1], `{}`)
		}
	}
	bob.code(404, "not-found", "GET", "/api/subscriptions/"+id, "")
	if list, _ := bob.want(200, "GET", "/api/subscriptions", "")["items"].([]any); len(list) != 0 {
		t.Errorf("bob has %v", list)
	}
}

// other is the browser of somebody else, who is signed in.
func (s *signing) other(t *testing.T, name string) *browser {
	t.Helper()
	p := &storage.Principal{Kind: storage.KindUser, Name: name, Addresses: []string{"mailto:" + name + "@example.org"}}
	s.update(t, func(tx *storage.Tx) error { return tx.CreatePrincipal(p) })
	hash, err := s.store.HashPassword(t.Context(), "wonder land")
	if err != nil {
		t.Fatal(err)
	}
	s.update(t, func(tx *storage.Tx) error { return tx.SetPassword(p.ID, hash) })
	b := s.browser(t)
	b.want(200, "POST", "/api/session", `{"name":"`+name+`","password":"wonder land"}`)
	return b
}

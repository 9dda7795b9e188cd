package api

import (
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
	"testing"

	"convoke/internal/outward"
	"convoke/push"
	"convoke/storage"
)

// pushing makes the push of a store, and a push service on this machine that answers with what status is.
func pushing(t *testing.T, store *storage.Store) (s *push.Service, url string, status *int) {
	status = new(int)
	*status = http.StatusCreated
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // who answers before may reset the connection
		w.WriteHeader(*status)
	}))
	t.Cleanup(service.Close)
	roots := x509.NewCertPool()
	roots.AddCert(service.Certificate())
	return push.New(push.Options{Store: store, Contact: "https://cal.example.org", Client: outward.New(outward.Options{
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, TLS: &tls.Config{RootCAs: roots},
	})}), service.URL, status
}

// registration is what a browser says of itself, as PushSubscription.toJSON makes it.
func registration(t *testing.T, endpoint string) string {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"endpoint":%q,"expirationTime":null,"keys":{"p256dh":%q,"auth":"AAAAAAAAAAAAAAAAAAAAAA"}}`,
		endpoint, base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()))
}

func TestPush(t *testing.T) {
	s := newSigning(t)
	b, other := s.browser(t).signIn(), s.browser(t).signIn()
	before := b.want(200, "GET", "/api/push", "")
	if key, err := base64.RawURLEncoding.DecodeString(fmt.Sprint(before["publicKey"])); err != nil || len(key) != 65 || before["possible"] != true || before["endpoint"] != nil || before["kept"] != false {
		t.Errorf("before: %v", before)
	}
	b.code(409, "not-registered", "POST", "/api/push/test", "")
	b.code(422, "bad-endpoint", "PUT", "/api/push", registration(t, "http://push.example.net/a"))
	b.code(422, "bad-keys", "PUT", "/api/push", `{"endpoint":"https://push.example.net/a","keys":{"p256dh":"AA","auth":"AA"}}`)
	b.code(400, "bad-request", "PUT", "/api/push", `{"address":"x"}`)
	at := s.pushAt + "/phone"
	if now := b.want(200, "PUT", "/api/push", registration(t, at)); now["endpoint"] != at || now["lastAt"] != nil {
		t.Errorf("registered: %v", now)
	}
	if now := other.want(200, "GET", "/api/push", ""); now["endpoint"] != nil {
		t.Errorf("another session: %v", now)
	}
	b.want(204, "POST", "/api/push/test", "")
	if now := b.want(200, "GET", "/api/push", ""); now["lastAt"] != "2026-11-01T12:00:00Z" {
		t.Errorf("after one was shown: %v", now)
	}
	*s.pushStatus = http.StatusForbidden
	b.code(502, "push-failed", "POST", "/api/push/test", "")
	*s.pushStatus = http.StatusGone
	b.code(409, "push-gone", "POST", "/api/push/test", "")
	if now := b.want(200, "GET", "/api/push", ""); now["endpoint"] != nil {
		t.Errorf("gone: %v", now)
	}
	*s.pushStatus = http.StatusCreated
	b.want(200, "PUT", "/api/push", registration(t, at))
	b.want(204, "DELETE", "/api/push", "")
	b.want(204, "DELETE", "/api/push", "")
	b.code(409, "not-registered", "POST", "/api/push/test", "")
	b.want(200, "PUT", "/api/push", registration(t, at))
	var last int
	for range 40 {
		if last = b.ask("POST", "/api/push/test", "").Code; last != 204 {
			break
		}
	}
	if w := b.ask("POST", "/api/push/test", ""); last != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("after many: %d, %v", last, w.Header())
	}
}

// A browser is told no more once its session is over, by whomever.
func TestPushEndsWithSession(t *testing.T) {
	s := newSigning(t)
	left := func(want int) {
		t.Helper()
		list, err := s.store.PushSubscriptions(t.Context(), s.alice.ID)
		if err != nil || len(list) != want {
			t.Errorf("%d registrations, want %d: %v", len(list), want, err)
		}
	}
	b, other := s.browser(t).signIn(), s.browser(t).signIn()
	b.want(200, "PUT", "/api/push", registration(t, s.pushAt+"/a"))
	left(1)
	b.want(204, "DELETE", "/api/session", "")
	left(0)
	b.signIn()
	b.want(200, "PUT", "/api/push", registration(t, s.pushAt+"/b"))
	left(1)
	other.want(204, "DELETE", "/api/sessions", "")
	left(0)
}

// Without an address by which push services know the server, nobody is registered, and the pages can say why.
func TestPushImpossible(t *testing.T) {
	s := newSigning(t)
	store := s.store
	for _, service := range []*push.Service{nil, push.New(push.Options{Store: store})} {
		s.api.o.Push = service
		b := s.browser(t).signIn()
		if now := b.want(200, "GET", "/api/push", ""); now["possible"] != false || now["publicKey"] != "" {
			t.Errorf("%v", now)
		}
		b.code(409, "push-impossible", "PUT", "/api/push", registration(t, "https://push.example.net/a"))
		b.code(409, "push-impossible", "POST", "/api/push/test", "")
		b.want(204, "DELETE", "/api/push", "")
	}
}

// Package push tells people of reminders where no page is open: it hands messages to the push service of each browser that
// was registered for that (RFC 8030), encrypted so that the browser alone can read them (RFC 8291).
//
// Invariants:
//   - Only internal/outward calls push services: a registration is an address that somebody named.
//   - A registration belongs to a session of the pages and ends with it, and when its push service says that it is gone.
//   - Telling waits for nobody outside: what is told stands in a bounded queue in memory, is tried a few times while it is
//     worth telling, and is lost with the process.
//   - One person's push services keep nobody else waiting: each has one message under way at a time, and so many in a while.
//   - No log holds an endpoint, which is a secret, or what a message says.
package push

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"convoke/internal/outward"
	"convoke/reminder"
	"convoke/storage"

	"golang.org/x/time/rate"
)

// The bounds of what one person has sent.
const (
	perPerson   = 20 // browsers; a further one takes the place of the oldest
	burst       = 30 // messages at once, to each browser, and then one each
	oneEvery    = 10 * time.Second
	maxEndpoint = 1024 // bytes of an address
	authBytes   = 16   // RFC 8291 §3.2
)

// Options are what a Service works with.
type Options struct {
	Store  *storage.Store
	Client *outward.Client
	Log    *slog.Logger // nil: nothing is logged
	// Contact is where those who run a push service reach those who run this server, an https or mailto address as Contact
	// judges it (RFC 8292 §2.1). "": nobody is told anything.
	Contact string
	// Path is where something is in the browser, for a click.
	Path func(*reminder.Notice) string
}

// Service tells people. It is safe for concurrent use; Run does the work.
type Service struct {
	o    Options
	via  carrier
	wake chan struct{}

	mu      sync.Mutex
	key     *ecdh.PrivateKey // nil before it was needed
	queue   []*job
	busy    map[int64]bool          // principals who have a message under way
	shares  map[int64]*rate.Limiter // what each principal may have sent
	changed func(principalID int64)

	tried func() // after each attempt, in tests
}

// New makes a Service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, wake: make(chan struct{}, 1), busy: map[int64]bool{}, shares: map[int64]*rate.Limiter{}, changed: func(int64) {}, tried: func() {}}
	s.via = &webPush{client: o.Client, contact: o.Contact, key: s.keyPair}
	return s
}

// OnChange has f called for whoever may want to be told otherwise than before. It is set once, before the service is used.
func (s *Service) OnChange(f func(principalID int64)) { s.changed = f }

// Possible tells whether anybody can be told.
func (s *Service) Possible() bool { return s != nil && s.o.Contact != "" }

// Contact judges an address by which this server makes itself known to push services: an https address, or a mailto one. It is
// to be one that others can reach, since some push services refuse others: "" is given for one that is of a private place.
func Contact(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	host := u.Hostname()
	switch u.Scheme {
	case "https":
		u = &url.URL{Scheme: u.Scheme, Host: u.Host}
	case "mailto":
		_, host, _ = strings.Cut(u.Opaque, "@")
		u = &url.URL{Scheme: u.Scheme, Opaque: u.Opaque}
	default:
		return ""
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return ""
	}
	for _, private := range []string{".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid"} {
		if strings.HasSuffix(host, private) {
			return ""
		}
	}
	return u.String()
}

// PublicKey is by what browsers bind a registration to this server (RFC 8292 §4), in base64url.
func (s *Service) PublicKey(ctx context.Context) (string, error) {
	key, err := s.keyPair(ctx)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), nil
}

// keyPair is this server's own, made when it is first asked for.
func (s *Service) keyPair(ctx context.Context) (*ecdh.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return s.key, nil
	}
	kept, err := s.o.Store.PushKey(ctx)
	if err == nil && kept == nil {
		var made *ecdh.PrivateKey
		if made, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
			return nil, fmt.Errorf("make the push key: %w", err)
		}
		err = s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
			kept, err = tx.KeepPushKey(made.Bytes())
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	s.key, err = ecdh.P256().NewPrivateKey(kept)
	if err != nil {
		return nil, fmt.Errorf("read the push key: %w", err)
	}
	return s.key, nil
}

// Registration is what a browser says of itself: PushSubscription.toJSON().
type Registration struct {
	Endpoint     string
	P256DH, Auth string // base64url
}

// Register has a browser told of what concerns the person of its session. Errors are *Problem, and those of storage.
func (s *Service) Register(ctx context.Context, who storage.Actor, session *storage.WebSession, r Registration) error {
	if !s.Possible() {
		return problem(Impossible)
	}
	one, err := r.read()
	if err != nil {
		return err
	}
	one.PrincipalID, one.SessionID, one.Created = session.PrincipalID, session.ID, s.o.Store.Now()
	if old, err := s.o.Store.PushSubscription(ctx, session.ID); err == nil && old.Endpoint == one.Endpoint && bytes.Equal(old.P256DH, one.P256DH) && bytes.Equal(old.Auth, one.Auth) {
		return nil
	}
	if err := s.o.Store.Update(ctx, who, func(tx *storage.Tx) error { return tx.SetPushSubscription(one, perPerson) }); err != nil {
		return err
	}
	s.changed(session.PrincipalID)
	return nil
}

// read judges a registration: its address is one of https, its keys are a point of P-256 (RFC 8291 §3.1) and 16 bytes.
func (r Registration) read() (*storage.PushSubscription, error) {
	u, err := url.Parse(r.Endpoint)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(r.Endpoint) > maxEndpoint {
		return nil, problem(BadEndpoint)
	}
	point, err := decode(r.P256DH)
	if err != nil {
		return nil, problem(BadKeys)
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return nil, problem(BadKeys)
	}
	secret, err := decode(r.Auth)
	if err != nil || len(secret) != authBytes {
		return nil, problem(BadKeys)
	}
	return &storage.PushSubscription{Endpoint: r.Endpoint, P256DH: point, Auth: secret}, nil
}

// decode reads base64url as browsers write it, padded or not.
func decode(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

// Registered gives the registration of a session, nil for none.
func (s *Service) Registered(ctx context.Context, session *storage.WebSession) (*storage.PushSubscription, error) {
	one, err := s.o.Store.PushSubscription(ctx, session.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return one, err
}

// Forget ends the registration of a session, if there is one.
func (s *Service) Forget(ctx context.Context, who storage.Actor, session *storage.WebSession) error {
	one, err := s.Registered(ctx, session)
	if err != nil || one == nil {
		return err
	}
	return s.remove(ctx, who, one)
}

func (s *Service) remove(ctx context.Context, who storage.Actor, one *storage.PushSubscription) error {
	if err := s.o.Store.Update(ctx, who, func(tx *storage.Tx) error { return tx.RemovePushSubscription(one.ID) }); err != nil {
		return err
	}
	s.changed(one.PrincipalID)
	return nil
}

// Problem tells why somebody could not be told: its word is for programs, its sentence for people.
type Problem struct {
	Word, Sentence string
	Err            error // for the log; may be nil
}

func (p *Problem) Error() string { return p.Sentence }

func (p *Problem) Unwrap() error { return p.Err }

// Words of problems.
const (
	Impossible    = "push-impossible"
	BadEndpoint   = "bad-endpoint"
	BadKeys       = "bad-keys"
	NotRegistered = "not-registered"
	Often         = "too-often"
	Gone          = "push-gone"
	Failed        = "push-failed"
)

var sentences = map[string]string{
	Impossible:    "This server cannot tell browsers anything: it has no address of its own yet.",
	BadEndpoint:   "This is not the address of a push service.",
	BadKeys:       "The keys of this browser cannot be read.",
	NotRegistered: "This browser is not registered.",
	Often:         "That was too often. Try again in a minute.",
	Gone:          "The push service does not know this browser any more.",
	Failed:        "The push service did not take the message.",
}

func problem(word string) *Problem { return &Problem{Word: word, Sentence: sentences[word]} }

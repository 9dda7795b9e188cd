// Package session knows who is signed in by a browser: sessions with their cookie (RFC 6265), the short-lived bearer
// tokens (RFC 6750) that a page gets for its DAV requests, and what a person proves to be who they are with.
//
// Invariants:
//   - A session's id is 256 bits of chance, made anew at each sign-in and kept as a hash only.
//   - The cookie is no script's and no other site's; over TLS its name says that it is no other host's either.
//   - A session that was ended, and all of a person's after a change of password, are over at once, and so are their tokens.
//   - A token is good for minutes, for the session that it was made in and for that generation of the person's credentials.
//   - Whatever was wrong, name, password or code, is told alike, and counted by the server's limits.
package session

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"convoke/server"
	"convoke/storage"
)

// The names of the cookie. Browsers take one with __Host- over TLS alone, for this very host and the whole of it.
const (
	cookieName      = "__Host-convoke"
	plainCookieName = "convoke"
)

const (
	idBytes   = 32
	seenEvery = 5 * time.Minute // how exact WebSession.Seen is

	// TokenFor is how long a bearer token is good.
	TokenFor = 10 * time.Minute
)

// Options are what a Keeper works with. Store and Log are required.
type Options struct {
	Store *storage.Store
	Log   *slog.Logger
	Kept  time.Duration    // a session that stays signed in lasts so long after its last use; 0 is 30 days
	Once  time.Duration    // any other lasts so long in all; 0 is 12 hours
	Now   func() time.Time // nil is time.Now
	// PublicURL is the address that people use; "" is that of each request. Passkeys are made for its host.
	PublicURL string
}

// Keeper keeps the sessions. It is safe for concurrent use.
type Keeper struct {
	o   Options
	key [32]byte // of tokens; made at start

	mu    sync.Mutex
	spent map[[sha256.Size]byte]time.Time // ceremonies that signed somebody in, until they are too old anyway
	fresh map[int64]time.Time             // sessions whose person has just shown the password again: until when that counts
}

// New makes a keeper.
func New(o Options) *Keeper {
	if o.Kept <= 0 {
		o.Kept = 30 * 24 * time.Hour
	}
	if o.Once <= 0 {
		o.Once = 12 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &Keeper{o: o, fresh: map[int64]time.Time{}, spent: map[[sha256.Size]byte]time.Time{}}
	_, _ = rand.Read(k.key[:]) // never fails; Go ends the process first
	return k
}

// nameOf is the cookie's name for a request.
func nameOf(r *http.Request) string {
	if server.HTTPS(r.Context()) {
		return cookieName
	}
	return plainCookieName
}

// Begin signs somebody in: a new session with its cookie. One that the request came with ends. kept: it stays signed in.
func (k *Keeper) Begin(w http.ResponseWriter, r *http.Request, who *storage.Principal, kept bool) (*storage.WebSession, error) {
	var id [idBytes]byte
	_, _ = rand.Read(id[:])
	now := k.o.Now()
	s := &storage.WebSession{PrincipalID: who.ID, Kept: kept, Agent: server.Agent(r.Context()), Created: now, Seen: now, Expires: now.Add(k.o.Once)}
	if kept {
		s.Expires = now.Add(k.o.Kept)
	}
	before, err := k.look(r)
	if err != nil {
		return nil, err
	}
	err = k.update(r.Context(), who.ID, func(tx *storage.Tx) error {
		if before != nil {
			if err := tx.RemoveWebSession(before.PrincipalID, before.ID); err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		return tx.AddWebSession(s, sha256.Sum256(id[:]))
	})
	if err != nil {
		return nil, fmt.Errorf("begin session: %w", err)
	}
	server.Identified(r.Context(), who)
	k.setCookie(w, r, base64.RawURLEncoding.EncodeToString(id[:]), s)
	return s, nil
}

// setCookie hands the id to the browser, or takes it away where it is "".
func (k *Keeper) setCookie(w http.ResponseWriter, r *http.Request, value string, s *storage.WebSession) {
	c := &http.Cookie{Name: nameOf(r), Value: value, Path: "/", HttpOnly: true, Secure: server.HTTPS(r.Context()), SameSite: http.SameSiteLaxMode}
	switch {
	case value == "":
		c.MaxAge = -1
	case s.Kept:
		c.MaxAge = int(k.o.Kept / time.Second)
	}
	http.SetCookie(w, c)
}

// Of gives the session of a request's cookie, nil for none that lasts. It notes that it was used.
func (k *Keeper) Of(r *http.Request) (*storage.WebSession, error) {
	s, err := k.look(r)
	if err != nil || s == nil {
		return nil, err
	}
	if now := k.o.Now(); now.Sub(s.Seen) >= seenEvery {
		k.touch(r.Context(), s, now)
	}
	return s, nil
}

// look is Of without a note.
func (k *Keeper) look(r *http.Request) (*storage.WebSession, error) {
	c, err := r.Cookie(nameOf(r))
	if err != nil {
		return nil, nil
	}
	id, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(id) != idBytes {
		return nil, nil
	}
	s, err := k.o.Store.WebSessionByHash(r.Context(), sha256.Sum256(id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !k.o.Now().Before(s.Expires) {
		return nil, nil
	}
	return s, nil
}

// touch notes that a session is used. That it cannot be noted is no reason to refuse.
func (k *Keeper) touch(ctx context.Context, s *storage.WebSession, now time.Time) {
	s.Seen = now
	if s.Kept {
		s.Expires = now.Add(k.o.Kept)
	}
	err := k.update(ctx, s.PrincipalID, func(tx *storage.Tx) error { return tx.TouchWebSession(s.ID, s.Seen, s.Expires) })
	if err != nil {
		k.o.Log.Warn("use of a session is not noted", "err", err)
	}
}

// Nobody tells whether there is no person at all yet, who could sign in.
func (k *Keeper) Nobody(ctx context.Context) (bool, error) {
	all, err := k.o.Store.Principals(ctx)
	return !slices.ContainsFunc(all, func(p *storage.Principal) bool { return p.Kind == storage.KindUser }), err
}

// All gives the sessions of somebody that last, those used last first.
func (k *Keeper) All(ctx context.Context, who *storage.Principal) ([]storage.WebSession, error) {
	list, err := k.o.Store.WebSessions(ctx, who.ID)
	now := k.o.Now()
	return slices.DeleteFunc(list, func(s storage.WebSession) bool { return !now.Before(s.Expires) }), err
}

// Renew gives the browser its cookie of a kept session anew, so that it lasts there as long as it does here.
func (k *Keeper) Renew(w http.ResponseWriter, r *http.Request, s *storage.WebSession) {
	if c, err := r.Cookie(nameOf(r)); err == nil && s.Kept {
		k.setCookie(w, r, c.Value, s)
	}
}

// Identify tells who asks by the cookie of a request; nil for nobody.
func (k *Keeper) Identify(r *http.Request) (*storage.Principal, error) { return k.person(r, k.Of) }

// Watch is Identify for what a page does by itself for as long as it is open: it is no use of the session, which ends in
// its time although nobody closed the page.
func (k *Keeper) Watch(r *http.Request) (*storage.Principal, error) { return k.person(r, k.look) }

func (k *Keeper) person(r *http.Request, session func(*http.Request) (*storage.WebSession, error)) (*storage.Principal, error) {
	s, err := session(r)
	if err != nil || s == nil {
		return nil, err
	}
	who, err := k.o.Store.Principal(r.Context(), s.PrincipalID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return who, err
}

// End signs the browser of a request out.
func (k *Keeper) End(w http.ResponseWriter, r *http.Request) error {
	s, err := k.look(r)
	if err != nil {
		return err
	}
	k.setCookie(w, r, "", nil)
	if s == nil {
		return nil
	}
	err = k.update(r.Context(), s.PrincipalID, func(tx *storage.Tx) error { return tx.RemoveWebSession(s.PrincipalID, s.ID) })
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// FreshFor is how long after a sign-in, or after the password was shown again, a session may change how its person
// signs in: an open browser that somebody finds shall not become a way in for good.
const FreshFor = 15 * time.Minute

// Fresh tells whether a session may change how its person signs in.
func (k *Keeper) Fresh(s *storage.WebSession) bool {
	now := k.o.Now()
	if now.Sub(s.Created) < FreshFor {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return now.Before(k.fresh[s.ID])
}

// confirm makes a session fresh.
func (k *Keeper) confirm(s *storage.WebSession) {
	now := k.o.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, until := range k.fresh {
		if !now.Before(until) {
			delete(k.fresh, id)
		}
	}
	k.fresh[s.ID] = now.Add(FreshFor)
}

// update writes as a person who uses the pages.
func (k *Keeper) update(ctx context.Context, principal int64, fn func(*storage.Tx) error) error {
	actor := server.ActorOf(ctx, "web")
	actor.PrincipalID = principal
	return k.o.Store.Update(ctx, actor, fn)
}

// tokenBytes is what a token holds before its MAC: principal, session, generation, and the second when it ends.
const tokenBytes = 4 * 8

// Token makes a bearer token of a session for DAV, and says until when it is good.
func (k *Keeper) Token(s *storage.WebSession) (token string, until time.Time) {
	until = k.o.Now().Add(TokenFor).Truncate(time.Second)
	if until.After(s.Expires) {
		until = s.Expires
	}
	b := make([]byte, 0, tokenBytes+sha256.Size)
	for _, n := range []uint64{uint64(s.PrincipalID), uint64(s.ID), k.o.Store.Generation(s.PrincipalID), uint64(until.Unix())} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, k.mac("bearer", b)...)), until
}

// mac signs what a keeper gives out; what it is for keeps one kind from passing for another.
func (k *Keeper) mac(what string, b []byte) []byte {
	h := hmac.New(sha256.New, k.key[:])
	h.Write([]byte(what))
	h.Write([]byte{0})
	h.Write(b)
	return h.Sum(nil)
}

// right tells whether a signature is of this keeper.
func (k *Keeper) right(what string, b, sum []byte) bool { return hmac.Equal(sum, k.mac(what, b)) }

// Bearer is server.Options.Bearer: whose a token is, as long as its session lasts and no credential of the person has
// changed.
func (k *Keeper) Bearer(ctx context.Context, token string) (*storage.Principal, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != tokenBytes+sha256.Size || !k.right("bearer", b[:tokenBytes], b[tokenBytes:]) {
		return nil, server.ErrCredentials
	}
	part := func(n int) uint64 { return binary.BigEndian.Uint64(b[8*n:]) }
	principal, session, now := int64(part(0)), int64(part(1)), k.o.Now()
	if now.Unix() >= int64(part(3)) || k.o.Store.Generation(principal) != part(2) {
		return nil, server.ErrCredentials
	}
	s, err := k.o.Store.WebSession(ctx, session)
	if errors.Is(err, storage.ErrNotFound) || err == nil && (s.PrincipalID != principal || !now.Before(s.Expires)) {
		return nil, server.ErrCredentials
	}
	if err != nil {
		return nil, err
	}
	who, err := k.o.Store.Principal(ctx, principal)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, server.ErrCredentials
	}
	return who, err
}

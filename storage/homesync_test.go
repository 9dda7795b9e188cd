package storage

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

// RFC 6578 §3.2, reliability.md §1: a token says what we gave it to say, and any other is refused.
func TestHomeToken(t *testing.T) {
	s := open(t, Options{})
	h := &HomeState{Home: Calendars, OwnerID: 3, Change: 1 << 40, Members: map[int64]CollectionState{
		0: {Name: "directory/", Revision: 7}, 5: {Name: "a%20b/", Change: 1, Revision: 2}, 900: {Name: "zz/", Change: 1 << 50, Revision: 1 << 40, View: 2}}}
	token := s.HomeToken(h)
	got, err := s.ParseHomeToken(Calendars, 3, token)
	if err != nil || got.Change != h.Change || !maps.Equal(got.Members, h.Members) {
		t.Fatalf("%+v %v", got, err)
	}
	for what, bad := range map[string]func() (*HomeState, error){
		"other owner":  func() (*HomeState, error) { return s.ParseHomeToken(Calendars, 4, token) },
		"other home":   func() (*HomeState, error) { return s.ParseHomeToken(AddressBooks, 3, token) },
		"cut":          func() (*HomeState, error) { return s.ParseHomeToken(Calendars, 3, token[:len(token)-1]) },
		"changed":      func() (*HomeState, error) { return s.ParseHomeToken(Calendars, 3, strings.Replace(token, "A", "B", 1)) },
		"a calendar's": func() (*HomeState, error) { return s.ParseHomeToken(Calendars, 3, s.SyncToken(5, 1)) },
	} {
		if h, err := bad(); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s: %+v %v", what, h, err)
		}
	}
}

// Tokens that were given as urn:convoke:sync: stay good.
func TestOldSyncToken(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	token := s.SyncToken(coll, 0)
	old := oldPrefix + strings.TrimPrefix(token, tokenPrefix)
	if n, err := s.ParseSyncToken(coll, old); err != nil || n != 0 {
		t.Errorf("%d %v", n, err)
	}
	if _, err := s.ParseSyncToken(coll, oldPrefix+"other-1-0"); !errors.Is(err, ErrBadToken) {
		t.Errorf("%v", err)
	}
}

func FuzzParseHomeToken(f *testing.F) {
	s := open(f, Options{})
	text := homeTokenPrefix + s.epoch + "."
	for _, payload := range []string{"", "YwMA", "YwMAAQZkZWYv", "YwMA_____w"} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		sealed := text + payload + "." + s.Blind(text+payload)
		h, err := s.ParseHomeToken(Calendars, 3, sealed)
		if err != nil {
			return
		}
		if again, err := s.ParseHomeToken(Calendars, 3, s.HomeToken(h)); err != nil || !maps.Equal(again.Members, h.Members) {
			t.Errorf("%+v came back as %+v, %v", h, again, err)
		}
	})
}

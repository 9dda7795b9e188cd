package api

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"convoke/web/session"
)

// basic is the header of Basic for alice.
func basic(password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("alice:"+password))
}

// items are those of a list.
func (b *browser) items(path string) []map[string]any {
	b.t.Helper()
	var list []map[string]any
	for _, item := range b.want(200, "GET", path, "")["items"].([]any) {
		list = append(list, item.(map[string]any))
	}
	return list
}

// After a quarter of an hour a session that somebody found open makes no way in of its own.
func TestConfirm(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t).signIn()
	const path, body = "/api/app-passwords", `{"label":"phone"}`
	b.want(200, "POST", path, body)
	s.advance(session.FreshFor)
	b.code(403, "confirm", "POST", path, body)
	b.code(403, "confirm", "PUT", path, `{"only":true}`)
	b.code(403, "wrong-password", "POST", "/api/session/confirm", `{"password":"wonderland"}`)
	b.code(403, "confirm", "POST", path, body)
	other := s.browser(t).signIn()
	s.advance(session.FreshFor)
	b.want(204, "POST", "/api/session/confirm", `{"password":"wonder land"}`)
	b.want(200, "POST", path, body)
	other.code(403, "confirm", "POST", path, body) // each session for itself
	s.advance(session.FreshFor)
	b.code(403, "confirm", "POST", path, body)
}

func TestAppPasswords(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t).signIn()
	for _, bad := range []string{`{"label":""}`, `{"label":"  "}`, `{"label":"a\u0000b"}`, `{"label":"` + strings.Repeat("x", 101) + `"}`} {
		b.code(400, "bad-label", "POST", "/api/app-passwords", bad)
	}
	made := b.want(200, "POST", "/api/app-passwords", `{"label":"Ann's  phone"}`)
	if made["label"] != "Ann's phone" || made["used"] != nil {
		t.Errorf("made: %v", made)
	}
	app := made["password"].(string)
	if w := b.dav(basic(app)); w.Code != 200 || w.Body.String() != "alice" {
		t.Errorf("DAV: %d", w.Code)
	}
	b.code(401, "wrong-credentials", "POST", "/api/session", `{"name":"alice","password":"`+app+`"}`)
	list := b.items("/api/app-passwords")
	if len(list) != 1 || list[0]["password"] != nil || list[0]["used"] != "2026-11-01T12:00:00Z" {
		t.Errorf("list: %v", list)
	}
	id := fmt.Sprint(list[0]["id"])

	// With only app passwords let in, the account's opens no DAV path, at once; it signs in still.
	if w := b.dav(basic("wonder land")); w.Code != 200 {
		t.Fatalf("before: %d", w.Code)
	}
	b.want(204, "PUT", "/api/app-passwords", `{"only":true}`)
	if w := b.dav(basic("wonder land")); w.Code != 401 {
		t.Errorf("the account's password on DAV: %d", w.Code)
	}
	if w := b.dav(basic(app)); w.Code != 200 {
		t.Errorf("an app password on DAV: %d", w.Code)
	}
	b.signIn()
	b.want(204, "PUT", "/api/app-passwords", `{"only":false}`)
	if w := b.dav(basic("wonder land")); w.Code != 200 {
		t.Errorf("after: %d", w.Code)
	}
	b.code(400, "bad-request", "PUT", "/api/app-passwords", `{}`)

	b.want(204, "DELETE", "/api/app-passwords/"+id, "")
	if w := b.dav(basic(app)); w.Code != 401 {
		t.Errorf("revoked: %d", w.Code)
	}
	b.code(404, "not-found", "DELETE", "/api/app-passwords/"+id, "")
	b.code(404, "not-found", "DELETE", "/api/app-passwords/x", "")
	for range maxAppPasswords {
		b.want(200, "POST", "/api/app-passwords", `{"label":"x"}`)
	}
	b.code(409, "too-many-app-passwords", "POST", "/api/app-passwords", `{"label":"x"}`)
}

func TestSessions(t *testing.T) {
	s := newSigning(t)
	mine, phone := s.browser(t).signIn(), s.browser(t)
	phone.head.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1")
	s.advance(time.Hour)
	phone.signIn()
	list := mine.items("/api/sessions")
	if len(list) != 2 || list[0]["browser"] != "Firefox" || list[0]["system"] != "Linux" || list[0]["current"] != true ||
		list[1]["browser"] != "Safari" || list[1]["system"] != "iPhone" || list[1]["current"] != false {
		t.Fatalf("sessions: %v", list)
	}
	token := "Bearer " + phone.token()
	mine.want(204, "DELETE", "/api/sessions/"+fmt.Sprint(list[1]["id"]), "")
	phone.code(401, "signed-out", "GET", "/api/session", "")
	if w := phone.dav(token); w.Code != 401 {
		t.Errorf("token of a revoked session: %d", w.Code)
	}
	mine.code(404, "not-found", "DELETE", "/api/sessions/"+fmt.Sprint(list[1]["id"]), "")
	phone.signIn()
	mine.want(204, "DELETE", "/api/sessions", "")
	phone.code(401, "signed-out", "GET", "/api/session", "")
	mine.want(200, "GET", "/api/session", "")
	s.advance(13 * time.Hour)
	mine.signIn()
	if list := mine.items("/api/sessions"); len(list) != 1 {
		t.Errorf("expired ones are shown: %v", list)
	}
}

// Nobody reaches what is another's.
func TestAccountOfOthers(t *testing.T) {
	s := newSigning(t)
	alice := s.browser(t).signIn()
	made := alice.want(200, "POST", "/api/app-passwords", `{"label":"phone"}`)
	at := fmt.Sprint(alice.items("/api/sessions")[0]["id"])
	s.addBob(t)
	bob := s.browser(t)
	bob.want(200, "POST", "/api/session", `{"name":"bob","password":"wonder land"}`)
	bob.code(404, "not-found", "DELETE", "/api/sessions/"+at, "")
	bob.code(404, "not-found", "DELETE", "/api/app-passwords/"+fmt.Sprint(made["id"]), "")
	bob.want(204, "DELETE", "/api/sessions", "")
	alice.want(200, "GET", "/api/session", "")
}

func TestChangePassword(t *testing.T) {
	s := newSigning(t)
	mine, other := s.browser(t).signIn(), s.browser(t).signIn()
	app := mine.want(200, "POST", "/api/app-passwords", `{"label":"phone"}`)["password"].(string)
	mine.code(403, "wrong-password", "PUT", "/api/password", `{"current":"wonderland","new":"looking glass"}`)
	mine.code(400, "password-short", "PUT", "/api/password", `{"current":"wonder land","new":"seven77"}`)
	mine.code(400, "password-long", "PUT", "/api/password", `{"current":"wonder land","new":"`+strings.Repeat("x", 1025)+`"}`)
	other.want(200, "GET", "/api/session", "")
	before, token := mine.cookie.Value, "Bearer "+mine.token()
	mine.want(204, "PUT", "/api/password", `{"current":"wonder land","new":"looking glass"}`)
	if mine.cookie.Value == before {
		t.Error("the session keeps its id")
	}
	mine.want(200, "GET", "/api/session", "")
	other.code(401, "signed-out", "GET", "/api/session", "")
	if w := mine.dav(token); w.Code != 401 {
		t.Errorf("an old token: %d", w.Code)
	}
	if w := mine.dav(basic(app)); w.Code != 200 {
		t.Errorf("the app password: %d", w.Code)
	}
	other.code(401, "wrong-credentials", "POST", "/api/session", rightPassword)
	mine.want(204, "PUT", "/api/password", `{"current":"looking glass","new":"wonder land","appPasswords":true}`)
	if w := mine.dav(basic(app)); w.Code != 401 {
		t.Errorf("the app password, taken along: %d", w.Code)
	}
	other.signIn()
}

package api

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestProfile(t *testing.T) {
	s := newSigning(t)
	b := s.proxied(t).signIn()
	w := b.ask("GET", "/api/profile", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-apple-aspen-config; charset=utf-8" ||
		!strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("profile: %d %v", w.Code, w.Header())
	}
	body := w.Body.String()
	for _, want := range []string{
		"<key>CalDAVHostName</key><string>example.com</string>", "<key>CalDAVPort</key><integer>443</integer>", "<key>CalDAVUseSSL</key><true/>",
		"<key>CardDAVHostName</key><string>example.com</string>", "<key>CardDAVUsername</key><string>alice</string>",
		"<string>com.apple.caldav.account</string>", "<string>com.apple.carddav.account</string>",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if strings.Contains(body, "Password") {
		t.Error("a password that nobody asked for")
	}
	for d := xml.NewDecoder(strings.NewReader(body)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	w = b.ask("POST", "/api/profile", `{"label":"iPhone"}`)
	_, after, ok := strings.Cut(w.Body.String(), "<key>CalDAVPassword</key><string>")
	password, _, _ := strings.Cut(after, "</string>")
	if !ok || b.dav(basic(password)).Code != 200 {
		t.Errorf("the password of the profile: %q", password)
	}
}

func TestQR(t *testing.T) {
	s := newSigning(t)
	s.browser(t).signIn().code(409, "no-https", "GET", "/api/qr", "")
	a := s.proxied(t).signIn().want(200, "GET", "/api/qr", "")
	if a["text"] != "davx5://alice@example.com/dav/" {
		t.Errorf("text: %v", a["text"])
	}
	rows, size := a["rows"].([]any), int(a["size"].(float64))
	if size < 21 || (size-17)%4 != 0 || len(rows) != size {
		t.Fatalf("size %d, %d rows", size, len(rows))
	}
	// A finder pattern stands in three corners (ISO/IEC 18004 §6.3.3).
	finder := []string{"1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"}
	for i, want := range finder {
		top, bottom := rows[i].(string), rows[size-7+i].(string)
		if top[:7] != want || top[size-7:] != want || bottom[:7] != want {
			t.Errorf("row %d: %s, %s", i, top, bottom)
		}
	}
}

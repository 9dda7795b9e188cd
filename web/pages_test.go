package web

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// wordUsed finds the keys that templates and Go name.
var wordUsed = regexp.MustCompile(`"((?:notice|signin|setup|code|public|guest)\.[a-zA-Z.]+)"`)

// Each language has every sentence, with the same places to fill, and nothing else; each key that a page names is there.
func TestWords(t *testing.T) {
	set, err := loadPages()
	if err != nil {
		t.Fatal(err)
	}
	en := set.words["en"]
	for _, lang := range languages {
		for key, sentence := range set.words[lang] {
			if _, ok := en[key]; !ok {
				t.Errorf("%s: %s is not in English", lang, key)
			}
			if strings.Count(sentence, "%s") != strings.Count(en[key], "%s") {
				t.Errorf("%s: %s has other places to fill than in English", lang, key)
			}
		}
		for key := range en {
			if set.words[lang][key] == "" {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, _ := pageFiles.ReadFile("pages/" + f.Name())
		for _, m := range wordUsed.FindAllStringSubmatch(string(data), -1) {
			if en[m[1]] == "" {
				t.Errorf("%s: there is no sentence %s", f.Name(), m[1])
			}
		}
		if regexp.MustCompile(`<style|<script>|\sstyle=|\son[a-z]+=`).Match(data) {
			t.Errorf("%s: the Content-Security-Policy would stop a part of it", f.Name())
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "de": "de", "de-AT,en;q=0.5": "de", "fr,de;q=0.4,en;q=0.7": "en", "fr, DE-ch;q=0.2": "de",
		"de;q=0, en;q=0": "en", "de;q=x": "en", "*": "en", strings.Repeat("fr,", 30) + "de": "en",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := languageOf(r); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

// After signing in nobody is led away from here.
func TestTarget(t *testing.T) {
	for asked, want := range map[string]string{
		"": "/", "/": "/", "/calendar": "/calendar", "/calendar/week/2026-11-29?x=1": "/calendar/week/2026-11-29?x=1",
		"/settings#devices": "/settings", "//evil.example": "/", "//evil.example/calendar": "/", `/\evil.example`: "/", `\\evil.example/calendar`: "/",
		"https://evil.example/calendar": "/", "javascript:alert(1)": "/", "/calendarx": "/", "calendar": "/",
		"/calendar/\r\nLocation: https://evil.example": "/", "/dav/": "/", "/api/session": "/", "https:/calendar": "/", "http:calendar": "/",
		"/calendar/../signin": "/calendar/../signin", "/%2F/evil.example": "/", "///evil.example/calendar": "/", "/\t/evil.example": "/",
	} {
		if got := target(asked); got != want {
			t.Errorf("%q leads to %q, want %q", asked, got, want)
		}
	}
}

package vcard

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// card makes the CRLF text of a card from lines.
func card(version string, lines ...string) string {
	return "BEGIN:VCARD\r\nVERSION:" + version + "\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
}

func mustParse(t *testing.T, text string) *Card {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, text)
	}
	return c
}

func TestParseKeepsBytes(t *testing.T) {
	for name, text := range map[string]string{
		"CRLF":           card("3.0", "FN:A", "UID:1"),
		"LF":             "BEGIN:VCARD\nVERSION:3.0\nFN:A\nUID:1\nEND:VCARD\n",
		"no last break":  "BEGIN:VCARD\nVERSION:3.0\nFN:A\nUID:1\nEND:VCARD",
		"blank lines":    "\r\nBEGIN:VCARD\r\n\r\nVERSION:3.0\r\nFN:A\r\n\r\nUID:1\r\nEND:VCARD\r\n\r\n",
		"folds":          "BEGIN:VCARD\r\nFN:A\r\n  B\r\n\tC\r\nUID:1\r\nEND:VCARD\r\n",
		"mark":           "\ufeffBEGIN:VCARD\r\nFN:A\r\nUID:1\r\nEND:VCARD\r\n",
		"case":           "begin:vCard\r\nfn:A\r\nuid:1\r\nend:vcard\r\n",
		"soft break 2.1": "BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nb\r\nEND:VCARD\r\n",
	} {
		if got := string(mustParse(t, text).Bytes()); got != text {
			t.Errorf("%s: got %q, want %q", name, got, text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":          "",
		"no card":        "hello",
		"no end":         "BEGIN:VCARD\r\nFN:A\r\n",
		"no begin":       "VERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n",
		"two cards":      card("3.0", "FN:A") + card("3.0", "FN:B"), // RFC 6352 §5.1
		"line of no use": card("3.0", "FN:A", "blablabla"),
		"BEL":            card("3.0", "FN:A\a"),
		"NUL":            card("3.0", "FN:A\x00"),
		"not UTF-8":      card("3.0", "FN:A\xe4"),
		"calendar":       "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
		"two versions":   card("3.0", "VERSION:4.0"),
		"nesting":        strings.Repeat("BEGIN:VCARD\r\n", 20),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	many := card("3.0", strings.Repeat("NOTE:x\r\n", MaxProperties))
	if _, err := Parse([]byte(many)); err == nil {
		t.Errorf("too many properties: %v", err)
	}
}

func TestValidate(t *testing.T) {
	var version *VersionError
	for _, row := range []struct {
		name, text string
		ok         bool
	}{
		{"3.0 without N, as Thunderbird writes it", card("3.0", "FN:A", "UID:1"), true},
		{"PREF=1 in 3.0", card("3.0", "FN:A", "UID:1", "EMAIL;PREF=1:a@example.org"), true},
		{"TYPE=INTERNET", card("3.0", "FN:A", "UID:1", "EMAIL;TYPE=INTERNET:a@example.org"), true},
		{"VERSION last", "BEGIN:VCARD\nFN:A\nUID:1\nVERSION:3.0\nEND:VCARD\n", true},
		{"no VERSION", "BEGIN:VCARD\nFN:A\nUID:1\nEND:VCARD\n", true},
		{"blank before version", card(" 4.0", "FN:A", "UID:1"), true},
		{"FN may be empty", card("4.0", "FN:", "UID:1"), true},
		{"no FN", card("4.0", "N:A;B;;;", "UID:1"), false},
		{"no UID", card("4.0", "FN:A"), false},
		{"empty UID", card("4.0", "FN:A", "UID: "), false},
		{"two UIDs", card("4.0", "FN:A", "UID:1", "UID:2"), false},
		{"same UID twice", card("4.0", "FN:A", "UID:1", "UID:1"), true},
	} {
		if err := mustParse(t, row.text).Validate(); (err == nil) != row.ok {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	for _, v := range []string{"2.1", "5.0", "x"} {
		if err := mustParse(t, card(v, "FN:A", "UID:1")).Validate(); !errors.As(err, &version) {
			t.Errorf("version %s: %v", v, err)
		}
	}
}

func TestProperties(t *testing.T) {
	c := mustParse(t, card("3.0",
		"FN:Ann\\, Lee", "UID:1", "N:Lee;Ann;;;",
		"item1.TEL;TYPE=work,VOICE;type=pref:1", "TEL;TYPE=\"cell,home\":2",
		"item1.X-ABLabel:phone", "NICKNAME:a\\,b,c"))
	if got := c.Text("fn"); got != "Ann, Lee" {
		t.Errorf("FN %q", got)
	}
	if got := c.Prop("N").Components(); !slices.Equal(got, []string{"Lee", "Ann", "", "", ""}) {
		t.Errorf("N %q", got)
	}
	if got := c.Prop("NICKNAME").List(); !slices.Equal(got, []string{"a,b", "c"}) {
		t.Errorf("NICKNAME %q", got)
	}
	count := func(name string) (n int) {
		for range c.Named(name) {
			n++
		}
		return n
	}
	if count("TEL") != 2 || count("ITEM1.tel") != 1 || count("item2.TEL") != 0 { // RFC 6352 §10.5.1
		t.Error("names with groups")
	}
	if got := c.Prop("item1.TEL").Types(); !slices.Equal(got, []string{"work", "voice", "pref"}) {
		t.Errorf("types %q", got)
	}
}

func TestEditTouchesOneLine(t *testing.T) {
	c := mustParse(t, "BEGIN:VCARD\nVERSION:3.0\nFN:A\n B\nX-Odd;a=\"b\":c\nUID:1\nEND:VCARD")
	c.Set("FN", "New")
	c.Add(Make("", "NOTE", Escape("one\ntwo")))
	want := "BEGIN:VCARD\nVERSION:3.0\nFN:New\r\nX-Odd;a=\"b\":c\nUID:1\nNOTE:one\\ntwo\r\nEND:VCARD"
	if got := string(c.Bytes()); got != want {
		t.Errorf("got %q", got)
	}
}

func TestCloneIsApart(t *testing.T) {
	c := mustParse(t, card("3.0", "FN:A", "UID:1"))
	before := string(c.Bytes())
	d := c.Clone()
	d.Set("FN", "B")
	d.Remove(func(p *Property) bool { return p.Name == "UID" })
	if string(c.Bytes()) != before || c.UID() != "1" || c.Text("FN") != "A" {
		t.Error("an edit of the clone shows in the card")
	}
}

func TestSelect(t *testing.T) {
	c := mustParse(t, card("3.0", "FN:A", "UID:1", "item1.TEL;TYPE=home:1", "TEL:2", "PHOTO;ENCODING=b:\r\n AAAA"))
	got := string(c.Select([]Selected{{Name: ParseName("item1.tel")}, {Name: ParseName("PHOTO"), NoValue: true}, {Name: ParseName("VERSION")}}))
	want := "BEGIN:VCARD\r\nVERSION:3.0\r\nitem1.TEL;TYPE=home:1\r\nPHOTO;ENCODING=b:\r\nEND:VCARD\r\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}

func TestGroups(t *testing.T) {
	for name, text := range map[string]string{
		"4.0":   card("4.0", "FN:G", "UID:g", "KIND:group", "MEMBER:urn:uuid:A", "MEMBER:mailto:x@example.org"),
		"Apple": card("3.0", "FN:G", "UID:g", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:A", "X-ADDRESSBOOKSERVER-MEMBER:mailto:x@example.org"),
	} {
		c := mustParse(t, text)
		if !c.IsGroup() || !c.HasMember("a") || !c.HasMember("urn:uuid:A") || c.HasMember("b") {
			t.Errorf("%s: membership", name)
		}
		if got := c.Members(); !slices.Equal(got, []string{"urn:uuid:A", "mailto:x@example.org"}) {
			t.Errorf("%s: members %q", name, got)
		}
	}
}

func TestParseStream(t *testing.T) {
	text := card("3.0", "FN:A") + "\r\n" + card("3.0", "FN:B", "broken") + "junk\r\n" + card("2.1", "FN:C")
	var lines []int
	var bad []string
	for it := range ParseStream([]byte(text)) {
		lines = append(lines, it.Line)
		if it.Err != nil {
			bad = append(bad, it.Err.Error())
		}
	}
	if !slices.Equal(lines, []int{1, 6, 11, 12}) {
		t.Errorf("lines %v", lines)
	}
	if len(bad) != 2 || !strings.Contains(bad[0], "line 9") || !strings.Contains(bad[1], "line 11") {
		t.Errorf("errors %q", bad)
	}
}

func TestComplete(t *testing.T) {
	c := mustParse(t, "BEGIN:VCARD\nEMAIL;TYPE=work:a@example.org\nEND:VCARD")
	if !c.Complete("id-1") {
		t.Error("unchanged")
	}
	want := "BEGIN:VCARD\nVERSION:3.0\r\nEMAIL;TYPE=work:a@example.org\nFN:a@example.org\r\nUID:id-1\r\nEND:VCARD"
	if got := string(c.Bytes()); got != want {
		t.Errorf("got %q", got)
	}
	if c.Validate() != nil || c.Complete("id-2") {
		t.Error("not complete")
	}
}

func TestMend(t *testing.T) {
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:J\xfcrgen\a\r\nUID:1\r\nNOTE:a\rb\r\nEND:VCARD\r\n"
	mended, changed := Mend([]byte(text))
	c := mustParse(t, string(mended))
	if !changed || c.Text("FN") != "Jürgen" || c.Text("NOTE") != "a\nb" {
		t.Errorf("got %q", mended)
	}
	if same, changed := Mend([]byte(card("3.0", "FN:Jürgen"))); changed || string(same) != card("3.0", "FN:Jürgen") {
		t.Error("changed what was in order")
	}
}

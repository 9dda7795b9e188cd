package carddav

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"convoke/internal/vcard"
	"convoke/server/dav"
	"convoke/server/davxml"
)

// request makes the children of an addressbook-query from the XML within it.
func request(t testing.TB, inner string) *davxml.Node {
	t.Helper()
	n, err := davxml.Parse([]byte(`<query xmlns="urn:ietf:params:xml:ns:carddav" xmlns:D="DAV:">` + inner + `</query>`))
	if err != nil {
		t.Fatalf("%v in %s", err, inner)
	}
	return n
}

func mustFilter(t testing.TB, inner string) *filter {
	t.Helper()
	f, err := parseFilter(request(t, inner).Child(davxml.CardFilter))
	if err != nil {
		t.Fatalf("%v in %s", err, inner)
	}
	return f
}

func cardOf(t testing.TB, lines ...string) []byte {
	t.Helper()
	return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n")
}

var sample = []string{
	"UID:34222-232@example.com", "FN:Cyrus Daboo", "N:Daboo;Cyrus;;;", "NICKNAME:me,Cy",
	"EMAIL;TYPE=INTERNET,PREF:cyrus@example.com", "EMAIL;TYPE=work:daboo@work.exam",
	" ple.org", "X-ABC.TEL;TYPE=home:1", "TEL;TYPE=work,voice:2", "NOTE:Grüße\\, Straße", "ORG:Self\\; Employed;Dept",
}

// The rows are the sentences of RFC 6352 §10.5.
func TestMatch(t *testing.T) {
	match := func(attrs, text string) string { return "<text-match " + attrs + ">" + text + "</text-match>" }
	prop := func(name, inner string) string {
		return `<filter><prop-filter name="` + name + `">` + inner + `</prop-filter></filter>`
	}
	for _, row := range []struct {
		name, xml string
		want      bool
	}{
		{"no filter, as KDE asks", ``, true},
		{"empty filter", `<filter/>`, true},
		{"property is there", prop("nickname", ""), true},
		{"property is not there", prop("PHOTO", ""), false},
		{"is-not-defined and is not", prop("PHOTO", "<is-not-defined/>"), true},
		{"is-not-defined and is", prop("FN", "<is-not-defined/>"), false},
		{"contains is the default", prop("FN", match("", "dab")), true},
		{"default collation ignores case beyond ASCII", prop("NOTE", match("", "GRÜSSE")), false},
		{"case of umlauts", prop("NOTE", match("", "grÜße")), true},
		{"escaped comma is a comma", prop("NOTE", match("", "grüße, str")), true},
		{"octets keep case", prop("FN", match(`collation="i;octet"`, "dab")), false},
		{"octets", prop("FN", match(`collation="i;octet"`, "Dab")), true},
		{"ascii-casemap", prop("FN", match(`collation="i;ascii-casemap"`, "CYRUS")), true},
		{"ascii-casemap leaves umlauts", prop("NOTE", match(`collation="i;ascii-casemap"`, "grÜ")), false},
		{"named default", prop("FN", match(`collation="default"`, "CYRUS")), true},
		{"equals", prop("FN", match(`match-type="equals"`, "cyrus daboo")), true},
		{"equals is more than contains", prop("FN", match(`match-type="equals"`, "daboo")), false},
		{"equals one of a list", prop("NICKNAME", match(`match-type="equals"`, "me")), true},
		{"starts-with", prop("FN", match(`match-type="starts-with"`, "cyr")), true},
		{"starts-with elsewhere", prop("FN", match(`match-type="starts-with"`, "dab")), false},
		{"ends-with", prop("EMAIL", match(`match-type="ends-with"`, "work.example.org")), true},
		{"any of the properties", prop("EMAIL", match(``, "@example.com")), true},
		{"negated, and one does not match", prop("EMAIL", match(`negate-condition="yes"`, "@example.com")), true},
		{"negated, and all match", prop("EMAIL", match(`negate-condition="yes"`, "@")), false},
		{"negated, and there is none", prop("PHOTO", match(`negate-condition="yes"`, "x")), false},
		{"name without group takes any", prop("TEL", match("", "1")), true},
		{"name with group", prop("x-abc.tel", match("", "1")), true},
		{"name with group takes no other", prop("X-ABC.TEL", match("", "2")), false},
		{"parameter is there", prop("TEL", `<param-filter name="type"/>`), true},
		{"parameter is not there", prop("TEL", `<param-filter name="PREF"/>`), false},
		{"parameter is-not-defined", prop("TEL", `<param-filter name="PREF"><is-not-defined/></param-filter>`), true},
		{"parameter matches one of its values", prop("TEL", `<param-filter name="TYPE">`+match(`match-type="equals"`, "VOICE")+`</param-filter>`), true},
		{"parameter negated", prop("TEL", `<param-filter name="TYPE">`+match(`negate-condition="yes"`, "o")+`</param-filter>`), false},
		{"anyof is the default within prop-filter", prop("TEL", match("", "2")+`<param-filter name="TYPE">`+match("", "home")+`</param-filter>`), true},
		{"allof within prop-filter is about one property", `<filter><prop-filter name="TEL" test="allof">` + match("", "2") + `<param-filter name="TYPE">` + match("", "home") + `</param-filter></prop-filter></filter>`, false},
		{"allof within prop-filter", `<filter><prop-filter name="TEL" test="allof">` + match("", "2") + `<param-filter name="TYPE">` + match("", "work") + `</param-filter></prop-filter></filter>`, true},
		{"anyof is the default of filter", `<filter><prop-filter name="FN">` + match("", "nobody") + `</prop-filter><prop-filter name="EMAIL">` + match("", "cyrus") + `</prop-filter></filter>`, true},
		{"allof of filter", `<filter test="allof"><prop-filter name="FN">` + match("", "nobody") + `</prop-filter><prop-filter name="EMAIL">` + match("", "cyrus") + `</prop-filter></filter>`, false},
		{"over a fold", prop("EMAIL", match("", "example.org")), true},
		{"unknown match-type is contains", prop("FN", match(`match-type="endswith"`, "rus")), true},
		{"compound value", prop("ORG", match(`match-type="equals"`, "self; employed;dept")), true},
	} {
		data := cardOf(t, sample...)
		parsed, err := vcard.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		f := mustFilter(t, row.xml)
		if got := f.matches(newCard(parsed)); got != row.want {
			t.Errorf("%s: got %v", row.name, got)
		}
		if row.want && probeOf(f).refutes(data) {
			t.Errorf("%s: the bytes are thought not to match", row.name)
		}
	}
}

func TestProbe(t *testing.T) {
	fn := `<prop-filter name="FN"><text-match>Doe</text-match></prop-filter>`
	mail := `<prop-filter name="EMAIL"><text-match>doe@</text-match></prop-filter>`
	none := `<prop-filter name="PHOTO"><is-not-defined/></prop-filter>`
	for _, row := range []struct{ name, xml, want string }{
		{"alternatives", fn + mail, "doe doe@"},
		{"alternatives, one without text", fn + none, ""},
		{"all", `all` + none + mail, "doe@"},
		{"beyond ASCII", `<prop-filter name="FN"><text-match>Dö</text-match></prop-filter>`, ""},
		{"negated", `<prop-filter name="FN"><text-match negate-condition="yes">Doe</text-match></prop-filter>`, ""},
	} {
		test := "anyof"
		if strings.HasPrefix(row.xml, "all") {
			test, row.xml = "allof", row.xml[3:]
		}
		p := probeOf(mustFilter(t, `<filter test="`+test+`">`+row.xml+`</filter>`))
		if got := string(bytes.Join(p.needles, []byte(" "))); got != row.want {
			t.Errorf("%s: %q", row.name, got)
		}
	}
	p := probe{needles: [][]byte{[]byte("doe")}}
	for text, want := range map[string]bool{
		"FN:John":                 true,
		"FN:John D\r\n OE":        false, // folded
		"FN:John d\r\noe":         false, // two lines look like one: left to the parser
		"FN:John d-oe":            true,
		"FN:D\u00f6e":             false, // may fold to anything
		"FN;QUOTED-PRINTABLE:=44": false,
	} {
		if got := p.refutes(cardOf(t, text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestFilterRefusals(t *testing.T) {
	for _, row := range []struct {
		name, xml string
		want      *dav.Condition
	}{
		{"unknown collation", `<filter><prop-filter name="FN"><text-match collation="i;x">a</text-match></prop-filter></filter>`, refuse(davxml.CardSupportedCollation, nil)},
		{"wildcard collation", `<filter><prop-filter name="FN"><text-match collation="i;*">a</text-match></prop-filter></filter>`, refuse(davxml.CardSupportedCollation, nil)},
		{"no name", `<filter><prop-filter/></filter>`, refuse(davxml.CardSupportedFilter, nil)},
		{"unknown element", `<filter><comp-filter name="FN"/></filter>`, refuse(davxml.CardSupportedFilter, nil)},
		{"unknown test", `<filter test="noneof"/>`, refuse(davxml.CardSupportedFilter, nil)},
		{"is-not-defined beside text-match", `<filter><prop-filter name="FN"><is-not-defined/><text-match>a</text-match></prop-filter></filter>`, refuse(davxml.CardSupportedFilter, nil)},
		{"long text", `<filter><prop-filter name="FN"><text-match>` + strings.Repeat("a", 2000) + `</text-match></prop-filter></filter>`, badRequest(nil)},
		{"many tests", `<filter>` + strings.Repeat(`<prop-filter name="FN"/>`, 1001) + `</filter>`, refuse(davxml.CardSupportedFilter, nil)},
	} {
		_, err := parseFilter(request(t, row.xml).Child(davxml.CardFilter))
		if !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestLimit(t *testing.T) {
	for text, want := range map[string]int{"5": 5, " 7 ": 7, "": 0, "0": -1, "x": -1, "-1": -1, "99999999999999999999": -1} {
		got, err := parseLimit(request(t, "<limit><nresults>"+text+"</nresults></limit>").Child(davxml.CardLimit))
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// What the probe refutes never matches, whatever the card and the text.
func FuzzProbe(f *testing.F) {
	f.Add("FN:John D\r\n oe", "doe", "FN", true)
	f.Add("NOTE;ENCODING=QUOTED-PRINTABLE:=44oe", "doe", "NOTE", false)
	f.Add("NICKNAME:a,b\\,c", "b", "NICKNAME", true)
	f.Fuzz(func(t *testing.T, line, text, name string, equal bool) {
		data := []byte("BEGIN:VCARD\r\nVERSION:3.0\r\n" + line + "\r\nEND:VCARD\r\n")
		parsed, err := vcard.Parse(data)
		if err != nil {
			return
		}
		for i := range collations {
			m := textMatch{needle: collations[i].fold(text), collation: &collations[i]}
			if equal {
				m.how = equals
			}
			fl := &filter{props: []propFilter{{name: vcard.ParseName(name), texts: []textMatch{m}}}}
			if fl.matches(newCard(parsed)) && probeOf(fl).refutes(data) {
				t.Fatalf("refuted but matches: %q in %q", text, data)
			}
		}
	})
}

func FuzzFilter(f *testing.F) {
	f.Add(`<filter test="allof"><prop-filter name="FN"><text-match match-type="equals">a</text-match></prop-filter></filter>`)
	f.Add(`<filter><prop-filter name="x.TEL"><param-filter name="TYPE"><is-not-defined/></param-filter></prop-filter></filter>`)
	parsed, err := vcard.Parse(cardOf(f, sample...))
	if err != nil {
		f.Fatal(err)
	}
	c := newCard(parsed)
	f.Fuzz(func(t *testing.T, inner string) {
		n, err := davxml.Parse([]byte(`<query xmlns="urn:ietf:params:xml:ns:carddav">` + inner + `</query>`))
		if err != nil {
			return
		}
		fl, err := parseFilter(n.Child(davxml.CardFilter))
		var condition *dav.Condition
		if err != nil {
			if !errors.As(err, &condition) {
				t.Fatalf("no condition: %v", err)
			}
			return
		}
		fl.matches(c)
		probeOf(fl)
	})
}

// A search by name or address among 5,000 cards.
func BenchmarkSearch(b *testing.B) {
	f := mustFilter(b, `<filter><prop-filter name="FN"><text-match>person 4321</text-match></prop-filter><prop-filter name="EMAIL"><text-match>4321@</text-match></prop-filter></filter>`)
	var cards [][]byte
	for i := range 5000 {
		cards = append(cards, cardOf(b, fmt.Sprintf("UID:%d", i), fmt.Sprintf("FN:Person %d", i), fmt.Sprintf("N:%d;Person;;;", i),
			fmt.Sprintf("EMAIL;TYPE=WORK:person.%d@example.org", i), "TEL;TYPE=CELL:+49 123 456789", "ADR;TYPE=HOME:;;1 Street;Town;;12345;Country", "NOTE:some words about them"))
	}
	b.Run("probe", func(b *testing.B) {
		p := probeOf(f)
		for b.Loop() {
			n := 0
			for _, data := range cards {
				if !p.refutes(data) {
					n++
				}
			}
			if n != 1 {
				b.Fatal(n)
			}
		}
	})
	b.Run("parsed", func(b *testing.B) {
		parsed := make([]*card, len(cards))
		for i := range cards {
			c, err := vcard.Parse(cards[i])
			if err != nil {
				b.Fatal(err)
			}
			parsed[i] = newCard(c)
		}
		for b.Loop() {
			n := 0
			for _, c := range parsed {
				if f.matches(c) {
					n++
				}
			}
			if n != 1 {
				b.Fatal(n)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			for i := range cards {
				if _, err := vcard.Parse(cards[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

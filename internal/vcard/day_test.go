package vcard

import (
	"testing"
	"time"
)

func cardOf(t testing.TB, version, lines string) *Card {
	t.Helper()
	c, err := Parse([]byte("BEGIN:VCARD\r\nVERSION:" + version + "\r\nFN:x\r\n" + lines + "END:VCARD\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The forms of RFC 6350 §4.3.1, §4.3.4 and §6.2.5, of RFC 2426 §3.1.5, and of those who follow neither.
func TestBirthday(t *testing.T) {
	none := Day{}
	for _, r := range []struct {
		version, line string
		want          Day
	}{
		{"4.0", "BDAY:19960415", Day{1996, time.April, 15}},
		{"4.0", "BDAY:--0415", Day{0, time.April, 15}},
		{"4.0", "BDAY:19531015T231000Z", Day{1953, time.October, 15}},
		{"4.0", "BDAY:--1022T1400", Day{0, time.October, 22}},
		{"4.0", "BDAY;VALUE=text:circa 1800", none},
		{"4.0", "BDAY:1985", none},
		{"4.0", "BDAY:1985-04", none},
		{"4.0", "BDAY:---12", none},
		{"4.0", "BDAY:--04", none},
		{"4.0", "BDAY:T102200", none},
		{"4.0", "BDAY:19960229", Day{1996, time.February, 29}},
		{"4.0", "BDAY:--0229", Day{0, time.February, 29}},
		{"4.0", "BDAY:19970229", none}, // there was no such day
		{"4.0", "BDAY:19960431", none},
		{"4.0", "BDAY:19961301", none},
		{"4.0", "BDAY:19960400", none},
		{"4.0", "BDAY;CALSCALE=gregorian:19960415", Day{1996, time.April, 15}},
		{"4.0", "BDAY;CALSCALE=hebrew:57560126", none},
		{"4.0", "BDAY:circa 1800\r\nBDAY;ALTID=1:18000203", Day{1800, time.February, 3}},
		{"3.0", "BDAY:1996-04-15", Day{1996, time.April, 15}},
		{"3.0", "BDAY;VALUE=date:1996-04-15", Day{1996, time.April, 15}},
		{"3.0", "BDAY:1953-10-15T23:10:00Z", Day{1953, time.October, 15}},
		{"3.0", "BDAY;VALUE=date-time:1987-09-27T08:30:00-06:00", Day{1987, time.September, 27}},
		{"3.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", Day{0, time.April, 15}},
		{"3.0", "BDAY;X-APPLE-OMIT-YEAR=1904:1904-02-29", Day{0, time.February, 29}},
		{"3.0", "BDAY:1604-04-15", Day{0, time.April, 15}}, // the parameter was lost on the way
		{"3.0", "BDAY:0000-04-15", Day{0, time.April, 15}},
		{"3.0", "BDAY:--04-15", Day{0, time.April, 15}}, // old DAVx5
		{"3.0", "BDAY:1985-04-12 00:00:00", Day{1985, time.April, 12}},
		{"3.0", "BDAY: 1985-04-12", Day{1985, time.April, 12}},
		{"3.0", "BDAY:١٩٨٥-٠٤-١٢", none},
		{"3.0", "BDAY:", none},
		{"3.0", "NOTE:1985-04-12", none},
		{"3.0", "ANNIVERSARY:1985-04-12", none},
	} {
		if got, ok := cardOf(t, r.version, r.line+"\r\n").Birthday(); got != r.want && ok || ok != (r.want != none) {
			t.Errorf("%s: %v, %v, want %v", r.line, got, ok, r.want)
		}
	}
}

// RFC 6350 §6.2.6 has ANNIVERSARY; 3.0 has none of its own, and each client writes another.
func TestAnniversary(t *testing.T) {
	want := Day{2009, time.August, 8}
	for lines, is := range map[string]bool{
		"ANNIVERSARY:20090808\r\n":                                               true,
		"X-ANNIVERSARY:2009-08-08\r\n":                                           true,
		"X-EVOLUTION-ANNIVERSARY:2009-08-08\r\n":                                 true,
		"X-KADDRESSBOOK-X-Anniversary:2009-08-08\r\n":                            true,
		"item1.X-ABDATE:2009-08-08\r\nitem1.X-ABLabel:_$!<Anniversary>!$_\r\n":   true,
		"item1.X-ABDATE;TYPE=pref:2009-08-08\r\nItem1.X-ABLabel:anniversary\r\n": true,
		"item1.X-ABDATE:2009-08-08\r\nitem1.X-ABLabel:First day at work\r\n":     false,
		"X-ABDATE:2009-08-08\r\n":                                                false,
		"item1.X-ABDATE:2009-08-08\r\nitem2.X-ABLabel:_$!<Anniversary>!$_\r\n":   false,
		"BDAY:20090808\r\n":                                                      false,
	} {
		got, ok := cardOf(t, "3.0", lines).Anniversary()
		if is && (!ok || got != want) || !is && ok && got == want {
			t.Errorf("%q: %v, %v", lines, got, ok)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"19960415", "--0415", "1996-04-15T00:00:00Z", "--04-15", "٠٤١٢٠٤١٢", "0000-02-29"} {
		f.Add(s, "")
	}
	f.Add("1604-04-15", ";X-APPLE-OMIT-YEAR=1604")
	f.Fuzz(func(t *testing.T, value, params string) {
		p := Property{Name: "BDAY", Params: params, value: value}
		d, ok := p.Date()
		if ok && (!d.exists() || d.Year != 0 && d.Year <= yearless || d.Year > 9999) {
			t.Errorf("%q%q: %v", params, value, d)
		}
	})
}

package cardfile

import (
	"bytes"
	"encoding/base64"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"convoke/internal/vcard"
)

// lines are the properties of the cards of a file, without the frame; an error is a line of its own.
func lines(t *testing.T, entries iter.Seq[Entry]) []string {
	t.Helper()
	var list []string
	for e := range entries {
		if e.Err != nil {
			list = append(list, "! "+e.Err.Error())
			continue
		}
		c, err := vcard.Parse(e.Card)
		if err != nil {
			t.Fatalf("line %d: %v\n%s", e.Line, err, e.Card)
		}
		text := strings.ReplaceAll(string(e.Card), "\r\n ", "")
		for l := range strings.Lines(text) {
			if l = strings.TrimSpace(l); !strings.HasPrefix(l, "BEGIN:") && !strings.HasPrefix(l, "END:") && !strings.HasPrefix(l, "VERSION:") {
				list = append(list, l)
			}
		}
		if c.Prop("UID") != nil {
			t.Errorf("line %d has a UID", e.Line)
		}
	}
	return list
}

// Headers of the programs that people come from, and what each column becomes (RFC 2426 §3).
func TestCSV(t *testing.T) {
	for _, row := range []struct {
		what, data string
		want       []string
	}{
		{"Google", "First Name,Last Name,Organization Name,Organization Title,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Postal Code,Address 1 - Country,Website 1 - Value\n" +
			"Ines,Jung,City Council,Clerk,1980-05-01,\"two\nlines\",* myContacts ::: Friends,* Work,ines@example.net ::: i@example.net,Office desk,+49 30 5550103,Home,\"Main 1\n10115 Berlin\",Main 1,Berlin,10115,DE,https://example.net\n",
			[]string{"N:Jung;Ines;;;", "ORG:City Council", "TITLE:Clerk", "EMAIL;TYPE=WORK:ines@example.net", "EMAIL;TYPE=WORK:i@example.net",
				"item1.TEL:+49 30 5550103", "item1.X-ABLABEL:Office desk", "URL:https://example.net", "ADR;TYPE=HOME:;;Main 1;Berlin;;10115;DE", "BDAY:1980-05-01", "CATEGORIES:Friends",
				`NOTE:two\nlines`, "FN:Ines Jung"}},
		{"Google without a year", "Name,Birthday\nA,--05-01\n", []string{"FN:A", "BDAY:1604-05-01"}},
		{"Outlook", "\"Title\",\"First Name\",\"Last Name\",\"Company\",\"Job Title\",\"Business Street\",\"Business City\",\"Business Country/Region\",\"Business Phone\",\"Mobile Phone\",\"Business Fax\",\"E-mail Address\",\"E-mail 2 Address\",\"Anniversary\",\"Birthday\",\"Priority\",\"Spouse\"\r\n" +
			"\"Dr.\",\"Jack\",\"Kelly\",\"Kelly Freight\",\"Owner\",\"Pier 1\",\"New York\",\"USA\",\"1\",\"2\",\"3\",\"jack@example.com\",\"j@example.com\",\"0/0/00\",\"7/4/1970\",\"Normal\",\"Kate\"\r\n",
			[]string{"N:Kelly;Jack;;Dr.;", "ORG:Kelly Freight", "TITLE:Owner", "EMAIL:jack@example.com", "EMAIL:j@example.com",
				"TEL;TYPE=WORK:1", "TEL;TYPE=CELL:2", "TEL;TYPE=WORK,FAX:3", "ADR;TYPE=WORK:;;Pier 1;New York;;;USA", "BDAY:1970-07-04", "NOTE:Spouse: Kate", "FN:Dr. Jack Kelly"}},
		{"German Outlook", "Vorname;Nachname;Firma;E-Mail-Adresse;Telefon geschäftlich;Geburtstag;Straße privat;Ort privat\nÄnne;Öhm;Öhm GmbH;ae@example.net;030 1;31.12.1975;Weg 1;Köln\n",
			[]string{"N:Öhm;Änne;;;", "ORG:Öhm GmbH", "EMAIL:ae@example.net", "TEL;TYPE=WORK:030 1", "ADR;TYPE=HOME:;;Weg 1;Köln;;;", "BDAY:1975-12-31", "FN:Änne Öhm"}},
		{"Thunderbird", "First Name,Last Name,Display Name,Primary Email,Work Phone,Home Address,Home Address 2,Home ZipCode,Birth Year,Birth Month,Birth Day\nA,B,AB,a@example.net,1,S 1,Back,10,1999,2,3\n",
			[]string{"N:B;A;;;", "FN:AB", "EMAIL:a@example.net", "TEL;TYPE=WORK:1", `ADR;TYPE=HOME:;;S 1\nBack;;;10;`, "BDAY:1999-02-03"}},
		{"iOS exporters", "First name,Last name,Phone (mobile),Email (home)\nA,B,1,a@example.net\n",
			[]string{"N:B;A;;;", "EMAIL;TYPE=HOME:a@example.net", "TEL;TYPE=CELL:1", "FN:A B"}},
		{"a name alone", "Name\nA\n\n\nB\n", []string{"FN:A", "FN:B"}},
		{"our own export guards formulas", "Name,Phone\n'=A,'+49\n", []string{"FN:=A", "TEL:+49"}},
		{"control characters go", "Name\n\"A\x00\x07B\"\n", []string{"FN:AB"}},
		{"a date that is none stays in words", "Name,Birthday\nA,soon\n", []string{"FN:A", "NOTE:Birthday: soon"}},
		{"more cells than columns", "Name\nA,b\n", []string{"FN:A", "NOTE:b"}},
		{"not a table of contacts", "date,amount\n1,2\n", []string{"! " + ErrNoHeader.Error()}},
		{"nothing", "", nil},
		{"UTF-16", "\xff\xfeN\x00a\x00m\x00e\x00\n\x00\xc4\x00\n\x00", []string{"FN:Ä"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			if got := lines(t, CSV([]byte(row.data))); !slices.Equal(got, row.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
			}
		})
	}
}

// Records of LDIF (RFC 2849) with the attributes of inetOrgPerson (RFC 2798) and Thunderbird's.
func TestLDIF(t *testing.T) {
	coded := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, row := range []struct {
		what, data string
		want       []string
	}{
		{"Thunderbird", "dn: cn=Lena Maier,mail=lena@example.net\nobjectclass: top\nobjectclass: person\ncn: Lena Maier\nsn: Maier\ngivenName: Lena\nmail: lena@example.net\nmozillaSecondEmail: l@example.net\n" +
			"telephoneNumber: 1\nmobile: 2\nmozillaHomeStreet: Weg 1\nmozillaHomeLocalityName: Hamburg\nmozillaNickname: Leni\no: Studio\ntitle: Boss\nbirthyear: 1981\nbirthmonth: 2\nbirthday: 3\nmozillaCustom1: x\n",
			[]string{"N:Maier;Lena;;;", "FN:Lena Maier", "NICKNAME:Leni", "ORG:Studio", "TITLE:Boss", "EMAIL:lena@example.net", "EMAIL:l@example.net", "TEL;TYPE=WORK:1", "TEL;TYPE=CELL:2",
				"ADR;TYPE=HOME:;;Weg 1;Hamburg;;;", "BDAY:1981-02-03", "NOTE:mozillacustom1: x"}},
		{"folded, commented, in base64, with a language", "version: 1\n# a\n  comment\ndn:: " + coded("cn=Ä") + "\ncn;lang-de:: " + coded("Änne\n") + "\r\ndescription: a lo\n ng note\n", []string{"FN:Änne", "NOTE:a long note"}},
		{"the name that is shown goes first", "dn: x\ndisplayName: Shown\ncn: Named\n", []string{"FN:Shown"}},
		{"no file is opened", "dn: x\ncn: A\njpegPhoto:< file:///etc/hostname\n", []string{"FN:A", "NOTE:jpegphoto: < file:///etc/hostname"}},
		{"wrong base64 costs its record", "dn: x\ncn:: ***\n\ndn: y\ncn: B\n", []string{"! the value of cn is not base64", "FN:B"}},
		{"a line that is none costs its record", "dn: x\nnonsense\n\ndn: y\ncn: B\n", []string{"! a line of it is no attribute of LDIF", "FN:B"}},
		{"a list", "dn: x\nobjectclass: groupOfNames\ncn: L\nmember: y\n", []string{"! it is a list of people: lists are not taken over"}},
		{"a change", "dn: x\nchangetype: delete\n", []string{"! it is a change to a directory and no contact"}},
		{"nobody", "dn: x\nobjectclass: top\n", []string{"! it says nothing of a person"}},
		{"nothing", "version: 1\n\n", nil},
	} {
		t.Run(row.what, func(t *testing.T) {
			if got := lines(t, LDIF([]byte(row.data))); !slices.Equal(got, row.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
			}
		})
	}
}

// A photo comes along if it is an image that can be shown, and nothing else does in its place.
func TestPhoto(t *testing.T) {
	for data, want := range map[string]string{"\xff\xd8\xff\xe0": "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A==", "<svg/>": ""} {
		got := lines(t, LDIF([]byte("dn: x\ncn: A\njpegPhoto:: "+base64.StdEncoding.EncodeToString([]byte(data))+"\n")))
		if slices.Contains(got, want) != (want != "") || len(got) != 1+len(want)/max(len(want), 1) {
			t.Errorf("%q became %q", data, got)
		}
	}
}

// However many cells belong to one value, work grows with them and not with their square.
func TestManyCells(t *testing.T) {
	used := func(n int) float64 {
		table := "Name" + strings.Repeat(",Home Street", n) + "\nA" + strings.Repeat(",x", n) + "\n"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := lines(t, CSV([]byte(table)))
		runtime.ReadMemStats(&after)
		if want := "ADR;TYPE=HOME:;;x" + strings.Repeat(`\nx`, n-1) + ";;;;"; !slices.Contains(got, want) {
			t.Errorf("%d lines", len(got))
		}
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	if few, many := used(10_000), used(40_000); many > 8*few { // by the square it would be 16
		t.Errorf("%.0f bytes were used for four times the cells of %.0f", many, few)
	}
}

// Where a record begins is told, so that people find it.
func TestLines(t *testing.T) {
	var got []int
	for e := range CSV([]byte("Name,Notes\nA,\"x\ny\"\nB,\n")) {
		got = append(got, e.Line)
	}
	for e := range LDIF([]byte("version: 1\n\ndn: x\ncn: A\n\n\ndn: y\ncn: B\n")) {
		got = append(got, e.Line)
	}
	if !slices.Equal(got, []int{2, 4, 3, 7}) {
		t.Errorf("lines %v", got)
	}
}

// laws are those of both readers: no panic, cards that can be read, and the same ones each time.
func laws(t *testing.T, read func([]byte) iter.Seq[Entry], data []byte) {
	var first [][]byte
	for e := range read(bytes.Clone(data)) {
		if (e.Err == nil) == (e.Card == nil) || e.Line < 1 {
			t.Fatalf("an entry of line %d with %v", e.Line, e.Err)
		}
		if e.Err != nil {
			continue
		}
		c, err := vcard.Parse(e.Card)
		if err != nil {
			t.Fatalf("%v\n%q", err, e.Card)
		}
		if c.Complete("x"); c.Validate() != nil {
			t.Fatalf("%v\n%q", c.Validate(), e.Card)
		}
		first = append(first, e.Card)
	}
	n := 0
	for e := range read(data) {
		if e.Err == nil {
			if !bytes.Equal(e.Card, first[n]) {
				t.Fatalf("another card the second time: %q and %q", first[n], e.Card)
			}
			n++
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("First Name,Last Name,E-mail 1 - Value\nA,B,a@example.net\n"))
	f.Add([]byte("Vorname;Geburtstag;Straße privat\n\"A\nb\";1.2.3000;;x\n"))
	f.Add([]byte("\xfe\xff\x00N\x00a\x00m\x00e\x00\n\xd8\x00\x00\n"))
	f.Fuzz(func(t *testing.T, data []byte) { laws(t, CSV, data) })
}

func FuzzLDIF(f *testing.F) {
	f.Add([]byte("version: 1\ndn: x\ncn: A\nmail: a@example.net\n\ndn:: eA==\n cn: B\n"))
	f.Add([]byte("dn: x\njpegphoto:: /9j/4A==\nbirthyear: 1\nbirthmonth: 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) { laws(t, LDIF, data) })
}

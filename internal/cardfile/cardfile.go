// Package cardfile reads the address books that other programs write in forms of their own, and makes vCards of them
// (RFC 2426): tables in CSV, as Google, Outlook, Thunderbird and exporters for iOS make them, and LDIF (RFC 2849), as Thunderbird does.
//
// Invariants:
//   - Nothing is lost in silence: a column or attribute that has no place in a card stands in its NOTE.
//   - What is wrong in one record costs that record.
//   - The same record always makes the same card, byte for byte, so that a second import finds the first.
//   - No file, address or name that the data mentions is ever opened.
package cardfile

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"convoke/internal/vcard"
)

// Entry is one record of a file.
type Entry struct {
	Line int    // where it begins, from 1
	Card []byte // a vCard 3.0 without a UID; nil with Err
	Err  error  // a sentence for people
}

// maxEntries bounds what one file may hold.
const maxEntries = 100_000

// ErrTooMany ends a file that holds more.
var ErrTooMany = errors.New("there are more than 100,000 contacts in one file")

// typed is a value with what it is for.
type typed struct {
	types []string // TYPE of RFC 2426: WORK, HOME, CELL …
	label string   // in the words of the person, where no type fits
	value string
}

// place is a postal address, its lines in the order of ADR (RFC 2426 §3.2.1).
type place struct {
	types                                              []string
	label                                              string
	box, extended, street, city, region, code, country string
	whole                                              string // as one text, where it is not taken apart
}

func (a *place) empty() bool {
	return a.box+a.extended+a.street+a.city+a.region+a.code+a.country+a.whole == ""
}

// person gathers what a record says.
type person struct {
	full                                         string
	family, given, additional, prefix, suffix    string
	nickname, organization, department, jobTitle string
	birthday, anniversary                        string
	note                                         []string
	categories                                   []string
	mails, phones, urls, messengers, relations   []typed
	places                                       []place
	photo                                        []byte
}

// card writes a person; false where there is nobody.
func (p *person) card() ([]byte, bool) {
	c := vcard.New(vcard.V30)
	n := len(c.Bytes())
	if p.family+p.given+p.additional+p.prefix+p.suffix != "" {
		c.Add(vcard.Make("", "N", vcard.JoinComponents(p.family, p.given, p.additional, p.prefix, p.suffix)))
	}
	text := func(name, value string) {
		if value != "" {
			c.Add(vcard.Make("", name, vcard.Escape(value)))
		}
	}
	text("FN", p.full)
	text("NICKNAME", p.nickname)
	if p.organization+p.department != "" {
		parts := []string{p.organization}
		if p.department != "" {
			parts = append(parts, p.department)
		}
		c.Add(vcard.Make("", "ORG", vcard.JoinComponents(parts...)))
	}
	text("TITLE", p.jobTitle)
	w := &writer{card: c}
	w.all("EMAIL", p.mails)
	w.all("TEL", p.phones)
	w.all("URL", p.urls)
	w.all("IMPP", p.messengers)
	w.all("X-ABRELATEDNAMES", p.relations)
	for i := range p.places {
		w.place(&p.places[i])
	}
	if p.birthday != "" {
		c.Add(vcard.Make("", "BDAY", p.birthday))
	}
	if p.anniversary != "" {
		w.add("X-ABDATE", &typed{label: "_$!<Anniversary>!$_", value: p.anniversary})
	}
	if len(p.categories) > 0 {
		escaped := make([]string, len(p.categories))
		for i, k := range p.categories {
			escaped[i] = vcard.Escape(k)
		}
		c.Add(vcard.Make("", "CATEGORIES", strings.Join(escaped, ",")))
	}
	if kind := imageKind(p.photo); kind != "" {
		c.Add(vcard.Make("", "PHOTO", base64.StdEncoding.EncodeToString(p.photo),
			vcard.Param{Name: "ENCODING", Values: []string{"b"}}, vcard.Param{Name: "TYPE", Values: []string{kind}}))
	}
	text("NOTE", strings.Join(p.note, "\n"))
	if len(c.Bytes()) == n {
		return nil, false
	}
	c.Complete("") // FN of what there is
	c.Remove(func(p *vcard.Property) bool { return p.Name == "UID" })
	return c.Bytes(), true
}

// writer adds properties; those with a label of their own stand in a group with it, as Apple writes them.
type writer struct {
	card   *vcard.Card
	groups int
}

func (w *writer) all(name string, list []typed) {
	for i := range list {
		w.add(name, &list[i])
	}
}

func (w *writer) add(name string, v *typed) {
	w.labelled(name, vcard.Escape(v.value), v.types, v.label)
}

func (w *writer) labelled(name, value string, types []string, label string) {
	var params []vcard.Param
	if len(types) > 0 {
		params = []vcard.Param{{Name: "TYPE", Values: types}}
	}
	group := ""
	if label != "" {
		w.groups++
		group = "item" + strconv.Itoa(w.groups)
	}
	w.card.Add(vcard.Make(group, name, value, params...))
	if label != "" {
		w.card.Add(vcard.Make(group, "X-ABLABEL", vcard.Escape(label)))
	}
}

func (w *writer) place(a *place) {
	if a.street+a.city+a.region+a.code+a.country+a.box+a.extended == "" {
		a.street = a.whole
	}
	if !a.empty() {
		w.labelled("ADR", vcard.JoinComponents(a.box, a.extended, a.street, a.city, a.region, a.code, a.country), a.types, a.label)
	}
}

// imageKind is the TYPE of a photo that can be shown, "" for anything else.
func imageKind(data []byte) string {
	switch {
	case len(data) == 0 || len(data) > 2<<20:
	case strings.HasPrefix(string(data[:min(3, len(data))]), "\xff\xd8\xff"):
		return "JPEG"
	case strings.HasPrefix(string(data[:min(8, len(data))]), "\x89PNG\r\n\x1a\n"):
		return "PNG"
	case strings.HasPrefix(string(data[:min(4, len(data))]), "GIF8"):
		return "GIF"
	}
	return ""
}

// clean is a value without what a card cannot hold, and without blanks around it.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// key is a name of a column or label without case, blanks and signs.
func key(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// labels are the words of other programs for what a value is for.
var labels = map[string][]string{
	"work": {"WORK"}, "business": {"WORK"}, "arbeit": {"WORK"}, "geschäftlich": {"WORK"},
	"home": {"HOME"}, "private": {"HOME"}, "personal": {"HOME"}, "privat": {"HOME"},
	"mobile": {"CELL"}, "cell": {"CELL"}, "mobil": {"CELL"}, "handy": {"CELL"}, "iphone": {"CELL"},
	"main": {"VOICE"}, "pager": {"PAGER"}, "fax": {"FAX"}, "workfax": {"WORK", "FAX"}, "homefax": {"HOME", "FAX"}, "other": nil, "andere": nil, "": nil,
}

// labelled splits a label into types and, where it is none of those, the label itself.
func labelled(label string) (types []string, own string) {
	label = strings.TrimSpace(strings.TrimLeft(label, "* "))
	if types, ok := labels[key(label)]; ok {
		return slices.Clone(types), ""
	}
	return nil, label
}

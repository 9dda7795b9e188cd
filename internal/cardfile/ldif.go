package cardfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"iter"
	"slices"
	"strings"
)

// maxLine is the longest value, folded lines joined: a photo is one.
const maxLine = 8 << 20

// LDIF reads the content records of a file (RFC 2849), as Thunderbird writes its address books: with the attributes of
// inetOrgPerson (RFC 2798) and Mozilla's own. Lists and what is no person are left out with a sentence.
func LDIF(data []byte) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		n := 0
		for r := range records(data) {
			if n++; n > maxEntries {
				yield(Entry{Line: r.line, Err: ErrTooMany})
				return
			}
			e := Entry{Line: r.line}
			p, err := r.person()
			if err == nil {
				var some bool
				if e.Card, some = p.card(); !some {
					err = errors.New("it says nothing of a person")
				}
			}
			e.Err = err
			if !yield(e) {
				return
			}
		}
	}
}

// attribute is one line of a record, value still as it is written.
type attribute struct {
	name, value string
	coded       bool // in base64
	elsewhere   bool // at an address, which is never opened
}

// entryRecord is the lines between two empty ones.
type entryRecord struct {
	line       int
	attributes []attribute
	broken     bool
}

// records takes a file apart, joins folded lines and drops comments (RFC 2849 §2).
func records(data []byte) iter.Seq[entryRecord] {
	return func(yield func(entryRecord) bool) {
		var r entryRecord
		var logical []byte
		flush := func() {
			if len(logical) > 0 && logical[0] != '#' {
				r.add(string(logical))
			}
			logical = logical[:0]
		}
		number := 0
		for len(data) > 0 {
			var line []byte
			line, data, _ = bytes.Cut(data, []byte("\n"))
			line = bytes.TrimSuffix(line, []byte("\r"))
			number++
			if r.line == 0 && len(line) > 0 {
				r.line = number
			}
			switch {
			case len(line) > 0 && line[0] == ' ':
				if len(logical)+len(line) <= maxLine {
					logical = append(logical, line[1:]...)
				} else {
					r.broken = true
				}
				continue
			case len(line) == 0:
				flush()
				if r.whole() && !yield(r) {
					return
				}
				r = entryRecord{}
				continue
			}
			flush()
			logical = append(logical, line...)
		}
		flush()
		if r.whole() {
			yield(r)
		}
	}
}

// whole tells whether a record is an entry; a version line alone is none.
func (r *entryRecord) whole() bool { return len(r.attributes) > 0 || r.broken }

// add reads one logical line: name: value, name:: base64 or name:< address.
func (r *entryRecord) add(line string) {
	name, value, ok := strings.Cut(line, ":")
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), ";") // without options, such as a language
	if !ok || name == "" {
		r.broken = true
		return
	}
	if name == "version" && len(r.attributes) == 0 {
		return
	}
	a := attribute{name: name, value: value}
	switch {
	case strings.HasPrefix(value, ":"):
		a.coded, a.value = true, strings.TrimSpace(value[1:])
	case strings.HasPrefix(value, "<"):
		a.elsewhere = true
	default:
		a.value = strings.TrimLeft(value, " ")
	}
	r.attributes = append(r.attributes, a)
}

// bytes is the value as it is meant.
func (a *attribute) bytes() ([]byte, error) {
	if !a.coded {
		return []byte(a.value), nil
	}
	return base64.StdEncoding.DecodeString(a.value)
}

// numbers are the types of attributes that hold telephone numbers.
var numbers = map[string][]string{
	"telephonenumber": {"WORK"}, "homephone": {"HOME"}, "mobile": {"CELL"}, "cellphone": {"CELL"}, "pager": {"PAGER"}, "pagerphone": {"PAGER"},
	"facsimiletelephonenumber": {"FAX"}, "fax": {"FAX"},
}

// places are the attributes of postal addresses: which one, and which part of it.
var places = map[string][2]string{
	"street": {"WORK", "street"}, "postaladdress": {"WORK", "street"}, "streetaddress": {"WORK", "street"}, "mozillaworkstreet2": {"WORK", "street"},
	"l": {"WORK", "city"}, "locality": {"WORK", "city"}, "st": {"WORK", "region"}, "region": {"WORK", "region"}, "postalcode": {"WORK", "code"},
	"zip": {"WORK", "code"}, "c": {"WORK", "country"}, "countryname": {"WORK", "country"}, "co": {"WORK", "country"}, "postofficebox": {"WORK", "box"},
	"homestreet": {"HOME", "street"}, "mozillahomestreet": {"HOME", "street"}, "mozillahomestreet2": {"HOME", "street"},
	"mozillahomelocalityname": {"HOME", "city"}, "mozillahomestate": {"HOME", "region"}, "mozillahomepostalcode": {"HOME", "code"},
	"mozillahomecountryname": {"HOME", "country"}, "homepostaladdress": {"HOME", "street"},
}

// plain are attributes that stand for one thing.
var plain = map[string]string{
	"cn": "full", "commonname": "full", "displayname": "full", "givenname": "given", "sn": "family", "surname": "family", "mozillanickname": "nickname", "xmozillanickname": "nickname",
	"o": "organization", "company": "organization", "ou": "department", "department": "department", "departmentnumber": "department", "orgunit": "department",
	"title": "jobTitle", "description": "note", "notes": "note", "birthyear": "birthYear", "birthmonth": "birthMonth", "birthday": "birthDay",
}

// silent are attributes that are about the entry and not about the person.
var silent = []string{"dn", "objectclass", "modifytimestamp", "createtimestamp", "modifytime", "entryuuid", "changetype", "control", "mozillausehtmlmail", "xmozillausehtmlmail", "uid", "userpassword"}

// person reads a record.
func (r *entryRecord) person() (*person, error) {
	if r.broken {
		return nil, errors.New("a line of it is no attribute of LDIF")
	}
	p := &person{}
	birth := map[string]string{}
	var groups []*group
	for i := range r.attributes {
		a := &r.attributes[i]
		data, err := a.bytes()
		if err != nil {
			return nil, errors.New("the value of " + shortName(a.name) + " is not base64")
		}
		if a.name == "changetype" && !strings.EqualFold(strings.TrimSpace(string(data)), "add") {
			return nil, errors.New("it is a change to a directory and no contact")
		}
		if a.name == "objectclass" && strings.HasPrefix(strings.ToLower(string(data)), "groupof") {
			return nil, errors.New("it is a list of people: lists are not taken over")
		}
		if a.name == "jpegphoto" && !a.elsewhere {
			p.photo = data
			continue
		}
		if v := clean(string(data)); v != "" {
			groups = p.attribute(a, v, birth, groups)
		}
	}
	for _, g := range groups {
		p.take(g)
	}
	if birth["birthMonth"] != "" {
		if d, ok := date(orNoYear(birth["birthYear"]) + "-" + birth["birthMonth"] + "-" + birth["birthDay"]); ok {
			p.birthday = d
		}
	}
	return p, nil
}

// attribute puts one value where it belongs.
func (p *person) attribute(a *attribute, v string, birth map[string]string, groups []*group) []*group {
	name := a.name
	kind, known := plain[name]
	at, isPlace := places[name]
	types, isNumber := numbers[name]
	switch {
	case slices.Contains(silent, name):
	case a.elsewhere:
		p.note = append(p.note, name+": "+v)
	case strings.HasPrefix(kind, "birth"):
		birth[kind] = v
	case name == "displayname" || kind == "full" && p.full != "": // the one is what people see, the other what names the entry
		if name == "displayname" {
			p.full = v
		}
	case known:
		p.set(kind, name, v)
	case isNumber:
		p.phones = append(p.phones, typed{types: types, value: v})
	case isPlace:
		return gather(groups, column{kind: "place", part: at[1], types: []string{at[0]}, at: at[0]}, strings.ReplaceAll(v, "$", "\n"))
	case name == "mail" || name == "mozillasecondemail" || name == "xmozillasecondemail":
		p.mails = append(p.mails, typed{value: v})
	case name == "mozillaworkurl" || name == "workurl" || name == "labeleduri":
		p.urls = append(p.urls, typed{types: []string{"WORK"}, value: v})
	case name == "mozillahomeurl" || name == "homeurl":
		p.urls = append(p.urls, typed{types: []string{"HOME"}, value: v})
	default:
		p.note = append(p.note, shortName(name)+": "+v)
	}
	return groups
}

// shortName keeps a name that is none from filling a report.
func shortName(s string) string {
	if len(s) > 60 {
		s = s[:60]
	}
	return clean(s)
}

// Package vcard reads, checks, edits and converts vCards of version 3.0
// (RFC 2426) and 4.0 (RFC 6350). Cards of version 2.1 are read only so that they
// can be refused with a reason or upgraded by an import.
//
// Invariants:
//   - What was not edited comes back byte for byte: Bytes of a parsed card is its input.
//   - An edit writes only the property it touches anew.
//   - Parsing is bounded, never panics, and keeps what it does not understand.
//   - A Card that nobody edits is safe for concurrent readers; Clone before an edit
//     of a card that others may hold.
//   - The bytes given to Parse are not copied and must not change afterwards.
package vcard

import (
	"iter"
	"strings"

	"convoke/internal/contentline"
)

// Version is a vCard version as it stands in VERSION.
type Version string

// The versions there are. A card without VERSION is taken as 3.0, which is what
// RFC 6352 §6.2.2 assumes where nothing is said.
const (
	V21 Version = "2.1"
	V30 Version = "3.0"
	V40 Version = "4.0"
)

// Supported says whether cards of this version are stored and handed out.
func (v Version) Supported() bool { return v == V30 || v == V40 }

// Limits of one card. A photo is one line, so a line is bounded by the card only.
const (
	MaxProperties = 10000
	MaxParams     = 100
	MaxNesting    = 8 // AGENT cards within vCard 2.1
)

// Error says why a text is no valid vCard.
type Error struct {
	Line   int // physical line from 1; 0 if it is about the card as a whole
	Reason string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return "vCard: " + e.Reason
	}
	return "vCard line " + itoa(e.Line) + ": " + e.Reason
}

// VersionError says that a card is of a version that is not kept here.
type VersionError struct{ Version Version }

func (e *VersionError) Error() string {
	return "vCard version " + strings.ToValidUTF8(string(e.Version), "?") + " is not supported, only 3.0 and 4.0"
}

// Card is one vCard.
type Card struct {
	source  string // exact text as parsed; meaningless once edited
	head    string // raw BEGIN line
	tail    string // raw END line
	props   []Property
	version Version // as declared; empty without VERSION
	joined  bool    // quoted-printable lines were joined, so raw lines are not the source's
	edited  bool
}

// Property is one line of a card.
type Property struct {
	Group  string // without the dot; empty if none
	Name   string // upper-cased, without group
	Params string // encoded, from the first ";"; read with Param, Values and Types
	value  string
	raw    string // exact bytes; empty when made or edited here
	large  bool   // value must be read from raw
	nested bool   // belongs to a card within this card
}

// largeValue is the size from which the unfolded copy of a value is not kept.
const largeValue = 4096

// Version gives the declared version, 3.0 where none is declared.
func (c *Card) Version() Version {
	if c.version == "" {
		return V30
	}
	return c.version
}

// All gives the properties in order, VERSION included, BEGIN and END not.
func (c *Card) All() iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		for i := range c.props {
			if !c.props[i].nested && !yield(&c.props[i]) {
				return
			}
		}
	}
}

// Len is the number of properties At knows.
func (c *Card) Len() int { return len(c.props) }

// At gives the i-th property, nil for one that belongs to a nested card.
func (c *Card) At(i int) *Property {
	if c.props[i].nested {
		return nil
	}
	return &c.props[i]
}

// Named gives the properties of that name in order. A name with a group, such as
// "item1.TEL", matches that group only; one without matches any (RFC 6352 §10.5.1).
func (c *Card) Named(name string) iter.Seq[*Property] {
	n := ParseName(name)
	return func(yield func(*Property) bool) {
		for p := range c.All() {
			if n.Matches(p) && !yield(p) {
				return
			}
		}
	}
}

// Prop gives the first property of that name, nil if there is none.
func (c *Card) Prop(name string) *Property {
	for p := range c.Named(name) {
		return p
	}
	return nil
}

// Text gives the text of the first property of that name, or an empty string.
func (c *Card) Text(name string) string {
	if p := c.Prop(name); p != nil {
		return p.Text()
	}
	return ""
}

// UID gives the card's unique identifier as sent, without blanks around it.
func (c *Card) UID() string { return strings.TrimSpace(c.Text("UID")) }

// Name is a property name as queries give it, perhaps with a group.
type Name struct{ Group, Name string }

// ParseName cuts a name such as "item1.TEL" and brings it into the form compared.
func ParseName(s string) Name {
	group := ""
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		group, s = s[:i], s[i+1:]
	}
	return Name{Group: group, Name: contentline.Upper(strings.TrimSpace(s))}
}

// Matches reports whether a property goes by this name, RFC 6352 §10.4.2.
func (n Name) Matches(p *Property) bool {
	return p.Name == n.Name && (n.Group == "" || strings.EqualFold(n.Group, p.Group))
}

// Value gives the value unfolded and still escaped.
func (p *Property) Value() string {
	if !p.large {
		return p.value
	}
	var line contentline.Line
	s := contentline.NewScanner(p.raw, contentline.Limits{Params: MaxParams})
	s.Scan(&line)
	return line.Value
}

// Text gives the value as people read it: unescaped, quoted-printable decoded.
func (p *Property) Text() string {
	if p.quotedPrintable() {
		return decodeQuotedPrintable(p.Value(), p.Param("CHARSET"))
	}
	return Unescape(p.Value())
}

// Components splits a compound value such as that of N and ADR and unescapes each part.
func (p *Property) Components() []string { return splitText(p.Value(), ';') }

// List splits a value such as that of NICKNAME at its commas and unescapes each part.
func (p *Property) List() []string { return splitText(p.Value(), ',') }

// Param gives the first value of a parameter, or an empty string.
func (p *Property) Param(name string) string {
	if p.Params == "" {
		return ""
	}
	v, _ := contentline.Lookup(p.Params, name)
	return v
}

// HasParam reports whether a parameter is there, with or without a value.
func (p *Property) HasParam(name string) bool {
	if p.Params == "" {
		return false
	}
	_, ok := contentline.Lookup(p.Params, name)
	return ok
}

// Values gives all values of a parameter, which may stand there more than once; false if it doesn't at all.
func (p *Property) Values(name string) (values []string, ok bool) {
	if p.Params == "" {
		return nil, false
	}
	for param := range contentline.All(p.Params) {
		if strings.EqualFold(param.Name, name) {
			ok = true
			values = append(values, param.Values...)
		}
	}
	return values, ok
}

// Types gives the values of TYPE in lower case: `TYPE=a,b`, `TYPE=a;TYPE=b` and
// `TYPE="a,b"` are the same.
func (p *Property) Types() []string {
	if p.Params == "" {
		return nil
	}
	var list []string
	for param := range contentline.All(p.Params) {
		if param.Name != "TYPE" {
			continue
		}
		for _, v := range param.Values {
			for one := range strings.SplitSeq(v, ",") {
				if one = strings.ToLower(strings.TrimSpace(one)); one != "" {
					list = append(list, one)
				}
			}
		}
	}
	return list
}

// Preferred says whether a property is marked as the preferred one of its kind,
// in the manner of either version (RFC 2426 §3.3.1, RFC 6350 §5.3).
func (p *Property) Preferred() bool {
	if p.Param("PREF") == "1" {
		return true
	}
	for _, t := range p.Types() {
		if t == "pref" {
			return true
		}
	}
	return false
}

func (p *Property) quotedPrintable() bool {
	if p.Params == "" {
		return false
	}
	v, _ := contentline.Lookup(p.Params, "ENCODING")
	return strings.EqualFold(v, "QUOTED-PRINTABLE") || p.HasParam("QUOTED-PRINTABLE")
}

func itoa(n int) string {
	if n >= 10 {
		return itoa(n/10) + string(rune('0'+n%10))
	}
	return string(rune('0' + n%10))
}

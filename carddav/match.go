package carddav

import (
	"bytes"
	"slices"
	"strings"
	"sync/atomic"

	"convoke/internal/vcard"
)

// card is a parsed card as it is kept with its object. The texts that queries compare are folded
// once; a card is safe for concurrent readers.
type card struct {
	*vcard.Card
	folded []atomic.Pointer[string] // by property, i;unicode-casemap
}

func newCard(c *vcard.Card) *card {
	return &card{Card: c, folded: make([]atomic.Pointer[string], c.Len())}
}

// cost is what a card weighs beside the bytes of its object, which it shares.
func (c *card) cost() int { return 200 + 150*c.Len() }

// text gives the folded text of the i-th property.
func (c *card) text(i int, p *vcard.Property, by *collation) string {
	if by != unicodeCasemap {
		return by.fold(p.Text())
	}
	if s := c.folded[i].Load(); s != nil {
		return *s
	}
	s := by.fold(p.Text())
	if len(s) <= maxKeptText {
		c.folded[i].Store(&s)
	}
	return s
}

// maxKeptText is the longest folded text that is kept: names and addresses, but no photos.
const maxKeptText = 512

// matches tells whether the card passes the filter, RFC 6352 §10.5.
func (f *filter) matches(c *card) bool {
	if len(f.props) == 0 {
		return true
	}
	for i := range f.props {
		if f.props[i].matches(c) != f.all {
			return !f.all
		}
	}
	return f.all
}

// matches asks for one property that passes the tests, or for none at all, RFC 6352 §10.5.1.
func (f *propFilter) matches(c *card) bool {
	for i := range c.Len() {
		p := c.At(i)
		if p == nil || !f.name.Matches(p) {
			continue
		}
		if f.notDefined {
			return false
		}
		if f.passes(c, i, p) {
			return true
		}
	}
	return f.notDefined
}

// passes judges one property by the text-matches and param-filters together.
func (f *propFilter) passes(c *card, i int, p *vcard.Property) bool {
	if len(f.texts) == 0 && len(f.params) == 0 {
		return true
	}
	for k := range f.texts {
		if f.texts[k].matchesProperty(c, i, p) != f.all {
			return !f.all
		}
	}
	for k := range f.params {
		if f.params[k].matches(p) != f.all {
			return !f.all
		}
	}
	return f.all
}

// matchesProperty compares the text of a property. The values of a list, such as nicknames, count
// one by one too: a card with the nicknames "me,myself" has the nickname "me".
func (m *textMatch) matchesProperty(c *card, i int, p *vcard.Property) bool {
	text := c.text(i, p, m.collation)
	found := m.compare(text)
	if !found && m.how != contains && (p.Name == "NICKNAME" || p.Name == "CATEGORIES") {
		for _, one := range p.List() {
			if m.compare(m.collation.fold(strings.TrimSpace(one))) {
				found = true
				break
			}
		}
	}
	return found != m.negate
}

func (m *textMatch) compare(text string) bool {
	switch m.how {
	case equals:
		return text == m.needle
	case startsWith:
		return strings.HasPrefix(text, m.needle)
	case endsWith:
		return strings.HasSuffix(text, m.needle)
	}
	return strings.Contains(text, m.needle)
}

// matches tests one parameter, RFC 6352 §10.5.2: one of its values must match.
func (f *paramFilter) matches(p *vcard.Property) bool {
	values, defined := p.Values(f.name)
	switch {
	case f.notDefined:
		return !defined
	case !defined:
		return false
	case f.text == nil:
		return true
	}
	found := slices.ContainsFunc(values, func(v string) bool { return f.text.compare(f.text.collation.fold(v)) })
	return found != f.text.negate
}

// probe is what the text of a card must hold to match a filter, looked for before the card is parsed: one of the
// needles. An empty probe asks for nothing.
type probe struct {
	needles [][]byte // as reduce leaves them
	scratch []byte
}

// maxProbedBytes is the size above which a card is looked through for a photo, which is left out of what is searched.
const maxProbedBytes = 4 << 10

// probeOf finds what a filter needs: of tests that all must hold one is enough, of tests that are
// alternatives each must have a needle.
func probeOf(f *filter) *probe {
	var each [][]string
	for i := range f.props {
		each = append(each, needlesOfProp(&f.props[i]))
	}
	needles := combine(each, f.all)
	slices.Sort(needles)
	var p probe
	for _, n := range slices.Compact(needles) {
		p.needles = append(p.needles, []byte(n))
	}
	return &p
}

func needlesOfProp(f *propFilter) []string {
	if f.notDefined {
		return nil
	}
	var each [][]string
	for i := range f.texts {
		each = append(each, needleOf(&f.texts[i]))
	}
	for range f.params {
		each = append(each, nil)
	}
	return combine(each, f.all)
}

// combine joins the needles of several tests; nil means that there is nothing to look for.
func combine(each [][]string, all bool) []string {
	var joined []string
	for _, needles := range each {
		switch {
		case all && needles != nil:
			return needles
		case !all && needles == nil:
			return nil
		}
		joined = append(joined, needles...)
	}
	return joined
}

// needleOf gives the text of a match if it stands in the bytes of every card that passes, whatever
// the case: no character of it is ever escaped, and folding to it keeps to ASCII.
func needleOf(m *textMatch) []string {
	if m.negate || len(m.needle) < 2 {
		return nil
	}
	for i := 0; i < len(m.needle); i++ {
		c := m.needle[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && c != '@' && c != '.' && c != '-' && c != '_' && c != ' ' {
			return nil
		}
	}
	needle := strings.ToLower(strings.ReplaceAll(m.needle, " ", ""))
	if needle == "" {
		return nil
	}
	return []string{needle}
}

// refutes tells that a card with these bytes cannot pass the filter.
func (p *probe) refutes(data []byte) bool {
	if len(p.needles) == 0 {
		return false
	}
	var plain bool
	if p.scratch, plain = reduce(p.scratch[:0], data); !plain {
		return false
	}
	return !slices.ContainsFunc(p.needles, func(needle []byte) bool { return bytes.Contains(p.scratch, needle) })
}

var quotedPrintable = []byte("quoted-printable")

// reduced is what becomes of a byte for the search: white space, which folds lines too, is left out (0), and so is
// case.
var reduced = func() (t [256]byte) {
	for c := range t {
		switch b := byte(c); {
		case b <= ' ':
		case 'A' <= b && b <= 'Z':
			t[c] = b - 'A' + 'a'
		default:
			t[c] = b
		}
	}
	return t
}()

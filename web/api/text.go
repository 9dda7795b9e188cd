package api

import (
	"context"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"convoke/internal/icalendar"
	"convoke/internal/vcard"
	"convoke/storage"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxTextBytes bounds what is kept to search by, in bytes of text, of one collection and of all together. Of a collection
// that has more, the rest is read at each search.
const maxTextBytes = 32 << 20

// maxObjectText bounds what is searched of one object.
const maxObjectText = 16 << 10

// texts keeps what is searched of the objects of the collections that were searched last, as fold leaves it.
type texts struct {
	most  int // bytes
	mu    sync.Mutex
	books map[int64]*texted
	bytes int // of all books
	turn  int64
}

// texted is what is searched of one collection. Its lock is held while it is brought up to date and read.
type texted struct {
	mu    sync.Mutex
	of    map[string]line // by name of the object
	bytes int
	used  int64
}

// line is what is searched of an object in one version.
type line struct {
	change uint64
	text   string
}

func newTexts() *texts { return &texts{most: maxTextBytes, books: map[int64]*texted{}} }

// set keeps the text of an object, in place of an earlier one, if there is room for it within most bytes.
func (b *texted) set(name string, l line, most int) (kept bool) {
	if before, ok := b.of[name]; ok {
		b.bytes -= len(name) + len(before.text)
		delete(b.of, name)
	}
	if b.bytes+len(name)+len(l.text) > most {
		return false
	}
	b.bytes += len(name) + len(l.text)
	b.of[strings.Clone(name)] = l
	return true
}

// hits gives the members of a listing whose text has all the words, each found by yield until that says no.
func (t *texts) hits(ctx context.Context, store *storage.Store, l *storage.Listing, words []string, yield func(*storage.Member) bool) error {
	b := t.book(l.CollectionID())
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.bytes
	defer func() { t.bound(l.CollectionID(), b, b.bytes-before) }()
	if len(b.of) > 2*l.Len()+64 { // most of it is of what is gone
		b.of, b.bytes = map[string]line{}, 0
	}
	var ahead []string
	passing := map[string]bool{} // what has the words, of objects whose text is not kept
	for m := range l.All() {
		if have, ok := b.of[m.Name]; !ok || have.change != m.Change {
			ahead = append(ahead, m.Name)
		}
	}
	err := store.ObjectsNamed(ctx, l.CollectionID(), ahead, func(name string, o *storage.Object) error {
		if o == nil {
			return nil
		}
		text := fold(textOf(o))
		if !b.set(name, line{o.Change, text}, t.most) && hasAll(text, words) {
			passing[name] = true
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for m := range l.All() {
		if (passing[m.Name] || hasAll(b.of[m.Name].text, words)) && !yield(m) {
			return nil
		}
	}
	return nil
}

// book finds or begins the text of a collection, and marks it as used last.
func (t *texts) book(id int64) *texted {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.books[id]
	if b == nil {
		b = &texted{of: map[string]line{}}
		t.books[id] = b
	}
	t.turn++
	b.used = t.turn
	return b
}

// bound counts what a collection grew by and forgets others beyond the bound, those first that were not used longest. The
// caller holds its lock. One that was forgotten before that is read to its end, and counts no more.
func (t *texts) bound(keep int64, book *texted, grown int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.books[keep] != book {
		return
	}
	t.bytes += grown
	for t.bytes > t.most && len(t.books) > 1 {
		oldest := int64(0)
		for id, b := range t.books {
			if id != keep && (oldest == 0 || b.used < t.books[oldest].used) {
				oldest = id
			}
		}
		b := t.books[oldest]
		if b == nil || !b.mu.TryLock() {
			return // in use: the next search looks again
		}
		t.bytes -= b.bytes
		delete(t.books, oldest)
		b.mu.Unlock()
	}
}

func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return text != ""
}

// fold takes case and accents out of a text.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(cases.Fold().String(s)))
}

// textOf is what is searched of an object: what people write and read in it.
func textOf(o *storage.Object) string {
	var b strings.Builder
	add := func(s string) {
		if left := maxObjectText - b.Len(); s != "" && left > 0 {
			b.WriteString(s[:min(len(s), left)])
			b.WriteByte('\n')
		}
	}
	if isCard(o.Data) {
		card, err := vcard.Parse(o.Data)
		if err != nil {
			return ""
		}
		for _, name := range []string{"FN", "N", "NICKNAME", "EMAIL", "TEL", "ORG", "TITLE", "NOTE", "ADR", "CATEGORIES"} {
			for p := range card.Named(name) {
				add(p.Text())
				if name == "TEL" {
					add(digits(p.Text()))
				}
			}
		}
		return b.String()
	}
	p, err := parsed(o)
	if err != nil {
		return ""
	}
	for c := range p.Parts() {
		if c.Name == icalendar.TimeZone {
			continue
		}
		for _, q := range c.Props {
			switch q.Name {
			case "SUMMARY", "LOCATION", "DESCRIPTION", "COMMENT", "CATEGORIES":
				add(q.Text())
			case "ATTENDEE", "ORGANIZER":
				add(q.Param("CN"))
				add(bare(q.Value))
			}
		}
	}
	return b.String()
}

// digits are those of a telephone number, which is spelled in many ways.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// parsed gives the parsed form of a calendar object: the one that is kept with it, if there is one.
func parsed(o *storage.Object) (*icalendar.Object, error) {
	if p, ok := o.Memo().(*icalendar.Object); ok {
		return p, nil
	}
	return icalendar.Parse(o.Data)
}

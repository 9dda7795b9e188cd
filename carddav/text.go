package carddav

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"unicode/utf8"

	"convoke/storage"
)

// Bounds of what is kept to search by, in bytes of text: of one book, and of all.
const (
	maxBookText = 8 << 20
	maxTexts    = 16 << 20
)

// bookText is the text of an address book at one change, laid end to end as reduce leaves it, so that a search reads
// memory once from front to back and touches only the cards that may match. What it holds never changes; a newer one
// may share its memory and add to it.
type bookText struct {
	from    uint64 // the change it was made anew at: it knows no card replaced before
	change  uint64
	text    []byte            // each card followed by a zero byte
	ends    []int             // of each card in text, behind its zero byte
	members []*storage.Member // of each card; those that were replaced since stay until the text is made anew
	open    []int             // cards that only a parser can judge
}

// texts keeps the texts of the books that were searched last.
type texts struct {
	mu    sync.Mutex
	books []*kept // the last used last
}

// kept is the text of one book. Its lock is held while the text is brought up to date.
type kept struct {
	collection int64
	mu         sync.Mutex
	text       *bookText
	tooLarge   bool
}

// of gives the text of a listing, or nil for a book too large to keep one.
func (t *texts) of(ctx context.Context, store *storage.Store, l *storage.Listing) (*bookText, error) {
	k := t.book(l.CollectionID())
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.text != nil && k.text.from <= l.Change() && l.Change() <= k.text.change:
		return k.text, nil
	case k.text != nil && l.Change() < k.text.from, k.tooLarge:
		return nil, nil
	}
	next, err := k.text.upTo(ctx, store, l)
	if err != nil {
		return nil, err
	}
	if len(next.text) > maxBookText {
		k.text, k.tooLarge = nil, true
		return nil, nil
	}
	k.text = next
	t.bound()
	return next, nil
}

// book finds or begins the text of a book, and marks it as used last.
func (t *texts) book(collection int64) *kept {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.books, func(k *kept) bool { return k.collection == collection })
	if at < 0 {
		t.books = append(t.books, &kept{collection: collection})
		return t.books[len(t.books)-1]
	}
	k := t.books[at]
	t.books = append(slices.Delete(t.books, at, at+1), k)
	return k
}

// bound forgets the texts that were not used longest, beyond what may be kept. The one in use stays, as its holder
// has its lock; others that are in use now are not waited for, and count when they are used again.
func (t *texts) bound() {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := 0
	for i := len(t.books) - 1; i >= 0; i-- {
		k := t.books[i]
		if !k.mu.TryLock() {
			total += maxBookText / 4
			continue
		}
		if k.text != nil {
			total += cap(k.text.text)
		}
		drop := total > maxTexts || len(t.books)-i > 1000
		k.mu.Unlock()
		if drop {
			t.books = slices.Delete(t.books, 0, i+1)
			return
		}
	}
}

// upTo gives the text of a listing, made from the one of an earlier listing where there is one. A nil text is none.
func (b *bookText) upTo(ctx context.Context, store *storage.Store, l *storage.Listing) (*bookText, error) {
	next := &bookText{from: l.Change(), change: l.Change()}
	since := uint64(0)
	if b != nil && len(b.members) < 2*l.Len()+64 {
		*next, since = *b, b.change
		next.change = l.Change()
	}
	for m, deleted := range l.Since(since) {
		if deleted {
			continue
		}
		o, err := store.ObjectOf(ctx, m)
		if errors.Is(err, storage.ErrNotFound) {
			continue // replaced meanwhile: the newer listing has it
		}
		if err != nil {
			return nil, err
		}
		next.add(m, o.Data)
		if len(next.text) > maxBookText {
			return next, nil
		}
	}
	return next, nil
}

// add appends a card.
func (b *bookText) add(m *storage.Member, data []byte) {
	from := len(b.text)
	var plain bool
	b.text, plain = reduce(b.text, withoutMedia(data))
	if !plain {
		b.text = b.text[:from]
		b.open = append(b.open, len(b.members))
	}
	b.text = append(b.text, 0)
	b.ends = append(b.ends, len(b.text))
	b.members = append(b.members, m)
}

// candidates gives the members of the listing that may hold one of the needles, in the order of their last change.
func (b *bookText) candidates(l *storage.Listing, needles [][]byte) []*storage.Member {
	found := slices.Clone(b.open)
	for _, needle := range needles {
		found = b.find(found, needle)
	}
	slices.Sort(found)
	var list []*storage.Member
	for _, i := range slices.Compact(found) {
		m := b.members[i]
		if now, ok := l.Member(m.Name); ok && now.Change == m.Change {
			list = append(list, now)
		}
	}
	return list
}

// find appends the cards whose text holds the needle.
func (b *bookText) find(found []int, needle []byte) []int {
	for from, card := 0, 0; card < len(b.ends); {
		at := bytes.Index(b.text[from:], needle)
		if at < 0 {
			break
		}
		ahead, _ := slices.BinarySearch(b.ends[card:], from+at+1)
		card += ahead
		found = append(found, card)
		from = b.ends[card]
		card++
	}
	return found
}

// reduce appends to text what of a card is searched: no white space, which folds lines too, and no case. False if it
// takes a parser to search it: letters beyond ASCII may fold into ASCII, quoted-printable hides text.
func reduce(text, data []byte) ([]byte, bool) {
	from, all := len(text), byte(0)
	text = slices.Grow(text, len(data)+1)
	n := from
	whole := text[:cap(text)]
	for _, c := range data {
		all |= c
		r := reduced[c]
		whole[n] = r
		if r != 0 {
			n++
		}
	}
	text = whole[:n]
	return text, all < utf8.RuneSelf && !bytes.Contains(text[from:], quotedPrintable)
}

// media are the properties whose values are pictures, sounds and keys: text that nobody searches.
var media = []string{"PHOTO", "LOGO", "SOUND", "KEY"}

// withoutMedia leaves out the lines of media; without any it gives data itself.
func withoutMedia(data []byte) []byte {
	if len(data) <= maxProbedBytes || bytes.Count(data, []byte("\r")) != bytes.Count(data, []byte("\r\n")) {
		return data
	}
	kept := make([]byte, 0, maxProbedBytes)
	skip := false
	for line := range bytes.Lines(data) {
		if line[0] != ' ' && line[0] != '\t' {
			skip = isMedia(line)
		}
		if !skip {
			kept = append(kept, line...)
		}
	}
	return kept
}

// isMedia tells whether a content line is of a property of media.
func isMedia(line []byte) bool {
	name := line
	if end := bytes.IndexAny(line, ":;"); end >= 0 {
		name = line[:end]
	}
	if dot := bytes.LastIndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	return slices.ContainsFunc(media, func(m string) bool { return bytes.EqualFold(name, []byte(m)) })
}

package api

import (
	"fmt"
	"strings"
	"testing"

	"convoke/storage"
)

// holds is how much text is kept, counted anew; it fails where that is not what the books say.
func (f *fixture) holds() int {
	f.t.Helper()
	all := 0
	for id, b := range f.texts.books {
		n := 0
		for name, l := range b.of {
			n += len(name) + len(l.text)
		}
		if n != b.bytes {
			f.t.Errorf("collection %d holds %d bytes and counts %d", id, n, b.bytes)
		}
		all += n
	}
	if all != f.texts.bytes {
		f.t.Errorf("%d bytes are held and %d counted", all, f.texts.bytes)
	}
	return all
}

// What is kept to search by is counted as it is, through changes and what is forgotten.
func TestTextIsCounted(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 5 {
		f.put("alice", "default", "a.ics", vevent("a", monday, fmt.Sprintf("SUMMARY:Word %s", strings.Repeat("x", 50-10*i))))
		if got := f.search("alice", "word", ""); len(got) != 1 {
			t.Fatalf("found %v", got)
		}
	}
	f.holds()
	// A book that is forgotten by another search before it is read counts no more.
	id := f.calendar("alice", "default").ID
	gone := f.texts.book(id)
	f.texts.bytes -= gone.bytes
	delete(f.texts.books, id)
	f.texts.bound(id, gone, 1000)
	f.holds()
}

// However much there is in a collection, no more than the bound is kept of it, and all of it is found.
func TestTextIsBounded(t *testing.T) {
	f := newFixture(t, nil)
	f.texts.most = 1000
	for i := range 20 {
		name := fmt.Sprintf("e%d", i)
		f.put("alice", "default", name+".ics", vevent(name, monday, "SUMMARY:Word "+strings.Repeat("x", 100)))
	}
	for range 2 {
		if got := f.search("alice", "word", "&limit=100"); len(got) != 20 {
			t.Errorf("found %d of 20", len(got))
		}
		if n := f.holds(); n > 1000 {
			t.Errorf("%d bytes are kept", n)
		}
	}
	long := strings.Repeat("x", maxObjectText-10)
	if n := len(textOf(&storage.Object{Data: crlf(vevent("long", monday, "SUMMARY:"+long, "DESCRIPTION:"+long))})); n > maxObjectText+1 {
		t.Errorf("%d bytes of one object are searched", n)
	}
}

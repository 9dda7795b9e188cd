package caldav

import "bytes"

// words are pieces of text that an object's bytes must hold for a filter to match it: a search through bytes costs a
// tenth of reading the object. It may be wrong in one way only, and let an object through that does not match.
//
// Both sides are compared without white space, backslashes and case, so that folds (RFC 5545 §3.1) and escapes
// (§3.3.11) make no difference.
type words struct {
	ascii   [][]byte // of collations that leave what is not ASCII alone
	unicode [][]byte // of i;unicode-casemap: nothing is known of objects that are not all ASCII
	scratch []byte
}

// newWords collects the text-matches that must all hold; nil if there are none.
func newWords(f *compFilter) *words {
	var w words
	w.collect(f)
	if len(w.ascii)+len(w.unicode) == 0 {
		return nil
	}
	return &w
}

// collect takes in the tests of f and of the filters in it, which are all joined by "and" (RFC 4791 §9.7.1).
func (w *words) collect(f *compFilter) {
	if f.notDefined {
		return
	}
	for i := range f.props {
		t := f.props[i].text
		if t == nil || t.negate {
			continue
		}
		word := longestWord(t.needle)
		switch {
		case len(word) == 0:
		case t.collation.name == "i;unicode-casemap":
			w.unicode = append(w.unicode, word)
		default:
			w.ascii = append(w.ascii, word)
		}
	}
	for i := range f.comps {
		w.collect(&f.comps[i])
	}
}

// longestWord is the longest piece of a needle that stands in the bytes as reduce leaves them: printable ASCII with
// blanks, which reduce leaves out.
func longestWord(needle string) []byte {
	best, from := "", 0
	for i := 0; i <= len(needle); i++ {
		if i < len(needle) && (needle[i] == ' ' || needle[i] == '\t' || needle[i] < 0x80 && reduced[needle[i]] != 0) {
			continue
		}
		if i-from > len(best) {
			best = needle[from:i]
		}
		from = i + 1
	}
	word, _ := reduce(nil, []byte(best))
	return word
}

// reduced is what becomes of a byte: 0 is left out.
var reduced = func() (t [256]byte) {
	for c := range t {
		switch b := byte(c); {
		case b <= ' ' || b == 0x7f || b == '\\':
		case 'a' <= b && b <= 'z':
			t[c] = b - 'a' + 'A'
		default:
			t[c] = b
		}
	}
	return t
}()

// reduce gives data without white space, control characters, backslashes and case, in place of buf. It tells
// whether all of it is ASCII.
func reduce(buf, data []byte) (_ []byte, ascii bool) {
	if cap(buf) < len(data) {
		buf = make([]byte, len(data)+len(data)/2)
	}
	buf = buf[:len(data)]
	n, all := 0, byte(0)
	for _, c := range data {
		all |= c
		r := reduced[c]
		buf[n] = r
		if r != 0 {
			n++
		}
	}
	return buf[:n], all < 0x80
}

// in tells whether an object of these bytes may match.
func (w *words) in(data []byte) bool {
	var ascii bool
	w.scratch, ascii = reduce(w.scratch[:0], data)
	for _, word := range w.ascii {
		if !bytes.Contains(w.scratch, word) {
			return false
		}
	}
	if ascii {
		for _, word := range w.unicode {
			if !bytes.Contains(w.scratch, word) {
				return false
			}
		}
	}
	return true
}

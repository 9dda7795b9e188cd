package vcard

import (
	"bytes"
	"testing"
)

// FuzzParse holds the laws of the package: no panic, unedited bytes come back, what is
// written is read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(card("3.0", "FN:A", "UID:1", "item1.X-ABLabel:x", "PHOTO;BASE64:\r\n AAAA")))
	f.Add([]byte(card("4.0", "FN:A", "UID:1", "ANNIVERSARY:20090808", "ADR;LABEL=a^nb:;;;;;;")))
	f.Add([]byte(card("2.1", "N:A;B", "NOTE;QUOTED-PRINTABLE:a=\r\nb")))
	f.Add([]byte(card("4.0", "KIND:group", "MEMBER:urn:uuid:1", "N;SORT-AS=\"a,b\":;;;;", "GEO:geo:1,2", "BDAY:--0415")))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(bytes.Clone(data))
		if err != nil {
			return
		}
		if !bytes.Equal(c.Bytes(), data) {
			t.Fatalf("bytes changed: %q", data)
		}
		for p := range c.All() {
			_, _, _, _ = p.Text(), p.Types(), p.Components(), p.Preferred()
		}
		for _, v := range []Version{V30, V40} {
			out, err := c.Convert(v)
			if err != nil {
				continue
			}
			if c.Version() == v && c.version != "" {
				continue
			}
			if d, err := Parse(out); err != nil || d.Version() != v {
				t.Fatalf("converted to %s: %v\n%q", v, err, out)
			}
		}
	})
}

func FuzzParseStream(f *testing.F) {
	f.Add([]byte(card("3.0", "FN:A") + "junk\r\n" + card("2.1", "FN:B")))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for it := range ParseStream(data) {
			if (it.Card == nil) == (it.Err == nil) {
				t.Fatal("neither card nor error")
			}
			n += len(it.Raw)
		}
		if n > len(data) {
			t.Fatal("more text than there was")
		}
	})
}

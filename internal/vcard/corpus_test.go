package vcard

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus gives the folder of real-world vCards, or skips the test without it.
func corpus(t testing.TB) string {
	root := os.Getenv("CONVOKE_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	dir := filepath.Join(root, "vcard")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus; set CONVOKE_CORPUS")
	}
	return dir
}

// eachCard calls f with every card of the corpus.
func eachCard(t testing.TB, f func(path string, it Item)) {
	dir := corpus(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(strings.ToUpper(path), "LICENSE") || strings.Contains(path, "COPYING") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for it := range ParseStream(data) {
			f(strings.TrimPrefix(path, dir), it)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every card of the corpus is definitely accepted or refused; an accepted one comes
// back byte for byte, survives both conversions, and becomes storable when completed.
func TestCorpus(t *testing.T) {
	good, bad := 0, 0
	eachCard(t, func(path string, it Item) {
		if it.Err != nil {
			bad++
			t.Logf("refused %s: %v", path, it.Err)
			return
		}
		good++
		c := it.Card
		if !bytes.Equal(c.Bytes(), it.Raw) {
			t.Errorf("%s: bytes changed", path)
		}
		if c.Version() == "1.1.4" {
			return
		}
		three, err := c.Convert(V30)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		d, err := Parse(three)
		if err != nil {
			t.Errorf("%s: own 3.0 is not read: %v\n%s", path, err, three)
			return
		}
		d.Complete("made")
		if err := d.Validate(); err != nil {
			t.Errorf("%s: own 3.0: %v", path, err)
		}
		four, err := d.Convert(V40)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		if e, err := Parse(four); err != nil || e.Validate() != nil || e.UID() != d.UID() {
			t.Errorf("%s: own 4.0: %v", path, err)
		}
	})
	t.Logf("%d accepted, %d refused", good, bad)
	if good < 170 {
		t.Errorf("only %d cards accepted", good)
	}
}

// Names that no conversion touches must all be there after it, in order.
func TestCorpusConversionDropsNothing(t *testing.T) {
	eachCard(t, func(path string, it Item) {
		if it.Err != nil || !it.Card.Version().Supported() {
			return
		}
		to := V40
		if it.Card.Version() == V40 {
			to = V30
		}
		data, err := it.Card.Convert(to)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		c, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		have := map[string]int{}
		for p := range c.All() {
			have[p.Name+":"+p.Text()]++
		}
		for p := range it.Card.All() {
			switch p.Name {
			case "VERSION", "KIND", "MEMBER", appleKind, appleMember, appleShowAs, "PHOTO", "LOGO", "SOUND", "KEY", "BDAY",
				"ANNIVERSARY", "REV", "GEO", "TEL", "LABEL", "SORT-STRING", appleLabel, appleDate:
				continue
			}
			if !p.quotedPrintable() && have[p.Name+":"+p.Text()] == 0 {
				t.Errorf("%s: lost %s %q", path, p.Name, p.Text())
			}
		}
	})
}

// Every card of the corpus that is one at all can be imported.
func TestCorpusAdopt(t *testing.T) {
	good := 0
	eachCard(t, func(path string, it Item) {
		c, err := Adopt(it.Raw, "made")
		if err != nil {
			t.Logf("not adopted %s:%d: %v", path, it.Line, err)
			return
		}
		good++
		if again, err := Parse(c.Bytes()); err != nil || again.Validate() != nil {
			t.Errorf("%s: adopted, but not valid: %v", path, err)
		}
	})
	if good < 245 {
		t.Errorf("only %d cards adopted", good)
	}
}

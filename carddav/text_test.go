package carddav

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"convoke/internal/vcard"
)

// anyCard is a card of few words, so that searches find some: plain, folded, beyond ASCII, quoted-printable, with a photo.
func anyCard(t testing.TB, r *rand.Rand, uid int) []byte {
	words := []string{"Ada", "Bob", "GRÜN", "Kelvin", "adab"}
	word := func() string { return words[r.IntN(len(words))] }
	lines := []string{fmt.Sprintf("UID:%d", uid), "FN:" + word() + " " + word(), "EMAIL:" + word() + "@example.org"}
	switch r.IntN(6) {
	case 0:
		lines = append(lines, "NOTE:"+word()[:2]+"\r\n "+word())
	case 1:
		lines = append(lines, "NOTE;ENCODING=QUOTED-PRINTABLE:=42ob")
	case 2:
		lines = append(lines, "PHOTO;ENCODING=b;TYPE=JPEG:Ada"+strings.Repeat("\r\n QUJD", 1000), "NOTE:"+word())
	}
	return cardOf(t, lines...)
}

// Whatever was written, replaced and removed in between, and however many look at once, a query finds exactly the cards
// that pass the filter (RFC 6352 §8.6).
func TestQueryAfterChanges(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	h := handler(open(t))
	now := map[string][]byte{}
	filters := []string{
		`<C:prop-filter name="FN"><C:text-match>ada</C:text-match></C:prop-filter>`,
		`<C:prop-filter name="EMAIL"><C:text-match>bob@</C:text-match></C:prop-filter><C:prop-filter name="NOTE"><C:text-match>kelv</C:text-match></C:prop-filter>`,
		`<C:prop-filter name="NOTE"><C:text-match>bob</C:text-match></C:prop-filter>`,
		`<C:prop-filter name="PHOTO"><C:text-match>ada</C:text-match></C:prop-filter>`,
		`<C:prop-filter name="FN"><C:text-match>Grün</C:text-match></C:prop-filter>`,
	}
	name := regexp.MustCompile(`<D:href>` + aliceBook + `([^<]+)</D:href>`)
	ask := func(filter string) []string {
		_, body := do(t, h, "REPORT", aliceBook, `<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">`+
			`<D:prop><D:getetag/></D:prop><C:filter>`+filter+`</C:filter></C:addressbook-query>`, "Depth", "1")
		var names []string
		for _, m := range name.FindAllStringSubmatch(body, -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return names
	}
	for round := range 40 {
		for range 1 + r.IntN(12) {
			uid := r.IntN(60)
			file := fmt.Sprintf("%d.vcf", uid)
			if r.IntN(4) == 0 && now[file] != nil {
				do(t, h, "DELETE", aliceBook+file, "")
				delete(now, file)
				continue
			}
			data := anyCard(t, r, uid)
			if code, body := do(t, h, "PUT", aliceBook+file, string(data)); code/100 != 2 {
				t.Fatalf("%d %s", code, body)
			}
			now[file] = data
		}
		var all sync.WaitGroup
		for _, filter := range filters {
			all.Go(func() {
				f := mustFilter(t, "<filter>"+strings.ReplaceAll(filter, "C:", "")+"</filter>")
				var want []string
				for _, file := range slices.Sorted(maps.Keys(now)) {
					if c, err := vcard.Parse(now[file]); err == nil && f.matches(newCard(c)) {
						want = append(want, file)
					}
				}
				if got := ask(filter); !slices.Equal(got, want) {
					t.Errorf("seed %d, round %d, %s:\ngot  %v\nwant %v", seed, round, filter, got, want)
				}
			})
		}
		all.Wait()
	}
}

// Texts are bounded over all books: what was not searched longest goes first.
func TestTextsAreBounded(t *testing.T) {
	var x texts
	for i := range int64(10) {
		k := x.book(i)
		k.text = &bookText{text: make([]byte, maxTexts/4)}
		x.bound()
	}
	var left []int64
	for _, k := range x.books {
		left = append(left, k.collection)
	}
	if !slices.Equal(left, []int64{6, 7, 8, 9}) {
		t.Errorf("kept: %v", left)
	}
}

func FuzzWithoutMedia(f *testing.F) {
	f.Add("PHOTO:Ada\r\n QUJD\r\nNOTE:x\r\nitem1.KEY;X=1:y\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		data := []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n" + text + "\r\nNOTE:" + strings.Repeat("x", maxProbedBytes) + "\r\nEND:VCARD\r\n")
		c, err := vcard.Parse(data)
		if err != nil {
			return
		}
		kept, _ := reduce(nil, withoutMedia(data))
		for i := range c.Len() {
			p := c.At(i)
			if p == nil || slices.Contains(media, p.Name) {
				continue
			}
			value, _ := reduce(nil, []byte(p.Value()))
			if !strings.Contains(string(kept), string(value)) {
				t.Errorf("%s:%q is left out of %q", p.Name, p.Value(), data)
			}
		}
	})
}

package carddav

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"convoke/storage"
)

// do asks as alice and gives status and body.
func do(t testing.TB, h http.Handler, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.SetBasicAuth("alice", "alice")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(answer)
}

const aliceBook = "/dav/addressbooks/alice/default/"

// RFC 6352 §6.3.2.1: a card may be as large as max-resource-size says, and no larger.
func TestMaxResourceSize(t *testing.T) {
	h := handler(open(t))
	text := string(cardOf(t, "UID:1", "FN:A", "NOTE:"))
	exact := strings.Replace(text, "NOTE:", "NOTE:"+strings.Repeat("x", 20000-len(text)), 1)
	if code, body := do(t, h, "PUT", aliceBook+"1.vcf", exact+"\n", "Content-Type", "text/vcard"); code != 403 || !strings.Contains(body, "max-resource-size") {
		t.Errorf("one byte more: %d %s", code, body)
	}
	if code, body := do(t, h, "PUT", aliceBook+"1.vcf", exact, "Content-Type", "text/vcard"); code != 201 {
		t.Errorf("exact: %d %s", code, body)
	}
}

// The same bytes again change nothing that other clients would have to fetch.
func TestPutOfSameBytesKeepsToken(t *testing.T) {
	h := handler(open(t))
	card := string(cardOf(t, "UID:1", "FN:A"))
	token := func() string {
		_, body := do(t, h, "PROPFIND", aliceBook, `<D:propfind xmlns:D="DAV:"><D:prop><D:sync-token/></D:prop></D:propfind>`, "Depth", "0")
		return body
	}
	do(t, h, "PUT", aliceBook+"1.vcf", card)
	before := token()
	if code, _ := do(t, h, "PUT", aliceBook+"1.vcf", card); code != 204 {
		t.Errorf("again: %d", code)
	}
	if token() != before {
		t.Error("the token moved")
	}
	do(t, h, "PUT", aliceBook+"1.vcf", string(cardOf(t, "UID:1", "FN:B")))
	if token() == before {
		t.Error("the token stayed")
	}
}

// Whoever is removed from the server leaves the directory, and a sync tells it; no token ever expires.
func TestDirectorySync(t *testing.T) {
	s := open(t)
	h := handler(s)
	sync := func(token string) string {
		code, body := do(t, h, "REPORT", "/dav/addressbooks/alice/directory/",
			`<D:sync-collection xmlns:D="DAV:"><D:sync-token>`+token+`</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`)
		if code != 207 {
			t.Fatalf("%d %s", code, body)
		}
		return body
	}
	tokenIn := regexp.MustCompile(`<D:sync-token>(.*)</D:sync-token>`)
	first := tokenIn.FindStringSubmatch(sync(""))[1]
	if strings.Contains(sync(first), "response") {
		t.Error("changes without a change")
	}
	err := s.Update(context.Background(), storage.Actor{}, func(tx *storage.Tx) error {
		p, err := tx.PrincipalByName(context.Background(), "bob")
		if err != nil {
			return err
		}
		if err := tx.RemovePrincipal(p.ID); err != nil {
			return err
		}
		return tx.CreatePrincipal(&storage.Principal{Kind: storage.KindUser, Name: "carol"})
	})
	if err != nil {
		t.Fatal(err)
	}
	body := sync(first)
	if !strings.Contains(body, "directory/2.vcf</D:href><D:status>HTTP/1.1 404") || !strings.Contains(body, "directory/5.vcf</D:href><D:propstat>") {
		t.Error(body)
	}
	second := tokenIn.FindStringSubmatch(body)[1]
	if strings.Contains(sync(second), "response") {
		t.Error("changes without a change")
	}
	if again := sync(first); tokenIn.FindStringSubmatch(again)[1] != second {
		t.Error("an old token leads elsewhere")
	}
	if code, _ := do(t, h, "GET", "/dav/addressbooks/alice/directory/2.vcf", ""); code != 404 {
		t.Errorf("removed: %d", code)
	}
}

// fill stores n cards.
func fill(t testing.TB, s *storage.Store, n int) {
	t.Helper()
	ctx := context.Background()
	c, err := s.CollectionAt(ctx, storage.AddressBooks, "alice", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{maxBytes: DefaultMaxCardBytes}
	err = s.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		for i := range n {
			o, err := d.newObject(cardOf(t, fmt.Sprintf("UID:%d", i), fmt.Sprintf("FN:Person %d", i), fmt.Sprintf("EMAIL;TYPE=WORK:person.%d@example.org", i),
				"TEL;TYPE=CELL:+49 123 456789", "ADR;TYPE=HOME:;;1 Street;Town;;12345;Country"))
			if err != nil {
				return err
			}
			o.CollectionID, o.Name = c.ID, fmt.Sprintf("%d.vcf", i)
			if _, err := tx.PutObject(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const searchBody = `<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data/></D:prop><C:filter><C:prop-filter name="FN"><C:text-match>son 43</C:text-match></C:prop-filter><C:prop-filter name="EMAIL"><C:text-match>.43@</C:text-match></C:prop-filter></C:filter></C:addressbook-query>`

// Many at once see the same cards.
func TestParallelQueries(t *testing.T) {
	s := open(t)
	fill(t, s, 200)
	h := handler(s)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if code, body := do(t, h, "REPORT", aliceBook, searchBody, "Depth", "1"); code != 207 || strings.Count(body, "<D:response>") != 1 {
				t.Errorf("%d %s", code, body)
			}
		})
	}
	all.Wait()
}

func BenchmarkQuery5000(b *testing.B) {
	s := open(b)
	fill(b, s, 5000)
	h := handler(s)
	for b.Loop() {
		if code, _ := do(b, h, "REPORT", aliceBook, searchBody, "Depth", "1"); code != 207 {
			b.Fatal(code)
		}
	}
}

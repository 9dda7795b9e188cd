package carddav

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every file of the corpus is stored and comes back byte for byte, also within a report, or is refused with a
// precondition of RFC 6352 §6.3.2.1.
func TestCorpusOverTheWire(t *testing.T) {
	root := os.Getenv("CONVOKE_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	dir := filepath.Join(root, "vcard")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus; set CONVOKE_CORPUS")
	}
	h := handler(open(t))
	n, kept := 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		name := fmt.Sprintf("%s%d.vcf", aliceBook, n)
		switch code, body := do(t, h, "PUT", name, string(data), "Content-Type", "text/vcard"); {
		case code == 201:
			kept++
			if code, got := do(t, h, "GET", name, ""); code != 200 || got != string(data) {
				t.Errorf("%s: came back changed, %d", path, code)
			}
		case code != 403 || !strings.Contains(body, "-address-data") && !strings.Contains(body, "no-uid-conflict") && !strings.Contains(body, "max-resource-size"):
			t.Errorf("%s: %d %s", path, code, body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"", ` version="3.0"`, ` version="4.0"`} {
		code, body := do(t, h, "REPORT", aliceBook, `<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><C:address-data`+version+`/></D:prop></C:addressbook-query>`)
		if code != 207 || strings.Count(body, "<D:response>") != kept || strings.Count(strings.ToLower(body), "end:vcard") != kept {
			t.Errorf("version%s: %d, %d of %d cards", version, code, strings.Count(body, "<D:response>"), kept)
		}
	}
	if kept < 45 { // most files of the corpus have no UID
		t.Errorf("only %d of %d files stored", kept, n)
	}
}

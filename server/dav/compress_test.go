package dav

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Long answers for the pages, which come with a token, are compressed where they may be (RFC 9110 §12.5.3); an answer that
// breaks off is not taken for whole then either.
func TestCompression(t *testing.T) {
	ask := func(c *crowd, authorization, encodings string) (*http.Response, []byte) {
		s := httptest.NewServer(NewHandler(Options{Tree: c}))
		defer s.Close()
		r, _ := http.NewRequest("PROPFIND", s.URL+"/crowd/", strings.NewReader(askETag))
		r.Header.Set("Depth", "1")
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Accept-Encoding", encodings)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp, body
	}
	for _, row := range []struct {
		name                     string
		n                        int
		authorization, encodings string
		compressed               bool
	}{
		{"large", 10000, "Bearer x", "gzip, deflate, br", true},
		{"in one piece", 100, "Bearer x", "br;q=1, GZIP ;q=0.5", true},
		{"small", 3, "Bearer x", "gzip", false},
		{"refused", 10000, "Bearer x", "gzip;q=0, identity", false},
		{"refused in full", 10000, "Bearer x", "gzip; q=0.000", false},
		{"another coding", 10000, "Bearer x", "x-gzipped, br", false},
		{"nothing accepted", 10000, "Bearer x", "", false},
		{"a program", 10000, "Basic eDp4", "gzip", false},
	} {
		resp, body := ask(newCrowd(row.n, 0), row.authorization, row.encodings)
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != row.compressed {
			t.Errorf("%s: compressed %v", row.name, got)
			continue
		}
		if !row.compressed {
			continue
		}
		if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: varies by %q", row.name, resp.Header.Values("Vary"))
		}
		plain, whole := ask(newCrowd(row.n, 0), row.authorization, "identity")
		unpacked, err := unpack(body)
		if err != nil || !bytes.Equal(unpacked, whole) || plain.StatusCode != resp.StatusCode {
			t.Errorf("%s: %d bytes of %d, %v", row.name, len(unpacked), len(whole), err)
		}
		if len(body) > len(whole)/4 {
			t.Errorf("%s: %d bytes of %d", row.name, len(body), len(whole))
		}
	}
	resp, body := ask(newCrowd(10000, 9000), "Bearer x", "gzip")
	if _, err := unpack(body); resp.StatusCode != 207 || err == nil {
		t.Errorf("late fault: %d, taken for whole: %v", resp.StatusCode, err == nil)
	}
}

func unpack(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

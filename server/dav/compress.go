package dav

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
)

// compressFrom is the size from which an answer is worth compressing.
const compressFrom = 8 << 10

// compressors are kept: one holds some hundred kilobytes.
var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is a constant
	return w
}}

// compresses tells whether the answer of a request may be compressed. Those of the pages alone are, which ask for
// months of events and all contacts at once, by a token that no other site can have sent for it (RFC 6750 §2.1); for
// programs that sync what has changed it would cost more than it spares.
func compresses(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") && acceptsGzip(r.Header.Values("Accept-Encoding"))
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip is named, and not with a weight of zero.
func acceptsGzip(fields []string) bool {
	for part := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(weight, " ", "")), "q=")
		return !found || strings.Trim(q, "0.") != ""
	}
	return false
}

// compress has what is written from now on compressed; the header is still to be sent.
func (m *Multistatus) compress() {
	h := m.c.w.Header()
	h["Content-Encoding"] = []string{"gzip"}
	vary(h, "Accept-Encoding")
	m.gzip = compressors.Get().(*gzip.Writer)
	m.gzip.Reset(m.c.w)
}

// write sends a part of the answer; end ends it.
func (m *Multistatus) write(b []byte, end bool) error {
	if m.gzip == nil {
		_, err := m.c.w.Write(b)
		return err
	}
	_, err := m.gzip.Write(b)
	if err == nil && end {
		err = m.gzip.Close()
	}
	return err
}

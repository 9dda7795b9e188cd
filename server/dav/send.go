package dav

import (
	"net/http"
	"strconv"
	"sync"

	"convoke/server/davxml"
)

const (
	xmlType = "application/xml; charset=utf-8"

	// flushBytes is how much of an answer is gathered before a part of it is sent.
	flushBytes = 48 << 10
	// maxPooledBytes is the largest buffer kept for later requests.
	maxPooledBytes = 256 << 10
)

// writers are buffers of former answers.
var writers = sync.Pool{New: func() any { return new(davxml.Writer) }}

func getWriter() *davxml.Writer { return writers.Get().(*davxml.Writer) }

func putWriter(w *davxml.Writer) {
	if w.Cap() <= maxPooledBytes {
		w.Reset()
		writers.Put(w)
	}
}

// send answers with a body that is whole.
func send(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	// An error means that the client is gone; net/http closes the connection.
	_, _ = w.Write(body)
}

// empty answers without a body.
func empty(w http.ResponseWriter, status int) {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header()["Content-Length"] = []string{"0"}
	}
	w.WriteHeader(status)
}

// xml answers with a document that root writes.
func (c *call) xml(status int, root func(*davxml.Writer)) error {
	x := getWriter()
	defer putWriter(x)
	root(x)
	c.w.Header().Set("Content-Type", xmlType)
	send(c.w, status, x.Bytes())
	return nil
}

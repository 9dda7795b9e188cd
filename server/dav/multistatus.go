package dav

import (
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"

	"convoke/server/davxml"
)

// Multistatus is an answer of status 207 being written. Nothing is sent before it exceeds the buffer or is closed,
// so that an error returned before then still becomes the whole answer.
type Multistatus struct {
	c       *call
	w       *davxml.Writer
	minimal bool
	sent    bool         // a part of the answer is out
	gzip    *gzip.Writer // nil: it is sent as it is
	err     error
	value   Value
	failed  []failure
	expands int // resources written for expand-property
}

// failure is a property that was not given.
type failure struct {
	tag  davxml.Tag
	cond *Condition
}

var noProperty = &Condition{Status: http.StatusNotFound}

// multistatus begins an answer. It must be closed, or discarded by done.
func (c *call) multistatus() *Multistatus {
	m := &Multistatus{c: c, w: getWriter(), minimal: c.prefer.Minimal}
	m.value = Value{Ctx: c.ctx, W: m.w, handler: c.h}
	m.w.Root(davxml.Multistatus)
	return m
}

// done gives the buffer back. An error behind the first bytes sent is marked as such.
func (m *Multistatus) done(err error) error {
	if m.w != nil {
		putWriter(m.w)
		m.w, m.value.W = nil, nil
	}
	if m.gzip != nil {
		m.gzip.Reset(io.Discard)
		compressors.Put(m.gzip)
		m.gzip = nil
	}
	if err != nil && m.sent {
		return &sentError{err}
	}
	return err
}

// Response writes the response for one resource. It does not ask Allow: the report has, or must.
// With a request for nothing it writes a status of 200.
func (m *Multistatus) Response(res Resource, props *PropRequest) error {
	if err := m.ready(); err != nil {
		return err
	}
	if err := m.response(res, props); err != nil {
		return err
	}
	return m.flush()
}

func (m *Multistatus) response(res Resource, props *PropRequest) error {
	w := m.w
	w.Raw("<D:response>")
	if a, ok := res.(HrefAppender); ok {
		w.HrefOf(a.AppendHref)
	} else {
		w.Href(res.Href())
	}
	if props.empty() {
		w.Raw("<D:status>HTTP/1.1 200 OK</D:status></D:response>")
		return nil
	}
	plan := props.plan(res.Kind().Props)
	first := len(m.failed)
	start := w.Len()
	w.Raw("<D:propstat><D:prop>")
	count := 0
	for i := range plan.found {
		ok, err := m.property(res, &plan.found[i], props.nameOnly)
		if err != nil {
			return err
		}
		if ok {
			count++
		}
	}
	if len(plan.missing) > 0 || props.all || props.nameOnly {
		n, err := m.dead(res, plan, props)
		if err != nil {
			return err
		}
		count += n
	}
	if count > 0 {
		w.Raw("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>")
	} else {
		w.Truncate(start)
	}
	m.failures(first, props.all || props.nameOnly)
	if w.Len() == start { // RFC 8144 §2.1: at least one propstat
		w.Raw("<D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>")
	}
	w.Raw("</D:response>")
	return nil
}

// property writes one live property, or notes its failure. The error ends the answer.
func (m *Multistatus) property(res Resource, p *planned, nameOnly bool) (bool, error) {
	w := m.w
	mark, depth := w.Len(), w.Depth()
	w.StartTag(p.tag)
	m.value.Node = p.node
	inner := -1
	if p.sub != nil {
		inner = w.Len()
	}
	err := p.row.get(res, &m.value)
	switch {
	case err != nil:
		w.Truncate(mark)
		w.Unwind(depth)
		cond, fatal := m.blame(err, p.name)
		if fatal != nil {
			return false, fatal
		}
		m.failed = append(m.failed, failure{p.tag, cond})
		return false, nil
	case nameOnly:
		w.Truncate(mark)
		w.Unwind(depth)
		w.StartTag(p.tag)
	case inner >= 0:
		if err := m.expand(inner, p.sub); err != nil {
			return false, err
		}
	}
	w.End()
	return true, nil
}

// blame turns what a row gave into the condition of its propstat. A fault of ours stays with the one
// property; only a request that is over ends the answer.
func (m *Multistatus) blame(err error, name xml.Name) (*Condition, error) {
	if errors.Is(err, ErrNoProperty) {
		return noProperty, nil
	}
	if ctxErr := m.c.ctx.Err(); ctxErr != nil {
		return nil, ctxErr
	}
	cond := AsCondition(err)
	if cond.Status >= http.StatusInternalServerError {
		m.c.h.o.Log.ErrorContext(m.c.ctx, "property failed", "property", name.Local, "err", err)
	}
	return cond, nil
}

// dead writes the dead properties among those asked for and notes what is missing.
func (m *Multistatus) dead(res Resource, plan *plan, props *PropRequest) (int, error) {
	var held []DeadProperty
	if holder, ok := res.(DeadHolder); ok {
		var err error
		if held, err = holder.DeadProperties(m.c.ctx); err != nil {
			return 0, err
		}
	}
	count := 0
	if props.all || props.nameOnly {
		for i := range held {
			if plan.table.row(held[i].Name) != nil {
				continue
			}
			count++
			if props.nameOnly {
				m.w.Empty(held[i].Name)
			} else {
				m.w.Raw(held[i].XML)
			}
		}
	}
	for i := range plan.missing {
		p := &plan.missing[i]
		found := false
		for j := range held {
			if held[j].Name == p.name {
				found = true
				if !props.all { // else written already
					if err := m.deadProperty(&held[j], p); err != nil {
						return 0, err
					}
					count++
				}
				break
			}
		}
		if !found {
			m.failed = append(m.failed, failure{p.tag, noProperty})
		}
	}
	return count, nil
}

// failures writes a propstat for each kind of failure, 404 first. quiet leaves out the 404: the names
// were not the client's.
func (m *Multistatus) failures(first int, quiet bool) {
	failed := m.failed[first:]
	if !m.minimal && !quiet {
		m.propstat(failed, noProperty)
	}
	for i := range failed {
		if cond := failed[i].cond; cond != noProperty && cond != nil {
			m.propstat(failed[i:], cond)
		}
	}
	m.failed = m.failed[:first]
}

// propstat writes one for all failures of the same status and condition, and takes them out.
func (m *Multistatus) propstat(failed []failure, cond *Condition) {
	w := m.w
	open := false
	for i := range failed {
		c := failed[i].cond
		if c == nil || c.Status != cond.Status || c.Name != cond.Name || c != cond && (c.Extra != nil || c.Href != "") {
			continue
		}
		if !open {
			w.Raw("<D:propstat><D:prop>")
			open = true
		}
		w.StartTag(failed[i].tag)
		w.End()
		failed[i].cond = nil
	}
	if !open {
		return
	}
	w.Raw("</D:prop>")
	writeStatus(w, cond.Status)
	writeError(w, cond)
	w.Raw("</D:propstat>")
}

func writeStatus(w *davxml.Writer, code int) {
	w.Raw("<D:status>HTTP/1.1 ")
	w.Raw(strconv.Itoa(code))
	w.Raw(" ")
	w.Raw(http.StatusText(code))
	w.Raw("</D:status>")
}

func writeError(w *davxml.Writer, cond *Condition) {
	if cond != nil && cond.Name.Local != "" {
		w.Start(davxml.Error)
		cond.body(w)
		w.End()
	}
}

// Status writes a response of a status alone; cond may be nil.
func (m *Multistatus) Status(href string, code int, cond *Condition) error {
	if err := m.ready(); err != nil {
		return err
	}
	m.w.Raw("<D:response>")
	m.w.Href(href)
	writeStatus(m.w, code)
	writeError(m.w, cond)
	m.w.Raw("</D:response>")
	return m.flush()
}

// Failed writes the response of a resource for which err came: its status, with the condition.
func (m *Multistatus) Failed(href string, err error) error {
	cond := AsCondition(err)
	if cond.Status >= http.StatusInternalServerError {
		m.c.h.o.Log.ErrorContext(m.c.ctx, "response failed", "href", href, "err", err)
	}
	return m.Status(href, cond.Status, cond)
}

// SyncToken writes the DAV:sync-token.
func (m *Multistatus) SyncToken(token string) { m.w.Elem(davxml.SyncToken, token) }

// Close ends the multistatus and sends what is left.
func (m *Multistatus) Close() error {
	if err := m.ready(); err != nil {
		return err
	}
	m.w.End()
	if !m.sent && (m.w.Len() < compressFrom || !compresses(m.c.r)) {
		m.header()
		send(m.c.w, http.StatusMultiStatus, m.w.Bytes())
		m.sent = true
		return m.done(nil)
	}
	m.begin()
	return m.done(m.write(m.w.Bytes(), true))
}

// ready tells whether more may be written.
func (m *Multistatus) ready() error {
	if m.w == nil {
		return errors.New("dav: multistatus written after its end")
	}
	if m.err == nil && m.c.ctx.Err() != nil {
		m.err = context.Cause(m.c.ctx)
	}
	return m.err
}

// flush sends what has gathered, if that is much.
func (m *Multistatus) flush() error {
	if m.w.Len() < flushBytes {
		return nil
	}
	m.begin()
	m.err = m.write(m.w.Bytes(), false)
	m.w.Drain()
	return m.err
}

// begin sends the header of an answer whose length is not known yet.
func (m *Multistatus) begin() {
	if m.sent {
		return
	}
	m.header()
	if compresses(m.c.r) {
		m.compress()
	}
	m.c.w.WriteHeader(http.StatusMultiStatus)
	m.sent = true
}

func (m *Multistatus) header() {
	h := m.c.w.Header()
	h["Content-Type"] = xmlTypeHeader
	vary(h, "Prefer", "Brief")
	if m.c.prefer.Minimal {
		applied(h, "return=minimal")
	}
}

var xmlTypeHeader = []string{xmlType}

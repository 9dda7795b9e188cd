package dav

import (
	"context"
	"encoding/xml"
	"net/http"

	"convoke/server/davxml"
)

// Depth is the Depth header.
type Depth uint8

// The depths. DepthAbsent is what a request without the header has.
const (
	DepthAbsent Depth = iota
	Depth0
	Depth1
	DepthInfinity
)

// Report answers one report. A *Condition (or another error) that it returns becomes the answer, if none of the
// answer was sent yet.
type Report func(*ReportCall) error

// ReportCall is one REPORT on a resource that the asker may read.
type ReportCall struct {
	Ctx      context.Context
	Request  *http.Request
	Resource Resource
	Body     *davxml.Node
	Depth    Depth
	Prefer   Prefer
	Tree     Tree

	handler *Handler
	w       http.ResponseWriter
}

// PropRequest is which properties a request asks for: DAV:prop, DAV:allprop with DAV:include, or DAV:propname.
type PropRequest struct {
	names    []*davxml.Node
	all      bool
	nameOnly bool
}

// Multistatus is an answer of status 207 being written. Nothing is sent before it exceeds the buffer or is closed,
// so that an error returned before then still becomes the whole answer.
type Multistatus struct {
	w *davxml.Writer
}

// PropRequest reads the DAV:prop, DAV:allprop or DAV:propname child of n. Without any of them it asks for nothing,
// and responses carry a status alone.
func (c *ReportCall) PropRequest(n *davxml.Node) (*PropRequest, error) { return nil, nil }

// Names gives the names asked for; nil for allprop and propname.
func (p *PropRequest) Names() []xml.Name { return nil }

// Node gives the element by which a property was asked for, or nil.
func (p *PropRequest) Node(name xml.Name) *davxml.Node { return nil }

// Path reads an href that a client sent in a body: an absolute path or a URL of this host, in any spelling.
func (c *ReportCall) Path(href string) (Path, error) { return Path{}, nil }

// Find gives the readable resource at such an href, or a *Condition.
func (c *ReportCall) Find(href string) (Resource, error) { return nil, nil }

// Respond answers with a body that is no multistatus.
func (c *ReportCall) Respond(status int, contentType string, body []byte) error { return nil }

// RespondXML answers with an XML document that root writes, beginning with w.Root.
func (c *ReportCall) RespondXML(status int, root func(w *davxml.Writer)) error { return nil }

// Multistatus begins an answer of status 207. Close it; whatever isn't closed is discarded.
func (c *ReportCall) Multistatus() *Multistatus { return nil }

// Response writes the response for one resource. It does not ask Allow: the report has, or must.
func (m *Multistatus) Response(res Resource, props *PropRequest) error { return nil }

// Status writes a response of a status alone; cond may be nil.
func (m *Multistatus) Status(href string, code int, cond *Condition) error { return nil }

// SyncToken writes the DAV:sync-token.
func (m *Multistatus) SyncToken(token string) {}

// Close ends the multistatus and sends what is left.
func (m *Multistatus) Close() error { return nil }

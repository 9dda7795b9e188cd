package dav

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"convoke/server/davxml"
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

	c    *call
	body *body
	ms   *Multistatus
}

// engineReports are those that every collection with the ability has.
func (c *call) engineReport(name xml.Name, res Resource) Report {
	switch name {
	case davxml.ExpandProperty:
		return expandProperty
	case davxml.SyncCollection:
		if _, ok := res.(Syncer); ok {
			return syncCollection
		}
	}
	return nil
}

// report answers REPORT, RFC 3253 §3.6.
func (c *call) report() error {
	depth, err := ParseDepth(c.r.Header)
	if err != nil {
		return err
	}
	b, err := c.needBody(c.h.o.MaxReportBytes)
	if err != nil {
		return err
	}
	res, err := c.find()
	if err != nil {
		var hidden *Condition
		if freeBusyOnly(b.node.Name) && errors.As(err, &hidden) && hidden.Status == http.StatusForbidden {
			return ErrNotFound // as for a calendar that is there and may not be read (RFC 4791 §7.10)
		}
		return err
	}
	report := res.Kind().Reports[b.node.Name]
	if report == nil {
		report = c.engineReport(b.node.Name, res)
	}
	if !freeBusyOnly(b.node.Name) || report == nil {
		// RFC 4791 §6.1.1: CALDAV:read-free-busy alone suffices for a free-busy-query, whose report asks for it.
		if err := res.Allow(c.ctx, Read); err != nil {
			if freeBusyOnly(b.node.Name) {
				return ErrNotFound
			}
			return err
		}
	}
	if report == nil {
		return Forbid(davxml.SupportedReport, nil)
	}
	call := &ReportCall{Ctx: c.ctx, Request: c.r, Resource: res, Body: b.node, Depth: depth, Prefer: c.prefer,
		Tree: c.h.o.Tree, c: c, body: b}
	err = report(call)
	if call.ms != nil {
		err = call.ms.done(err)
	}
	return err
}

// freeBusyOnly tells of reports that ask for another privilege than DAV:read themselves.
func freeBusyOnly(name xml.Name) bool { return name == davxml.FreeBusyQuery }

// PropRequest reads the DAV:prop, DAV:allprop or DAV:propname child of n. Without any of them it asks for nothing,
// and responses carry a status alone.
func (c *ReportCall) PropRequest(n *davxml.Node) (*PropRequest, error) {
	if n == c.Body {
		return c.body.request(c.c.h.o.MaxProps) // with the plans of earlier, equal requests
	}
	return newPropRequest(n, c.c.h.o.MaxProps)
}

// Path reads an href that a client sent in a body: an absolute path or a URL of this host, in any spelling.
func (c *ReportCall) Path(href string) (Path, error) { return c.c.reference(href) }

// Find gives the readable resource at such an href, or a *Condition.
func (c *ReportCall) Find(href string) (Resource, error) {
	p, err := c.Path(href)
	if err != nil {
		return nil, ErrNotFound
	}
	res, err := c.c.at(p)
	if err != nil {
		return nil, err
	}
	if err := res.Allow(c.Ctx, Read); err != nil {
		return nil, err
	}
	return res, nil
}

// Respond answers with a body that is no multistatus.
func (c *ReportCall) Respond(status int, contentType string, body []byte) error {
	c.c.w.Header().Set("Content-Type", contentType)
	send(c.c.w, status, body)
	return nil
}

// RespondXML answers with an XML document that root writes, beginning with w.Root.
func (c *ReportCall) RespondXML(status int, root func(w *davxml.Writer)) error {
	return c.c.xml(status, root)
}

// Multistatus begins an answer of status 207. Close it; what isn't closed is not answered.
func (c *ReportCall) Multistatus() *Multistatus {
	if c.ms == nil {
		c.ms = c.c.multistatus()
	}
	return c.ms
}

// reference reads a URI of this server: an absolute path, or a URL whose host is the one asked.
func (c *call) reference(href string) (Path, error) {
	href = strings.TrimSpace(href)
	if strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") {
		path, _, _ := strings.Cut(href, "?")
		path, _, _ = strings.Cut(path, "#")
		return ParsePath(path)
	}
	u, err := url.Parse(href)
	if err != nil {
		return Path{}, ErrBadPath
	}
	if !c.ours(u) {
		return Path{}, errForeign
	}
	return ParsePath(u.EscapedPath())
}

var errForeign = errors.New("dav: not a resource of this server")

// ours tells whether an absolute URL has the scheme, host and port of this request. Behind a proxy that is
// not configured as trusted we don't know our scheme, so plain HTTP takes https as well.
func (c *call) ours(u *url.URL) bool {
	scheme := c.r.URL.Scheme
	if scheme == "" && c.r.TLS != nil {
		scheme = "https"
	}
	theirs := strings.ToLower(u.Scheme)
	if theirs == "" { // "//host/path"
		theirs = scheme
	}
	if theirs != "http" && theirs != "https" && theirs != "" || scheme != "" && theirs != scheme || u.User != nil && u.Host == "" {
		return false
	}
	return strings.EqualFold(hostPort(u.Host, theirs), hostPort(c.r.Host, theirs))
}

// hostPort is a host without the default port of the scheme.
func hostPort(host, scheme string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

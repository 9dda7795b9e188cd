package dav

import (
	"cmp"
	"encoding/xml"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// get answers GET and HEAD, RFC 9110 §9.3.1.
func (c *call) get() error {
	res, err := c.find()
	if err != nil {
		return err
	}
	if err := res.Allow(c.ctx, Read); err != nil {
		return err
	}
	if getter, ok := res.(Getter); ok {
		if done, err := c.tagged(res); done || err != nil {
			return err
		}
		return getter.Get(c.w, c.r)
	}
	reader, ok := res.(Reader)
	if !ok {
		lister, ok := res.(Lister)
		if !ok {
			return c.notAllowed(res)
		}
		reader = listing{lister}
	}
	content, err := reader.Content(c.ctx)
	if err != nil {
		return err
	}
	status, err := c.conditional(content)
	if err != nil {
		return err
	}
	c.contentHeader(content)
	if status == http.StatusNotModified {
		c.w.Header().Del("Content-Type")
		empty(c.w, status)
		return nil
	}
	c.body(http.StatusOK, content.Data)
	return nil
}

// tagged judges the preconditions for a Getter that tells its tag; done means that the client has what it would get.
func (c *call) tagged(res Resource) (done bool, err error) {
	t, ok := res.(Tagged)
	if !ok {
		return false, nil
	}
	etag, err := t.Tag(c.ctx)
	if err != nil {
		return false, err
	}
	status, err := c.conditional(&Content{ETag: etag})
	if err != nil {
		return false, err
	}
	c.w.Header()["Etag"] = []string{etag}
	if status == http.StatusNotModified {
		empty(c.w, status)
		return true, nil
	}
	return false, nil
}

// conditional judges the preconditions of GET and HEAD, RFC 9110 §13.2.2.
func (c *call) conditional(content *Content) (int, error) {
	h := c.r.Header
	if h["If-None-Match"] == nil && h["If-Match"] == nil && h["If-Modified-Since"] == nil && h["If-Unmodified-Since"] == nil && h["If"] == nil {
		return http.StatusOK, nil
	}
	if err := c.conditions(c.path.Href()); err != nil {
		return 0, err
	}
	noneMatch := c.ifs.noneMatch
	c.ifs.noneMatch, c.ifs.scheduleTag = nil, nil
	err := c.ifs.Check(State{Exists: true, ETag: content.ETag, Modified: content.Modified})
	switch {
	case err != nil:
		return 0, err
	case noneMatch != nil:
		if noneMatch.any || noneMatch.has(content.ETag, false) {
			return http.StatusNotModified, nil
		}
	case h["If-Modified-Since"] != nil && !content.Modified.IsZero():
		t, err := http.ParseTime(h.Get("If-Modified-Since"))
		if err == nil && !content.Modified.Truncate(time.Second).After(t) {
			return http.StatusNotModified, nil
		}
	}
	return http.StatusOK, nil
}

// contentHeader sets what describes a representation. Stored text is data: a browser must not run it.
func (c *call) contentHeader(content *Content) {
	h := c.w.Header()
	for name, values := range content.Header {
		h[name] = values
	}
	if content.Type != "" {
		h["Content-Type"] = []string{content.Type}
	} else {
		h["Content-Type"] = []string{"application/octet-stream"}
	}
	if content.ETag != "" {
		h["Etag"] = []string{content.ETag}
	}
	if content.ScheduleTag != "" {
		h["Schedule-Tag"] = []string{content.ScheduleTag}
	}
	if !content.Modified.IsZero() {
		h["Last-Modified"] = []string{content.Modified.UTC().Format(http.TimeFormat)}
	}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Content-Security-Policy"] = []string{"default-src 'none'; sandbox"}
}

// body sends content, or for HEAD its length.
func (c *call) body(status int, data []byte) {
	if c.r.Method == http.MethodHead {
		c.w.Header()["Content-Length"] = []string{strconv.Itoa(len(data))}
		c.w.WriteHeader(status)
		return
	}
	send(c.w, status, data)
}

// put answers PUT, RFC 9110 §9.3.4, RFC 4918 §9.7.
func (c *call) put() error {
	if len(c.path.Segments) == 0 {
		res, err := c.find()
		if err != nil {
			return err
		}
		return c.notAllowed(res)
	}
	res, err := c.lookup(c.path)
	if err != nil {
		return err
	}
	if err := c.hides(res, WriteContent); err != nil {
		return err
	}
	if res != nil && res.Kind().Collection {
		return c.notAllowed(res) // RFC 4918 §9.7.2; and 403 is a wrong password to Thunderbird, which tries it
	}
	parent, err := c.parent(c.path)
	if err != nil {
		return err
	}
	if c.path.Slash && res == nil {
		return c.notAllowed(parent) // a collection cannot be made by PUT, RFC 4918 §9.7.2
	}
	if c.r.Header["Content-Range"] != nil { // RFC 9110 §14.5
		return Status(http.StatusBadRequest, errors.New("PUT with Content-Range"))
	}
	container, ok := parent.(Container)
	if !ok {
		if res != nil {
			return c.notAllowed(res)
		}
		return Status(http.StatusForbidden, errors.New("no members by PUT here"))
	}
	return c.putMember(parent, container, res, c.path.Name())
}

// putMember asks all that PUT needs, reads the body and stores it. res is the present member, or nil.
func (c *call) putMember(parent Resource, container Container, res Resource, name string) error {
	asked, privilege, href := parent, Bind, parent.Href()
	if res != nil {
		asked, privilege, href = res, WriteContent, res.Href()
	}
	if err := asked.Allow(c.ctx, privilege); err != nil {
		return err
	}
	if err := c.conditions(c.path.Href()); err != nil {
		return err
	}
	if err := c.unlocked(href, false); err != nil {
		return c.locked(res, err)
	}
	data, err := c.memberBody(container)
	if err != nil {
		return err
	}
	put := &Put{Body: data, ContentType: c.r.Header.Get("Content-Type"), If: c.ifs, Header: c.r.Header,
		Add: c.r.Method == http.MethodPost}
	stored, err := container.PutMember(c.ctx, name, put)
	if err != nil {
		return c.refused(err, res)
	}
	at := Path{Segments: c.path.Segments}
	if put.Add {
		at = c.path.Child(name)
		if stored.Href == "" {
			stored.Href = at.Href()
		}
	}
	return c.stored(stored, at)
}

// memberBody reads the body of PUT within the bound of the collection.
func (c *call) memberBody(container Container) ([]byte, error) {
	bytes, tooLarge := c.h.o.MaxMemberBytes, xml.Name{}
	if l, ok := container.(Limited); ok {
		bytes, tooLarge = l.MemberLimit()
	}
	if c.r.ContentLength > c.h.o.MaxBodyBytes {
		return nil, Status(http.StatusRequestEntityTooLarge, nil)
	}
	over := Status(http.StatusRequestEntityTooLarge, nil)
	if tooLarge.Local != "" {
		over = Forbid(tooLarge, nil)
	}
	if c.r.ContentLength > bytes {
		return nil, over
	}
	data, err := c.readUpTo(bytes)
	if err == nil && int64(len(data)) > bytes {
		err = over
	}
	return data, err
}

// refused adds the present representation to a 412 if the client prefers it, RFC 8144 §3.2.
func (c *call) refused(err error, res Resource) error {
	reader, ok := res.(Reader)
	if !ok || !c.prefer.Representation || AsCondition(err).Status != http.StatusPreconditionFailed {
		return err
	}
	if res.Allow(c.ctx, Read) != nil {
		return err
	}
	// Read anew: what res knows may be older than what the transaction saw.
	if fresh, findErr := c.find(); findErr == nil {
		if r, ok := fresh.(Reader); ok {
			reader = r
		}
	}
	content, readErr := reader.Content(c.ctx)
	if readErr != nil {
		return err
	}
	c.representation(http.StatusPreconditionFailed, content, c.path.Href())
	return nil
}

// representation answers with the present state of a resource, RFC 8144 §3.
func (c *call) representation(status int, content *Content, href string) {
	h := c.w.Header()
	c.contentHeader(content)
	h.Set("Content-Location", href)
	applied(h, "return=representation")
	send(c.w, status, content.Data)
}

// stored answers a write that was done; at is where.
func (c *call) stored(s *Stored, at Path) error {
	h := c.w.Header()
	for name, values := range s.Header {
		h[name] = values
	}
	status := http.StatusNoContent
	if s.Created {
		status = http.StatusCreated
	}
	href := at.Href()
	if s.Href != "" && s.Href != c.path.Href() {
		href = s.Href
		h.Set("Location", href)
	}
	vary(h, "Prefer")
	if c.prefer.Representation {
		if content, err := c.storedContent(s, at); err == nil && content != nil {
			if status == http.StatusNoContent {
				status = http.StatusOK
			}
			c.representation(status, content, href)
			return nil
		}
	}
	if s.ETag != "" {
		h["Etag"] = []string{s.ETag}
	}
	if s.ScheduleTag != "" {
		h["Schedule-Tag"] = []string{s.ScheduleTag}
	}
	empty(c.w, status)
	return nil
}

// storedContent reads what a write left; nil if the asker may not read it.
func (c *call) storedContent(s *Stored, at Path) (*Content, error) {
	if s.Href != "" {
		if p, err := ParsePath(s.Href); err == nil {
			at = p
		}
	}
	res, err := c.at(at)
	if err != nil || res.Allow(c.ctx, Read) != nil {
		return nil, err
	}
	if s.Content != nil {
		return s.Content()
	}
	if reader, ok := res.(Reader); ok {
		return reader.Content(c.ctx)
	}
	return nil, nil
}

// remove answers DELETE, RFC 4918 §9.6.
func (c *call) remove() error {
	depth, err := ParseDepth(c.r.Header)
	if err != nil {
		return err
	}
	res, err := c.find()
	if err != nil {
		return err
	}
	if res.Kind().Collection && depth != DepthAbsent && depth != DepthInfinity {
		if err := c.hides(res); err != nil {
			return err
		}
		return Status(http.StatusBadRequest, errors.New("DELETE of a collection with a finite Depth"))
	}
	deleter, ok := res.(Deleter)
	if !ok {
		if err := c.hides(res); err != nil {
			return err
		}
		return c.notAllowed(res)
	}
	if err := c.mayRemove(res, c.path); err != nil {
		return err
	}
	if err := deleter.Delete(c.ctx, &Removal{If: c.ifs, Header: c.r.Header}); err != nil {
		return c.refused(err, res)
	}
	c.forgetLocks()
	empty(c.w, http.StatusNoContent)
	return nil
}

// mayRemove asks for DAV:unbind on the parent, and for the tokens of locks on both. It sets the preconditions, and the
// locks that end.
func (c *call) mayRemove(res Resource, p Path) error {
	parent, err := c.parent(p)
	if err != nil {
		return err
	}
	if err := parent.Allow(c.ctx, Unbind); err != nil {
		return cmp.Or(c.hides(res), err)
	}
	if err := c.conditions(res.Href()); err != nil {
		return err
	}
	if err := c.unlocked(res.Href(), true); err != nil {
		return c.locked(res, err)
	}
	if c.doomed, err = c.locksWithin(res.Href()); err != nil {
		return err
	}
	return c.unlocked(parent.Href(), false)
}

// addMemberName is the last segment of the add-member URI of a collection, RFC 5995 §3.2. No member has this name.
const addMemberName = ";add-member"

// suffixes are the endings of generated names, by media type.
var suffixes = map[string]string{
	"text/calendar": ".ics", "application/calendar+json": ".ics", "application/calendar+xml": ".ics",
	"text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/directory": ".vcf",
}

// post answers POST: to the add-member URI of a container, or by the resource itself.
func (c *call) post() error {
	adding := c.path.Name() == addMemberName
	if adding {
		c.path = c.path.Parent()
	}
	res, err := c.find()
	if err != nil {
		return err
	}
	container, ok := res.(Container)
	if adding && ok {
		media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
		if err != nil {
			return Status(http.StatusUnsupportedMediaType, err)
		}
		return c.putMember(res, container, nil, newUUID()+suffixes[strings.ToLower(media)])
	}
	if poster, ok := res.(Poster); ok {
		return poster.Post(c.w, c.r)
	}
	if err := res.Allow(c.ctx, Read); err != nil {
		return err
	}
	return c.notAllowed(res)
}

package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// maxWriteBytes bounds a request that carries objects: two of the largest that DAV takes, as JSON spells them.
const maxWriteBytes = 24 << 20

func (a *API) writeRoutes() []route {
	return []route{
		{"POST /api/preview", signedIn, a.preview},
		{"POST /api/split", signedIn, a.split},
	}
}

// calendar is what a calendar can do that DAV has no verb for.
type calendar interface {
	dav.Container
	Rehearse(ctx context.Context, writes ...dav.NamedPut) ([]scheduling.Notice, error)
	Split(ctx context.Context, first, second dav.NamedPut) (head, tail *dav.Stored, err error)
}

// removable is a calendar object, which can tell whom its deletion would tell.
type removable interface {
	RehearseDelete(ctx context.Context, r *dav.Removal) ([]scheduling.Notice, error)
}

// place is where a member is, or would be.
type place struct {
	parent dav.Resource
	there  dav.Resource // nil: nothing
	name   string
}

// errHref is an href that names nothing here.
var errHref = refusal(http.StatusBadRequest, "bad-href", "This address names nothing here.")

// at finds what an href names.
func (a *API) at(ctx context.Context, href string) (dav.Resource, error) {
	path, err := dav.ParsePath(href)
	if err != nil {
		return nil, errHref
	}
	return a.o.Tree.Find(ctx, path)
}

// place finds where the member of an href is, or would be.
func (a *API) place(ctx context.Context, href string) (*place, error) {
	path, err := dav.ParsePath(href)
	if err != nil || path.Slash || len(path.Segments) < 2 {
		return nil, errHref
	}
	up, name := len(path.Segments)-1, path.Segments[len(path.Segments)-1]
	parent, err := a.o.Tree.Find(ctx, dav.Path{Segments: path.Segments[:up], Slash: true})
	if err != nil {
		return nil, err
	}
	p := &place{parent: parent, name: name}
	switch p.there, err = a.o.Tree.Find(ctx, path); {
	case errors.Is(err, dav.ErrNotFound):
		p.there = nil
	case err != nil:
		return nil, err
	}
	return p, nil
}

// href is that of the member.
func (p *place) href() string { return p.parent.Href() + dav.EscapeSegment(p.name) }

// mayWrite asks for the privilege of PUT, RFC 3744 appendix B.
func (p *place) mayWrite(ctx context.Context) error {
	if p.there != nil {
		return p.there.Allow(ctx, dav.WriteContent)
	}
	return p.parent.Allow(ctx, dav.Bind)
}

// write is a PUT of data there. match and noneMatch are as in HTTP, "" for none.
func (p *place) write(c *call, data, match, noneMatch string) dav.NamedPut {
	guarded := p.parent.Href()
	if p.there != nil {
		guarded = p.href()
	}
	h := http.Header{"User-Agent": {c.UserAgent()}}
	if match != "" {
		h.Set("If-Match", match)
	}
	kind := "text/calendar"
	if has, ok := p.parent.(tree.HasCollection); ok && has.Base().C.Kind == storage.KindAddressBook {
		kind = "text/vcard"
	}
	return dav.NamedPut{Name: p.name, Put: &dav.Put{
		Body: []byte(data), ContentType: kind + "; charset=utf-8", Header: h, If: dav.Expect(match, noneMatch, guarded),
	}}
}

// notice is one person whom a change would tell.
type notice struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
	Local   bool   `json:"local"`
	Why     string `json:"why"`
	Reached bool   `json:"reached"`
	Trouble string `json:"trouble,omitempty"`
	Code    string `json:"code,omitempty"` // of the trouble
}

// rehearsal is what a change would do.
type rehearsal struct {
	Mails  []notice `json:"mails"` // all who would be told, here and outside
	Mailed int      `json:"mailed"`
	Told   int      `json:"told"` // on this server
	Quiet  bool     `json:"quiet"`
}

// preview answers POST /api/preview: whom a change would tell, and why.
func (a *API) preview(c *call) (any, error) {
	var in struct {
		Href, IfMatch    string
		Data             *string
		NewName, NewData string
	}
	if err := c.readWithin(&in, maxWriteBytes); err != nil {
		return nil, err
	}
	p, err := a.place(c.Context(), in.Href)
	if err != nil {
		return nil, err
	}
	texts := []string{in.NewData}
	var told []scheduling.Notice
	if in.Data == nil {
		told, err = p.rehearseDelete(c, in.IfMatch)
		texts = append(texts, p.text(c.Context()))
	} else {
		told, err = a.rehearse(c, p, *in.Data, in.IfMatch, in.NewName, in.NewData)
		texts = append(texts, *in.Data, p.text(c.Context()))
	}
	if err != nil {
		return nil, err
	}
	r := &rehearsal{Mails: []notice{}, Quiet: len(told) == 0}
	names := namesIn(texts)
	for _, n := range told {
		r.Mails = append(r.Mails, notice{
			Address: bare(string(n.Address)), Name: a.nameOf(c.Context(), n.Address, names), Local: n.Local, Why: string(n.Why),
			Reached: n.Reached, Trouble: n.Trouble, Code: n.Code,
		})
		switch {
		case n.Reached && n.Local:
			r.Told++
		case n.Reached:
			r.Mailed++
		}
	}
	return r, nil
}

// rehearse is what a PUT, or the two of a split, would tell.
func (a *API) rehearse(c *call, p *place, data, match, newName, newData string) ([]scheduling.Notice, error) {
	cal, ok := p.parent.(calendar)
	if !ok {
		return nil, p.mayWrite(c.Context()) // contacts tell nobody
	}
	writes := []dav.NamedPut{p.write(c, data, match, "")}
	if err := p.mayWrite(c.Context()); err != nil {
		return nil, err
	}
	if newData != "" {
		second, err := a.beside(c, p, newName)
		if err != nil {
			return nil, err
		}
		writes = append(writes, second.write(c, newData, "", "*"))
	}
	return cal.Rehearse(c.Context(), writes...)
}

// rehearseDelete is what a DELETE would tell.
func (p *place) rehearseDelete(c *call, match string) ([]scheduling.Notice, error) {
	if p.there == nil {
		return nil, dav.ErrNotFound
	}
	if err := p.parent.Allow(c.Context(), dav.Unbind); err != nil {
		return nil, err
	}
	o, ok := p.there.(removable)
	if !ok {
		return nil, nil
	}
	return o.RehearseDelete(c.Context(), &dav.Removal{If: dav.Expect(match, "", p.href()), Header: http.Header{}})
}

// beside is the place of a new member in the same calendar.
func (a *API) beside(c *call, p *place, name string) (*place, error) {
	if !dav.ValidSegment(name) {
		return nil, errHref
	}
	second, err := a.place(c.Context(), p.parent.Href()+dav.EscapeSegment(name))
	if err != nil {
		return nil, err
	}
	return second, second.mayWrite(c.Context())
}

// split answers POST /api/split: this and the following instances of a series become another, both writes or none.
func (a *API) split(c *call) (any, error) {
	var in struct{ Href, IfMatch, Data, NewName, NewData string }
	if err := c.readWithin(&in, maxWriteBytes); err != nil {
		return nil, err
	}
	if in.IfMatch == "" || in.IfMatch == "*" {
		return nil, refusal(http.StatusBadRequest, "no-version", "Say which version of the series you have seen.")
	}
	p, err := a.place(c.Context(), in.Href)
	if err != nil {
		return nil, err
	}
	cal, ok := p.parent.(calendar)
	if !ok || p.there == nil {
		return nil, dav.ErrNotFound
	}
	second, err := a.beside(c, p, in.NewName)
	if err == nil {
		err = p.mayWrite(c.Context())
	}
	if err != nil {
		return nil, err
	}
	head, tail, err := cal.Split(c.Context(), p.write(c, in.Data, in.IfMatch, ""), second.write(c, in.NewData, "", "*"))
	if err != nil {
		return nil, err
	}
	return struct {
		Href    string `json:"href"`
		ETag    string `json:"etag,omitempty"`
		NewHref string `json:"newHref"`
		NewETag string `json:"newEtag,omitempty"`
	}{p.href(), head.ETag, second.href(), tail.ETag}, nil
}

// text is what is stored there, as whoever asks may see it.
func (p *place) text(ctx context.Context) string {
	if r, ok := p.there.(dav.Reader); ok && p.there.Allow(ctx, dav.Read) == nil {
		if content, err := r.Content(ctx); err == nil {
			return string(content.Data)
		}
	}
	return ""
}

// namesIn gives the names that calendar objects have for calendar users; earlier texts come first.
func namesIn(texts []string) map[itip.Address]string {
	names := map[itip.Address]string{}
	for _, text := range texts {
		o, err := icalendar.ParseString(text)
		if err != nil {
			continue
		}
		for c := range o.Parts() {
			for _, p := range c.Props {
				if p.Name != "ATTENDEE" && p.Name != "ORGANIZER" {
					continue
				}
				if a := itip.Normalize(p.Value); names[a] == "" {
					names[a] = p.Param("CN")
				}
			}
		}
	}
	return names
}

// nameOf is what a calendar user is called: by the directory, else by an object.
func (a *API) nameOf(ctx context.Context, address itip.Address, names map[itip.Address]string) string {
	if p, err := a.o.Store.PrincipalByAddress(ctx, string(address)); err == nil {
		return called(p)
	}
	return names[address]
}

// called is what a principal is called.
func called(p *storage.Principal) string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Name
}

// escaped is a name as a segment of an href.
func escaped(name string) string { return dav.EscapeSegment(name) }

// bare is an address as people write it.
func bare(address string) string { return strings.TrimPrefix(address, "mailto:") }

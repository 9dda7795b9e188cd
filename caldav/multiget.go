package caldav

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"convoke/internal/timezone"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// calendarMultiget answers CALDAV:calendar-multiget, RFC 4791 §7.9: each href once, in any spelling, whatever the
// Depth header says.
func (d *Door) calendarMultiget(call *dav.ReportCall) error {
	hrefs := call.Body.Hrefs()
	switch {
	case len(hrefs) == 0:
		return badRequest(errors.New("multiget without href"))
	case len(hrefs) > d.limits.Hrefs:
		return tooMuch(fmt.Errorf("multiget of %d hrefs", len(hrefs)))
	}
	parent := collectionOf(call.Resource)
	var floating *timezone.Zone
	if parent != nil {
		floating = zoneOf(parent.C)
	}
	a, err := d.newAnswer(call, floating)
	if err != nil {
		return err
	}
	base, err := dav.ParsePath(call.Resource.Href())
	if err != nil {
		return err
	}
	g := &multiget{answer: a, parent: parent, base: base, href: call.Resource.Href(), seen: make(map[string]bool, len(hrefs))}
	if o, ok := call.Resource.(*object); ok {
		g.base, g.only = base.Parent(), o.M.Name
	}
	if err := g.hrefs(hrefs); err != nil {
		return err
	}
	return a.close()
}

// multiget is one calendar-multiget at work.
type multiget struct {
	*answer
	parent *tree.Collection // nil for a home
	base   dav.Path
	href   string          // of the resource asked
	only   string          // for an object: the one href allowed is its own
	seen   map[string]bool // names of members; hrefs of others
	names  []string        // members of the collection that wait to be read together
}

func (g *multiget) hrefs(hrefs []string) error {
	for _, href := range hrefs {
		if name, ok := g.plainMember(href); ok {
			g.member(name)
			continue
		}
		path, err := g.call.Path(href)
		if err != nil {
			if err := g.flushThen(href, http.StatusNotFound); err != nil {
				return err
			}
			continue
		}
		if err := g.path(path); err != nil {
			return err
		}
	}
	return g.flush()
}

// plainMember reads an href that is spelled as we spell it ourselves, as most are: that of the collection, and a
// name in which nothing is escaped.
func (g *multiget) plainMember(href string) (string, bool) {
	if g.parent == nil || g.only != "" {
		return "", false
	}
	name, ok := strings.CutPrefix(href, g.href)
	return name, ok && dav.ValidSegment(name) && !strings.ContainsAny(name, "%?#")
}

// member gathers a member of the collection, each once: they are read together.
func (g *multiget) member(name string) {
	if !g.seen[name] {
		g.seen[name] = true
		g.names = append(g.names, name)
	}
}

// path answers for one path.
func (g *multiget) path(path dav.Path) error {
	href := path.Href()
	if len(href) > 1 {
		href = strings.TrimSuffix(href, "/")
	}
	if g.parent != nil && len(path.Segments) == len(g.base.Segments)+1 && path.Within(g.base) {
		if g.only != "" && path.Name() != g.only {
			return g.flushThen(href, http.StatusNotFound) // RFC 4791 §7.9: "equivalent to the Request-URI"
		}
		g.member(path.Name())
		return nil
	}
	if g.seen[href] {
		return nil
	}
	g.seen[href] = true
	if !path.Within(g.base) {
		return g.flushThen(href, http.StatusNotFound)
	}
	res, err := g.call.Find(href)
	if err != nil {
		return g.flushThen(href, notThere(err))
	}
	o, ok := res.(*object)
	if !ok {
		return g.flushThen(href, http.StatusNotFound)
	}
	if err := g.flush(); err != nil {
		return err
	}
	return g.object(o)
}

// flushThen answers for what has gathered, and then with a status, so that the order stays that of the request.
func (g *multiget) flushThen(href string, status int) error {
	if err := g.flush(); err != nil {
		return err
	}
	return g.status(href, status)
}

// flush reads and answers the members gathered.
func (g *multiget) flush() error {
	if len(g.names) == 0 {
		return nil
	}
	names := g.names
	g.names = nil
	store := g.parent.Tree.Store
	return store.ObjectsNamed(g.call.Ctx, g.parent.C.ID, names, func(name string, o *storage.Object) error {
		if o == nil {
			return g.status(g.parent.MemberHref(name), http.StatusNotFound)
		}
		res, ok := g.parent.Member(&o.Member, o).(*object)
		if !ok {
			return g.status(g.parent.MemberHref(name), http.StatusNotFound)
		}
		if err := res.Allow(g.call.Ctx, dav.Read); err != nil {
			return g.status(res.Href(), notThere(err))
		}
		return g.object(res)
	})
}

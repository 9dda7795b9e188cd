package carddav

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// maxHrefs is the number of hrefs one multiget may name (reliability.md §2).
const maxHrefs = 20000

// props reads what a report asks for, and refuses address data that no card can be given in
// (RFC 6352 §8.6, CARDDAV:supported-address-data).
func props(call *dav.ReportCall) (*dav.PropRequest, error) {
	p, err := call.PropRequest(call.Body)
	if err != nil {
		return nil, err
	}
	if _, err := parseData(p.Node(davxml.AddressData)); err != nil {
		return nil, err
	}
	return p, nil
}

// query is CARDDAV:addressbook-query, RFC 6352 §8.6. It departs from it in taking any Depth as 1, for a
// collection has no address data of its own: some clients send none, others 0.
func (d *door) query(call *dav.ReportCall) error {
	asked, err := props(call)
	if err != nil {
		return err
	}
	f, err := parseFilter(call.Body.Child(davxml.CardFilter))
	if err != nil {
		return err
	}
	limit, err := parseLimit(call.Body.Child(davxml.CardLimit))
	if err != nil {
		return err
	}
	m := call.Multistatus()
	n := 0
	for res, err := range d.search(call.Ctx, call.Resource, f, limit > 0) {
		if err != nil {
			return err
		}
		if n++; limit > 0 && n > limit { // §8.6.2: not counted in the limit
			cond := &dav.Condition{Status: http.StatusInsufficientStorage, Name: davxml.NumberOfMatchesWithinLimits}
			if err := m.Status(call.Resource.Href(), cond.Status, cond); err != nil {
				return err
			}
			break
		}
		if err := m.Response(res, asked); err != nil {
			return err
		}
	}
	return m.Close()
}

// search gives the cards of a resource that pass the filter; by name if ordered, so that a truncated answer
// is the same each time.
func (d *door) search(ctx context.Context, r dav.Resource, f *filter, ordered bool) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		switch r := r.(type) {
		case *book:
			r.search(ctx, f, ordered, yield)
		case *peopleBook:
			for member, err := range r.Members(ctx) {
				if err == nil && !f.matches(member.(*person).entry.card) {
					continue
				}
				if !yield(member, err) {
					return
				}
			}
		case hasCard:
			c, err := r.card(ctx)
			if err != nil || f.matches(c) {
				yield(r, err)
			}
		}
	}
}

// search looks through one listing of the address book.
func (b *book) search(ctx context.Context, f *filter, ordered bool, yield func(dav.Resource, error) bool) {
	listing, err := b.Tree.Store.Listing(ctx, b.C.ID)
	if err != nil {
		yield(nil, tree.Condition(err))
		return
	}
	p := probeOf(f)
	members, err := b.candidates(ctx, listing, f, p)
	if err != nil {
		yield(nil, tree.Condition(err))
		return
	}
	if ordered {
		members = slices.Values(slices.SortedFunc(members, func(x, y *storage.Member) int { return strings.Compare(x.Name, y.Name) }))
	}
	for m := range members {
		if len(f.props) == 0 {
			if !yield(b.Member(m, nil), nil) {
				return
			}
			continue
		}
		o, err := b.Tree.Store.ObjectOf(ctx, m)
		if errors.Is(err, storage.ErrNotFound) {
			continue // replaced meanwhile
		}
		if err != nil {
			yield(nil, tree.Condition(err))
			return
		}
		if passes(o, f, p) && !yield(b.Member(m, o), nil) {
			return
		}
	}
}

// passes judges a stored card: by its parsed form if there is one, else by its bytes first. What does not
// parse matches nothing.
func passes(o *storage.Object, f *filter, p *probe) bool {
	c, parsed := o.Memo().(*card)
	if !parsed {
		if p.refutes(o.Data) {
			return false
		}
		var err error
		if c, err = cardOfObject(o); err != nil {
			return false
		}
	}
	return f.matches(c)
}

// candidates gives the members that may pass the filter.
func (b *book) candidates(ctx context.Context, l *storage.Listing, f *filter, p *probe) (iter.Seq[*storage.Member], error) {
	if len(p.needles) == 0 || f.asksMedia() {
		return l.All(), nil
	}
	text, err := b.door.texts.of(ctx, b.Tree.Store, l)
	if err != nil || text == nil {
		return l.All(), err
	}
	return slices.Values(text.candidates(l, p.needles)), nil
}

// asksMedia tells whether the filter looks at what is left out of the texts.
func (f *filter) asksMedia() bool {
	return slices.ContainsFunc(f.props, func(p propFilter) bool { return slices.Contains(media, p.name.Name) })
}

// multiget is CARDDAV:addressbook-multiget, RFC 6352 §8.7, at any Depth. Each href is answered once.
func (d *door) multiget(call *dav.ReportCall) error {
	asked, err := props(call)
	if err != nil {
		return err
	}
	hrefs := call.Body.Hrefs()
	switch {
	case len(hrefs) > maxHrefs:
		return refuse(davxml.NumberOfMatchesWithinLimits, fmt.Errorf("%d hrefs", len(hrefs)))
	case len(hrefs) == 0 && call.Resource.Kind().Collection:
		return badRequest(errors.New("multiget without href"))
	case len(hrefs) == 0:
		hrefs = []string{call.Resource.Href()}
	}
	scope, err := dav.ParsePath(call.Resource.Href())
	if err != nil {
		return err
	}
	m := call.Multistatus()
	done := make(map[string]bool, len(hrefs))
	for _, href := range hrefs {
		path, err := call.Path(href)
		canonical := href
		if err == nil {
			canonical = path.Href()
		}
		if done[canonical] {
			continue
		}
		done[canonical] = true
		if err := d.answer(call, m, asked, scope, path, canonical); err != nil {
			return err
		}
	}
	return m.Close()
}

// answer writes the response for one href of a multiget.
func (d *door) answer(call *dav.ReportCall, m *dav.Multistatus, asked *dav.PropRequest, scope, path dav.Path, href string) error {
	res, err := d.wanted(call, scope, path)
	switch {
	case err != nil && call.Ctx.Err() != nil:
		return err
	case err != nil:
		return m.Failed(href, err)
	}
	return m.Response(res, asked)
}

// wanted finds a card within the scope of the report; all must be members of it (RFC 6352 §8.7).
func (d *door) wanted(call *dav.ReportCall, scope, path dav.Path) (dav.Resource, error) {
	depth := len(path.Segments) - len(scope.Segments)
	if depth < 0 || !slices.Equal(path.Segments[:len(scope.Segments)], scope.Segments) {
		return nil, dav.ErrNotFound
	}
	var res dav.Resource
	var err error
	switch r := call.Resource.(type) {
	case *book:
		if depth != 1 {
			return nil, dav.ErrNotFound
		}
		res, err = r.Lookup(call.Ctx, path.Name())
	case *peopleBook:
		if depth != 1 {
			return nil, dav.ErrNotFound
		}
		res, err = r.member(call.Ctx, path.Name())
	default:
		if depth != 0 {
			return nil, dav.ErrNotFound
		}
		res = r
	}
	if err != nil {
		return nil, err
	}
	if err := res.Allow(call.Ctx, dav.Read); err != nil {
		return nil, err
	}
	return res, nil
}

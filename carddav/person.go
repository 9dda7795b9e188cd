package carddav

import (
	"context"
	"net/http"

	"convoke/server/dav"
	"convoke/server/davxml"
)

// directoryProps are the live properties of the directory besides those of every address book.
var directoryProps = dav.Props[*peopleBook]{
	{Name: davxml.DisplayName, Get: func(_ *peopleBook, v *dav.Value) error { v.W.Text(directoryName); return nil }},
	{Name: davxml.GetCTag, Asked: true, Get: func(b *peopleBook, v *dav.Value) error { // caldav-ctag §4
		p, err := b.people(v.Ctx)
		if err == nil {
			v.W.Text(p.state)
		}
		return err
	}},
	{Name: davxml.SyncToken, Asked: true, Get: func(b *peopleBook, v *dav.Value) error { // RFC 6578 §4
		p, err := b.people(v.Ctx)
		if err == nil {
			v.W.Text(p.token())
		}
		return err
	}},
}

// person is an entry of the directory.
type person struct {
	book *peopleBook
	*entry
}

// personProps are the live properties of entries, RFC 4918 §15.
var personProps = dav.Props[*person]{
	{Name: davxml.DisplayName, Get: func(p *person, v *dav.Value) error { v.W.Text(p.entry.card.FormattedName()); return nil }},
	{Name: davxml.GetETag, Get: func(p *person, v *dav.Value) error { v.W.Text(p.etag); return nil }},
	{Name: davxml.GetContentType, Get: func(_ *person, v *dav.Value) error { v.W.Text(storedType); return nil }},
	{Name: davxml.GetContentLength, Get: func(p *person, v *dav.Value) error { v.W.Int(int64(len(p.data))); return nil }},
	{Name: davxml.CreationDate, Get: func(p *person, v *dav.Value) error {
		if p.principal.Created.IsZero() {
			return dav.ErrNoProperty
		}
		v.W.Text(p.principal.Created.UTC().Format("2006-01-02T15:04:05Z"))
		return nil
	}},
}

func (p *person) Href() string    { return p.book.Href() + p.name }
func (p *person) Kind() *dav.Kind { return p.book.door.personKind }
func (p *person) shared() *door   { return p.book.door }

// Allow lets read only.
func (p *person) Allow(_ context.Context, need dav.Privilege) error {
	return allow(p.book.held(), need, p.Href())
}

// Privileges are those of the asker.
func (p *person) Privileges(ctx context.Context) (dav.PrivilegeSet, error) {
	return p.book.Privileges(ctx)
}

// Owner is the owner of the home.
func (p *person) Owner(ctx context.Context) (string, error) { return p.book.Owner(ctx) }

func (p *person) raw(context.Context) ([]byte, error) { return p.data, nil }
func (p *person) card(context.Context) (*card, error) { return p.entry.card, nil }

// Content is the generated card. It has no Last-Modified: a group's members change it too.
func (p *person) Content(context.Context) (*dav.Content, error) {
	return &dav.Content{Type: storedType, ETag: p.etag, Data: p.data}, nil
}

// Get answers GET and HEAD in the version that Accept wants.
func (p *person) Get(w http.ResponseWriter, r *http.Request) error {
	content, err := p.Content(r.Context())
	if err != nil {
		return err
	}
	return serveCard(w, r, p, content)
}

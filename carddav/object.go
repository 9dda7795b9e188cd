package carddav

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"convoke/internal/vcard"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// object is an address object resource, RFC 6352 §5.1.
type object struct {
	*tree.Object
	door *door
}

func (o *object) Kind() *dav.Kind { return o.door.cardKind }
func (o *object) shared() *door   { return o.door }

// hasCard is an address object resource, stored or generated.
type hasCard interface {
	dav.Resource
	// raw gives the bytes, and the parsed form when it is asked for.
	raw(ctx context.Context) ([]byte, error)
	card(ctx context.Context) (*card, error)
}

// cardProps are the live properties of address objects.
var cardProps = dav.Props[hasCard]{
	{Name: davxml.AddressData, Get: addressData, Asked: true}, // RFC 6352 §10.4; in reports
	{Name: davxml.CardSupportedCollationSet, Asked: true, Get: func(_ hasCard, v *dav.Value) error { return supportedCollations(nil, v) }},
}

// addressData writes the card as the request wants it, RFC 6352 §10.4.
func addressData(r hasCard, v *dav.Value) error {
	want, err := parseData(v.Node)
	if err != nil {
		return err
	}
	if want.plain() {
		data, err := r.raw(v.Ctx)
		v.W.TextBytes(data)
		return err
	}
	c, err := r.card(v.Ctx)
	if err != nil {
		return err
	}
	data, err := want.write(c.Card)
	if err != nil {
		return unconvertible(err)
	}
	v.W.TextBytes(data)
	return nil
}

// unconvertible is the condition of RFC 6352 §5.1.1, with the status of its example (§8.7.2).
func unconvertible(err error) error {
	return &dav.Condition{Status: http.StatusUnsupportedMediaType, Name: davxml.SupportedAddressDataConversion, Err: err}
}

func (o *object) raw(ctx context.Context) ([]byte, error) {
	stored, err := o.Load(ctx)
	if err != nil {
		return nil, err
	}
	return stored.Data, nil
}

func (o *object) card(ctx context.Context) (*card, error) {
	stored, err := o.Load(ctx)
	if err != nil {
		return nil, err
	}
	return cardOfObject(stored)
}

// cardOfObject gives the parsed card of an object, from its memo if it was parsed before.
func cardOfObject(o *storage.Object) (*card, error) {
	if c, ok := o.Memo().(*card); ok {
		return c, nil
	}
	parsed, err := vcard.Parse(o.Data)
	if err != nil {
		return nil, cardCondition(err)
	}
	c := newCard(parsed)
	o.SetMemo(c, c.cost())
	return c, nil
}

// Get answers GET and HEAD in the version that Accept wants, RFC 6352 §5.1.1.
func (o *object) Get(w http.ResponseWriter, r *http.Request) error {
	content, err := o.Content(r.Context())
	if err != nil {
		return err
	}
	return serveCard(w, r, o, content)
}

// serveCard sends a card, converted if Accept asks for the other version. The ETag is that of the stored
// card in either version, so that it is always the one of DAV:getetag (RFC 6352 §6.3.2.3).
func serveCard(w http.ResponseWriter, r *http.Request, o hasCard, content *dav.Content) error {
	version, ok := acceptedVersion(r.Header["Accept"])
	if !ok {
		return &dav.Condition{Status: http.StatusNotAcceptable, Name: davxml.SupportedAddressDataConversion, Err: errors.New("no version that Accept takes")}
	}
	data, mediaType := content.Data, content.Type
	if version != "" {
		c, err := o.card(r.Context())
		if err != nil {
			return err
		}
		if version != c.Version() {
			if data, err = c.Convert(version); err != nil {
				return unconvertible(err)
			}
		}
		mediaType = contentType(version)
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Etag", content.ETag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Add("Vary", "Accept")
	http.ServeContent(w, r, "", content.Modified, bytes.NewReader(data))
	return nil
}

package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"convoke/internal/vcard"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

func (a *API) fileRoutes() []route {
	return []route{
		{"GET /api/photo", signedIn, a.photo},
		{"GET /api/export", signedIn, a.export},
	}
}

// inert is the policy of what is stored: it may do nothing, wherever it is shown (reliability.md §7).
const inert = "default-src 'none'; sandbox"

// pictures are the kinds that are shown; what only says that it is one is not.
var pictures = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// readable finds what an href names, if whoever asks may read it.
func (a *API) readable(ctx context.Context, href string) (dav.Resource, error) {
	r, err := a.at(ctx, href)
	if err != nil {
		return nil, err
	}
	return r, r.Allow(ctx, dav.Read)
}

// photo answers GET /api/photo?href=: the picture of a contact.
func (a *API) photo(c *call) (any, error) {
	r, err := a.readable(c.Context(), c.FormValue("href"))
	if err != nil {
		return nil, err
	}
	o, ok := r.(tree.HasObject)
	if !ok || o.Base().Parent.C.Kind != storage.KindAddressBook {
		return nil, dav.ErrNotFound
	}
	stored, err := o.Base().Load(c.Context())
	if err != nil {
		return nil, err
	}
	card, err := vcard.Parse(stored.Data)
	if err != nil {
		return nil, dav.ErrNotFound
	}
	data := photoOf(card)
	kind := http.DetectContentType(data)
	if !pictures[kind] {
		return nil, dav.ErrNotFound
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", inert)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", storage.ETag(data))
	http.ServeContent(c.w, c.Request, "", stored.Modified, bytes.NewReader(data))
	return streamed{}, nil
}

// photoOf gives the bytes of the first picture that is in a card; nothing is fetched from elsewhere.
func photoOf(card *vcard.Card) []byte {
	for p := range card.Named("PHOTO") {
		text := p.Value()
		if rest, ok := strings.CutPrefix(text, "data:"); ok {
			kind, body, _ := strings.Cut(rest, ",")
			if !strings.HasSuffix(kind, ";base64") {
				continue
			}
			text = body
		}
		text = strings.NewReplacer(" ", "", "\t", "", "\\", "").Replace(text)
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			data, err = base64.RawStdEncoding.DecodeString(text)
		}
		if err == nil && len(data) > 0 {
			return data
		}
	}
	return nil
}

// export answers GET /api/export?href=: a collection or an object as a file.
func (a *API) export(c *call) (any, error) {
	r, err := a.readable(c.Context(), c.FormValue("href"))
	if err != nil {
		return nil, err
	}
	name, book := "", false
	switch r := r.(type) {
	case tree.HasCollection:
		coll := r.Base().C
		name, book = coll.Name, coll.Kind == storage.KindAddressBook
		if coll.Kind != storage.KindCalendar && !book {
			return nil, dav.ErrNotFound
		}
	case tree.HasObject:
		name, book = strings.TrimSuffix(strings.TrimSuffix(r.Base().M.Name, ".ics"), ".vcf"), r.Base().Parent.C.Kind == storage.KindAddressBook
	default:
		return nil, dav.ErrNotFound
	}
	ext, kind := ".ics", "text/calendar; charset=utf-8"
	if book {
		ext, kind = ".vcf", "text/vcard; charset=utf-8"
	}
	coll, whole := r.(tree.HasCollection)
	asCSV := c.FormValue("as") == "csv"
	if asCSV && (!book || !whole) {
		return nil, refusal(http.StatusBadRequest, "bad-request", "Address books alone can be had as CSV.")
	} else if asCSV {
		ext, kind = ".csv", "text/csv; charset=utf-8"
	}
	h := c.w.Header()
	h.Set("Content-Security-Policy", inert)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name+ext))
	switch {
	case asCSV:
		h.Set("Content-Type", kind)
		return streamed{}, a.table(c.Context(), c.w, coll.Base())
	case whole && book:
		h.Set("Content-Type", kind)
		return streamed{}, a.eachCard(c.Context(), coll.Base(), func(data []byte) error {
			_, err := c.w.Write(data)
			return err
		})
	}
	h.Set("Content-Type", kind)
	if g, ok := r.(dav.Getter); ok { // it writes as it goes
		if t, ok := r.(dav.Tagged); ok { // what it gives is what its tag names
			if _, err := t.Tag(c.Context()); err != nil {
				return nil, err
			}
		}
		c.Request.Header.Del("Accept")
		err := g.Get(c.w, c.Request)
		h.Set("Content-Type", kind)
		return streamed{}, err
	}
	reader, ok := r.(dav.Reader)
	if !ok {
		return nil, dav.ErrNotFound
	}
	content, err := reader.Content(c.Context())
	if err != nil {
		return nil, err
	}
	_, _ = c.w.Write(content.Data)
	return streamed{}, nil
}

// eachCard gives the text of the cards of a book.
func (a *API) eachCard(ctx context.Context, c *tree.Collection, yield func([]byte) error) error {
	l, err := a.o.Store.Listing(ctx, c.C.ID)
	if err != nil {
		return err
	}
	for m := range l.All() {
		o, err := a.o.Store.ObjectOf(ctx, m)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err == nil {
			err = yield(o.Data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// columns are those of a table of contacts, with the properties that fill them.
var columns = []struct{ title, property string }{
	{"Name", "FN"}, {"Nickname", "NICKNAME"}, {"Email", "EMAIL"}, {"Phone", "TEL"}, {"Organization", "ORG"}, {"Title", "TITLE"},
	{"Address", "ADR"}, {"Birthday", "BDAY"}, {"Website", "URL"}, {"Categories", "CATEGORIES"}, {"Note", "NOTE"},
}

// table writes a book as CSV.
func (a *API) table(ctx context.Context, w io.Writer, c *tree.Collection) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	var row []string
	for _, col := range columns {
		row = append(row, col.title)
	}
	if err := out.Write(row); err != nil {
		return err
	}
	err := a.eachCard(ctx, c, func(data []byte) error {
		card, err := vcard.Parse(data)
		if err != nil {
			return nil // nothing of it can be told
		}
		row = row[:0]
		for _, col := range columns {
			row = append(row, guarded(cardTexts(card, col.property)))
		}
		return out.Write(row)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// guarded keeps a text from being a formula in a spreadsheet (reliability.md §7).
func guarded(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

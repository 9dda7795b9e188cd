package api

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
)

func (a *API) linkRoutes() []route {
	return []route{
		{"GET /api/links", signedIn, a.listLinks},
		{"POST /api/links", signedIn, a.addLink},
		{"DELETE /api/links/{id}", signedIn, a.removeLink},
	}
}

// linkView is a secret address at which a calendar may be read.
type linkView struct {
	ID        string     `json:"id"`
	Href      string     `json:"href"` // of the calendar
	Label     string     `json:"label"`
	Detail    string     `json:"detail"`
	URL       string     `json:"url"`    // iCalendar
	Webcal    string     `json:"webcal"` // the same, for calendar programs
	Page      string     `json:"page"`   // for people
	Embed     string     `json:"embed"`  // for other sites' pages
	CreatedAt time.Time  `json:"createdAt"`
	CreatedBy string     `json:"createdBy"`
	UsedAt    *time.Time `json:"usedAt"`
	Works     bool       `json:"works"` // false: whoever made it may not publish any more
}

// maxLabel bounds what a link is called, in bytes.
const maxLabel = 200

func (a *API) viewLink(c *call, href string, l *storage.Link) (*linkView, error) {
	base := a.base(c.Request)
	at := base + "/public/" + l.Token
	v := &linkView{
		ID: formatID(l.ID), Href: href, Label: l.Label, Detail: l.Detail, URL: at + ".ics", Page: at, Embed: at + "/embed",
		Webcal: "webcal" + strings.TrimPrefix(strings.TrimPrefix(at, "https"), "http") + ".ics", CreatedAt: l.Created.Truncate(time.Second), UsedAt: moment(l.Used),
	}
	maker, err := a.o.Store.Principal(c.Context(), l.PrincipalID)
	if errors.Is(err, storage.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.CreatedBy = cmp.Or(maker.DisplayName, maker.Name)
	collection, err := a.o.Store.CollectionByID(c.Context(), l.CollectionID)
	if err != nil {
		return nil, err
	}
	v.Works, err = a.o.Tree.MayPublish(c.Context(), maker, collection)
	return v, err
}

// base is the address of this server as people use it, without a slash at its end.
func (a *API) base(r *http.Request) string {
	if a.o.PublicURL != "" {
		return strings.TrimRight(a.o.PublicURL, "/")
	}
	if server.HTTPS(r.Context()) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// published finds a calendar in the asker's home that they may publish.
func (a *API) published(c *call, href string) (*tree.Reached, error) {
	all, err := a.o.Tree.Reach(c.Context(), c.who)
	if err != nil {
		return nil, err
	}
	for i := range all {
		r := &all[i]
		if r.Href != href || r.Collection.Kind != storage.KindCalendar {
			continue
		}
		may, err := a.o.Tree.MayPublish(c.Context(), c.who, r.Collection)
		if err == nil && !may {
			err = refusal(http.StatusForbidden, "may-not-publish", "Only those who manage this calendar may publish it.")
		}
		return r, err
	}
	return nil, storage.ErrNotFound
}

// listLinks gives those of one calendar, or of all that the asker may publish.
func (a *API) listLinks(c *call) (any, error) {
	items := []*linkView{}
	add := func(r *tree.Reached) error {
		links, err := a.o.Store.Links(c.Context(), r.Collection.ID)
		for i := range links {
			v, e := a.viewLink(c, r.Href, &links[i])
			if e != nil {
				return e
			}
			items = append(items, v)
		}
		return err
	}
	if href := c.URL.Query().Get("href"); href != "" {
		r, err := a.published(c, href)
		if err == nil {
			err = add(r)
		}
		return map[string]any{"items": items}, err
	}
	all, err := a.o.Tree.Reach(c.Context(), c.who)
	if err != nil {
		return nil, err
	}
	for i := range all {
		may, err := a.o.Tree.MayPublish(c.Context(), c.who, all[i].Collection)
		if err == nil && may {
			err = add(&all[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return map[string]any{"items": items}, nil
}

func (a *API) addLink(c *call) (any, error) {
	var in struct {
		Href   string `json:"href"`
		Detail string `json:"detail"`
		Label  string `json:"label"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.Detail != storage.LinkFull && in.Detail != storage.LinkBusy {
		return nil, refusal(http.StatusBadRequest, "bad-request", "A link shows either all (full) or busy times alone (busy).")
	}
	if len(in.Label) > maxLabel || !utf8.ValidString(in.Label) {
		return nil, refusal(http.StatusBadRequest, "bad-request", "The name of the link is too long.")
	}
	r, err := a.published(c, in.Href)
	if err != nil {
		return nil, err
	}
	l := &storage.Link{CollectionID: r.Collection.ID, PrincipalID: c.who.ID, Label: strings.TrimSpace(in.Label), Detail: in.Detail}
	err = a.o.Store.Update(c.Context(), c.actor(), func(tx *storage.Tx) error { return tx.CreateLink(l) })
	var limit *storage.LimitError
	if errors.As(err, &limit) {
		return nil, refusal(http.StatusUnprocessableEntity, "too-many", "This calendar has as many links as it may.")
	}
	if err != nil {
		return nil, err
	}
	return a.viewLink(c, r.Href, l)
}

// removeLink revokes a link of a calendar that the asker may publish, whoever made it.
func (a *API) removeLink(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	l, err := a.o.Store.Link(c.Context(), id)
	if err != nil {
		return nil, err
	}
	collection, err := a.o.Store.CollectionByID(c.Context(), l.CollectionID)
	if err != nil {
		return nil, err
	}
	if may, err := a.o.Tree.MayPublish(c.Context(), c.who, collection); err != nil || !may {
		return nil, cmp.Or(err, storage.ErrNotFound)
	}
	return nil, a.o.Store.Update(c.Context(), c.actor(), func(tx *storage.Tx) error { return tx.DeleteLink(id) })
}

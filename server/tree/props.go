package tree

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// CommonRows are the properties of every resource.
var CommonRows = dav.Props[dav.Resource]{
	{Name: davxml.CurrentUserPrincipal, Get: currentUserPrincipal, Asked: true},     // RFC 5397 §3
	{Name: davxml.PrincipalCollectionSet, Get: principalCollectionSet, Asked: true}, // RFC 3744 §5.8
}

// CollectionRows are the properties of every stored collection.
var CollectionRows = dav.Props[HasCollection]{
	{Name: davxml.DisplayName, Get: collectionName, Set: setCollectionName, OwnShown: true},                // RFC 4918 §15.2
	{Name: davxml.CreationDate, Get: collectionCreated},                                                    // RFC 4918 §15.1
	{Name: davxml.GetLastModified, Get: collectionModified},                                                // RFC 4918 §15.7
	{Name: davxml.SyncToken, Get: syncToken, Asked: true},                                                  // RFC 6578 §4
	{Name: davxml.GetCTag, Get: ctag, Asked: true},                                                         // caldav-ctag §4
	{Name: davxml.QuotaUsedBytes, Get: quotaUsed, Asked: true},                                             // RFC 4331 §4
	{Name: davxml.QuotaAvailableBytes, Get: quotaAvailable, Asked: true},                                   // RFC 4331 §3
	{Name: davxml.InheritedACLSet, Get: func(HasCollection, *dav.Value) error { return nil }, Asked: true}, // RFC 3744 §5.7
}

// ObjectRows are the properties of every stored member.
var ObjectRows = dav.Props[HasObject]{
	{Name: davxml.GetETag, Get: objectETag},             // RFC 4918 §15.6
	{Name: davxml.GetContentType, Get: objectType},      // RFC 4918 §15.5
	{Name: davxml.GetContentLength, Get: objectLength},  // RFC 4918 §15.4
	{Name: davxml.GetLastModified, Get: objectModified}, // RFC 4918 §15.7
	{Name: davxml.CreationDate, Get: objectCreated},     // RFC 4918 §15.1
	{Name: davxml.DisplayName, Get: func(HasObject, *dav.Value) error { return dav.ErrNoProperty }},
}

// homeRows are the properties of homes.
var homeRows = dav.Props[*Home]{
	{Name: davxml.DisplayName, Get: func(h *Home, v *dav.Value) error { v.W.Text(shown(h.OwnedBy)); return nil }},
	{Name: davxml.GetCTag, Get: homeCTag, Asked: true},        // iOS polls it (clients.md §2)
	{Name: davxml.SyncToken, Get: homeSyncToken, Asked: true}, // RFC 6578 §4
	{Name: davxml.QuotaUsedBytes, Get: func(h *Home, v *dav.Value) error { return writeUsed(h.Tree, h.OwnedBy, v) }, Asked: true},
	{Name: davxml.QuotaAvailableBytes, Get: func(h *Home, v *dav.Value) error { return writeAvailable(h.Tree, h.OwnedBy, v) }, Asked: true},
}

// directoryRows are the properties of the fixed collections.
var directoryRows = dav.Props[dav.Resource]{
	{Name: davxml.DisplayName, Get: func(r dav.Resource, v *dav.Value) error {
		name := strings.Trim(r.Href(), "/")
		v.W.Text(name[strings.LastIndexByte(name, '/')+1:])
		return nil
	}},
	{Name: davxml.InheritedACLSet, Get: func(dav.Resource, *dav.Value) error { return nil }, Asked: true}, // RFC 3744 §5.7
}

func currentUserPrincipal(_ dav.Resource, v *dav.Value) error {
	who := server.Principal(v.Ctx)
	if who == nil {
		v.W.Empty(davxml.Unauthenticated)
		return nil
	}
	v.W.Href(PrincipalHref(who))
	return nil
}

func principalCollectionSet(_ dav.Resource, v *dav.Value) error {
	v.W.Href(PrincipalsHref)
	return nil
}

// MaxTextBytes bounds names and descriptions of collections.
const MaxTextBytes = 4096

// Text gives the text of a property to set, within MaxTextBytes; "" for a removal.
func Text(n *davxml.Node) (string, error) {
	if n == nil {
		return "", nil
	}
	s := strings.TrimSpace(n.Text)
	if len(s) > MaxTextBytes || !utf8.ValidString(s) {
		return "", dav.Status(http.StatusInsufficientStorage, nil)
	}
	return s, nil
}

func collectionName(r HasCollection, v *dav.Value) error {
	name, err := r.Base().Mine(v.Ctx, ownName, r.Base().C.DisplayName)
	if err != nil || name == "" {
		return cmp.Or(err, dav.ErrNoProperty)
	}
	v.W.Text(name)
	return nil
}

func setCollectionName(r HasCollection, n *davxml.Node) error {
	name, err := Text(n)
	if err != nil {
		return err
	}
	r.Base().StageMine(ownName, name, func(c *storage.Collection) { c.DisplayName = name })
	return nil
}

func writeDate(v *dav.Value, at time.Time) error {
	if at.IsZero() {
		return dav.ErrNoProperty
	}
	v.W.Text(at.UTC().Format(time.RFC3339)) // RFC 4918 §15.1
	return nil
}

func writeHTTPDate(v *dav.Value, at time.Time) error {
	if at.IsZero() {
		return dav.ErrNoProperty
	}
	v.W.Text(at.UTC().Format(http.TimeFormat))
	return nil
}

func collectionCreated(r HasCollection, v *dav.Value) error { return writeDate(v, r.Base().C.Created) }
func collectionModified(r HasCollection, v *dav.Value) error {
	return writeHTTPDate(v, r.Base().C.Modified)
}

func syncToken(r HasCollection, v *dav.Value) error {
	c := r.Base()
	v.W.Text(c.SyncToken(c.C.Change))
	return nil
}

// ctag is the sync token, quoted by nobody: clients compare it as a whole.
func ctag(r HasCollection, v *dav.Value) error { return syncToken(r, v) }

func quotaUsed(r HasCollection, v *dav.Value) error {
	return writeUsed(r.Base().Tree, r.Base().OwnedBy, v)
}

func quotaAvailable(r HasCollection, v *dav.Value) error {
	return writeAvailable(r.Base().Tree, r.Base().OwnedBy, v)
}

func writeUsed(t *Tree, owner *storage.Principal, v *dav.Value) error {
	used, err := t.Store.Usage(v.Ctx, owner.ID)
	if err != nil {
		return err
	}
	v.W.Int(used)
	return nil
}

func writeAvailable(t *Tree, owner *storage.Principal, v *dav.Value) error {
	used, err := t.Store.Usage(v.Ctx, owner.ID)
	if err != nil {
		return err
	}
	v.W.Int(max(t.quota-used, 0))
	return nil
}

func homeSyncToken(h *Home, v *dav.Value) error {
	token, err := h.SyncToken(v.Ctx)
	if err != nil {
		return err
	}
	v.W.Text(token)
	return nil
}

// homeCTag changes with the home, its collections and all that is in them, those of others among them: iOS looks into its
// calendars only if it did (clients.md §2). A collection's change number never goes back, and one that goes is a change
// of the home.
func homeCTag(h *Home, v *dav.Value) error {
	home, err := h.Tree.Store.HomeChange(v.Ctx, h.Name, h.OwnedBy.ID)
	if err != nil {
		return err
	}
	all, err := h.Tree.Store.CollectionsOf(v.Ctx, h.OwnedBy.ID) // at any depth
	if err != nil {
		return err
	}
	shared, err := h.Shared(v.Ctx)
	if err != nil {
		return err
	}
	sum := uint64(len(shared))
	for _, c := range all {
		if c.Home == h.Name && c.Kind != storage.KindPlain {
			sum += c.Change
		}
	}
	for _, c := range shared {
		sum += c.Change + c.Revision
	}
	v.W.Text(strconv.FormatUint(home, 10))
	v.W.Text("-")
	v.W.Text(strconv.FormatUint(sum, 10))
	return nil
}

func objectETag(r HasObject, v *dav.Value) error {
	v.W.Text(r.Base().M.ETag)
	return nil
}

func objectType(r HasObject, v *dav.Value) error {
	v.W.Text(r.Base().M.ContentType)
	return nil
}

func objectLength(r HasObject, v *dav.Value) error {
	v.W.Int(int64(r.Base().M.Size))
	return nil
}

func objectModified(r HasObject, v *dav.Value) error { return writeHTTPDate(v, r.Base().M.Modified) }
func objectCreated(r HasObject, v *dav.Value) error  { return writeDate(v, r.Base().M.Created) }

// shown is the name of a principal for people.
func shown(p *storage.Principal) string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Name
}

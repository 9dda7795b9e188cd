// Package tree is the resource tree of the server as storage holds it: the root, principals, homes, collections
// and their members. It is the ground that the CalDAV and the CardDAV door share; what is theirs alone they add
// as a Door.
//
// RFC 3744 (principals, access control), RFC 4331 (quota), RFC 5397 (current-user-principal),
// RFC 6578 (synchronisation), caldav-proxy, caldav-ctag.
//
// Invariants:
//   - privileges decides every access: for each method, report, href and member. The default is no.
//   - Below a collection that the asker may not read, what exists and what doesn't give the same answer.
//   - Hrefs depend on the names of principals and collections alone, never on display names or addresses.
//   - Resources are values of one request. Staged changes are applied to what the transaction finds.
package tree

import (
	"context"

	"convoke/server/dav"
	"convoke/storage"
)

// Door is what a protocol adds to the tree: its home, its kinds of collections and their members.
type Door struct {
	Home  string // storage.Calendars or storage.AddressBooks
	Actor string // how its writes are named in the history: "caldav", "carddav"
	// Wrap gives the resource of a collection in this home; nil leaves a plain collection plain.
	Wrap func(*Collection) dav.Resource
	// WrapObject gives the resource of a member of a collection that Wrap knows.
	WrapObject func(*Object) dav.Resource
	// Draft gives the draft of a new collection below a home or a plain collection, or a *dav.Condition.
	// It is asked for all resource types but a bare DAV:collection.
	Draft func(draft *Draft) (dav.Draft, error)
	// DeleteCollection removes a collection of the door's kinds with its members; nil: storage does.
	DeleteCollection func(ctx context.Context, c *Collection, r *dav.Removal) error
	// Secret tells whether an object holds what a reader without write privilege is not shown; nil: none does.
	// Such an object is not copied or moved away by that reader. Since ETags must not tell what is hidden, the reader
	// gets others for all objects, see Collection.ETag.
	Secret func(o *storage.Object) bool
	// Virtual are further collections of a home, which storage doesn't hold; Lookup finds one by its path
	// below the home. Nil: none.
	Virtual func(h *Home) []dav.Resource
	Lookup  func(h *Home, names []string) (dav.Resource, error)
	// Reserved tells whether a name in a home is that of a virtual collection, shown or not: nothing else is made
	// or moved there. Nil: none.
	Reserved func(name string) bool

	HomeRows       dav.Rows // further properties of homes; nil: none
	HomeReports    Reports
	PrincipalRows  dav.Rows // further properties of principals; nil: none
	CollectionPriv *dav.Supported
}

// Tree finds resources in storage. It is safe for concurrent use.
type Tree struct {
	Store *storage.Store
	doors map[string]*Door
	kinds kinds
	quota int64
}

// Options configure a tree.
type Options struct {
	QuotaBytes int64 // of one user, as RFC 4331 tells it; 0: 5 GiB
}

// New makes the tree over a store with the doors of both homes.
func New(store *storage.Store, o Options, doors ...*Door) *Tree {
	t := &Tree{Store: store, doors: map[string]*Door{}, quota: o.QuotaBytes}
	if t.quota <= 0 {
		t.quota = 5 << 30
	}
	for _, d := range doors {
		t.doors[d.Home] = d
	}
	t.kinds = t.makeKinds(doors)
	return t
}

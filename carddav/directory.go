package carddav

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"convoke/internal/vcard"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// The directory is an address book that the server makes of its principals: whom one may invite. It
// stands in each home and cannot be written.
const (
	directorySlug        = "directory"
	directoryName        = "Directory"
	directoryDescription = "The people, groups, rooms and resources of this server"
	// tokenPrefix begins the directory's sync tokens: the highest id seen and the state.
	tokenPrefix = "urn:convoke:directory:"
)

// Reserved tells whether the name of an address book in a home is the server's own.
func Reserved(name string) bool { return name == directorySlug }

// directory keeps the newest state, which all homes share.
type directory struct {
	newest atomic.Pointer[people]
}

// people is one state of the directory: immutable.
type people struct {
	from    []*storage.Principal // what it was made of
	members [][]int64            // of the groups among them
	entries []*entry             // by id
	byName  map[string]*entry
	state   string
	highest int64
}

// entry is one generated card.
type entry struct {
	principal *storage.Principal
	name      string // path segment
	data      []byte
	etag      string
	card      *card
}

// people gives the present state. It is made anew only if a principal or a group has changed.
func (d *directory) people(ctx context.Context, s *storage.Store) (*people, error) {
	all, err := s.Principals(ctx)
	if err != nil {
		return nil, tree.Condition(err)
	}
	var members [][]int64
	for _, p := range all {
		if p.Kind != storage.KindGroup {
			continue
		}
		m, err := s.GroupMembers(ctx, p.ID)
		if err != nil {
			return nil, tree.Condition(err)
		}
		members = append(members, m)
	}
	if now := d.newest.Load(); now != nil && slices.Equal(now.from, all) && slices.EqualFunc(now.members, members, slices.Equal) {
		return now, nil
	}
	made, err := gather(all, members)
	if err != nil {
		return nil, err
	}
	d.newest.Store(made)
	return made, nil
}

// gather makes the cards of all principals.
func gather(all []*storage.Principal, members [][]int64) (*people, error) {
	p := &people{from: all, members: members, byName: make(map[string]*entry, len(all))}
	uuids := make(map[int64]string, len(all))
	for _, one := range all {
		uuids[one.ID] = one.UUID
	}
	state := sha256.New()
	group := 0
	for _, one := range all {
		var in []int64
		if one.Kind == storage.KindGroup {
			in = members[group]
			group++
		}
		e, err := newEntry(one, in, uuids)
		if err != nil {
			return nil, err
		}
		p.entries = append(p.entries, e)
		p.byName[e.name] = e
		p.highest = max(p.highest, one.ID)
	}
	slices.SortFunc(p.entries, func(a, b *entry) int { return int(a.principal.ID - b.principal.ID) })
	for _, e := range p.entries {
		writeState(state, e)
	}
	p.state = base64.RawURLEncoding.EncodeToString(state.Sum(nil)[:12])
	return p, nil
}

func writeState(h hash.Hash, e *entry) {
	h.Write([]byte(e.name))
	h.Write([]byte(e.etag))
}

// newEntry makes the card of a principal. It is a 3.0 card, which every client reads.
func newEntry(p *storage.Principal, members []int64, uuids map[int64]string) (*entry, error) {
	c := vcard.New(vcard.V30)
	name := p.DisplayName
	if name == "" {
		name = p.Name
	}
	c.Set("PRODID", "-//Convoke//Directory//EN")
	c.Set("UID", "urn:uuid:"+p.UUID)
	c.Set("FN", vcard.Escape(name))
	c.Set("N", familyAndGiven(p, name))
	for i, address := range p.Addresses {
		mail, ok := strings.CutPrefix(address, "mailto:")
		if !ok {
			continue
		}
		types := vcard.Param{Name: "TYPE", Values: []string{"INTERNET"}}
		if i == 0 {
			types.Values = append(types.Values, "pref")
			c.Add(vcard.Make("", "CALADRURI", address)) // RFC 2739 §2.3: where to send invitations
		}
		c.Add(vcard.Make("", "EMAIL", vcard.Escape(mail), types))
	}
	switch p.Kind { // RFC 6350 §6.1.4, in Apple's spelling for 3.0
	case storage.KindGroup:
		c.Set("X-ADDRESSBOOKSERVER-KIND", "group")
	case storage.KindRoom:
		c.Set("X-ADDRESSBOOKSERVER-KIND", "location")
	case storage.KindResource:
		c.Set("X-ADDRESSBOOKSERVER-KIND", "x-resource")
	}
	for _, id := range members {
		if uuid := uuids[id]; uuid != "" {
			c.Add(vcard.Make("", "X-ADDRESSBOOKSERVER-MEMBER", "urn:uuid:"+uuid))
		}
	}
	data := c.Bytes()
	parsed, err := vcard.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("directory entry of %q: %w", p.Name, err)
	}
	return &entry{principal: p, name: personName(p), data: data, etag: storage.ETag(data), card: newCard(parsed)}, nil
}

// familyAndGiven makes N: the last word of a person's name is taken as the family name.
func familyAndGiven(p *storage.Principal, name string) string {
	if i := strings.LastIndexByte(name, ' '); i > 0 && p.Kind == storage.KindUser {
		return vcard.JoinComponents(name[i+1:], strings.TrimSpace(name[:i]), "", "", "")
	}
	return vcard.JoinComponents(name, "", "", "", "")
}

// personName is the path segment of an entry. It is made of the id, so that removed entries can be told.
func personName(p *storage.Principal) string { return nameOfID(p.ID) }

func nameOfID(id int64) string { return strconv.FormatInt(id, 10) + ".vcf" }

func directoryHref(owner *storage.Principal) string {
	return tree.HomeHref(storage.AddressBooks, owner) + directorySlug + "/"
}

// peopleBook is the directory as it stands in one home.
type peopleBook struct {
	door *door
	home *tree.Home
}

// virtual adds the directory to a home, unless its owner has deleted it there.
func (d *door) virtual(h *tree.Home) []dav.Resource {
	if hidden(context.Background(), h.Tree.Store, h.OwnedBy) {
		return nil
	}
	return []dav.Resource{&peopleBook{door: d, home: h}}
}

// lookup finds the directory and its entries below a home.
func (d *door) lookup(h *tree.Home, names []string) (dav.Resource, error) {
	if names[0] != directorySlug || len(names) > 2 || hidden(context.Background(), h.Tree.Store, h.OwnedBy) {
		return nil, dav.ErrNotFound
	}
	b := &peopleBook{door: d, home: h}
	if len(names) == 1 {
		return b, nil
	}
	return b.member(context.Background(), names[1])
}

func (b *peopleBook) Href() string    { return directoryHref(b.home.OwnedBy) }
func (b *peopleBook) Kind() *dav.Kind { return b.door.directoryKind }
func (b *peopleBook) shared() *door   { return b.door }

// directoryPrivileges are those of whoever may read the home; there is nothing to write.
const directoryPrivileges = dav.Read | dav.ReadPrivileges | dav.ReadACL

// held is what the asker may do here.
func (b *peopleBook) held() dav.PrivilegeSet {
	if !b.home.Privs.Has(dav.Read) {
		return 0
	}
	return directoryPrivileges
}

func allow(held, need dav.Privilege, href string) error {
	if held.Has(need) {
		return nil
	}
	return dav.NeedPrivileges(href, (need &^ held).Name())
}

// Allow lets read only.
func (b *peopleBook) Allow(_ context.Context, p dav.Privilege) error {
	return allow(b.held(), p, b.Href())
}

// Privileges are those of the asker.
func (b *peopleBook) Privileges(context.Context) (dav.PrivilegeSet, error) { return b.held(), nil }

// Owner is the owner of the home.
func (b *peopleBook) Owner(ctx context.Context) (string, error) { return b.home.Owner(ctx) }

func (b *peopleBook) people(ctx context.Context) (*people, error) {
	return b.door.directory.people(ctx, b.home.Tree.Store)
}

func (b *peopleBook) member(ctx context.Context, name string) (dav.Resource, error) {
	p, err := b.people(ctx)
	if err != nil {
		return nil, err
	}
	if e := p.byName[name]; e != nil {
		return &person{book: b, entry: e}, nil
	}
	return nil, dav.ErrNotFound
}

// Members are the entries.
func (b *peopleBook) Members(ctx context.Context) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		p, err := b.people(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range p.entries {
			if !yield(&person{book: b, entry: e}, nil) {
				return
			}
		}
	}
}

// token is the sync token of a state.
func (p *people) token() string {
	return tokenPrefix + strconv.FormatInt(p.highest, 10) + "-" + p.state
}

// Changes answers a sync, RFC 6578. A state is not kept, so after any change all entries are given, and those
// ids up to the highest at the time of the token that are gone now; clients compare the ETags. A token
// never expires, since Thunderbird's address book doesn't survive that (clients.md §9.10).
func (b *peopleBook) Changes(ctx context.Context, since string, limit int) (*dav.Changes, error) {
	p, err := b.people(ctx)
	if err != nil {
		return nil, err
	}
	highest := int64(0)
	if since != "" {
		rest, ok := strings.CutPrefix(since, tokenPrefix)
		id, _, dashed := strings.Cut(rest, "-")
		if highest, err = strconv.ParseInt(id, 10, 64); !ok || !dashed || err != nil || highest < 0 {
			return nil, syncCondition(ctx, refuse(davxml.ValidSyncToken, err))
		}
	}
	changes := &dav.Changes{Token: p.token()}
	if since == changes.Token {
		return changes, nil
	}
	gone := p.gone(highest)
	if limit > 0 && len(p.entries)+len(gone) > limit {
		// A part of a state has no token to go on from; RFC 6578 §3.6 lets the client ask without a limit.
		return nil, &dav.Condition{Status: http.StatusInsufficientStorage, Name: davxml.NumberOfMatchesWithinLimits}
	}
	changes.Items = func(yield func(dav.Change, error) bool) {
		for _, id := range gone {
			if !yield(dav.Change{Href: b.Href() + nameOfID(id)}, nil) {
				return
			}
		}
		for _, e := range p.entries {
			if !yield(dav.Change{Resource: &person{book: b, entry: e}}, nil) {
				return
			}
		}
	}
	return changes, nil
}

// maxGone bounds the removals told at once: the newest.
const maxGone = 10000

// gone lists the ids up to the highest that no entry has.
func (p *people) gone(highest int64) []int64 {
	var ids []int64
	highest = min(highest, p.highest+maxGone)
	for id := max(1, highest-maxGone); id <= highest; id++ {
		if p.byName[nameOfID(id)] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

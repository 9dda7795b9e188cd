package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Principal gives a principal by id, or ErrNotFound.
func (s *Store) Principal(ctx context.Context, id int64) (*Principal, error) {
	return s.directory.principal(id)
}

// PrincipalByName gives a principal by name, or ErrNotFound.
func (s *Store) PrincipalByName(ctx context.Context, name string) (*Principal, error) {
	return s.directory.named(name)
}

// PrincipalByTypedName gives a principal by name as people type it, in whatever case, or ErrNotFound.
// Paths are compared as they are: for them there is PrincipalByName.
func (s *Store) PrincipalByTypedName(ctx context.Context, name string) (*Principal, error) {
	return s.directory.typed(name)
}

// PrincipalByAddress gives the principal with a calendar user address, which it
// normalizes, or ErrNotFound. urn:uuid: finds by UUID.
func (s *Store) PrincipalByAddress(ctx context.Context, address string) (*Principal, error) {
	return s.directory.addressed(NormalizeAddress(address))
}

// Principals gives all principals, ordered by name. The slice is the caller's.
func (s *Store) Principals(ctx context.Context) ([]*Principal, error) { return s.directory.all(), nil }

// GroupMembers gives the ids of a group's direct members.
func (s *Store) GroupMembers(ctx context.Context, group int64) ([]int64, error) {
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.members[group], nil
}

// Memberships gives the ids of all groups that a principal is in, directly or through groups.
func (s *Store) Memberships(ctx context.Context, id int64) ([]int64, error) {
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.groupsOf(id), nil
}

// Delegates gives who may act for a principal (calendar-proxy-read, calendar-proxy-write).
func (s *Store) Delegates(ctx context.Context, id int64) (Proxies, error) {
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.proxies[id], nil
}

// ProxyFor gives for whom a principal, or a group it is in, may act. Delegates of a room may write, without being among
// its Delegates.
func (s *Store) ProxyFor(ctx context.Context, id int64) (Proxies, error) {
	return s.directory.proxied(id), nil
}

// Principal is Store.Principal inside the transaction.
func (t *Tx) Principal(ctx context.Context, id int64) (*Principal, error) {
	for _, l := range t.layers() {
		if p, ok := l.principals[id]; ok {
			if p == nil {
				return nil, ErrNotFound
			}
			return p, nil
		}
	}
	return t.s.directory.principal(id)
}

// PrincipalByName is Store.PrincipalByName inside the transaction.
func (t *Tx) PrincipalByName(ctx context.Context, name string) (*Principal, error) {
	return t.findPrincipal(func(p *Principal) bool { return p.Name == name },
		func() (*Principal, error) { return t.s.directory.named(name) })
}

// PrincipalByTypedName is Store.PrincipalByTypedName inside the transaction.
func (t *Tx) PrincipalByTypedName(ctx context.Context, name string) (*Principal, error) {
	if p, err := t.PrincipalByName(ctx, name); err == nil {
		return p, nil
	}
	return t.findPrincipal(func(p *Principal) bool { return fold(p.Name) == fold(name) },
		func() (*Principal, error) { return t.s.directory.typed(name) })
}

// nameFree refuses a name that somebody else has, in whatever case: people would not tell the two apart.
func (t *Tx) nameFree(p *Principal) error {
	if other, err := t.PrincipalByTypedName(context.Background(), p.Name); err == nil && other.ID != p.ID {
		return fmt.Errorf("principal %s: %w", p.Name, ErrExists)
	}
	return nil
}

// PrincipalByAddress is Store.PrincipalByAddress inside the transaction.
func (t *Tx) PrincipalByAddress(ctx context.Context, address string) (*Principal, error) {
	address = NormalizeAddress(address)
	return t.findPrincipal(func(p *Principal) bool {
		return slices.Contains(p.Addresses, address) || address == "urn:uuid:"+p.UUID
	}, func() (*Principal, error) { return t.s.directory.addressed(address) })
}

// findPrincipal looks for a principal among the uncommitted ones, then among the others.
func (t *Tx) findPrincipal(match func(*Principal) bool, committed func() (*Principal, error)) (*Principal, error) {
	for _, l := range t.layers() {
		for id, p := range l.principals {
			if p != nil && match(p) {
				if now, err := t.Principal(context.Background(), id); err == nil && now == p {
					return p, nil
				}
			}
		}
	}
	p, err := committed()
	if err != nil {
		return nil, err
	}
	now, err := t.Principal(context.Background(), p.ID)
	if err != nil || !match(now) {
		return nil, ErrNotFound
	}
	return now, nil
}

// GroupMembers is Store.GroupMembers inside the transaction.
func (t *Tx) GroupMembers(ctx context.Context, group int64) ([]int64, error) {
	for _, l := range t.layers() {
		if m, ok := l.members[group]; ok {
			return m, nil
		}
	}
	return t.s.GroupMembers(ctx, group)
}

// Memberships is Store.Memberships inside the transaction.
func (t *Tx) Memberships(ctx context.Context, id int64) ([]int64, error) {
	d := t.s.directory
	var found []int64
	seen := map[int64]bool{id: true}
	for todo := []int64{id}; len(todo) > 0; todo = todo[1:] {
		d.mu.RLock()
		groups := slices.Clone(d.groups[todo[0]])
		d.mu.RUnlock()
		for _, l := range t.layers() {
			for g := range l.members {
				groups = append(groups, g)
			}
		}
		for _, g := range groups {
			members, err := t.GroupMembers(ctx, g)
			if err != nil {
				return nil, err
			}
			if !seen[g] && slices.Contains(members, todo[0]) {
				seen[g] = true
				found = append(found, g)
				todo = append(todo, g)
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// Delegates is Store.Delegates inside the transaction.
func (t *Tx) Delegates(ctx context.Context, id int64) (Proxies, error) {
	for _, l := range t.layers() {
		if p, ok := l.proxies[id]; ok {
			return p, nil
		}
	}
	return t.s.Delegates(ctx, id)
}

// CreatePrincipal stores a new principal and its default collections: for all but groups the
// calendars "default" (VEVENT) and "tasks" (VTODO), "inbox", "outbox", "notification" and the
// address book "default". It fills in ID, Created and, where unset, UUID, and normalizes the addresses;
// p is shared afterwards.
// ErrExists if the name is taken, in whatever case, *AddressTakenError if an address is.
func (t *Tx) CreatePrincipal(p *Principal) error {
	if p.Name == "" {
		return errors.New("a principal needs a name")
	}
	if err := t.nameFree(p); err != nil {
		return err
	}
	if p.UUID == "" {
		p.UUID = uuid.NewString()
	}
	p.UUID = fold(p.UUID)
	p.Created = seconds(t.now)
	normalizeAddresses(p)
	booking, err := bookingText(p.Booking)
	if err != nil {
		return err
	}
	r, err := t.exec(`INSERT INTO principal (uuid, kind, name, display_name, admin, booking, created)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, p.UUID, p.Kind, p.Name, p.DisplayName, p.Admin, booking, p.Created.Unix())
	if uniqueViolation(err) {
		return fmt.Errorf("principal %s: %w", p.Name, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("store principal %s: %w", p.Name, err)
	}
	if p.ID, err = r.LastInsertId(); err != nil {
		return t.spoil(err)
	}
	if err := t.setAddresses(p); err != nil {
		return t.spoil(err)
	}
	put(&t.changes.principals, p.ID, p)
	if p.Kind == KindGroup {
		return nil
	}
	return t.spoil(t.makeHome(p))
}

func (t *Tx) makeHome(p *Principal) error {
	for _, c := range []*Collection{
		{Home: Calendars, Kind: KindCalendar, Name: "default", DisplayName: "Calendar", Components: []string{"VEVENT"}},
		{Home: Calendars, Kind: KindCalendar, Name: "tasks", DisplayName: "Tasks", Components: []string{"VTODO"}},
		{Home: Calendars, Kind: KindInbox, Name: "inbox"},
		{Home: Calendars, Kind: KindOutbox, Name: "outbox"},
		{Home: Calendars, Kind: KindNotifications, Name: "notification"},
		{Home: AddressBooks, Kind: KindAddressBook, Name: "default", DisplayName: "Contacts"},
	} {
		c.OwnerID = p.ID
		if err := t.CreateCollection(c); err != nil {
			return err
		}
	}
	return nil
}

func normalizeAddresses(p *Principal) {
	var list []string
	for _, a := range p.Addresses {
		if a = NormalizeAddress(a); a != "" && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	p.Addresses = list
}

func bookingText(b *Booking) (string, error) {
	if b == nil {
		return "", nil
	}
	text, err := json.Marshal(b)
	return string(text), err
}

// setAddresses replaces the addresses of p; the table's key keeps them unique over all principals.
func (t *Tx) setAddresses(p *Principal) error {
	if _, err := t.exec("DELETE FROM principal_address WHERE principal_id = ?", p.ID); err != nil {
		return err
	}
	for i, a := range p.Addresses {
		_, err := t.exec("INSERT INTO principal_address (address, principal_id, position) VALUES (?, ?, ?)", a, p.ID, i)
		if uniqueViolation(err) {
			taken := &AddressTakenError{Address: a}
			if err := t.c.row("SELECT principal_id FROM principal_address WHERE address = ?", []any{a}, &taken.PrincipalID); err != nil {
				return err
			}
			return taken
		}
		if err != nil {
			return fmt.Errorf("store address %s: %w", a, err)
		}
	}
	return nil
}

// UpdatePrincipal stores all fields but ID, UUID, Kind and Created. Errors as CreatePrincipal.
func (t *Tx) UpdatePrincipal(p *Principal) error {
	old, err := t.Principal(context.Background(), p.ID)
	if err != nil {
		return err
	}
	now := *p
	now.UUID, now.Kind, now.Created = old.UUID, old.Kind, old.Created
	if now.Name != old.Name {
		if err := t.nameFree(&now); err != nil {
			return err
		}
	}
	normalizeAddresses(&now)
	booking, err := bookingText(now.Booking)
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE principal SET name = ?, display_name = ?, admin = ?, booking = ? WHERE id = ?",
		now.Name, now.DisplayName, now.Admin, booking, now.ID)
	if uniqueViolation(err) {
		return fmt.Errorf("principal %s: %w", now.Name, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("store principal %s: %w", now.Name, err)
	}
	if err := t.setAddresses(&now); err != nil {
		return t.spoil(err)
	}
	put(&t.changes.principals, now.ID, &now)
	return t.spoil(t.readdress(old, &now))
}

// RemovePrincipal deletes a principal with its collections, credentials, grants and memberships.
func (t *Tx) RemovePrincipal(id int64) error {
	if _, err := t.Principal(context.Background(), id); err != nil {
		return err
	}
	return t.spoil(t.removePrincipal(id))
}

func (t *Tx) removePrincipal(id int64) error {
	for _, home := range []string{Calendars, AddressBooks} {
		list, err := t.Collections(context.Background(), home, id, 0)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := t.DeleteCollection(c.ID); err != nil {
				return err
			}
		}
		put(&t.changes.homes, homeKey{home, id}, 0)
	}
	if err := cmp.Or(t.emptyTrash(id), t.dropSharesOf(id), t.dropGrantsTo(id)); err != nil {
		return err
	}
	if err := t.dropLocks(func(l *Lock) bool { return l.PrincipalID == id }); err != nil {
		return err
	}
	t.changes.allProperties = true
	_, err := t.exec("DELETE FROM property WHERE principal_id = ? OR (ref_kind IN ('principal', 'home') AND ref_id = ?)", id, id)
	if err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM principal WHERE id = ?", id); err != nil {
		return err
	}
	put(&t.changes.principals, id, nil)
	return nil
}

// SetMembers replaces the direct members of a group.
func (t *Tx) SetMembers(group int64, members []int64) error {
	p, err := t.Principal(context.Background(), group)
	if err != nil {
		return err
	}
	if p.Kind != KindGroup {
		return fmt.Errorf("%s is no group", p.Name)
	}
	members = uniqueIDs(members)
	if err := t.principalsExist(members); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM membership WHERE group_id = ?", group); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := t.exec("INSERT INTO membership (group_id, member_id) VALUES (?, ?)", group, m); err != nil {
			return t.spoil(err)
		}
	}
	put(&t.changes.members, group, members)
	return nil
}

// SetProxies replaces who may act for a principal.
func (t *Tx) SetProxies(id int64, p Proxies) error {
	p = Proxies{Read: uniqueIDs(p.Read), Write: uniqueIDs(p.Write)}
	if err := t.principalsExist(slices.Concat([]int64{id}, p.Read, p.Write)); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM proxy WHERE principal_id = ?", id); err != nil {
		return err
	}
	for writes, list := range [][]int64{p.Read, p.Write} {
		for _, proxy := range list {
			if _, err := t.exec("INSERT INTO proxy (principal_id, proxy_id, writes) VALUES (?, ?, ?)", id, proxy, writes); err != nil {
				return t.spoil(err)
			}
		}
	}
	put(&t.changes.proxies, id, p)
	return nil
}

func (t *Tx) principalsExist(ids []int64) error {
	for _, id := range ids {
		if _, err := t.Principal(context.Background(), id); err != nil {
			return fmt.Errorf("principal %d: %w", id, err)
		}
	}
	return nil
}

func uniqueIDs(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Administered tells whether anybody administers the server, as the transaction leaves it.
func (t *Tx) Administered() bool {
	admin := func(id int64) bool {
		p, err := t.Principal(context.Background(), id)
		return err == nil && p.Admin
	}
	for _, l := range t.layers() {
		for id := range l.principals {
			if admin(id) {
				return true
			}
		}
	}
	return slices.ContainsFunc(t.s.directory.all(), func(p *Principal) bool { return admin(p.ID) })
}

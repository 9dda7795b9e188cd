package storage

import "context"

// NormalizeAddress gives the form in which calendar user addresses are compared
// (RFC 6638 §2.4.1): mailto: percent-decoded and case-folded, urn:uuid: lower-cased,
// a bare address taken as mailto:. Anything else comes back trimmed. Paths of principals
// are resolved above storage.
func NormalizeAddress(address string) string { return address }

// Principal gives a principal by id, or ErrNotFound.
func (s *Store) Principal(ctx context.Context, id int64) (*Principal, error) { return nil, errTODO }

// PrincipalByName gives a principal by name, or ErrNotFound.
func (s *Store) PrincipalByName(ctx context.Context, name string) (*Principal, error) {
	return nil, errTODO
}

// PrincipalByAddress gives the principal with a calendar user address, which it
// normalizes, or ErrNotFound. urn:uuid: finds by UUID.
func (s *Store) PrincipalByAddress(ctx context.Context, address string) (*Principal, error) {
	return nil, errTODO
}

// Principals gives all principals, ordered by name. The slice is the caller's.
func (s *Store) Principals(ctx context.Context) ([]*Principal, error) { return nil, errTODO }

// GroupMembers gives the ids of a group's direct members.
func (s *Store) GroupMembers(ctx context.Context, group int64) ([]int64, error) { return nil, errTODO }

// Memberships gives the ids of all groups that a principal is in, directly or through groups.
func (s *Store) Memberships(ctx context.Context, id int64) ([]int64, error) { return nil, errTODO }

// Delegates gives who may act for a principal (calendar-proxy-read, calendar-proxy-write).
func (s *Store) Delegates(ctx context.Context, id int64) (Proxies, error) { return Proxies{}, errTODO }

// ProxyFor gives for whom a principal, or a group it is in, may act.
func (s *Store) ProxyFor(ctx context.Context, id int64) (Proxies, error) { return Proxies{}, errTODO }

// Principal is Store.Principal inside the transaction.
func (t *Tx) Principal(ctx context.Context, id int64) (*Principal, error) { return nil, errTODO }

// PrincipalByName is Store.PrincipalByName inside the transaction.
func (t *Tx) PrincipalByName(ctx context.Context, name string) (*Principal, error) {
	return nil, errTODO
}

// PrincipalByAddress is Store.PrincipalByAddress inside the transaction.
func (t *Tx) PrincipalByAddress(ctx context.Context, address string) (*Principal, error) {
	return nil, errTODO
}

// CreatePrincipal stores a new principal and its default collections: for all but groups the
// calendars "default" (VEVENT) and "tasks" (VTODO), "inbox", "outbox" and the address book
// "default". It fills in ID, UUID and Created and normalizes the addresses.
// ErrExists if the name is taken, *AddressTakenError if an address is.
func (t *Tx) CreatePrincipal(p *Principal) error { return errTODO }

// UpdatePrincipal stores all fields but ID, UUID, Kind and Created. Errors as CreatePrincipal.
func (t *Tx) UpdatePrincipal(p *Principal) error { return errTODO }

// RemovePrincipal deletes a principal with its collections, credentials, grants and memberships.
func (t *Tx) RemovePrincipal(id int64) error { return errTODO }

// SetMembers replaces the direct members of a group.
func (t *Tx) SetMembers(group int64, members []int64) error { return errTODO }

// SetProxies replaces who may act for a principal.
func (t *Tx) SetProxies(id int64, p Proxies) error { return errTODO }

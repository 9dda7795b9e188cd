package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Grants gives the access control entries of a collection, in order.
func (s *Store) Grants(ctx context.Context, collID int64) ([]Grant, error) {
	k := s.catalog
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.grants[collID], nil
}

// GrantsTo gives all entries for any of these grantees, ordered by collection.
func (s *Store) GrantsTo(ctx context.Context, principalIDs ...int64) ([]Grant, error) {
	k := s.catalog
	k.mu.RLock()
	var list []Grant
	for _, grants := range k.grants {
		for _, g := range grants {
			if slices.Contains(principalIDs, g.PrincipalID) {
				list = append(list, g)
			}
		}
	}
	k.mu.RUnlock()
	slices.SortStableFunc(list, func(a, b Grant) int { return cmp.Compare(a.CollectionID, b.CollectionID) })
	return list, nil
}

// Grants is Store.Grants inside the transaction.
func (t *Tx) Grants(ctx context.Context, collID int64) ([]Grant, error) {
	for _, l := range t.layers() {
		if g, ok := l.grants[collID]; ok {
			return g, nil
		}
	}
	return t.s.Grants(ctx, collID)
}

// SetGrants replaces the access control entries of a collection (RFC 3744 §8.1). ErrNotFound
// if the collection or a grantee is not there.
func (t *Tx) SetGrants(collID int64, grants []Grant) error {
	c, err := t.CollectionByID(context.Background(), collID)
	if err != nil {
		return err
	}
	old, err := t.Grants(context.Background(), collID)
	if err != nil {
		return err
	}
	grants = slices.Clone(grants)
	for i := range grants {
		g := &grants[i]
		g.CollectionID = collID
		if g.PrincipalID == GranteeAll || g.PrincipalID == GranteeAuthenticated {
			continue
		}
		if _, err := t.Principal(context.Background(), g.PrincipalID); err != nil {
			return fmt.Errorf("grantee %d: %w", g.PrincipalID, err)
		}
	}
	if _, err := t.exec("DELETE FROM access_grant WHERE collection_id = ?", collID); err != nil {
		return err
	}
	for i, g := range grants {
		_, err := t.exec("INSERT INTO access_grant (collection_id, position, principal_id, privileges, deny) VALUES (?, ?, ?, ?, ?)",
			collID, i, g.PrincipalID, int64(g.Privileges), g.Deny)
		if err != nil {
			return t.spoil(fmt.Errorf("store grant: %w", err))
		}
	}
	put(&t.changes.grants, collID, grants)
	if err := t.pruneShares(collID, old, grants); err != nil {
		return t.spoil(err)
	}
	return t.spoil(t.touch(t.own(c)))
}

// dropGrantsTo takes away what a principal was granted.
func (t *Tx) dropGrantsTo(id int64) error {
	var ids []int64
	add := func(g Grant) {
		if g.PrincipalID == id && !slices.Contains(ids, g.CollectionID) {
			ids = append(ids, g.CollectionID)
		}
	}
	committed, err := t.s.GrantsTo(context.Background(), id)
	if err != nil {
		return err
	}
	for _, g := range committed {
		add(g)
	}
	for _, l := range t.layers() {
		for _, grants := range l.grants {
			for _, g := range grants {
				add(g)
			}
		}
	}
	for _, collID := range ids {
		if _, err := t.CollectionByID(context.Background(), collID); err != nil {
			continue // deleted in this transaction
		}
		grants, err := t.Grants(context.Background(), collID)
		if err != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(grants), func(g Grant) bool { return g.PrincipalID == id })
		if err := t.SetGrants(collID, rest); err != nil {
			return err
		}
	}
	return nil
}

package storage

import "context"

// Grants gives the access control entries of a collection, in order.
func (s *Store) Grants(ctx context.Context, collID int64) ([]Grant, error) { return nil, errTODO }

// GrantsTo gives all entries for any of these grantees, over all collections.
func (s *Store) GrantsTo(ctx context.Context, principalIDs ...int64) ([]Grant, error) {
	return nil, errTODO
}

// Grants is Store.Grants inside the transaction.
func (t *Tx) Grants(ctx context.Context, collID int64) ([]Grant, error) { return nil, errTODO }

// SetGrants replaces the access control entries of a collection.
func (t *Tx) SetGrants(collID int64, grants []Grant) error { return errTODO }

package storage

import "context"

// Properties gives the dead properties of ref: those of all (principalID 0) and, where
// principalID is not 0, those of that principal, which hide the common ones.
func (s *Store) Properties(ctx context.Context, ref Ref, principalID int64) ([]Property, error) {
	return nil, errTODO
}

// Properties is Store.Properties inside the transaction.
func (t *Tx) Properties(ctx context.Context, ref Ref, principalID int64) ([]Property, error) {
	return nil, errTODO
}

// SetProperty stores a dead property for all (principalID 0) or for one principal.
// *LimitError if it is too large or there are too many.
func (t *Tx) SetProperty(ref Ref, principalID int64, p Property) error { return errTODO }

// RemoveProperty removes a dead property; one that is not there is no error.
func (t *Tx) RemoveProperty(ref Ref, principalID int64, space, local string) error { return errTODO }

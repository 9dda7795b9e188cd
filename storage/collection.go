package storage

import "context"

// CollectionAt gives the collection at a path below a home: names are the path segments, the
// last one its own. ErrNotFound if it, a parent or the owner is not there.
func (s *Store) CollectionAt(ctx context.Context, home, owner string, names []string) (*Collection, error) {
	return nil, errTODO
}

// CollectionByID gives a collection, or ErrNotFound.
func (s *Store) CollectionByID(ctx context.Context, id int64) (*Collection, error) {
	return nil, errTODO
}

// Collections gives the collections directly in a home (parentID 0) or in a plain collection,
// ordered by name. The slice is the caller's.
func (s *Store) Collections(ctx context.Context, home string, ownerID, parentID int64) ([]*Collection, error) {
	return nil, errTODO
}

// HomeChange is a number that grows with each creation, change and deletion of a collection in a home.
func (s *Store) HomeChange(ctx context.Context, home string, ownerID int64) (uint64, error) {
	return 0, errTODO
}

// CollectionAt is Store.CollectionAt inside the transaction.
func (t *Tx) CollectionAt(ctx context.Context, home, owner string, names []string) (*Collection, error) {
	return nil, errTODO
}

// CollectionByID is Store.CollectionByID inside the transaction.
func (t *Tx) CollectionByID(ctx context.Context, id int64) (*Collection, error) { return nil, errTODO }

// Collections is Store.Collections inside the transaction.
func (t *Tx) Collections(ctx context.Context, home string, ownerID, parentID int64) ([]*Collection, error) {
	return nil, errTODO
}

// CreateCollection stores a new collection and fills in ID, Change, Created and Modified.
// ErrExists if the name is taken (by a collection or, in a plain collection, by an object),
// ErrNotFound if the parent is not there, *LimitError if the home is full.
func (t *Tx) CreateCollection(c *Collection) error { return errTODO }

// UpdateCollection stores the properties of c: all but its place, kind and Change.
func (t *Tx) UpdateCollection(c *Collection) error { return errTODO }

// DeleteCollection deletes a collection with all below it. History keeps the bytes.
func (t *Tx) DeleteCollection(id int64) error { return errTODO }

// MoveCollection gives a collection another parent (0 is the home) or name.
// ErrExists if the name is taken there, ErrNotFound if the parent is not there or below it.
func (t *Tx) MoveCollection(id, parentID int64, name string) error { return errTODO }

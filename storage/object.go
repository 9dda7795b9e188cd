package storage

import "context"

type objectCache struct{}

type memo struct {
	value any
	cost  int64
}

// ETag is the entity tag of data: quoted, strong, the same for the same bytes for ever.
func ETag(data []byte) string { return "" }

// Memo gives what SetMemo stored with this object, or nil. It is dropped with the cached object.
func (o *Object) Memo() any {
	if m := o.memo.Load(); m != nil {
		return m.value
	}
	return nil
}

// SetMemo keeps an immutable value (the parsed form) with the object; cost is its estimated
// size in bytes and counts against the cache. The first one stays. It may be called before
// PutObject, and concurrently.
func (o *Object) SetMemo(value any, cost int) {
	o.memo.CompareAndSwap(nil, &memo{value, int64(cost)})
}

// Object gives an object by name, or ErrNotFound.
func (s *Store) Object(ctx context.Context, collID int64, name string) (*Object, error) {
	return nil, errTODO
}

// ObjectsNamed calls yield for each name in order, with nil for one that is not there.
// An error of yield ends it and is returned.
func (s *Store) ObjectsNamed(ctx context.Context, collID int64, names []string, yield func(name string, o *Object) error) error {
	return errTODO
}

// ObjectOf gives the object of a member of a listing in the member's version, or ErrNotFound
// if those bytes are gone.
func (s *Store) ObjectOf(ctx context.Context, m *Member) (*Object, error) { return nil, errTODO }

// FindUID gives the objects with a UID in all calendars of an owner (address books excluded,
// inbox excluded), mostly none or one.
func (s *Store) FindUID(ctx context.Context, ownerID int64, uid string) ([]*Object, error) {
	return nil, errTODO
}

// MemberUID gives the object of a collection that has the UID, or ErrNotFound.
func (s *Store) ObjectByUID(ctx context.Context, collID int64, uid string) (*Object, error) {
	return nil, errTODO
}

// Object is Store.Object inside the transaction.
func (t *Tx) Object(ctx context.Context, collID int64, name string) (*Object, error) {
	return nil, errTODO
}

// FindUID is Store.FindUID inside the transaction.
func (t *Tx) FindUID(ctx context.Context, ownerID int64, uid string) ([]*Object, error) {
	return nil, errTODO
}

// ObjectByUID is Store.ObjectByUID inside the transaction.
func (t *Tx) ObjectByUID(ctx context.Context, collID int64, uid string) (*Object, error) {
	return nil, errTODO
}

// PutObject stores a new object, or replaces the one of that name, whose bytes go to history.
// It reads CollectionID, Name, Data, ContentType, ScheduleTag and Facts and fills in the rest;
// o and its Data belong to the store afterwards. It tells whether the object is new.
// *UIDTakenError, *LimitError, ErrNotFound if the collection is not there, ErrExists if a
// collection has the name.
func (t *Tx) PutObject(o *Object) (created bool, err error) { return false, errTODO }

// DeleteObject deletes an object, or gives ErrNotFound. History keeps the bytes.
func (t *Tx) DeleteObject(collID int64, name string) error { return errTODO }

// MoveObject moves an object with its dead properties, replacing what is there.
// It tells whether the name at the destination is new. Moving to itself changes nothing.
func (t *Tx) MoveObject(collID int64, name string, destID int64, destName string) (created bool, err error) {
	return false, errTODO
}

// CopyObject copies an object with its dead properties, replacing what is there.
func (t *Tx) CopyObject(collID int64, name string, destID int64, destName string) (created bool, err error) {
	return false, errTODO
}

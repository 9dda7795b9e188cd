package tree

import (
	"context"
	"errors"
	"time"

	"convoke/server"
	"convoke/server/dav"
	"convoke/storage"
)

// Locks keeps the locks of the engine in storage, where a restart doesn't lose them.
type Locks struct{ Tree *Tree }

// Locks gives the locks that cover href.
func (l Locks) Locks(ctx context.Context, href string, below bool) ([]dav.Lock, error) {
	kept, err := l.Tree.Store.Locks(ctx, href, below)
	if err != nil {
		return nil, Condition(err)
	}
	return l.given(ctx, kept), nil
}

func (l Locks) given(ctx context.Context, kept []storage.Lock) []dav.Lock {
	locks := make([]dav.Lock, len(kept))
	for i, k := range kept {
		locks[i] = dav.Lock{
			Token: k.Token, Root: k.Path, Infinite: k.Infinite, Exclusive: k.Exclusive, Owner: k.OwnerXML, Expires: k.Expires,
		}
		if p, err := l.Tree.Store.Principal(ctx, k.PrincipalID); err == nil {
			locks[i].Principal = PrincipalHref(p)
		}
	}
	return locks
}

// AddLock stores a lock unless it conflicts with one in force.
func (l Locks) AddLock(ctx context.Context, lock dav.Lock) error {
	who := server.Principal(ctx)
	if who == nil {
		return dav.Status(403, nil)
	}
	return Condition(l.Tree.Store.Update(ctx, server.ActorOf(ctx, "caldav"), func(tx *storage.Tx) error {
		kept, err := tx.Locks(ctx, lock.Root, lock.Infinite)
		if err != nil {
			return err
		}
		if err := dav.Conflict(l.given(ctx, kept), lock); err != nil {
			return err
		}
		return tx.AddLock(storage.Lock{
			Token: lock.Token, Path: lock.Root, Infinite: lock.Infinite, Exclusive: lock.Exclusive,
			OwnerXML: lock.Owner, PrincipalID: who.ID, Expires: lock.Expires,
		})
	}))
}

// RefreshLock sets when a lock ends.
func (l Locks) RefreshLock(ctx context.Context, token string, expires time.Time) error {
	return l.change(ctx, func(tx *storage.Tx) error { return tx.RefreshLock(token, expires) })
}

// RemoveLock ends a lock.
func (l Locks) RemoveLock(ctx context.Context, token string) error {
	return l.change(ctx, func(tx *storage.Tx) error { return tx.RemoveLock(token) })
}

func (l Locks) change(ctx context.Context, fn func(*storage.Tx) error) error {
	err := l.Tree.Store.Update(ctx, server.ActorOf(ctx, "caldav"), fn)
	if errors.Is(err, storage.ErrNotFound) {
		return dav.ErrNotFound
	}
	return Condition(err)
}

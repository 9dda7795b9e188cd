package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// States of a share.
const (
	ShareInvited  = "invited"  // not answered: it is not shown
	ShareAccepted = "accepted" // it stands in their home
	ShareDeclined = "declined" // they don't want it, or took it out of their home
)

// Share is how it stands between a collection and somebody whom it was offered to, or who took it out of their home.
// It grants nothing: what they may do is said by the Grants of the collection.
type Share struct {
	CollectionID int64
	PrincipalID  int64
	State        string // ShareInvited, ShareAccepted or ShareDeclined
	Summary      string // what the sharer calls it to them; "" is none
	Changed      time.Time
}

// Shares gives how it stands with everybody a collection was offered to, in the order of their ids.
func (s *Store) Shares(ctx context.Context, collID int64) ([]Share, error) {
	k := s.catalog
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.shares[collID], nil
}

// SharesWith gives all shares of somebody, in the order of the collections.
func (s *Store) SharesWith(ctx context.Context, principalID int64) ([]Share, error) {
	k := s.catalog
	k.mu.RLock()
	defer k.mu.RUnlock()
	var list []Share
	for id := range k.sharedWith[principalID] {
		if sh, ok := shareOf(k.shares[id], principalID); ok {
			list = append(list, sh)
		}
	}
	slices.SortFunc(list, func(a, b Share) int { return int(a.CollectionID - b.CollectionID) })
	return list, nil
}

// Share gives how it stands with one; the zero Share if it was never offered to them.
func (s *Store) Share(ctx context.Context, collID, principalID int64) (Share, error) {
	list, err := s.Shares(ctx, collID)
	sh, _ := shareOf(list, principalID)
	return sh, err
}

func shareOf(list []Share, principalID int64) (Share, bool) {
	for _, sh := range list {
		if sh.PrincipalID == principalID {
			return sh, true
		}
	}
	return Share{}, false
}

// Shares is Store.Shares inside the transaction.
func (t *Tx) Shares(ctx context.Context, collID int64) ([]Share, error) {
	for _, l := range t.layers() {
		if list, ok := l.shares[collID]; ok {
			return list, nil
		}
	}
	return t.s.Shares(ctx, collID)
}

// Share is Store.Share inside the transaction.
func (t *Tx) Share(ctx context.Context, collID, principalID int64) (Share, error) {
	list, err := t.Shares(ctx, collID)
	sh, _ := shareOf(list, principalID)
	return sh, err
}

// SetShare stores how it stands with one. It counts as a change of the collection and of their home.
// ErrNotFound if the collection or the principal is not there.
func (t *Tx) SetShare(sh Share) error {
	ctx := context.Background()
	c, err := t.CollectionByID(ctx, sh.CollectionID)
	if err != nil {
		return err
	}
	if _, err := t.Principal(ctx, sh.PrincipalID); err != nil {
		return fmt.Errorf("sharee %d: %w", sh.PrincipalID, err)
	}
	sh.Changed = seconds(t.now)
	_, err = t.exec(`INSERT INTO share (collection_id, principal_id, state, summary, changed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (collection_id, principal_id) DO UPDATE SET state = excluded.state, summary = excluded.summary,
		changed = excluded.changed`, sh.CollectionID, sh.PrincipalID, sh.State, sh.Summary, sh.Changed.Unix())
	if err != nil {
		return t.spoil(fmt.Errorf("store share: %w", err))
	}
	list, err := t.Shares(ctx, sh.CollectionID)
	if err != nil {
		return t.spoil(err)
	}
	list = append(withoutShare(list, sh.PrincipalID), sh)
	slices.SortFunc(list, func(a, b Share) int { return int(a.PrincipalID - b.PrincipalID) })
	put(&t.changes.shares, sh.CollectionID, list)
	return t.shareChanged(c, sh.PrincipalID)
}

// RemoveShare forgets how it stands with one, and what they set of properties for themselves. It is no error if
// nothing is known.
func (t *Tx) RemoveShare(collID, principalID int64) error {
	c, err := t.CollectionByID(context.Background(), collID)
	if err != nil {
		return err
	}
	list, err := t.Shares(context.Background(), collID)
	if err != nil {
		return err
	}
	ref := Ref{Kind: RefCollection, ID: collID}
	if _, err := t.exec("DELETE FROM property WHERE ref_kind = ? AND ref_id = ? AND principal_id = ?", ref.Kind, ref.ID, principalID); err != nil {
		return t.spoil(err)
	}
	t.changed(ref)
	if sh, ok := shareOf(list, principalID); ok {
		if err := t.dropNotices(c, sh); err != nil {
			return t.spoil(err)
		}
		if _, err := t.exec("DELETE FROM share WHERE collection_id = ? AND principal_id = ?", collID, principalID); err != nil {
			return t.spoil(err)
		}
		put(&t.changes.shares, collID, withoutShare(list, principalID))
	}
	return t.shareChanged(c, principalID)
}

// InviteUID names the invitation to a collection: always the same for the same two.
func (s *Store) InviteUID(collID, principalID int64) string {
	return s.Blind(fmt.Sprintf("invitation of %d to %d", principalID, collID))
}

// InviteUID is Store.InviteUID.
func (t *Tx) InviteUID(collID, principalID int64) string { return t.s.InviteUID(collID, principalID) }

// ReplyName is the name of the notification of an answer to an invitation. That of the invitation itself is its UID.
func ReplyName(uid string) string { return uid + "-reply" }

// NotificationsOf gives the collection of somebody's notifications, or ErrNotFound.
func (t *Tx) NotificationsOf(ctx context.Context, principalID int64) (*Collection, error) {
	all, err := t.Collections(ctx, Calendars, principalID, 0)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Kind == KindNotifications {
			return c, nil
		}
	}
	return nil, fmt.Errorf("notifications: %w", ErrNotFound)
}

// DropNotice removes a notification that has become pointless; it is no error if it isn't there.
func (t *Tx) DropNotice(principalID int64, name string) error {
	c, err := t.NotificationsOf(context.Background(), principalID)
	if err == nil {
		err = t.DeleteObject(c.ID, name)
	}
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// dropNotices removes what was told of a share that ends: the answer and, if there is none yet, the question.
func (t *Tx) dropNotices(c *Collection, sh Share) error {
	uid := t.InviteUID(c.ID, sh.PrincipalID)
	if err := t.DropNotice(c.OwnerID, ReplyName(uid)); err != nil {
		return err
	}
	if sh.State != ShareInvited {
		return nil
	}
	return t.DropNotice(sh.PrincipalID, uid)
}

// endShares ends all shares of a collection that goes.
func (t *Tx) endShares(c *Collection) error {
	list, err := t.Shares(context.Background(), c.ID)
	if err != nil {
		return err
	}
	for _, sh := range list {
		if err := t.dropNotices(c, sh); err != nil {
			return err
		}
		if _, err := t.bumpHome(c.Home, sh.PrincipalID); err != nil {
			return err
		}
	}
	return nil
}

// pruneShares ends the shares with those who lose what they were granted. Who took it out of their home doesn't want it
// back, should they have it by a group, too.
func (t *Tx) pruneShares(collID int64, old, now []Grant) error {
	list, err := t.Shares(context.Background(), collID)
	if err != nil {
		return err
	}
	for _, sh := range list {
		granted := func(g Grant) bool { return g.PrincipalID == sh.PrincipalID && !g.Deny }
		if sh.State != ShareDeclined && slices.ContainsFunc(old, granted) && !slices.ContainsFunc(now, granted) {
			if err := t.RemoveShare(collID, sh.PrincipalID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tx) shareChanged(c *Collection, principalID int64) error {
	if err := t.touch(t.own(c)); err != nil {
		return t.spoil(err)
	}
	_, err := t.bumpHome(c.Home, principalID)
	return t.spoil(err)
}

func withoutShare(list []Share, principalID int64) []Share {
	return slices.DeleteFunc(slices.Clone(list), func(sh Share) bool { return sh.PrincipalID == principalID })
}

// dropSharesOf forgets all shares of a principal that goes; the database does by itself.
func (t *Tx) dropSharesOf(id int64) error {
	ids := map[int64]bool{}
	committed, err := t.s.SharesWith(context.Background(), id)
	if err != nil {
		return err
	}
	for _, sh := range committed {
		ids[sh.CollectionID] = true
	}
	for _, l := range t.layers() {
		for collID := range l.shares {
			ids[collID] = true
		}
	}
	for collID := range ids {
		list, err := t.Shares(context.Background(), collID)
		if err != nil {
			return err
		}
		if _, ok := shareOf(list, id); ok {
			put(&t.changes.shares, collID, withoutShare(list, id))
		}
	}
	return nil
}

// loadShares fills the catalog.
func (k *catalog) loadShares(c *session) error {
	list, err := readShares(c, "WHERE collection_id NOT IN (SELECT collection_id FROM trashed)")
	for _, sh := range list {
		k.setShares(sh.CollectionID, append(k.shares[sh.CollectionID], sh))
	}
	return err
}

func readShares(c *session, where string, args ...any) (list []Share, err error) {
	err = c.each("SELECT collection_id, principal_id, state, summary, changed FROM share "+where+" ORDER BY collection_id, principal_id", args, func(r *sql.Rows) error {
		var sh Share
		var changed int64
		err := r.Scan(&sh.CollectionID, &sh.PrincipalID, &sh.State, &sh.Summary, &changed)
		sh.Changed = time.Unix(changed, 0).UTC()
		list = append(list, sh)
		return err
	})
	return list, err
}

// setShares replaces those of a collection, under the lock of the catalog.
func (k *catalog) setShares(collID int64, list []Share) {
	for _, sh := range k.shares[collID] {
		delete(k.sharedWith[sh.PrincipalID], collID)
	}
	if len(list) == 0 {
		delete(k.shares, collID)
		return
	}
	k.shares[collID] = list
	for _, sh := range list {
		if k.sharedWith[sh.PrincipalID] == nil {
			k.sharedWith[sh.PrincipalID] = map[int64]bool{}
		}
		k.sharedWith[sh.PrincipalID][collID] = true
	}
}

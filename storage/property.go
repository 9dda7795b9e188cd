package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Properties gives the dead properties of ref (RFC 4918 §4.1): those for all (principalID 0)
// and, where principalID is not 0, those of that principal, which hide the common ones.
func (s *Store) Properties(ctx context.Context, ref Ref, principalID int64) (list []Property, err error) {
	list, state, ok := s.properties.get(ref, principalID)
	if ok {
		return list, nil
	}
	err = s.read(ctx, false, func(c *session) error {
		list, err = readProperties(c, ref, principalID)
		return err
	})
	if err == nil && ref.Kind == RefCollection {
		s.properties.add(ref, principalID, list, state)
	}
	return list, err
}

// Properties is Store.Properties inside the transaction.
func (t *Tx) Properties(ctx context.Context, ref Ref, principalID int64) ([]Property, error) {
	for _, l := range t.layers() {
		if l.properties[ref] || l.allProperties {
			return readProperties(t.c, ref, principalID)
		}
	}
	list, state, ok := t.s.properties.get(ref, principalID)
	if ok {
		return list, nil
	}
	list, err := readProperties(t.c, ref, principalID)
	if err == nil && ref.Kind == RefCollection {
		t.s.properties.add(ref, principalID, list, state)
	}
	return list, err
}

// changed notes that the dead properties of ref are not what was committed.
func (t *Tx) changed(ref Ref) {
	if ref.Kind == RefCollection {
		put(&t.changes.properties, ref, true)
	}
}

func readProperties(c *session, ref Ref, principalID int64) ([]Property, error) {
	var list []Property
	err := c.each(`SELECT space, local, xml FROM property
		WHERE ref_kind = ? AND ref_id = ? AND ref_home = ? AND principal_id IN (0, ?)
		ORDER BY space, local, principal_id DESC`,
		[]any{ref.Kind, ref.ID, ref.Home, principalID}, func(r *sql.Rows) error {
			var p Property
			if err := r.Scan(&p.Space, &p.Local, &p.XML); err != nil {
				return err
			}
			if n := len(list); n == 0 || list[n-1].Space != p.Space || list[n-1].Local != p.Local {
				list = append(list, p)
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	return list, nil
}

// SetProperty stores a dead property for all (principalID 0) or for one principal.
// *LimitError if it is too large or there are too many (507 in its propstat).
func (t *Tx) SetProperty(ref Ref, principalID int64, p Property) error {
	l := &t.s.o.Limits
	if size := int64(len(p.XML)); passes(size, l.PropertyBytes) {
		return &LimitError{What: "bytes of a dead property", Limit: l.PropertyBytes, Quota: true}
	}
	have, err := readProperties(t.c, ref, principalID)
	if err != nil {
		return err
	}
	have = slices.DeleteFunc(have, func(o Property) bool { return o.Space == p.Space && o.Local == p.Local })
	if passes(int64(len(have))+1, l.PropertiesPerRef) {
		return &LimitError{What: "dead properties per resource", Limit: l.PropertiesPerRef, Quota: true}
	}
	sum := int64(len(p.XML))
	for _, o := range have {
		sum += int64(len(o.XML))
	}
	if passes(sum, l.PropertyBytesPerRef) {
		return &LimitError{What: "bytes of dead properties per resource", Limit: l.PropertyBytesPerRef, Quota: true}
	}
	t.changed(ref)
	xml := p.XML
	if xml == nil {
		xml = []byte{}
	}
	_, err = t.exec(`INSERT INTO property (ref_kind, ref_id, ref_home, principal_id, space, local, xml) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (ref_kind, ref_id, ref_home, principal_id, space, local) DO UPDATE SET xml = excluded.xml`,
		ref.Kind, ref.ID, ref.Home, principalID, p.Space, p.Local, xml)
	if err != nil {
		return fmt.Errorf("store property: %w", err)
	}
	return t.spoil(t.touchRef(ref))
}

// touchRef counts a change of the collection that ref is, if it is one.
func (t *Tx) touchRef(ref Ref) error {
	if ref.Kind != RefCollection {
		return nil
	}
	c, err := t.CollectionByID(context.Background(), ref.ID)
	if err != nil {
		return err
	}
	return t.touch(t.own(c))
}

// RemoveProperty removes a dead property; one that is not there is no error (RFC 4918 §14.23).
func (t *Tx) RemoveProperty(ref Ref, principalID int64, space, local string) error {
	t.changed(ref)
	_, err := t.exec(`DELETE FROM property WHERE ref_kind = ? AND ref_id = ? AND ref_home = ? AND principal_id = ?
		AND space = ? AND local = ?`, ref.Kind, ref.ID, ref.Home, principalID, space, local)
	if err != nil {
		return fmt.Errorf("remove property: %w", err)
	}
	return t.spoil(t.touchRef(ref))
}

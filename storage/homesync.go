package storage

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// HomeState is what a client knows of the collections in a home: what the sync token of a home says.
type HomeState struct {
	Home    string // Calendars or AddressBooks
	OwnerID int64
	Change  uint64                    // of the home; departures up to it are known
	Members map[int64]CollectionState // by id; those of others that are shared into the home, too
}

// CollectionState is what is known of one collection.
type CollectionState struct {
	Name     string // in this home
	Change   uint64 // of its members
	Revision uint64 // of itself
	View     uint8  // 0 to 3: how the asker sees its members, a number of the caller's
}

const homeTokenPrefix = "data:,convoke-home-"

// maxTokenBytes bounds a token of a home: that of 2,000 collections with long names is shorter.
const maxTokenBytes = 1 << 20

// HomeToken spells a state as a sync token, a URI (RFC 6578 §3.2): all of it, so that no token has to be kept, and
// none expires. It is sealed: a token that we did not give is refused, not misread.
func (s *Store) HomeToken(h *HomeState) string {
	b := []byte{h.Home[0]}
	b = binary.AppendUvarint(b, uint64(h.OwnerID))
	b = binary.AppendUvarint(b, h.Change)
	last := int64(0)
	for _, id := range slices.Sorted(maps.Keys(h.Members)) {
		m := h.Members[id]
		b = binary.AppendUvarint(b, uint64(id-last))
		b = binary.AppendUvarint(b, uint64(len(m.Name)))
		b = append(b, m.Name...)
		b = binary.AppendUvarint(b, m.Change)
		b = binary.AppendUvarint(b, m.Revision<<2|uint64(m.View&3))
		last = id
	}
	text := homeTokenPrefix + s.epoch + "." + base64.RawURLEncoding.EncodeToString(b)
	return text + "." + s.Blind(text)
}

// ParseHomeToken is the inverse of HomeToken for one home. ErrBadToken if the token is foreign, corrupt, of another
// home or from before a restore.
func (s *Store) ParseHomeToken(home string, owner int64, token string) (*HomeState, error) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || len(token) > maxTokenBytes || token[i+1:] != s.Blind(token[:i]) {
		return nil, ErrBadToken
	}
	text, ok := strings.CutPrefix(token[:i], homeTokenPrefix+s.epoch+".")
	if !ok {
		return nil, ErrBadToken
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) == 0 || b[0] != home[0] {
		return nil, ErrBadToken
	}
	h := &HomeState{Home: home, Members: map[int64]CollectionState{}}
	b = b[1:]
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			b, ok = nil, false
			return 0
		}
		b = b[size:]
		return n
	}
	h.OwnerID, h.Change = int64(number()), number()
	for last := int64(0); len(b) > 0; {
		last += int64(number())
		n := int(min(number(), uint64(len(b))))
		name := string(b[:n])
		b = b[n:]
		change, revision := number(), number()
		h.Members[last] = CollectionState{Name: name, Change: change, Revision: revision >> 2, View: uint8(revision & 3)}
	}
	if !ok || h.OwnerID != owner {
		return nil, ErrBadToken
	}
	return h, nil
}

// Departed is a name in a home that a collection had and has no more.
type Departed struct {
	Name   string
	Change uint64 // of the home
}

// DepartedSince gives the names that collections lost after a change of a home, in the order of their changes. Each
// name stands once, though another collection may have it by now.
func (s *Store) DepartedSince(ctx context.Context, home string, owner int64, change uint64) (list []Departed, err error) {
	err = s.read(ctx, false, func(c *session) error {
		return c.each("SELECT name, change FROM departed WHERE owner_id = ? AND home = ? AND change > ? ORDER BY change",
			[]any{owner, home, int64(change)}, func(r *sql.Rows) error {
				var d Departed
				var n int64
				err := r.Scan(&d.Name, &n)
				d.Change = uint64(n)
				list = append(list, d)
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("read departed collections: %w", err)
	}
	return list, nil
}

// touch counts a change of a collection itself, be it of its properties, its place or its access.
func (t *Tx) touch(c *Collection) error {
	n, err := t.bumpHome(c.Home, c.OwnerID)
	if err != nil {
		return err
	}
	c.Revision = n
	_, err = t.exec("UPDATE collection SET revision = ? WHERE id = ?", int64(n), c.ID)
	return err
}

// depart notes, within a change of its home, that a collection loses its name.
func (t *Tx) depart(c *Collection, change uint64) error {
	if c.ParentID != 0 {
		return nil // only what is directly in a home is synchronized with it
	}
	_, err := t.exec(`INSERT INTO departed (owner_id, home, name, change) VALUES (?, ?, ?, ?)
		ON CONFLICT (owner_id, home, name) DO UPDATE SET change = excluded.change`, c.OwnerID, c.Home, c.Name, int64(change))
	return err
}

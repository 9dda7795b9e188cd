package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/cases"
)

// NormalizeAddress gives the form in which calendar user addresses are compared
// (RFC 6638 §2.4.1): mailto: percent-decoded and case-folded (a departure from RFC 5321 §2.4,
// where the local part may tell cases apart: no calendar does), urn:uuid: lower-cased,
// a bare address taken as mailto:. Anything else comes back trimmed. Paths of principals
// are resolved above storage.
func NormalizeAddress(address string) string {
	address = strings.TrimSpace(address)
	if n := len("mailto:"); len(address) >= n && strings.EqualFold(address[:n], "mailto:") {
		address = address[n:]
	} else if n := len("urn:uuid:"); len(address) >= n && strings.EqualFold(address[:n], "urn:uuid:") {
		return strings.ToLower(address)
	} else if strings.Contains(address, ":") || strings.HasPrefix(address, "/") || !strings.Contains(address, "@") {
		return address
	}
	address, _, _ = strings.Cut(address, "?") // header fields, RFC 6068 §2
	if decoded, err := url.PathUnescape(address); err == nil {
		address = decoded
	}
	return "mailto:" + fold(strings.TrimSpace(address))
}

// fold is the case folding of Unicode, quick for ASCII.
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return cases.Fold().String(s)
		}
	}
	return strings.ToLower(s)
}

// Readdress tells what becomes of an object whose owner goes from one set of calendar user addresses to another: its
// role and its Schedule-Tag then. It reads principals in the transaction, nothing else; data is only lent.
type Readdress func(t *Tx, from, to *Principal, m *Member, data []byte) (role, tag string)

// OnAddresses sets what keeps the facts of objects true when addresses change. It is called once, before the store is used.
func (s *Store) OnAddresses(fn Readdress) { s.readdress.Store(&fn) }

// readdress brings the objects of a principal up to date with its addresses. The work is bounded by what is in its
// calendars, and the memory by what changes.
func (t *Tx) readdress(from, to *Principal) error {
	judge := t.s.readdress.Load()
	if judge == nil || sameSet(from.Addresses, to.Addresses) {
		return nil
	}
	if err := t.settle(blobRows); err != nil { // of what the same batch stored before
		return err
	}
	type change struct {
		collection      int64
		name, role, tag string
	}
	var list []change
	var etag sql.RawBytes
	var data sql.RawBytes
	err := t.c.each("SELECT blob.data, "+memberColumnsOf+` FROM object JOIN blob ON blob.id = blob_id
		WHERE collection_id IN (SELECT id FROM collection WHERE owner_id = ? AND kind = ? AND source = '')`, []any{to.ID, KindCalendar}, func(rows *sql.Rows) error {
		m, err := scanMemberWith(rows, &etag, []any{&data}, nil)
		if err != nil {
			return err
		}
		if role, tag := (*judge)(t, from, to, m, data); role != m.Role || tag != m.ScheduleTag {
			list = append(list, change{m.CollectionID, m.Name, role, tag})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the objects of %s: %w", to.Name, err)
	}
	for _, c := range list {
		edit := rewrite(c.collection, c.name, func(m *Member) { m.Role, m.ScheduleTag = intern(c.role), c.tag })
		if _, err := t.CollectionByID(context.Background(), c.collection); errors.Is(err, ErrNotFound) {
			edit = rewriteInTrash(c.collection, c.name, c.role, c.tag)
		}
		if err := edit(t); err != nil {
			return fmt.Errorf("index %q: %w", c.name, err)
		}
	}
	return nil
}

// rewriteInTrash does the same, as the next change too, where nothing but the rows is left.
func rewriteInTrash(collID int64, name, role, tag string) func(*Tx) error {
	return func(t *Tx) error {
		if _, err := t.exec("UPDATE collection SET change = change + 1 WHERE id = ?", collID); err != nil {
			return err
		}
		_, err := t.exec(`UPDATE object SET role = ?, schedule_tag = ?, change = (SELECT change FROM collection WHERE id = ?)
			WHERE collection_id = ? AND name = ?`, role, tag, collID, collID, name)
		return t.spoil(err)
	}
}

// sameSet tells whether two lists without repeats hold the same.
func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

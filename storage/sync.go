package storage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

const (
	tokenPrefix = "data:,convoke-sync-"
	oldPrefix   = "urn:convoke:sync:" // of tokens given before; clients keep theirs for years
)

// SyncToken is the token for a change of a collection, a URI (RFC 6578 §3.2). It also serves
// as ctag: the bare number would come again after a restore.
func (s *Store) SyncToken(collID int64, change uint64) string {
	b := make([]byte, 0, len(tokenPrefix)+16+2+40)
	b = append(b, tokenPrefix...)
	b = append(b, s.epoch...)
	b = append(b, '-')
	b = strconv.AppendInt(b, collID, 10)
	b = append(b, '-')
	b = strconv.AppendUint(b, change, 10)
	return string(b)
}

// ParseSyncToken gives the change that a token of this collection names. ErrBadToken if it is
// foreign, corrupt, of the future or from before a restore (RFC 6578 §3.2, DAV:valid-sync-token).
func (s *Store) ParseSyncToken(collID int64, token string) (uint64, error) {
	if old, ok := strings.CutPrefix(token, oldPrefix); ok {
		token = tokenPrefix + old
	}
	rest, ok := strings.CutPrefix(token, tokenPrefix+s.epoch+"-")
	if !ok {
		return 0, ErrBadToken
	}
	_, number, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, ErrBadToken
	}
	change, err := strconv.ParseUint(number, 10, 63)
	if err != nil || s.SyncToken(collID, change) != token { // one spelling only
		return 0, ErrBadToken
	}
	c, err := s.catalog.get(collID)
	if err != nil {
		return 0, ErrBadToken
	}
	if change > c.Change {
		// A listing may be shown a moment before the collection's number.
		if l := s.listings.get(collID); l == nil || change > l.cur.Load().change {
			return 0, ErrBadToken
		}
	}
	return change, nil
}

// Key gives 32 bytes for one purpose, the same for ever and through backup and restore, that nobody guesses who hasn't the
// store.
func (s *Store) Key(purpose string) []byte {
	h := hmac.New(sha256.New, []byte(s.secret))
	h.Write([]byte("key\n" + purpose))
	return h.Sum(nil)
}

// Blind gives what stands for text without telling it: the same for the same text for ever, and guessed by nobody who
// hasn't the store. It is for tags of what a reader isn't shown.
func (s *Store) Blind(text string) string {
	h := hmac.New(sha256.New, []byte(s.secret))
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

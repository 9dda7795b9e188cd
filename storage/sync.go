package storage

// SyncToken is the token for a change of a collection, a URI (RFC 6578 §3.2).
func (s *Store) SyncToken(collID int64, change uint64) string { return "" }

// ParseSyncToken gives the change that a token of this collection names. ErrBadToken if it is
// foreign, corrupt, of the future or from before a restore.
func (s *Store) ParseSyncToken(collID int64, token string) (uint64, error) { return 0, ErrBadToken }

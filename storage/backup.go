package storage

import "context"

// Backup writes a verified copy of the store to file, which must not exist, while the store runs.
func (s *Store) Backup(ctx context.Context, file string) error { return errTODO }

// Restore makes dir a store from a backup file. dir must hold no store, or force replaces it.
// Sync tokens from before are refused afterwards.
func Restore(ctx context.Context, file, dir string, force bool) error { return errTODO }

// Usage is the number of bytes that an owner's objects take.
func (s *Store) Usage(ctx context.Context, ownerID int64) (int64, error) { return 0, errTODO }

// Parse gives the facts of an object's bytes, for Check.
type Parse func(contentType string, data []byte) (Facts, error)

// Report is what Check found.
type Report struct {
	Objects  int
	Problems []Problem
}

// Problem is one thing that Check found wrong.
type Problem struct {
	What         string // a short sentence
	CollectionID int64
	Name         string // of an object, or ""
	Repaired     bool
}

// Check proves that the database is whole: integrity, foreign keys, hashes, facts as parse
// gives them (nil skips that), sync log, bytes present and none stray. With repair it rebuilds
// derived data and moves aside what it cannot read; it never deletes.
func (s *Store) Check(ctx context.Context, repair bool, parse Parse) (*Report, error) {
	return nil, errTODO
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Backup writes a verified copy of the store to file, which must not exist, while the store runs.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("backup to %s: %w", file, ErrExists)
	}
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup to %s: %w", file, err)
	}
	defer os.Remove(part)
	err := s.read(ctx, false, func(c *session) error {
		_, err := c.exec("VACUUM INTO ?", part)
		return err
	})
	if err == nil {
		err = os.Chmod(part, 0o600)
	}
	if err == nil {
		err = verifyFile(ctx, part)
	}
	if err == nil {
		err = syncFile(part)
	}
	if err == nil {
		err = os.Rename(part, file)
	}
	if err == nil {
		err = syncFile(filepath.Dir(file))
	}
	if err != nil {
		return fmt.Errorf("backup to %s: %w", file, err)
	}
	return nil
}

// verifyFile proves that file is a whole store of a version that we know.
func verifyFile(ctx context.Context, file string) error {
	db, err := openDB(file, readerCacheKiB, 1, true)
	if err != nil {
		return err
	}
	defer db.Close()
	have, err := schemaVersion(ctx, db)
	if err != nil {
		err, _ = classify(err)
		return fmt.Errorf("%w: it is no store: %w", ErrNoBackup, err)
	}
	if have < 1 {
		return fmt.Errorf("%w: it is no store", ErrNoBackup)
	}
	c, err := newSession(ctx, db)
	if err != nil {
		return err
	}
	defer c.close()
	wrong, err := integrity(c)
	if errors.Is(err, ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrNoBackup, err)
	}
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: it is damaged: %s", ErrNoBackup, strings.Join(wrong[:min(len(wrong), 3)], "; "))
	}
	return nil
}

// integrity gives what the engine finds wrong.
func integrity(c *session) ([]string, error) {
	var wrong []string
	err := c.each("PRAGMA integrity_check", nil, func(r *sql.Rows) error {
		var line string
		err := r.Scan(&line)
		if line != "ok" {
			wrong = append(wrong, line)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each("PRAGMA foreign_key_check", nil, func(r *sql.Rows) error {
		var table, parent string
		var row, key any
		err := r.Scan(&table, &row, &parent, &key)
		wrong = append(wrong, fmt.Sprintf("row %v of %s lacks its %s", row, table, parent))
		return err
	})
	return wrong, err
}

// syncFile brings a file or directory to disk.
func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore makes dir a store from a backup file. ErrExists if dir holds a store, unless replace
// is set. Sync tokens from before are refused afterwards, so that clients sync anew instead of
// missing changes (reliability.md §4). ErrLocked while a server runs in dir.
func Restore(ctx context.Context, file, dir string, replace bool) (err error) {
	undo, err := makeDirectory(dir)
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	lock, err := lockDirectory(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	target := filepath.Join(dir, databaseName)
	if _, err := os.Lstat(target); err == nil && !replace {
		return fmt.Errorf("restore to %s: %w", dir, ErrExists)
	}
	part := target + ".restore"
	defer os.Remove(part)
	if err := restoreFile(ctx, file, part); err != nil {
		return fmt.Errorf("restore %s: %w", file, err)
	}
	// The old log must not be applied to the new file: it goes first. A crash in between
	// leaves the old database without the changes that were only in its log, which is why
	// its log is moved into it before.
	if err := settle(ctx, target); err != nil {
		return fmt.Errorf("restore to %s: %w", dir, err)
	}
	if err := os.Rename(part, target); err != nil {
		return fmt.Errorf("restore to %s: %w", dir, err)
	}
	return syncFile(dir)
}

// makeDirectory makes a directory with those above it. undo removes again what it made.
func makeDirectory(dir string) (undo func(), err error) {
	var made []string
	for up := filepath.Clean(dir); ; up = filepath.Dir(up) {
		if _, err := os.Lstat(up); !errors.Is(err, os.ErrNotExist) || up == filepath.Dir(up) {
			break
		}
		made = append(made, up)
	}
	undo = func() {
		if len(made) > 0 {
			os.Remove(filepath.Join(dir, lockName))
		}
		for _, d := range made { // the deepest first
			os.Remove(d)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}

// settle empties and removes the log of a database that is to be replaced.
func settle(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if db, err := openDB(file, readerCacheKiB, 1, false); err == nil {
		db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") //nolint:errcheck // it may be the damaged one
		db.Close()
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// restoreFile copies a backup, verifies the copy and gives it a new epoch.
func restoreFile(ctx context.Context, from, to string) error {
	if err := copyFile(from, to); err != nil {
		return err
	}
	if err := verifyFile(ctx, to); err != nil {
		return err
	}
	db, err := openDB(to, readerCacheKiB, 1, false)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", newEpoch())
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(to + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return syncFile(to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return errors.Join(out.Sync(), out.Close())
}

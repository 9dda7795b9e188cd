package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"convoke/migrations"
)

// This file is the dialect: what a second engine would do differently.

const (
	engineMinimum    = 3_051_003 // the WAL-reset corruption race ends here, reliability.md §4
	busyMilliseconds = 5000
	checkpointPages  = 1000   // 4 MiB of write-ahead log (reliability.md §4)
	warnPages        = 16_384 // 64 MiB: a reader is stuck
	beginWrite       = "BEGIN IMMEDIATE"
	beginRead        = "BEGIN"
	versionQuery     = "SELECT coalesce(max(version_id), -1) FROM goose_db_version WHERE is_applied = 1"
	hasVersionQuery  = "SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'"
)

// dsn names the database file with what each connection must have set. cacheKiB bounds its page cache.
func dsn(file string, cacheKiB int, readOnly bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout("+strconv.Itoa(busyMilliseconds)+")")
	q.Set("_txlock", "immediate")
	if readOnly {
		q.Set("mode", "ro")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
	}
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "foreign_keys(ON)")
	q.Add("_pragma", "temp_store(MEMORY)")
	q.Add("_pragma", "wal_autocheckpoint(0)") // the writer does it, and sees its errors
	q.Add("_pragma", "cache_size(-"+strconv.Itoa(cacheKiB)+")")
	return (&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String()
}

// openDB gives a database/sql pool of at most conns connections.
func openDB(file string, cacheKiB, conns int, readOnly bool) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(file, cacheKiB, readOnly))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(0)
	return db, nil
}

// assertEngine proves that the engine and the settings of a connection are those we rely on.
func assertEngine(c *session) error {
	var version string
	if err := c.row("SELECT sqlite_version()", nil, &version); err != nil {
		return err
	}
	var n [3]int
	for i, part := range strings.SplitN(version, ".", 3) {
		n[i], _ = strconv.Atoi(part)
	}
	if n[0]*1_000_000+n[1]*1_000+n[2] < engineMinimum {
		return fmt.Errorf("sqlite %s is too old", version)
	}
	for _, p := range [...]struct{ name, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"},
		{"busy_timeout", strconv.Itoa(busyMilliseconds)},
	} {
		var got string
		if err := c.row("PRAGMA "+p.name, nil, &got); err != nil {
			return err
		}
		if got != p.want {
			return fmt.Errorf("sqlite pragma %s is %q, must be %q", p.name, got, p.want)
		}
	}
	return nil
}

// syncDataOnly makes commits wait for the data and the length of files, not for their
// timestamps: as durable, and half the time on journaling file systems.
func syncDataOnly() { sqlite.Fdatasync(true) } //nolint:errcheck // absent on some systems, where fsync stays

// migrate brings the schema up to date. A database from a newer version is refused.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	files, err := migrations.SQLite()
	if err != nil {
		return err
	}
	newest, err := newestMigration(files)
	if err != nil {
		return err
	}
	have, err := schemaVersion(ctx, db)
	switch {
	case err != nil:
		err, _ = classify(err)
		return fmt.Errorf("read schema version: %w", err)
	case have > newest:
		return fmt.Errorf("%w: its schema is %d, this one knows %d", ErrNewer, have, newest)
	case have == newest:
		return nil // the common start, without the cost of goose
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	log.Info("schema is up to date", "version", newest, "applied", len(done))
	return nil
}

func schemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var n, have int64
	if err := db.QueryRowContext(ctx, hasVersionQuery).Scan(&n); err != nil || n == 0 {
		return -1, err
	}
	err := db.QueryRowContext(ctx, versionQuery).Scan(&have)
	return have, err
}

// newestMigration is the highest number among the files.
func newestMigration(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, name := range names {
		digits, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

// classify turns an engine's error into ours. fatal tells that the whole transaction is lost.
func classify(err error) (out error, fatal bool) {
	if err == nil {
		return nil, false
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound, false
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		if errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("%w: %w", ErrFull, err), true
		}
		return err, errors.Is(err, sql.ErrConnDone)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrFull, err), true
	case sqlite3.SQLITE_IOERR:
		switch e.Code() {
		case sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC:
			return fmt.Errorf("%w: %w", ErrFailed, err), true
		}
		return fmt.Errorf("%w: %w", ErrFull, err), true
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err), true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", ErrBusy, err), true
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return err, false
	}
	return err, true
}

// uniqueViolation tells whether err is that of a unique index or primary key.
func uniqueViolation(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// checkpoint moves the write-ahead log into the database; with truncate it also empties it,
// unless a reader is at it. It gives the length of the log in pages. The engine's automatic
// checkpoint is not used: it hides a failed sync, and makes the waiting wait longer.
func checkpoint(c *session, truncate bool) (pages int, err error) {
	var busy, done int
	if !truncate {
		if err := c.row("PRAGMA wal_checkpoint(NOOP)", nil, &busy, &pages, &done); err != nil || pages < checkpointPages {
			return pages, err
		}
		err := c.row("PRAGMA wal_checkpoint(PASSIVE)", nil, &busy, &pages, &done)
		if done == pages { // the next write begins the log anew
			pages = 0
		}
		return pages, err
	}
	if _, err := c.exec("PRAGMA busy_timeout = 20"); err != nil {
		return 0, err
	}
	err = c.row("PRAGMA wal_checkpoint(TRUNCATE)", nil, &busy, &pages, &done)
	if _, e := c.exec("PRAGMA busy_timeout = " + strconv.Itoa(busyMilliseconds)); err == nil {
		err = e
	}
	return pages, err
}

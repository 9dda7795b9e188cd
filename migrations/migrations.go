// Package migrations holds the numbered SQL files that make and change the schema.
//
// Invariants:
//   - A file that was released never changes; the schema moves forward only.
//   - Each file is applied in one transaction, in the order of its number.
//   - The number of the newest file is the version of the schema; a database with a
//     higher one is refused by storage.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql
var files embed.FS

// SQLite gives the migrations for SQLite.
func SQLite() (fs.FS, error) { return fs.Sub(files, "sqlite") }

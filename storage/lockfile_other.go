//go:build !unix

package storage

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockDirectory opens the lock file; systems without flock are left to the engine's own locks.
func lockDirectory(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	return f, nil
}

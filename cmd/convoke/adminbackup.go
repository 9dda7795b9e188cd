package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"convoke/server"
	"convoke/storage"
)

// backupFolder, in the data directory, holds the backups that administrators ask for in the browser; only the newest
// keptBackups stay. Those for a day when the disk is gone belong elsewhere.
const (
	backupFolder = "backups"
	backupForm   = "convoke-20060102T150405Z.db"
	keptBackups  = 5
)

// backups is the one backup that may be under way for a page: it may take longer than a request.
type backups struct {
	mu      sync.Mutex
	running bool
	failed  string
}

// backupView is a backup that was made.
type backupView struct {
	At    time.Time `json:"at"`
	File  string    `json:"file"`
	Bytes int64     `json:"bytes,omitempty"`
}

// backupState is what there is of them.
type backupState struct {
	Running bool         `json:"running"`
	Failed  string       `json:"failed,omitempty"` // why the last one gave nothing
	Folder  string       `json:"folder"`
	Items   []backupView `json:"items"` // newest first
}

// backup writes a verified copy of the store and notes it in the journal.
func (h *house) backup(ctx context.Context, file string) error {
	if err := h.store.Backup(ctx, file); err != nil {
		return err
	}
	return h.store.Update(ctx, by(ctx), func(tx *storage.Tx) error {
		return tx.Journal(storage.Entry{What: "backup", Detail: file})
	})
}

func listBackups(_ context.Context, h *house, _ none) (backupState, error) {
	v := backupState{Folder: filepath.Join(h.dir, backupFolder), Items: []backupView{}}
	h.backups.mu.Lock()
	v.Running, v.Failed = h.backups.running, h.backups.failed
	h.backups.mu.Unlock()
	files, err := os.ReadDir(v.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return v, nil
	}
	for _, f := range files {
		info, gone := f.Info()
		if at, bad := time.Parse(backupForm, f.Name()); bad == nil && gone == nil {
			v.Items = append(v.Items, backupView{at, f.Name(), info.Size()})
		}
	}
	slices.SortFunc(v.Items, func(a, b backupView) int { return strings.Compare(b.File, a.File) })
	return v, err
}

// backupNow begins a backup into the data directory. How it went tells listBackups.
func backupNow(ctx context.Context, h *house, _ none) (backupState, error) {
	folder := filepath.Join(h.dir, backupFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return backupState{}, refusef("%s", onFile(folder, err))
	}
	b := &h.backups
	b.mu.Lock()
	if b.running {
		b.mu.Unlock()
		return backupState{}, refusef("a backup is being written already")
	}
	b.running, b.failed = true, ""
	b.mu.Unlock()
	file := filepath.Join(folder, h.store.Now().UTC().Format(backupForm))
	// It outlives the request, and not who asked for it.
	work := server.WithPrincipal(context.WithoutCancel(ctx), server.Principal(ctx))
	go func() {
		err := h.explain(work, "", h.backup(work, file))
		if err == nil {
			err = h.dropBackups()
		} else {
			h.log.Error("backup", "err", err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.running = false
		if err != nil {
			b.failed = sentence(err)
		}
	}()
	return listBackups(ctx, h, none{})
}

// dropBackups removes all but the newest.
func (h *house) dropBackups() error {
	v, err := listBackups(context.Background(), h, none{})
	if err != nil {
		return err
	}
	for _, old := range v.Items[min(keptBackups, len(v.Items)):] {
		if err := os.Remove(filepath.Join(v.Folder, old.File)); err != nil {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}

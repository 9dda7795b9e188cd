package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"convoke/storage"
	"convoke/web/api"
)

// pageTasks has tasks done for the pages of administrators; it is api.Tasks.
type pageTasks struct{ h *house }

var _ api.Tasks = pageTasks{}

// Do is api.Tasks's. Arguments go through JSON as those of a command do.
func (p pageTasks) Do(ctx context.Context, name string, args any) (any, error) {
	run, ok := tasks[name]
	if !ok {
		return nil, fmt.Errorf("there is no task %q", name)
	}
	in, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", name, err)
	}
	return run(ctx, p.h, in)
}

// overview is what an administrator sees first.
type overview struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	URLs    []string  `json:"urls"`
	Public  string    `json:"public_url,omitempty"`

	People      int `json:"people"`
	Admins      int `json:"admins"`
	Groups      int `json:"groups"`
	Rooms       int `json:"rooms"`
	Collections int `json:"collections"`
	Objects     int `json:"objects"`

	StoreBytes int64  `json:"store_bytes"`
	WALBytes   int64  `json:"wal_bytes"`
	Ready      string `json:"ready"` // "" is yes, else what is wrong

	Backup  *backupView `json:"last_backup,omitempty"`
	Queue   queueState  `json:"queue"`
	Waiting int         `json:"waiting_for_review"`
	Mail    mailWays    `json:"mail"`
	Notices []notice    `json:"notices"` // what was warned of lately, newest first
}

// queueState is what waits to go out.
type queueState struct {
	Waiting int       `json:"waiting"`
	Held    int       `json:"held"`
	Due     time.Time `json:"due,omitzero"`
	Sent    uint64    `json:"sent"` // since the start, as the others below
	Failed  uint64    `json:"failed"`
	Bounced uint64    `json:"bounced"`
	Last    string    `json:"last_error,omitempty"` // why the newest of those that wait or failed was not sent
}

func overviewOf(ctx context.Context, h *house, _ none) (overview, error) {
	v := overview{Version: version(), Started: h.started, URLs: h.urls, Public: h.conf.Server.PublicURL, Mail: h.mailWays(), Notices: h.notices.list()}
	all, err := h.store.Principals(ctx)
	if err != nil {
		return v, err
	}
	for _, p := range all {
		switch {
		case p.Kind == storage.KindUser:
			v.People++
		case p.Kind == storage.KindGroup:
			v.Groups++
		default:
			v.Rooms++
		}
		if p.Admin {
			v.Admins++
		}
		held, err := h.store.CollectionsOf(ctx, p.ID)
		if err != nil {
			return v, err
		}
		for _, c := range held {
			v.Collections++
			v.Objects += c.Len()
		}
	}
	v.StoreBytes, v.WALBytes = size(filepath.Join(h.dir, "convoke.db")), size(filepath.Join(h.dir, "convoke.db-wal"))
	if err := h.store.Ready(); err != nil {
		v.Ready = sentence(err)
	}
	if e, err := h.store.LastBackup(ctx); err == nil {
		v.Backup = &backupView{At: e.At, File: e.Detail}
	} else if !errors.Is(err, storage.ErrNotFound) {
		return v, err
	}
	waiting, err := h.store.HeldMessages(ctx, 0)
	if err != nil {
		return v, err
	}
	v.Waiting = len(waiting)
	v.Queue, err = h.queueState(ctx)
	return v, err
}

// size is that of a file, 0 where there is none.
func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (h *house) queueState(ctx context.Context) (queueState, error) {
	b, err := h.store.OutboundBacklog(ctx)
	if err != nil {
		return queueState{}, err
	}
	done := h.out.Stats()
	q := queueState{Waiting: b.Waiting, Held: b.Held, Due: b.Due, Sent: done.Sent, Failed: done.Failed, Bounced: done.Bounced}
	open, _, err := h.store.OutboundPage(ctx, storage.Page{Limit: 20}, storage.OutboundWaiting, storage.OutboundFailed)
	for i := range open {
		if q.Last == "" && open[i].Attempts > 0 {
			q.Last = open[i].Status
		}
	}
	return q, err
}

// peopleWish asks for a page of principals.
type peopleWish struct {
	Kind   string `json:"kind"`
	Query  string `json:"q,omitempty"` // part of a name or address, in any case
	Offset int    `json:"offset,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// peoplePage is a page of principals by name.
type peoplePage struct {
	Items []personRow `json:"items"`
	Total int         `json:"total"` // that the query finds
}

// personRow is a principal with what administrators ask of it.
type personRow struct {
	person
	AppPasswords int       `json:"app_passwords"`
	Seen         time.Time `json:"seen,omitzero"` // when an app password of theirs was last used
}

// maxPage is the most that a page of a list holds.
const maxPage = 200

// pageOf is the length of a page, where that was asked for.
func pageOf(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, maxPage)
}

func pagePeople(ctx context.Context, h *house, w peopleWish) (peoplePage, error) {
	all, err := h.store.Principals(ctx)
	if err != nil {
		return peoplePage{}, err
	}
	q := strings.ToLower(strings.TrimSpace(w.Query))
	all = slices.DeleteFunc(all, func(p *storage.Principal) bool {
		return !isKind(p, w.Kind) || !slices.ContainsFunc(append([]string{p.Name, p.DisplayName}, p.Addresses...), func(s string) bool {
			return strings.Contains(strings.ToLower(strings.TrimPrefix(s, "mailto:")), q)
		})
	})
	page := peoplePage{Items: []personRow{}, Total: len(all)}
	all = all[min(max(w.Offset, 0), len(all)):]
	for _, p := range all[:min(pageOf(w.Limit), len(all))] {
		v, err := h.view(ctx, p)
		if err != nil {
			return page, err
		}
		row := personRow{person: v}
		keys, err := h.store.AppPasswords(ctx, p.ID)
		if err != nil {
			return page, err
		}
		row.AppPasswords = len(keys)
		for _, k := range keys {
			if k.Used.After(row.Seen) {
				row.Seen = k.Used
			}
		}
		page.Items = append(page.Items, row)
	}
	return page, nil
}

func listSettings(_ context.Context, h *house, _ none) ([]settingView, error) {
	return h.conf.views(), nil
}

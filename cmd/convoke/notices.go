package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// notice is something that the log warned of.
type notice struct {
	At      time.Time `json:"at"`
	Level   string    `json:"level"` // warn or error
	Message string    `json:"message"`
	Detail  string    `json:"detail,omitempty"`
}

// maxNotices are remembered, and of each so much.
const (
	maxNotices    = 20
	maxNoticeText = 500
)

// notices is a log that remembers the last warnings and errors for the administration page.
type notices struct {
	slog.Handler
	kept *noticeBoard
	with []slog.Attr
}

type noticeBoard struct {
	mu   sync.Mutex
	last []notice
}

func newNotices(to slog.Handler) *notices { return &notices{Handler: to, kept: new(noticeBoard)} }

// Enabled is slog.Handler's: what is remembered does not depend on what is printed.
func (n *notices) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || n.Handler.Enabled(ctx, level)
}

// Handle is slog.Handler's.
func (n *notices) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn && r.Message != "request" {
		n.remember(r)
	}
	if !n.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return n.Handler.Handle(ctx, r)
}

func (n *notices) remember(r slog.Record) {
	var detail string
	add := func(a slog.Attr) bool {
		if detail != "" {
			detail += ", "
		}
		detail += a.Key + ": " + a.Value.String()
		return len(detail) < maxNoticeText
	}
	for _, a := range n.with {
		add(a)
	}
	r.Attrs(add)
	one := notice{At: r.Time.UTC(), Level: "warn", Message: clip(r.Message, maxNoticeText), Detail: printable(clip(detail, maxNoticeText))}
	if r.Level >= slog.LevelError {
		one.Level = "error"
	}
	n.kept.mu.Lock()
	defer n.kept.mu.Unlock()
	n.kept.last = append(n.kept.last, one)
	if len(n.kept.last) > maxNotices {
		n.kept.last = n.kept.last[1:]
	}
}

// list gives what is remembered, newest first.
func (n *notices) list() []notice {
	n.kept.mu.Lock()
	defer n.kept.mu.Unlock()
	list := append([]notice{}, n.kept.last...)
	slices.Reverse(list)
	return list
}

// WithAttrs is slog.Handler's.
func (n *notices) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &notices{n.Handler.WithAttrs(attrs), n.kept, append(slices.Clone(n.with), attrs...)}
}

// WithGroup is slog.Handler's.
func (n *notices) WithGroup(name string) slog.Handler {
	return &notices{n.Handler.WithGroup(name), n.kept, n.with}
}

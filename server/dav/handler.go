package dav

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Options make a Handler. Zero values choose the default.
type Options struct {
	Tree       Tree
	Locks      LockStore // nil: no class 2
	Compliance []string  // tokens of the DAV header behind the engine's own `1, 3` or `1, 2, 3`
	Log        *slog.Logger
	Clock      func() time.Time
	// Principal names the asker, to tell who holds a lock; nil: locks belong to whoever knows their token.
	Principal func(context.Context) string

	MaxXMLBytes    int64         // 1 MiB
	MaxReportBytes int64         // of REPORT and ACL; 4 MiB
	MaxBodyBytes   int64         // refused unread beyond; 64 MiB
	MaxMemberBytes int64         // of a member whose collection is not Limited; 10 MiB
	MaxProps       int           // named in one request; 500
	MaxLockTime    time.Duration // 1 h
}

// Handler serves a Tree.
type Handler struct {
	o Options
}

// NewHandler makes a handler.
func NewHandler(o Options) *Handler { return &Handler{o: o} }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"convoke/caldav"
	"convoke/carddav"
	"convoke/internal/vcard"
	"convoke/scheduling"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// ground is the tree of both doors.
func (h *house) ground() *tree.Tree {
	l := &h.conf.Limits
	return tree.New(h.store, tree.Options{QuotaBytes: l.BytesPerUser},
		caldav.New(h.sched, caldav.Limits{
			ExpandDays: days(l.ExpandRange), ExpandInstances: l.ExpandInstances, ExpandBytes: l.ExpandBytes,
			Hrefs: l.MultigetHrefs, BusyDays: days(l.BusyRange),
		}).Tree(),
		carddav.New(carddav.Options{MaxCardBytes: l.CardBytes}))
}

// doors builds what answers on the wire: the WebDAV engine over the tree, and the server that it is mounted in.
func (h *house) doors() (*server.Server, error) {
	l, ground := &h.conf.Limits, h.ground()
	engine := dav.NewHandler(dav.Options{
		Tree: ground, Locks: tree.Locks{Tree: ground}, Compliance: compliance(),
		Log: slog.New(&noting{Handler: h.log.Handler()}), Principal: asker,
		MaxXMLBytes: l.XMLBytes, MaxReportBytes: l.ReportBytes, MaxBodyBytes: l.BodyBytes,
		MaxProps: l.Properties, MaxLockTime: l.LockTime,
	})
	opt, err := h.serverOptions()
	if err != nil {
		return nil, err
	}
	srv, err := server.New(opt)
	if err != nil {
		return nil, err
	}
	if err := h.pages(srv, engine, ground); err != nil {
		return nil, err
	}
	srv.MountDAV("/dav", engine)
	srv.MountDAV("/dav/*", engine)
	zones := caldav.TimeZones()
	srv.Mount(caldav.TimeZonesPath, zones)
	srv.Mount(caldav.TimeZonesPath+"/*", zones)
	srv.Mount("/.well-known/timezone", http.RedirectHandler(caldav.TimeZonesPath, http.StatusMovedPermanently)) // RFC 7808 §4.2.1.3
	return srv, nil
}

// days is a length of time in whole days, at least one.
func days(d time.Duration) int { return max(1, int(d/(24*time.Hour))) }

// compliance are the tokens of the DAV header (RFC 4918 §10.1), the same on every
// resource. The engine puts its own classes before them.
func compliance() []string {
	tokens := caldav.Compliance()
	return append(tokens, "addressbook", "extended-mkcol", "calendarserver-principal-property-search")
}

// asker names who asks, as locks and ACLs know principals.
func asker(ctx context.Context) string {
	if p := server.Principal(ctx); p != nil {
		return tree.PrincipalHref(p)
	}
	return ""
}

// noting hands the engine's word on a refused request to the line that the server
// logs of that request, and the rest to the log.
type noting struct{ slog.Handler }

// refusedMessage is how the engine reports a request that it refused.
const refusedMessage = "request refused"

// Enabled is slog.Handler's.
func (n *noting) Enabled(context.Context, slog.Level) bool { return true }

// Handle is slog.Handler's.
func (n *noting) Handle(ctx context.Context, r slog.Record) error {
	if r.Message != refusedMessage {
		if !n.Handler.Enabled(ctx, r.Level) {
			return nil
		}
		r.AddAttrs(slog.String("request", server.RequestID(ctx)))
		return n.Handler.Handle(ctx, r)
	}
	var condition string
	var cause error
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "condition":
			condition = a.Value.String()
		case "err":
			cause, _ = a.Value.Any().(error)
		}
		return true
	})
	server.Note(ctx, condition, cause)
	return nil
}

// WithAttrs is slog.Handler's.
func (n *noting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &noting{n.Handler.WithAttrs(attrs)}
}

// WithGroup is slog.Handler's.
func (n *noting) WithGroup(name string) slog.Handler { return &noting{n.Handler.WithGroup(name)} }

// put stores an object from elsewhere, such as a file, by the road of its collection. Nobody is
// told of it.
func (h *house) put(ctx context.Context, c *storage.Collection, name string, data []byte, from string) (created bool, err error) {
	actor := server.ActorOf(ctx, "import")
	actor.Agent = from
	if c.Kind == storage.KindCalendar {
		r, err := h.sched.Put(ctx, &scheduling.Put{Actor: actor, Collection: c, Name: name, Data: data, Import: true})
		if err != nil {
			return false, err
		}
		return r.Created, nil
	}
	if limit := h.conf.Limits.CardBytes; int64(len(data)) > limit {
		return false, fmt.Errorf("it is larger than %d bytes", limit)
	}
	card, err := vcard.Parse(data)
	if err == nil {
		err = card.Validate()
	}
	if err != nil {
		return false, err
	}
	o := &storage.Object{Data: data}
	o.CollectionID, o.Name, o.ContentType = c.ID, name, "text/vcard; charset=utf-8"
	o.Facts = carddav.FactsOf(card)
	err = h.store.Update(ctx, actor, func(tx *storage.Tx) error {
		var err error
		created, err = tx.PutObject(o)
		return err
	})
	return created, err
}

// facts reads an object for check.
func (h *house) facts(c *storage.Collection, contentType string, data []byte) (storage.Facts, error) {
	switch c.Kind {
	case storage.KindAddressBook:
		card, err := vcard.Parse(data)
		if err != nil {
			return storage.Facts{}, err
		}
		return carddav.FactsOf(card), nil
	case storage.KindCalendar, storage.KindInbox:
		return h.sched.Facts(context.Background(), c, data)
	}
	return storage.Facts{First: storage.Past, Last: storage.Future}, nil // of files and notifications nothing is known
}

// reason is a sentence on why an object was refused.
func (h *house) reason(ctx context.Context, err error) string {
	var v *scheduling.Violation
	var taken *storage.UIDTakenError
	var limit *storage.LimitError
	switch {
	case errors.As(err, &v):
		if v.Err != nil {
			return why(v.Err)
		}
		return strings.ReplaceAll(v.Precondition, "-", " ") + " is not kept"
	case errors.As(err, &taken):
		return "its UID belongs to " + taken.Name
	case errors.As(err, &limit):
		return limit.Error()
	}
	return why(h.explain(ctx, "", err))
}

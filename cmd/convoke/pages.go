package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"convoke/imip"
	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/web"
	"convoke/web/api"
	"convoke/web/session"
)

// pages mounts what a browser sees. Clients that take no path begin at the root too (clients.md §9.3): dav serves those.
func (h *house) pages(srv *server.Server, dav http.Handler, ground *tree.Tree) error {
	site, err := web.New()
	if err != nil {
		return fmt.Errorf("make the pages: %w", err)
	}
	srv.MountFront(site.Shell(), dav)
	srv.Mount("/a/*", site.Assets())
	srv.Mount("/sw.js", site.Worker())
	for _, path := range web.Screens {
		srv.Mount(path, site.Shell())
		srv.Mount(path+"/*", site.Shell())
	}
	for path, make := range h.mounts {
		handler := make(site)
		srv.Mount(path, handler)
		srv.Mount(path+"/*", handler)
	}
	door := &session.Door{Keeper: h.sessions, Guard: srv}
	srv.Mount("/guest/*", site.Guest(h.sched, h.store))
	srv.Mount("/public/*", site.Public(ground))
	srv.Mount("/signin", site.SignIn(door))
	h.setup = web.NewSetup(&web.Setup{
		Store: h.store, Door: door, Create: h.makeAdministrator, MailOut: h.conf.mailGoesOut(), MailIn: h.conf.mailComesIn(),
	})
	srv.Mount("/setup", site.Setup(h.setup))
	srv.Mount("/api/*", api.New(api.Options{
		Store: h.store, Tree: ground, Scheduler: h.sched, Review: pageReview{h}, Log: h.log, Identify: h.sessions.Identify, Watch: h.sessions.Watch, Sessions: door,
		Features: api.Features{MailOut: h.conf.mailGoesOut(), MailIn: h.conf.mailComesIn()}, Version: version(),
		Tasks: pageTasks{h},
		Push:  h.push, Subscriptions: h.subscriptions, Birthdays: h.birthdays, PublicURL: h.conf.Server.PublicURL,
		Imports: pageImports{h, ground},
	}))
	return nil
}

// makeAdministrator is web.Setup.Create.
func (h *house) makeAdministrator(ctx context.Context, a web.Administrator) error {
	_, err := createPrincipal(ctx, h, person{
		Kind: storage.KindUser, Name: a.Name, Display: a.DisplayName, Addresses: []string{a.Address}, Admin: true, Password: a.Password,
		Language: a.Language,
	})
	var no *refused
	if errors.As(err, &no) {
		return web.Refusal(no.sentence)
	}
	return err
}

// pageReview decides for the pages about what waits in the tray.
type pageReview struct{ h *house }

// Accept is api.Review's.
func (r pageReview) Accept(ctx context.Context, actor storage.Actor, id int64, trustSender bool) error {
	_, err := r.h.mails().Accept(ctx, actor, id, trustSender)
	if errors.Is(err, imip.ErrStale) {
		err = errors.Join(api.ErrStale, err)
	}
	return err
}

// Reject is api.Review's.
func (r pageReview) Reject(ctx context.Context, actor storage.Actor, id int64) error {
	return r.h.mails().Reject(ctx, actor, id)
}

package main

import (
	"fmt"
	"net/http"

	"convoke/server"
	"convoke/storage"
	"convoke/web"
	"convoke/web/api"
)

// pages mounts what a browser sees. Clients that take no path begin at the root too (clients.md §9.3): dav serves those.
func (h *house) pages(srv *server.Server, dav http.Handler) error {
	site, err := web.New()
	if err != nil {
		return fmt.Errorf("make the pages: %w", err)
	}
	srv.MountFront(site.Shell(), dav)
	srv.Mount("/a/*", site.Assets())
	for _, path := range web.Screens {
		srv.Mount(path, site.Shell())
		srv.Mount(path+"/*", site.Shell())
	}
	srv.Mount("/api/*", api.New(api.Options{
		Store: h.store, Log: h.log,
		Identify: func(*http.Request) (*storage.Principal, error) { return nil, nil },
	}))
	return nil
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"

	"convoke/storage"

	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
	"github.com/emersion/go-webdav/carddav"
	"golang.org/x/sync/errgroup"
)

// account is another server, read with go-webdav's clients. Objects are fetched as
// bytes: nothing decodes and encodes them on the way.
type account struct {
	endpoint *url.URL
	http     webdav.HTTPClient
	read     *reading
	g        *globals
}

// readAccount reads what a URL gives: one file, or all calendars and address books
// of an account.
// Its requests go by the client given.
func readAccount(ctx context.Context, g *globals, by webdav.HTTPClient, into *reading, address, username, password string) (*reading, error) {
	endpoint, err := url.Parse(address)
	if err != nil || endpoint.Host == "" {
		return nil, refusef("%s is no URL", address)
	}
	if u := endpoint.User; u != nil {
		if username == "" {
			username = u.Username()
		}
		if p, ok := u.Password(); ok && password == "" {
			password = p
		}
		endpoint.User = nil
	}
	door := &doorkeeper{HTTPClient: by}
	var client webdav.HTTPClient = door
	if username != "" {
		client = webdav.HTTPClientWithBasicAuth(client, username, password)
	}
	a := &account{endpoint: endpoint, http: client, g: g, read: into}
	if ext := strings.ToLower(path.Ext(endpoint.Path)); ext == ".ics" || ext == ".vcf" {
		if err := a.file(ctx); err != nil {
			return nil, a.explain(door, username, err)
		}
		return a.read, nil
	}
	calendars := a.calendars(ctx)
	if calendars != nil && door.shut.Load() {
		return nil, a.explain(door, username, calendars)
	}
	books := a.books(ctx)
	var none *noHomeError
	for _, err := range []error{calendars, books} {
		switch {
		case err == nil:
		case !errors.As(err, &none), calendars != nil && books != nil: // a part of an account is no account
			return nil, a.explain(door, username, err)
		default:
			a.read.notes = append(a.read.notes, sentence(err))
		}
	}
	return a.read, nil
}

// noHomeError says that an account has no calendars, or no address books, that we can find.
type noHomeError struct {
	what string
	err  error
}

func (e *noHomeError) Error() string { return fmt.Sprintf("no %s were found there: %v", e.what, e.err) }
func (e *noHomeError) Unwrap() error { return e.err }

// doorkeeper notices that the other server does not let us in.
type doorkeeper struct {
	webdav.HTTPClient
	shut atomic.Bool
}

// Do is webdav.HTTPClient's.
func (d *doorkeeper) Do(r *http.Request) (*http.Response, error) {
	resp, err := d.HTTPClient.Do(r)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		d.shut.Store(true)
	}
	return resp, err
}

// explain makes a sentence of what went wrong with another server.
func (a *account) explain(door *doorkeeper, username string, err error) error {
	switch {
	case door.shut.Load() && username == "":
		return refusef("%s wants to know who asks: give --username, and the password with --password-stdin", a.endpoint.Redacted())
	case door.shut.Load():
		return refusef("%s does not take the name %s with this password: check both; "+
			"many servers want an app password here, made in their settings, instead of the usual one", a.endpoint.Redacted(), username)
	}
	return fmt.Errorf("%s: %w", a.endpoint.Redacted(), err)
}

// file takes one calendar or card file.
func (a *account) file(ctx context.Context) error {
	client, err := webdav.NewClient(a.http, a.endpoint.String())
	if err != nil {
		return err
	}
	body, err := client.Open(ctx, a.endpoint.Path)
	if err != nil {
		return err
	}
	defer body.Close()
	return a.read.take(body, path.Base(a.endpoint.Path))
}

// entrances are the URLs to begin with: what was given, then the well-known one
// (RFC 6764 §6).
func (a *account) entrances(door string) []string {
	known := *a.endpoint
	known.Path = "/.well-known/" + door
	return []string{a.endpoint.String(), known.String()}
}

// calendars reads all calendars (RFC 4791 §6.2.1).
func (a *account) calendars(ctx context.Context) error {
	var failed error
	for _, at := range a.entrances("caldav") {
		client, err := caldav.NewClient(a.http, at)
		if err != nil {
			return err
		}
		home, err := homeOf(ctx, client.Client, client.FindCalendarHomeSet)
		if err != nil {
			failed = cmp.Or(failed, err) // the first is of the URL that was given
			continue
		}
		list, err := client.FindCalendars(ctx, home)
		if err != nil {
			return err
		}
		for _, c := range list {
			l := &label{Display: c.Name, Description: c.Description, Components: c.SupportedComponentSet}
			if err := a.collection(ctx, client.Client, storage.Calendars, c.Path, l); err != nil {
				return err
			}
		}
		return nil
	}
	return &noHomeError{"calendars", failed}
}

// books reads all address books (RFC 6352 §7.1.1).
func (a *account) books(ctx context.Context) error {
	var failed error
	for _, at := range a.entrances("carddav") {
		client, err := carddav.NewClient(a.http, at)
		if err != nil {
			return err
		}
		home, err := homeOf(ctx, client.Client, client.FindAddressBookHomeSet)
		if err != nil {
			failed = cmp.Or(failed, err) // the first is of the URL that was given
			continue
		}
		list, err := client.FindAddressBooks(ctx, home)
		if err != nil {
			return err
		}
		for _, b := range list {
			l := &label{Display: b.Name, Description: b.Description}
			if err := a.collection(ctx, client.Client, storage.AddressBooks, b.Path, l); err != nil {
				return err
			}
		}
		return nil
	}
	return &noHomeError{"address books", failed}
}

// homeOf goes from a URL by way of the principal (RFC 5397) to a home.
func homeOf(ctx context.Context, c *webdav.Client, find func(context.Context, string) (string, error)) (string, error) {
	principal, err := c.FindCurrentUserPrincipal(ctx)
	if err != nil {
		return "", err
	}
	return find(ctx, principal)
}

// collection fetches the members of one collection, a few at a time. An address book that nobody may write is a
// list that the other server makes, such as of its own people: it is left out.
func (a *account) collection(ctx context.Context, c *webdav.Client, home, at string, l *label) error {
	more := a.details(ctx, at)
	if home == storage.AddressBooks && more.readOnly() {
		a.read.notes = append(a.read.notes, fmt.Sprintf("left out the address book %s: it is read-only, so the other server makes it", cmp.Or(l.Display, at)))
		return nil
	}
	l.Color = more.Color
	members, err := c.ReadDir(ctx, at, false)
	if err != nil {
		return fmt.Errorf("list %s: %w", at, err)
	}
	slug := path.Base(strings.TrimSuffix(at, "/"))
	if validName(slug) != nil {
		slug = strings.TrimSuffix(nameFor(slug, ""), "-")
	}
	a.read.batch(home, slug).label = l
	files := make([][]byte, len(members))
	bar := a.g.progress("fetch "+slug, len(members))
	defer bar.done()
	group, ctx := errgroup.WithContext(ctx)
	var fetched atomic.Int64
	fetched.Store(a.read.size)
	group.SetLimit(4)
	for i, m := range members {
		bar.step(1)
		if m.IsDir {
			continue
		}
		group.Go(func() error {
			data, err := fetch(ctx, c, m.Path)
			if err == nil && fetched.Add(int64(len(data))) > a.read.most {
				err = errTooMuch
			}
			if err == nil {
				files[i] = data
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	a.read.size = fetched.Load()
	for i, m := range members {
		if err := a.take(files[i], home, slug, m.Path); err != nil {
			return err
		}
		files[i] = nil
	}
	return nil
}

// fetch gets the bytes of one object; one that went away meanwhile gives none.
func fetch(ctx context.Context, c *webdav.Client, at string) ([]byte, error) {
	body, err := c.Open(ctx, at)
	if err != nil {
		if strings.Contains(err.Error(), "404") {
			return nil, nil
		}
		return nil, fmt.Errorf("fetch %s: %w", at, err)
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, 64<<20))
}

// take adds one fetched object under the name it had there, as it is.
func (a *account) take(data []byte, home, slug, at string) error {
	if len(data) == 0 {
		return nil
	}
	items, err := a.read.collect(splitFile(at, data))
	if err != nil {
		return err
	}
	if len(items) == 1 && items[0].Broken == "" {
		if name := path.Base(at); validName(name) == nil {
			items[0].Name = name
		}
		if home == storage.Calendars {
			items[0].Data = data
		}
	}
	for _, it := range items {
		a.read.add(it, home, slug)
	}
	return nil
}

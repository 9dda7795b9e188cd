package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"convoke/importing"
	"convoke/internal/outward"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/web/api"
)

// uploadFolder, in the data directory, holds files that wait to be imported.
const uploadFolder = "uploads"

// unpacked is how many times as large as a file all that is in it may be, which is held in memory, and accountTime how long
// an account may take.
const (
	unpacked    = 2
	accountTime = time.Hour
)

// pageImports begins imports for the pages; it is api.Imports.
type pageImports struct {
	h      *house
	ground *tree.Tree
}

var _ api.Imports = pageImports{}

// Jobs is api.Imports's.
func (p pageImports) Jobs() *importing.Runner { return p.h.imports }

// importer makes what runs imports. Files that a former server left are of imports that it interrupted.
func (h *house) importer() *importing.Runner {
	if err := os.RemoveAll(filepath.Join(h.dir, uploadFolder)); err != nil {
		h.log.Warn("files of former imports could not be removed", "err", err)
	}
	return importing.New(importing.Options{Store: h.store, Log: h.log, Explain: func(err error) string {
		var call *outward.Error
		if errors.As(err, &call) {
			return notCalled(call)
		}
		return sentence(h.explain(context.Background(), "", err))
	}})
}

// File is api.Imports's.
func (p pageImports) File(ctx context.Context, name string, file io.Reader, into, fresh string) (importing.Job, error) {
	name = path.Base(filepath.ToSlash(name))
	if !wanted(name) && !strings.EqualFold(path.Ext(name), ".zip") || name == labelFile {
		return importing.Job{}, refusef("%.80q is no file that can be imported: those end in .ics, .vcf, .csv, .ldif or .zip", name)
	}
	if into != "" {
		if _, err := p.target(ctx, into); err != nil {
			return importing.Job{}, err
		}
	}
	who, kept := server.Principal(ctx), ""
	return p.h.imports.Add(ctx, who, printable(clip(name, 200)), importing.Work{
		Take: func() (err error) {
			kept, err = p.keep(file, strings.ToLower(path.Ext(name)))
			return err
		},
		Free: func() { _ = os.Remove(kept) },
		Do: func(ctx context.Context, tell func(int, int)) (importing.Report, error) {
			ctx, err := p.as(ctx, who)
			if err != nil {
				return importing.Report{}, err
			}
			read := p.reading()
			if err := read.upload(kept, name); err != nil {
				return importing.Report{}, err
			}
			if into != "" {
				return p.into(ctx, into, read, tell)
			}
			if fresh != "" {
				read.name(fresh)
			}
			return p.own(ctx, read, tell)
		},
	})
}

// keep writes an upload to disk until its turn comes.
func (p pageImports) keep(file io.Reader, ext string) (string, error) {
	folder := filepath.Join(p.h.dir, uploadFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(folder, "upload-*"+ext)
	if err != nil {
		return "", err
	}
	limit := p.h.conf.Limits.ImportBytes
	n, err := io.Copy(f, io.LimitReader(file, limit+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil && n > limit {
		err = &http.MaxBytesError{Limit: limit}
	}
	if err == nil && n == 0 {
		err = refusef("the file is empty")
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return f.Name(), err
}

// reading is one within the bounds of the pages.
func (p pageImports) reading() *reading {
	r := newReading(unpacked * p.h.conf.Limits.ImportBytes)
	r.largest = p.h.conf.Limits.ImportBytes
	return r
}

// as is the work of a person as they are now: they may have been removed while it waited.
func (p pageImports) as(ctx context.Context, who *storage.Principal) (context.Context, error) {
	now, err := p.h.store.Principal(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	return server.WithPrincipal(ctx, now), nil
}

// target is the collection of an href that whoever asks may put objects into.
func (p pageImports) target(ctx context.Context, href string) (*storage.Collection, error) {
	all, err := p.ground.Reach(ctx, server.Principal(ctx))
	if err != nil {
		return nil, err
	}
	for i := range all {
		r := &all[i]
		if r.Href != href || r.Collection.Kind != storage.KindCalendar && r.Collection.Kind != storage.KindAddressBook {
			continue
		}
		if !r.Privileges.Has(dav.Bind) || !r.Privileges.Has(dav.WriteContent) {
			return nil, refusef("you may not add anything to %s", r.Name)
		}
		return r.Collection, nil
	}
	return nil, missingf("there is no such calendar or address book, or no longer")
}

// meter is where an import without a person at a terminal tells how far it is.
func meter(tell func(int, int)) *globals {
	return &globals{out: io.Discard, errout: io.Discard, in: strings.NewReader(""), meter: tell}
}

// into stores everything in one collection; what that does not take is told.
func (p pageImports) into(ctx context.Context, href string, read *reading, tell func(int, int)) (importing.Report, error) {
	c, err := p.target(ctx, href)
	if err != nil {
		return importing.Report{}, err
	}
	var items []item
	for _, b := range read.ordered() {
		items = append(items, b.items...)
	}
	report := importReport{Skipped: read.skipped, Notes: read.notes}
	err = report.store(ctx, &localDesk{p.h}, c.ID, items, meter(tell).progress("import", len(items)))
	return pageReport(&report, err)
}

// own stores things where they belong in the person's own homes.
func (p pageImports) own(ctx context.Context, read *reading, tell func(int, int)) (importing.Report, error) {
	read.avoid()
	report, err := importAll(ctx, meter(tell), &localDesk{p.h}, server.Principal(ctx).Name, read)
	return pageReport(&report, err)
}

// pageReport is a report for the pages. One that took nothing has failed.
func pageReport(r *importReport, err error) (importing.Report, error) {
	v := importing.Report{Stored: r.Created + r.Updated, Unchanged: r.Unchanged, Skipped: len(r.Failed), Failed: []importing.Failure{}, Files: r.Skipped, Made: r.Made, Notes: r.Notes}
	for _, f := range r.Failed {
		v.Failed = append(v.Failed, importing.Failure{Name: fmt.Sprintf("%s line %d", f.Source, f.Line), UID: f.UID, Reason: f.Reason})
	}
	if err == nil && v.Stored+v.Unchanged+v.Skipped == 0 {
		err = refusef("there is nothing in it to import")
	}
	return v, err
}

// upload reads a file that is kept under another name than it has.
func (r *reading) upload(file, name string) error {
	if strings.EqualFold(path.Ext(name), ".zip") {
		if err := r.zip(file); err != nil {
			return refusef("%s", strings.ReplaceAll(err.Error(), file, name))
		}
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.take(f, name)
}

// name sends everything into new collections of a name.
func (r *reading) name(display string) {
	display = printable(clip(strings.TrimSpace(display), 100))
	r.direct(strings.Trim(nameFor(strings.ToLower(display), ""), "-_."))
	for _, b := range r.batches {
		b.label = &label{Display: display}
	}
}

// Account is api.Imports's. The password is kept in memory alone, until the import ends.
func (p pageImports) Account(ctx context.Context, address, user, password string) (importing.Job, error) {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return importing.Job{}, refusef("this is no address of a server, such as https://cal.example.org/")
	}
	client, err := p.h.accountCaller()
	if err != nil {
		return importing.Job{}, err
	}
	who := server.Principal(ctx)
	return p.h.imports.Add(ctx, who, printable(clip(u.Redacted(), 200)), importing.Work{
		Free: func() { password = "" },
		Do: func(ctx context.Context, tell func(int, int)) (importing.Report, error) {
			ctx, err := p.as(ctx, who)
			if err != nil {
				return importing.Report{}, err
			}
			ctx, cancel := context.WithTimeout(ctx, accountTime)
			defer cancel()
			read, err := readAccount(ctx, meter(tell), client, p.reading(), address, user, password)
			if err != nil {
				return importing.Report{}, err
			}
			return p.own(ctx, read, tell)
		},
	})
}

// accountCaller is the way to accounts elsewhere: that to the calendars which people subscribe to, with more time.
func (h *house) accountCaller() (*outward.Client, error) {
	networks, err := prefixes(h.conf.Subscriptions.Networks)
	if err != nil {
		return nil, err
	}
	return outward.New(outward.Options{
		HTTP: h.conf.Subscriptions.HTTP, Networks: networks, MaxBytes: h.conf.Limits.ImportBytes, Agent: "Convoke/" + version(), Timeout: 5 * time.Minute,
		Own: func() []netip.AddrPort { return h.bound },
	}), nil
}

// notCalled says why another server could not be asked.
func notCalled(e *outward.Error) string {
	return cmp.Or(map[string]string{
		outward.BadURL:      "this is no https address that can be called",
		outward.Forbidden:   "this address is not of the public internet; an administrator can allow its network by subscriptions.networks",
		outward.Unreachable: "the other server cannot be reached, or its certificate is not to be trusted",
		outward.TimedOut:    "the other server gives no answer",
		outward.Redirects:   "the other server sends us around without end",
		outward.TooLarge:    "the other server sends too much at once",
	}[e.Reason], "the answer of the other server cannot be read")
}

package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"convoke/storage"
)

// exportCommand writes everything of one user into a zip that import reads back.
type exportCommand struct {
	User  string `arg:"" help:"Name or mail address."`
	Out   string `help:"Zip file to write; the default is USER.zip." type:"path"`
	Force bool   `help:"Replace the file if it is there."`
}

func (c *exportCommand) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []collection
		if err := d.do(ctx, "collections", named{Name: c.User}, &list); err != nil {
			return err
		}
		out := c.Out
		if out == "" {
			out = c.User + ".zip"
		}
		if _, err := os.Lstat(out); err == nil && !c.Force {
			return refusef("%s is there already: name another file with --out, or replace it with --force", out)
		}
		// The file appears under its name only when it is whole.
		f, err := os.CreateTemp(filepath.Dir(out), ".convoke-export-*")
		if err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		defer os.Remove(f.Name())
		defer f.Close()
		objects, err := writeExport(ctx, g, d, f, list)
		if err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		if err := os.Rename(f.Name(), out); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		fmt.Fprintf(g.out, "Wrote %s to %s.\n", plural(objects, "object"), out)
		return nil
	})
}

// writeExport writes HOME/SLUG/NAME for each object, the bytes as they are stored.
func writeExport(ctx context.Context, g *globals, d desk, w io.Writer, list []collection) (int, error) {
	total := 0
	for _, c := range list {
		total += c.Objects
	}
	bar := g.progress("export", total)
	defer bar.done()
	z := zip.NewWriter(w)
	count := 0
	for _, c := range list {
		if c.Kind != storage.KindCalendar && c.Kind != storage.KindAddressBook {
			continue
		}
		if c.Source == storage.SourceBirthdays { // it is made of the contacts: read back, it would be a copy that nobody keeps
			continue
		}
		dir := c.Home + "/" + c.Name + "/"
		about, err := json.MarshalIndent(c.Label, "", "  ")
		if err != nil {
			return count, err
		}
		if err := zipFile(z, dir+labelFile, about, c.Modified); err != nil {
			return count, err
		}
		after := ""
		for {
			var page []stored
			if err := d.do(ctx, "objects", pageArgs{c.ID, after, putBatch}, &page); err != nil {
				return count, err
			}
			for _, o := range page {
				if err := zipFile(z, dir+o.Name, o.Data, o.Modified); err != nil {
					return count, err
				}
			}
			count += len(page)
			bar.step(len(page))
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1].Name
		}
	}
	return count, z.Close()
}

func zipFile(z *zip.Writer, name string, data []byte, modified time.Time) error {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified})
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

// collection is one of a user's as commands show it.
type collection struct {
	ID      int64  `json:"id"`
	Home    string `json:"home"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Href    string `json:"href"`
	Objects int    `json:"objects"`
	Label   label  `json:"label"`
	Source  string `json:"source,omitempty"` // from where the server fills it

	Modified time.Time `json:"modified,omitzero"`
}

// listCollections is the task that lists what a principal has.
func listCollections(ctx context.Context, h *house, n named) ([]collection, error) {
	p, err := h.get(ctx, n)
	if err != nil {
		return nil, err
	}
	if p.Kind == storage.KindGroup {
		return nil, refusef("%s is a group and has no calendars or address books: export its members one by one", p.Name)
	}
	list := []collection{}
	for _, home := range []string{storage.Calendars, storage.AddressBooks} {
		all, err := h.store.Collections(ctx, home, p.ID, 0)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			l, err := h.store.Listing(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			list = append(list, collection{
				ID: c.ID, Home: home, Kind: c.Kind, Name: c.Name, Objects: l.Len(), Source: c.Source,
				Href: "/dav/" + home + "/" + p.Name + "/" + c.Name + "/",
				Label: label{
					c.DisplayName, c.Description, c.Color, c.Order,
					c.Timezone, c.TimezoneID, c.Components, c.Transparent,
				},
				Modified: c.Modified,
			})
		}
	}
	return list, nil
}

// pageArgs asks for objects of a collection after a name.
type pageArgs struct {
	Collection int64  `json:"collection"`
	After      string `json:"after"`
	Limit      int    `json:"limit"`
}

// stored is one object with its bytes.
type stored struct {
	Name     string    `json:"name"`
	UID      string    `json:"uid,omitempty"`
	Kind     string    `json:"kind,omitempty"` // component of a calendar object
	Data     []byte    `json:"data"`
	Modified time.Time `json:"modified"`
}

// readObjects is the task that gives a page of objects in the order of names.
func readObjects(ctx context.Context, h *house, a pageArgs) ([]stored, error) {
	l, err := h.store.Listing(ctx, a.Collection)
	if err != nil {
		return nil, err
	}
	var names []string
	for m := range l.All() {
		if m.Name > a.After {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	page := []stored{}
	err = h.store.ObjectsNamed(ctx, a.Collection, names[:min(len(names), a.Limit)],
		func(name string, o *storage.Object) error {
			if o != nil {
				page = append(page, stored{name, o.UID, o.Component, o.Data, o.Modified})
			}
			return nil
		})
	slices.SortFunc(page, func(x, y stored) int { return strings.Compare(x.Name, y.Name) })
	return page, err
}

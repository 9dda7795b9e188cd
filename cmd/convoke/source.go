package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of what is read for an import.
const (
	maxFileBytes    = 1 << 30
	maxUnpackedSize = 4 << 30
	maxFiles        = 1_000_000
	maxPacked       = 200_000 // files in a zip: all their names are in memory at once
)

// batch is what goes into one collection.
type batch struct {
	home  string // storage.Calendars or storage.AddressBooks
	slug  string // "" is the default collection for what an item is
	label *label // what an export says about the collection; nil is nothing
	items []item

	rerouted bool // from a collection that does not take them
}

// label is what an export keeps of a collection besides its objects.
type label struct {
	Display     string   `json:"display_name,omitempty"`
	Description string   `json:"description,omitempty"`
	Color       string   `json:"color,omitempty"`
	Order       string   `json:"order,omitempty"`
	Timezone    string   `json:"timezone,omitempty"`
	TimezoneID  string   `json:"timezone_id,omitempty"`
	Components  []string `json:"components,omitempty"`
	Transparent bool     `json:"transparent,omitempty"`
}

// labelFile is the file of a collection's label within an export.
const labelFile = "collection.json"

// reading collects what files hold.
type reading struct {
	batches map[string]*batch
	skipped []string // files that are neither calendars nor contacts
	notes   []string // what was left out or named anew, in sentences
	size    int64
	held    int64 // bytes of all items
	most    int64 // bytes that are read at all, and that are held
	largest int64 // of one file
	files   int
}

// itemBytes is what an item takes besides its data.
const itemBytes = 256

// newReading is one of at most so many bytes; 0 is what a command reads.
func newReading(most int64) *reading {
	if most <= 0 {
		most = maxUnpackedSize
	}
	return &reading{batches: map[string]*batch{}, most: most, largest: maxFileBytes}
}

// errTooMuch ends a reading.
var errTooMuch = errors.New("there is too much to read at once")

// readSource reads a file, folder or zip.
func readSource(name string) (*reading, error) {
	r := newReading(0)
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return r, r.folder(name)
	}
	return r, r.file(name, filepath.Base(name))
}

// folder reads all files below a folder, in order.
func (r *reading) folder(root string) error {
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return nil // links out of the folder are not followed
		}
		inner, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		return r.file(file, filepath.ToSlash(inner))
	})
}

// file reads one file; inner is its path below the source.
func (r *reading) file(name, inner string) error {
	if strings.EqualFold(filepath.Ext(name), ".zip") {
		return r.zip(name)
	}
	if !wanted(name) {
		r.skipped = append(r.skipped, inner)
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.take(f, inner)
}

// packed counts what may be the entries of a zip's directory (APPNOTE.TXT §4.3.12), without reading that.
func packed(name string) (n int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sign := []byte("PK\x01\x02")
	buf, kept := make([]byte, 1<<20), 0
	for {
		got, err := f.Read(buf[kept:])
		have := buf[:kept+got]
		n += bytes.Count(have, sign)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		kept = copy(buf, have[max(0, len(have)-len(sign)+1):]) // one may begin at the end
	}
}

// zip reads the files of a zip.
func (r *reading) zip(name string) error {
	switch n, err := packed(name); {
	case err != nil:
		return err
	case n > maxPacked:
		return fmt.Errorf("%s: %w", name, errTooMuch)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer z.Close()
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if !wanted(f.Name) {
			r.skipped = append(r.skipped, f.Name)
			continue
		}
		inner, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", name, f.Name, err)
		}
		err = r.take(inner, f.Name)
		_ = inner.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// wanted tells by its name whether a file is to be read.
func wanted(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".ics", ".ical", ".icalendar", ".ifb", ".vcf", ".vcard", ".csv", ".ldif", ".ldi":
		return true
	}
	return path.Base(filepath.ToSlash(name)) == labelFile
}

// take reads one calendar, card or label.
func (r *reading) take(in io.Reader, inner string) error {
	data, err := io.ReadAll(io.LimitReader(in, min(r.largest, r.most-r.size)+1))
	if err != nil {
		return fmt.Errorf("%s: %w", inner, err)
	}
	r.size += int64(len(data))
	r.files++
	if int64(len(data)) > r.largest || r.size > r.most || r.files > maxFiles {
		return fmt.Errorf("%s: %w", inner, errTooMuch)
	}
	home, slug := place(inner)
	if path.Base(inner) == labelFile {
		if slug == "" {
			return nil
		}
		l := new(label)
		if err := json.Unmarshal(data, l); err != nil {
			return fmt.Errorf("%s: %w", inner, err)
		}
		r.batch(home, slug).label = l
		return nil
	}
	items, err := r.collect(splitFile(inner, data))
	if err != nil {
		return fmt.Errorf("%s: %w", inner, err)
	}
	if len(items) == 0 && len(bytes.TrimSpace(data)) > 0 {
		items = []item{{Source: inner, Line: 1, Broken: "there is no calendar or card in it"}}
	}
	if slug != "" && len(items) == 1 && items[0].Broken == "" {
		items[0].Name = path.Base(inner) // as it was exported
	}
	for _, it := range items {
		r.add(it, home, slug)
	}
	return nil
}

// collect takes items while there is room for them.
func (r *reading) collect(items iter.Seq[item]) (list []item, err error) {
	for it := range items {
		if r.held += int64(len(it.Data)) + itemBytes; r.held > r.most {
			return nil, errTooMuch
		}
		list = append(list, it)
	}
	return list, nil
}

// place tells which collection a path of an export belongs to:
// calendars/SLUG/NAME or addressbooks/SLUG/NAME, anywhere below the source.
func place(inner string) (home, slug string) {
	parts := strings.Split(inner, "/")
	if n := len(parts); n >= 3 && (parts[n-3] == "calendars" || parts[n-3] == "addressbooks") {
		return parts[n-3], parts[n-2]
	}
	return "", ""
}

// add puts an item where it belongs.
func (r *reading) add(it item, home, slug string) {
	if home == "" {
		home = "calendars"
		if it.Kind == "VCARD" {
			home = "addressbooks"
		}
		if it.Kind == "VTODO" {
			slug = "tasks"
		}
	}
	b := r.batch(home, slug)
	b.items = append(b.items, it)
}

func (r *reading) batch(home, slug string) *batch {
	key := home + "/" + slug
	b := r.batches[key]
	if b == nil {
		b = &batch{home: home, slug: slug}
		r.batches[key] = b
	}
	return b
}

// ordered gives the batches by name.
func (r *reading) ordered() []*batch {
	keys := make([]string, 0, len(r.batches))
	for k := range r.batches {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	list := make([]*batch, len(keys))
	for i, k := range keys {
		list[i] = r.batches[k]
	}
	return list
}

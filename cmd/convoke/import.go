package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"convoke/carddav"
	"convoke/server"
	"convoke/storage"

	"golang.org/x/sync/errgroup"
)

// importCommand brings objects in from elsewhere. It never mails anybody.
type importCommand struct {
	Into          string `help:"Where to: USER, or USER/COLLECTION, which is made if it is not there." required:"" placeholder:"USER[/COLLECTION]"`
	Source        string `arg:"" help:"A file, folder or zip, or the URL of a file or of a CalDAV or CardDAV account."`
	Username      string `help:"Name to sign in with at the URL."`
	PasswordStdin bool   `help:"Read the password for the URL from standard input, one line."`
	jsonFlag
}

// failure is one item that was not imported, and why.
type failure struct {
	Source string `json:"source"`
	Line   int    `json:"line"`
	UID    string `json:"uid,omitempty"`
	Reason string `json:"reason"`
}

// importReport is what an import did.
type importReport struct {
	Created   int       `json:"created"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
	Failed    []failure `json:"failed"`
	Left      int       `json:"left_out,omitempty"` // items for a calendar that the server fills
	Skipped   []string  `json:"skipped_files,omitempty"`
	Made      []string  `json:"made_collections,omitempty"` // USER/COLLECTION
	Notes     []string  `json:"notes,omitempty"`            // what went another way than asked
}

func (c *importCommand) Run(ctx context.Context, g *globals) error {
	user, slug, named := strings.Cut(c.Into, "/")
	switch {
	case user == "":
		return usage("--into names nobody: it takes USER or USER/COLLECTION")
	case named && slug == "":
		return usage("--into %s names no collection after the slash: it takes USER or USER/COLLECTION", c.Into)
	case strings.Contains(slug, "/"):
		return usage("--into takes USER or USER/COLLECTION, and collections are not nested: not %s", c.Into)
	}
	read, err := c.read(ctx, g)
	if err != nil {
		return err
	}
	if named {
		read.direct(slug)
	} else {
		read.avoid()
	}
	var report importReport
	err = withDesk(ctx, g, func(d desk) error {
		var err error
		report, err = importAll(ctx, g, d, user, read)
		return err
	})
	if err != nil {
		return err
	}
	return c.print(g, &report)
}

// read gets what is to be imported.
func (c *importCommand) read(ctx context.Context, g *globals) (*reading, error) {
	if !strings.HasPrefix(c.Source, "http://") && !strings.HasPrefix(c.Source, "https://") {
		return readSource(c.Source)
	}
	password := ""
	if c.PasswordStdin {
		var err error
		if password, err = (&passwordFlags{PasswordStdin: true}).read(ctx, g); err != nil {
			return nil, err
		}
	}
	return readAccount(ctx, g, &http.Client{Timeout: 5 * time.Minute}, newReading(0), c.Source, c.Username, password)
}

// direct sends everything into one named collection.
func (r *reading) direct(slug string) {
	all := r.ordered()
	r.batches = map[string]*batch{}
	for _, b := range all {
		into := r.batch(b.home, slug)
		into.items = append(into.items, b.items...)
		if into.label == nil {
			into.label = b.label
		}
	}
}

// count adds what became of one item.
func (r *importReport) count(it item, res putResult) {
	switch res.What {
	case "created":
		r.Created++
	case "updated":
		r.Updated++
	case "unchanged":
		r.Unchanged++
	default:
		r.Failed = append(r.Failed, failure{it.Source, it.Line, it.UID, res.Reason})
	}
}

// print says what was done. An import that left something out has failed.
func (c *importCommand) print(g *globals, r *importReport) error {
	for _, f := range r.Failed {
		fmt.Fprintf(g.errout, "%s line %d: not imported: %s\n", f.Source, f.Line, f.Reason)
	}
	if n := len(r.Skipped); n > 0 {
		fmt.Fprintf(g.errout, "left out %s (no calendar or contacts by name): %s\n", plural(n, "file"), some(r.Skipped))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(g.errout, "%s\n", note)
	}
	if c.JSON {
		if err := c.listing(g.out, r, "", func(io.Writer) {}); err != nil {
			return err
		}
	} else {
		for _, made := range r.Made {
			fmt.Fprintf(g.out, "Made %s.\n", made)
		}
		fmt.Fprintf(g.out, "%d imported, %d updated, %d unchanged, %d failed.\n",
			r.Created, r.Updated, r.Unchanged, len(r.Failed))
	}
	took := r.Created + r.Updated + r.Unchanged
	switch {
	case took == 0 && len(r.Failed)+r.Left > 0:
		return refusef("nothing could be imported")
	case took == 0:
		return refusef("there is nothing to import in %s", c.Source)
	case len(r.Failed)+r.Left > 0:
		return refusef("%s could not be imported, all others are in", plural(len(r.Failed)+r.Left, "item"))
	}
	return nil
}

// targetArgs names the collection of a batch.
type targetArgs struct {
	User       string   `json:"user"`
	Home       string   `json:"home"`
	Slug       string   `json:"slug"`
	Components []string `json:"components,omitempty"`
	Label      *label   `json:"label,omitempty"`
}

// target is a collection that is there.
type target struct {
	ID         int64    `json:"id"`
	Created    bool     `json:"created"`
	User       string   `json:"user"` // by name, where an address was asked for
	Components []string `json:"components,omitempty"`
	Filled     bool     `json:"filled,omitempty"` // by the server: nothing can be put there
}

// takes tells whether a calendar takes items of a kind; it says nothing where it takes all.
func (t *target) takes(kind string) bool {
	return len(t.Components) == 0 || slices.Contains(t.Components, kind)
}

// targetOf describes the collection that a batch needs.
func targetOf(user string, b *batch) targetArgs {
	t := targetArgs{User: user, Home: b.home, Slug: b.slug, Label: b.label}
	if t.Slug == "" {
		t.Slug = "default"
	}
	if b.home == storage.Calendars {
		for _, it := range b.items {
			if it.Kind != "" && it.Broken == "" && !slices.Contains(t.Components, it.Kind) {
				t.Components = append(t.Components, it.Kind)
			}
		}
		slices.Sort(t.Components)
	}
	return t
}

// importTarget is the task that finds or makes a collection.
func importTarget(ctx context.Context, h *house, a targetArgs) (target, error) {
	p, err := h.get(ctx, named{Name: a.User})
	if err != nil {
		return target{}, err
	}
	if p.Kind == storage.KindGroup {
		return target{}, refusef("%s is a group and has no calendars", p.Name)
	}
	if a.Home == storage.AddressBooks && carddav.Reserved(a.Slug) {
		return target{}, refusef("the address book %s/%s is the server's own list of its people: import into another one", p.Name, a.Slug)
	}
	c, err := h.store.CollectionAt(ctx, a.Home, p.Name, []string{a.Slug})
	if err == nil {
		if c.Kind != storage.KindCalendar && c.Kind != storage.KindAddressBook {
			return target{}, refusef("%s/%s is no calendar or address book", p.Name, a.Slug)
		}
		if c.Source != "" {
			return target{User: p.Name, Filled: true}, nil
		}
		return target{ID: c.ID, User: p.Name, Components: c.Components}, h.relabel(ctx, c, a.Label)
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return target{}, err
	}
	if err := validName(a.Slug); err != nil {
		return target{}, err
	}
	made := storage.Collection{
		OwnerID: p.ID, Home: a.Home, Kind: storage.KindCalendar, Name: a.Slug,
		DisplayName: a.Slug, Components: a.Components,
	}
	if a.Home == storage.AddressBooks {
		made.Kind, made.Components = storage.KindAddressBook, nil
	}
	a.Label.onto(&made)
	err = h.store.Update(ctx, server.ActorOf(ctx, "import"), func(tx *storage.Tx) error {
		return tx.CreateCollection(&made)
	})
	if err != nil {
		return target{}, h.explain(ctx, a.Slug, err)
	}
	return target{ID: made.ID, Created: true, User: p.Name, Components: made.Components}, nil
}

// relabel gives a collection that was there what the export says of it.
func (h *house) relabel(ctx context.Context, c *storage.Collection, l *label) error {
	if l == nil {
		return nil
	}
	next := *c
	l.onto(&next)
	next.Components = c.Components // what it holds is settled when it is made
	return h.store.Update(ctx, server.ActorOf(ctx, "import"), func(tx *storage.Tx) error {
		return tx.UpdateCollection(&next)
	})
}

// onto puts what a label says into a collection; a nil label says nothing.
func (l *label) onto(c *storage.Collection) {
	if l == nil {
		return
	}
	c.DisplayName, c.Description, c.Color, c.Order = l.Display, l.Description, l.Color, l.Order
	c.Timezone, c.TimezoneID, c.Transparent = l.Timezone, l.TimezoneID, l.Transparent
	if l.Components != nil || c.Kind == storage.KindCalendar {
		c.Components = l.Components
	}
}

// putItemsArgs are items for a collection.
type putItemsArgs struct {
	Collection int64  `json:"collection"`
	Items      []item `json:"items"`
}

// putResult is what became of an item.
type putResult struct {
	What   string `json:"what"` // created, updated, unchanged, failed
	Reason string `json:"reason,omitempty"`
}

// putItems is the task that stores items. They run side by side, so that one sync
// to disk serves many.
func putItems(ctx context.Context, h *house, a putItemsArgs) ([]putResult, error) {
	c, err := h.store.CollectionByID(ctx, a.Collection)
	if err != nil {
		return nil, err
	}
	results := make([]putResult, len(a.Items))
	var group errgroup.Group
	group.SetLimit(32)
	var fatal sync.Once
	var stop error
	for i, it := range a.Items {
		group.Go(func() error {
			what, err := h.putItem(ctx, c, it)
			if errors.Is(err, storage.ErrFull) || ctx.Err() != nil {
				fatal.Do(func() { stop = h.explain(ctx, "", err) })
			}
			results[i] = putResult{What: what}
			if err != nil {
				results[i] = putResult{"failed", h.reason(ctx, err)}
			}
			return nil
		})
	}
	_ = group.Wait() // the functions give no error
	return results, stop
}

// putItem stores one item under the name that its UID already has in the
// collection, else under its own.
func (h *house) putItem(ctx context.Context, c *storage.Collection, it item) (string, error) {
	if it.Broken != "" {
		return "", errors.New(it.Broken)
	}
	if (it.Kind == "VCARD") != (c.Kind == storage.KindAddressBook) {
		return "", fmt.Errorf("a %s cannot be kept in a %s", it.Kind, c.Kind)
	}
	old, err := h.store.ObjectByUID(ctx, c.ID, it.UID)
	switch {
	case err == nil:
		it.Name = old.Name
		if string(old.Data) == string(it.Data) {
			return "unchanged", nil
		}
	case !errors.Is(err, storage.ErrNotFound):
		return "", err
	}
	created, err := h.put(ctx, c, it.Name, it.Data, it.Source)
	if err != nil {
		return "", err
	}
	if created {
		return "created", nil
	}
	return "updated", nil
}

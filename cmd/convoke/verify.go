package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/storage"
)

// verifyCommand compares a source with what a person has here: before a cut-over, and after an import. It changes nothing.
type verifyCommand struct {
	Source        string `arg:"" help:"A file, folder or zip, or the URL of a file or of a CalDAV or CardDAV account."`
	User          string `arg:"" help:"Whose calendars and address books to compare it with."`
	Username      string `help:"Name to sign in with at the URL."`
	PasswordStdin bool   `help:"Read the password for the URL from standard input, one line."`
	Exact         bool   `help:"What is here and not in the source is a difference, too."`
	jsonFlag
}

// verifyReport is what a comparison found.
type verifyReport struct {
	Counts    []verifyCount `json:"counts"`
	Equal     int           `json:"equal"`
	Missing   []verifyItem  `json:"missing"`
	Different []verifyItem  `json:"different"`
	Unread    []failure     `json:"unreadable"` // in the source
	Extra     []verifyItem  `json:"only_here"`
	Skipped   []string      `json:"skipped_files,omitempty"`
	Notes     []string      `json:"notes,omitempty"`
}

// verifyCount tells how many of a kind there are.
type verifyCount struct {
	Kind   string `json:"kind"` // events, tasks …
	Source int    `json:"source"`
	Here   int    `json:"here"`
}

// verifyItem is one object that is not as it should be.
type verifyItem struct {
	Kind        string   `json:"kind"`
	UID         string   `json:"uid"`
	Title       string   `json:"title,omitempty"`
	Source      string   `json:"source,omitempty"`
	Line        int      `json:"line,omitempty"`
	Href        string   `json:"href,omitempty"`
	Differences []string `json:"differences,omitempty"`
}

func (c *verifyCommand) Run(ctx context.Context, g *globals) error {
	source := importCommand{Source: c.Source, Username: c.Username, PasswordStdin: c.PasswordStdin}
	read, err := source.read(ctx, g)
	if err != nil {
		return err
	}
	v := newVerification(read)
	if err := withDesk(ctx, g, func(d desk) error { return v.against(ctx, g, d, c.User) }); err != nil {
		return err
	}
	return c.print(g, v.report())
}

// sought is an object of the source, and the one here that is most like it.
type sought struct {
	item
	found bool
	href  string
	diffs []string
}

// verification is a comparison under way.
type verification struct {
	byUID  map[string][]*sought
	all    []*sought
	counts map[string]*verifyCount
	result verifyReport
}

func newVerification(read *reading) *verification {
	v := &verification{
		byUID: map[string][]*sought{}, counts: map[string]*verifyCount{},
		result: verifyReport{
			Missing: []verifyItem{}, Different: []verifyItem{}, Unread: []failure{}, Extra: []verifyItem{},
			Skipped: read.skipped, Notes: read.notes,
		},
	}
	for _, b := range read.ordered() {
		for _, it := range b.items {
			if it.Broken != "" {
				v.result.Unread = append(v.result.Unread, failure{it.Source, it.Line, it.UID, it.Broken})
				continue
			}
			v.count(it.Kind).Source++
			s := &sought{item: it}
			v.all = append(v.all, s)
			key := verifyKey(it.Kind, it.UID)
			v.byUID[key] = append(v.byUID[key], s)
		}
	}
	return v
}

// verifyKey tells objects apart: a UID names one thing among calendar objects, and one among cards.
func verifyKey(kind, uid string) string {
	if kind == "VCARD" {
		return "card " + uid
	}
	return "calendar " + uid
}

func (v *verification) count(kind string) *verifyCount {
	c := v.counts[kind]
	if c == nil {
		c = &verifyCount{Kind: strings.TrimPrefix(plural(2, words(kind)), "2 ")}
		v.counts[kind] = c
	}
	return c
}

// against reads what a person has here, a page at a time.
func (v *verification) against(ctx context.Context, g *globals, d desk, user string) error {
	var list []collection
	if err := d.do(ctx, "collections", named{Name: user}, &list); err != nil {
		return err
	}
	total := 0
	for _, c := range list {
		total += c.Objects
	}
	bar := g.progress("verify", total)
	defer bar.done()
	for _, c := range list {
		if c.Kind != storage.KindCalendar && c.Kind != storage.KindAddressBook || c.Source != "" { // what the server fills comes from no source
			continue
		}
		for after := ""; ; {
			var page []stored
			if err := d.do(ctx, "objects", pageArgs{c.ID, after, putBatch}, &page); err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, o := range page {
				if c.Kind == storage.KindAddressBook {
					o.Kind = "VCARD"
				}
				v.meet(o, c.Href+o.Name)
			}
			bar.step(len(page))
			after = page[len(page)-1].Name
		}
	}
	return nil
}

// meet compares an object that is here with those of the source that have its UID.
func (v *verification) meet(o stored, href string) {
	v.count(o.Kind).Here++
	list := v.byUID[verifyKey(o.Kind, o.UID)]
	if len(list) == 0 {
		v.result.Extra = append(v.result.Extra, verifyItem{Kind: words(o.Kind), UID: o.UID, Title: titleOf(o.Kind, o.Data), Href: href})
	}
	for _, s := range list {
		if s.found && len(s.diffs) == 0 {
			continue
		}
		diffs := differences(s.Kind, s.Data, o.Kind, o.Data)
		if !s.found || len(diffs) < len(s.diffs) {
			s.found, s.href, s.diffs = true, href, diffs
		}
	}
}

// report sums up.
func (v *verification) report() *verifyReport {
	r := &v.result
	for _, s := range v.all {
		it := verifyItem{
			Kind: words(s.Kind), UID: s.UID, Title: titleOf(s.Kind, s.Data), Source: s.Source, Line: s.Line,
			Href: s.href, Differences: s.diffs,
		}
		switch {
		case !s.found:
			r.Missing = append(r.Missing, it)
		case len(s.diffs) > 0:
			r.Different = append(r.Different, it)
		default:
			r.Equal++
		}
	}
	for _, c := range v.counts {
		r.Counts = append(r.Counts, *c)
	}
	slices.SortFunc(r.Counts, func(a, b verifyCount) int { return cmp.Compare(a.Kind, b.Kind) })
	slices.SortFunc(r.Extra, func(a, b verifyItem) int { return cmp.Compare(a.Href, b.Href) })
	return r
}

// print says what was found.
func (c *verifyCommand) print(g *globals, r *verifyReport) error {
	for _, note := range r.Notes {
		fmt.Fprintln(g.errout, note)
	}
	err := c.listing(g.out, r, "KIND\tIN THE SOURCE\tHERE", func(w io.Writer) {
		for _, k := range r.Counts {
			fmt.Fprintf(w, "%s\t%d\t%d\n", k.Kind, k.Source, k.Here)
		}
	})
	if err != nil {
		return err
	}
	if !c.JSON {
		r.say(g.out, c.Exact)
	}
	wrong := len(r.Missing) + len(r.Different) + len(r.Unread)
	if c.Exact {
		wrong += len(r.Extra)
	}
	switch {
	case wrong > 0:
		return refusef("%s and the source differ: %s", c.User, plural(wrong, "difference"))
	case r.Equal == 0:
		return refusef("there is nothing to compare in %s", c.Source)
	}
	return nil
}

// say lists what is wrong, for people. What is only here is listed where it counts.
func (r *verifyReport) say(w io.Writer, exact bool) {
	for _, f := range r.Unread {
		fmt.Fprintf(w, "unreadable: %s line %d: %s\n", f.Source, f.Line, f.Reason)
	}
	for _, it := range r.Missing {
		fmt.Fprintf(w, "missing here: %s, %s line %d\n", it.title(), it.Source, it.Line)
	}
	for _, it := range r.Different {
		fmt.Fprintf(w, "different: %s, %s\n", it.title(), it.Href)
		for _, d := range it.Differences {
			fmt.Fprintf(w, "  %s\n", d)
		}
	}
	if exact {
		for _, it := range r.Extra {
			fmt.Fprintf(w, "only here: %s, %s\n", it.title(), it.Href)
		}
	}
	fmt.Fprintf(w, "%d equal, %d missing here, %d different, %d unreadable in the source; %d only here.\n",
		r.Equal, len(r.Missing), len(r.Different), len(r.Unread), len(r.Extra))
}

func (it *verifyItem) title() string {
	if it.Title == "" {
		return fmt.Sprintf("%s %s", it.Kind, it.UID)
	}
	return fmt.Sprintf("%s %q (%s)", it.Kind, it.Title, it.UID)
}

// titleOf is what people call an object.
func titleOf(kind string, data []byte) string {
	if kind == "VCARD" {
		return first(factsOf(kind, data)["name"])
	}
	o, err := icalendar.Parse(data)
	if err != nil || o.Master() == nil {
		return ""
	}
	return o.Master().Text("SUMMARY")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

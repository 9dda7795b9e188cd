package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"convoke/storage"

	"github.com/BurntSushi/toml"
)

// provisionCommand brings principals to what one file says. Running it again
// changes nothing.
type provisionCommand struct {
	File string `arg:"" help:"TOML or CSV file; see docs/provision.md." type:"existingfile"`
	jsonFlag
}

// outcome is what was done about one principal.
type outcome struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	What string `json:"what"` // "created", "updated" or "unchanged"
}

func (c *provisionCommand) Run(ctx context.Context, g *globals) error {
	people, err := readProvision(c.File)
	if err != nil {
		return err
	}
	return withDesk(ctx, g, func(d desk) error {
		bar := g.progress("provision", len(people))
		defer bar.done()
		// Groups and delegates name others, so they come when all are there.
		slices.SortStableFunc(people, func(a, b person) int { return rank(a) - rank(b) })
		outcomes := []outcome{}
		for _, p := range people {
			var o outcome
			if err := d.do(ctx, "provision", p, &o); err != nil {
				return fmt.Errorf("%s %s: %w", p.Kind, p.Name, err)
			}
			outcomes = append(outcomes, o)
			bar.step(1)
		}
		bar.done()
		if c.JSON {
			return c.listing(g.out, outcomes, "", nil)
		}
		count := map[string]int{}
		for _, o := range outcomes {
			count[o.What]++
		}
		fmt.Fprintf(g.out, "%d created, %d updated, %d unchanged.\n", count["created"], count["updated"], count["unchanged"])
		return nil
	})
}

func rank(p person) int {
	return slices.Index([]string{storage.KindUser, storage.KindRoom, storage.KindResource, storage.KindGroup}, p.Kind)
}

// readProvision reads a file of principals.
func readProvision(file string) ([]person, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var people []person
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		people, err = readCSV(data)
	} else {
		people, err = readTOML(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	seen := make(map[string]bool, len(people))
	for _, p := range people {
		if seen[p.Name] {
			return nil, fmt.Errorf("%s: %s is there twice", file, p.Name)
		}
		seen[p.Name] = true
	}
	return people, nil
}

// entry is one principal of a TOML file.
type entry struct {
	Name       string   `toml:"name"`
	Display    string   `toml:"display_name"`
	Emails     []string `toml:"emails"`
	Email      string   `toml:"email"`
	Password   string   `toml:"password"`
	Admin      bool     `toml:"admin"`
	Kind       string   `toml:"kind"`
	Members    []string `toml:"members"`
	AutoAccept string   `toml:"auto_accept"`
	Capacity   int      `toml:"capacity"`
	WindowDays int      `toml:"window_days"`
	Location   string   `toml:"location"`
	Delegates  []string `toml:"delegates"`
}

func readTOML(data []byte) ([]person, error) {
	var file struct {
		User     []entry `toml:"user"`
		Resource []entry `toml:"resource"`
		Group    []entry `toml:"group"`
	}
	meta, err := toml.Decode(string(data), &file)
	if err != nil {
		return nil, err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("%s is not known here", extra[0])
	}
	var people []person
	for kind, list := range map[string][]entry{
		storage.KindUser: file.User, storage.KindRoom: file.Resource, storage.KindGroup: file.Group,
	} {
		for _, e := range list {
			if kind != storage.KindRoom || e.Kind == "" {
				e.Kind = kind
			}
			p, err := e.person()
			if err != nil {
				return nil, err
			}
			people = append(people, p)
		}
	}
	slices.SortFunc(people, func(a, b person) int { return strings.Compare(a.Name, b.Name) })
	return people, nil
}

// csvColumns are the columns of a CSV file; the first line names those it has.
// Lists within a cell are separated by blanks or semicolons.
var csvColumns = []string{
	"kind", "name", "display_name", "email", "password", "admin", "members",
	"auto_accept", "capacity", "window_days", "location", "delegates",
}

func readCSV(data []byte) ([]person, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.TrimLeadingSpace = true
	lines, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("the file is empty")
	}
	for _, name := range lines[0] {
		if !slices.Contains(csvColumns, name) {
			return nil, fmt.Errorf("column %q is not one of %s", name, strings.Join(csvColumns, ", "))
		}
	}
	var people []person
	for i, line := range lines[1:] {
		cell := func(column string) string {
			if k := slices.Index(lines[0], column); k >= 0 {
				return strings.TrimSpace(line[k])
			}
			return ""
		}
		e := entry{
			Kind: cell("kind"), Name: cell("name"), Display: cell("display_name"), Password: cell("password"),
			Emails: split(cell("email")), Members: split(cell("members")), AutoAccept: cell("auto_accept"),
			Location: cell("location"), Delegates: split(cell("delegates")),
		}
		if e.Kind == "" {
			e.Kind = storage.KindUser
		}
		admin, capacity, window := cell("admin"), cell("capacity"), cell("window_days")
		e.Admin = slices.Contains([]string{"true", "yes", "1"}, strings.ToLower(admin))
		for text, into := range map[string]*int{capacity: &e.Capacity, window: &e.WindowDays} {
			if text == "" {
				continue
			}
			if *into, err = strconv.Atoi(text); err != nil {
				return nil, fmt.Errorf("line %d: %q is no number", i+2, text)
			}
		}
		p, err := e.person()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		people = append(people, p)
	}
	return people, nil
}

func split(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ';' })
}

// person is the entry as commands speak of principals.
func (e entry) person() (person, error) {
	if e.Email != "" {
		e.Emails = append([]string{e.Email}, e.Emails...)
	}
	p := person{
		Kind: e.Kind, Name: e.Name, Display: e.Display, Addresses: e.Emails,
		Admin: e.Admin, Password: e.Password, Members: e.Members,
	}
	switch e.Kind {
	case storage.KindUser, storage.KindGroup:
	case storage.KindRoom, storage.KindResource:
		if e.AutoAccept == "" {
			e.AutoAccept = "automatic"
		}
		p.Booking = &booking{e.AutoAccept, e.Capacity, e.WindowDays, e.Location, e.Delegates}
	default:
		return p, fmt.Errorf("%q is no kind: user, group, room or resource", e.Kind)
	}
	return p, validName(e.Name)
}

// provision is the task that brings one principal to what the file says.
func provision(ctx context.Context, h *house, v person) (outcome, error) {
	o := outcome{Name: v.Name, Kind: v.Kind}
	old, err := h.store.PrincipalByName(ctx, v.Name)
	if errors.Is(err, storage.ErrNotFound) {
		o.What = "created"
		_, err := createPrincipal(ctx, h, v)
		return o, err
	}
	if err != nil {
		return o, err
	}
	if old.Kind != v.Kind {
		return o, refusef("%s exists and is a %s", v.Name, old.Kind)
	}
	want, err := h.principalOf(ctx, v)
	if err != nil {
		return o, err
	}
	hash, err := h.newHash(ctx, v)
	if err != nil {
		return o, err
	}
	ids, same, err := h.sameMembers(ctx, old, v)
	if err != nil {
		return o, err
	}
	next := *old
	next.DisplayName, next.Addresses, next.Admin, next.Booking = want.DisplayName, want.Addresses, want.Admin, want.Booking
	if hash == "" && same && equalPrincipals(old, &next) {
		o.What = "unchanged"
		return o, nil
	}
	o.What = "updated"
	err = h.store.Update(ctx, cli, func(tx *storage.Tx) error {
		if err := tx.UpdatePrincipal(&next); err != nil {
			return err
		}
		if hash != "" {
			if err := tx.SetPassword(old.ID, hash); err != nil {
				return err
			}
		}
		if same {
			return nil
		}
		return tx.SetMembers(old.ID, ids)
	})
	return o, h.explain(ctx, v.Name, err)
}

// newHash is the hash to store if the file's password is not the present one.
func (h *house) newHash(ctx context.Context, v person) (string, error) {
	if v.Password == "" {
		return "", nil
	}
	_, err := h.store.CheckPassword(ctx, v.Name, v.Password)
	if err == nil {
		return "", nil
	}
	if !errors.Is(err, storage.ErrPassword) && !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	return h.hash(ctx, v.Password)
}

// sameMembers gives the members that a group shall have, and whether it has them.
func (h *house) sameMembers(ctx context.Context, old *storage.Principal, v person) ([]int64, bool, error) {
	if old.Kind != storage.KindGroup {
		return nil, true, nil
	}
	want, err := h.idsOf(ctx, v.Members)
	if err != nil {
		return nil, false, err
	}
	have, err := h.store.GroupMembers(ctx, old.ID)
	if err != nil {
		return nil, false, err
	}
	have = slices.Clone(have)
	slices.Sort(have)
	sorted := slices.Clone(want)
	slices.Sort(sorted)
	return want, slices.Equal(have, sorted), nil
}

func equalPrincipals(a, b *storage.Principal) bool {
	if a.DisplayName != b.DisplayName || a.Admin != b.Admin || !slices.Equal(a.Addresses, b.Addresses) {
		return false
	}
	if a.Booking == nil || b.Booking == nil {
		return a.Booking == b.Booking
	}
	x, y := *a.Booking, *b.Booking
	return x.AutoAccept == y.AutoAccept && x.Capacity == y.Capacity && x.WindowDays == y.WindowDays &&
		x.Location == y.Location && slices.Equal(x.Delegates, y.Delegates)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"convoke/server"
	"convoke/storage"
)

// task is work on the store that a command asks for.
type task func(ctx context.Context, h *house, args json.RawMessage) (any, error)

// tasks are all there are, by name. The socket serves exactly these.
var tasks = map[string]task{
	"principals":       typed(listPrincipals),
	"principal":        typed(showPrincipal),
	"create":           typed(createPrincipal),
	"password":         typed(setPassword),
	"password-hash":    typed(hashPassword),
	"addresses":        typed(changeAddresses),
	"change":           typed(changePrincipal),
	"members":          typed(changeMembers),
	"remove":           typed(removePrincipal),
	"app-passwords":    typed(listAppPasswords),
	"add-app-password": typed(addAppPassword),
	"revoke":           typed(revokeAppPassword),
	"provision":        typed(provision),
	"collections":      typed(listCollections),
	"objects":          typed(readObjects),
	"target":           typed(importTarget),
	"put":              typed(putItems),
	"backup":           typed(backupStore),
	"check":            typed(checkStore),
	"history":          typed(eventHistory),
	"held":             typed(listHeld),
	"held-one":         typed(showHeld),
	"accept":           typed(acceptHeld),
	"reject":           typed(rejectHeld),
	"policy":           typed(policyOf),
	"identity":         typed(checkIdentity),
	"status":           typed(serverStatus),
	"overview":         typed(overviewOf),
	"checks":           typed(checkParts),
	"dns":              typed(checkDNS),
	"settings":         typed(listSettings),
	"people":           typed(pagePeople),
	"journal":          typed(pageJournal),
	"mail-in":          typed(pageMailIn),
	"mail-out":         typed(pageMailOut),
	"backups":          typed(listBackups),
	"backup-now":       typed(backupNow),
	"sessions":         typed(listSessions),
	"session-end":      typed(endSession),
	"queue":            typed(listQueue),
	"queue-retry":      typed(retryQueue),
	"queue-drop":       typed(dropQueue),
	"deliver":          typed(deliverTask),
}

// typed makes a task of a function with arguments and answer of its own types.
func typed[A, R any](fn func(context.Context, *house, A) (R, error)) task {
	return func(ctx context.Context, h *house, in json.RawMessage) (any, error) {
		var args A
		if err := json.Unmarshal(in, &args); err != nil {
			var wrong *json.UnmarshalTypeError
			if errors.As(err, &wrong) {
				return nil, refusef("%s is of the wrong kind", wrong.Field)
			}
			return nil, fmt.Errorf("read arguments: %w", err)
		}
		return fn(ctx, h, args)
	}
}

// none is what a task takes or gives when there is nothing to say.
type none struct{}

// statusView is what a running server says of itself.
type statusView struct {
	Version string   `json:"version"`
	URLs    []string `json:"urls"` // none in a command that works on the store itself
}

func serverStatus(_ context.Context, h *house, _ none) (statusView, error) {
	return statusView{version(), h.urls}, nil
}

// person is a principal as commands show and create it.
type person struct {
	Kind      string    `json:"kind"`
	Name      string    `json:"name"`
	Display   string    `json:"display_name,omitempty"`
	Addresses []string  `json:"addresses,omitempty"`
	Admin     bool      `json:"admin,omitempty"`
	Booking   *booking  `json:"booking,omitempty"`
	Members   []string  `json:"members,omitempty"`
	UUID      string    `json:"uuid,omitempty"`
	Created   time.Time `json:"created,omitzero"`
	Bytes     int64     `json:"bytes,omitempty"`
	Password  string    `json:"password,omitempty"` // on the way in only, as the next
	Language  string    `json:"language,omitempty"` // of the names in the new home; "": smtp.language
}

// booking is storage.Booking with delegates by name.
type booking struct {
	AutoAccept string   `json:"auto_accept,omitempty"`
	Capacity   int      `json:"capacity,omitempty"`
	WindowDays int      `json:"window_days,omitempty"`
	Location   string   `json:"location,omitempty"`
	Delegates  []string `json:"delegates,omitempty"`
}

// cli is the actor of commands.
var cli = storage.Actor{Door: "cli"}

// by is who has a task done: whoever asks by the pages, else the command line.
func by(ctx context.Context) storage.Actor {
	if server.Principal(ctx) == nil {
		return cli
	}
	return server.ActorOf(ctx, "web")
}

// named names one principal, of a kind if that is given.
type named struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
}

// get is the principal of a name or mail address; kind "" is any, "bookable" rooms and
// resources.
func (h *house) get(ctx context.Context, n named) (*storage.Principal, error) {
	p, err := h.store.PrincipalByTypedName(ctx, n.Name)
	if errors.Is(err, storage.ErrNotFound) && strings.Contains(n.Name, "@") {
		p, err = h.store.PrincipalByAddress(ctx, storage.NormalizeAddress("mailto:"+n.Name))
	}
	if errors.Is(err, storage.ErrNotFound) || err == nil && !isKind(p, n.Kind) {
		return nil, missingf("there is no %s named %s", kindWord(n.Kind), n.Name)
	}
	return p, err
}

const bookable = "bookable"

func isKind(p *storage.Principal, kind string) bool {
	return kind == "" || p.Kind == kind ||
		kind == bookable && (p.Kind == storage.KindRoom || p.Kind == storage.KindResource)
}

func kindWord(kind string) string {
	switch kind {
	case "":
		return "principal"
	case bookable:
		return "room or resource"
	}
	return kind
}

// view is a principal for people.
func (h *house) view(ctx context.Context, p *storage.Principal) (person, error) {
	v := person{
		Kind: p.Kind, Name: p.Name, Display: p.DisplayName, Admin: p.Admin,
		UUID: p.UUID, Created: p.Created,
	}
	for _, a := range p.Addresses {
		v.Addresses = append(v.Addresses, strings.TrimPrefix(a, "mailto:"))
	}
	if b := p.Booking; b != nil {
		names, err := h.names(ctx, b.Delegates)
		if err != nil {
			return v, err
		}
		v.Booking = &booking{b.AutoAccept, b.Capacity, b.WindowDays, b.Location, names}
	}
	if p.Kind == storage.KindGroup {
		ids, err := h.store.GroupMembers(ctx, p.ID)
		if err != nil {
			return v, err
		}
		if v.Members, err = h.names(ctx, ids); err != nil {
			return v, err
		}
	}
	return v, nil
}

// names are the names of principals, sorted.
func (h *house) names(ctx context.Context, ids []int64) ([]string, error) {
	var names []string
	for _, id := range ids {
		p, err := h.store.Principal(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names, nil
}

// idsOf are the principals of names.
func (h *house) idsOf(ctx context.Context, names []string) ([]int64, error) {
	var ids []int64
	for _, name := range names {
		p, err := h.get(ctx, named{Name: name})
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}

func listPrincipals(ctx context.Context, h *house, want named) ([]person, error) {
	all, err := h.store.Principals(ctx)
	if err != nil {
		return nil, err
	}
	list := []person{}
	for _, p := range all {
		if !isKind(p, want.Kind) {
			continue
		}
		v, err := h.view(ctx, p)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b person) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func showPrincipal(ctx context.Context, h *house, n named) (person, error) {
	p, err := h.get(ctx, n)
	if err != nil {
		return person{}, err
	}
	v, err := h.view(ctx, p)
	if err != nil {
		return v, err
	}
	v.Bytes, err = h.store.Usage(ctx, p.ID)
	return v, err
}

// principalOf makes what storage keeps of what a command says.
func (h *house) principalOf(ctx context.Context, v person) (*storage.Principal, error) {
	if err := validName(v.Name); err != nil {
		return nil, err
	}
	p := &storage.Principal{Kind: v.Kind, Name: v.Name, DisplayName: v.Display, Admin: v.Admin}
	for _, a := range v.Addresses {
		address, err := mailAddress(a)
		if err != nil {
			return nil, err
		}
		p.Addresses = append(p.Addresses, address)
	}
	if b := v.Booking; b != nil {
		if err := b.judge(); err != nil {
			return nil, err
		}
		ids, err := h.idsOf(ctx, b.Delegates)
		if err != nil {
			return nil, err
		}
		p.Booking = &storage.Booking{
			AutoAccept: b.AutoAccept, Capacity: b.Capacity, WindowDays: b.WindowDays,
			Location: b.Location, Delegates: ids,
		}
	}
	return p, nil
}

// validName refuses names that would make poor path segments or logins.
func validName(name string) error {
	ok := name != "" && len(name) <= 100 && name != "." && name != ".." && !strings.HasPrefix(name, "-")
	for _, c := range name {
		ok = ok && c > ' ' && c != 0x7f && !strings.ContainsRune(`/\:"%?#<>,;~`, c)
	}
	if !ok {
		return refusef("%q cannot be a name: use letters, digits, dots, dashes, underscores or @", name)
	}
	return nil
}

// mailAddress is the calendar user address of a mail address.
func mailAddress(a string) (string, error) {
	a = strings.TrimSpace(a)
	bare := a
	if len(a) > 7 && strings.EqualFold(a[:7], "mailto:") {
		bare = a[7:]
	}
	local, domain, ok := strings.Cut(bare, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(bare, " <>,;\"\r\n\t") || strings.Contains(domain, "@") {
		return "", refusef("%q is no mail address", a)
	}
	return storage.NormalizeAddress("mailto:" + bare), nil
}

package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"convoke/internal/vcard"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/server/tree"
	"convoke/storage"
)

// The bounds of a search for people.
const (
	peopleLimit    = 10
	peopleLimitMax = 50
	recentDays     = 120 // around now: of whose meetings people are remembered
	recentMeetings = 300
	maxCards       = 200
)

// person is somebody who may be invited.
type person struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Kind     string `json:"kind"` // user, group, room, resource, contact, recent
	Href     string `json:"href,omitempty"`
	Capacity int    `json:"capacity,omitempty"`
	Location string `json:"location,omitempty"`

	fit int // the lower the better; unfit is none
}

// How well somebody fits what was typed.
const (
	fitWhole = iota // name or address begins with it
	fitWord         // a word of the name does
	fitPart         // it is in there
	unfit
)

// fitOf tells how well a name and an address fit the words that were typed.
func fitOf(list []string, name, address string) int {
	name, address = fold(name), fold(bare(address))
	typed := strings.Join(list, " ")
	if strings.HasPrefix(name, typed) || strings.HasPrefix(address, typed) {
		return fitWhole
	}
	worst := fitWord
	for _, w := range list {
		begins := slices.ContainsFunc(strings.FieldsFunc(name+" "+address, func(r rune) bool {
			return r == ' ' || r == '.' || r == '@' || r == '-' || r == '_' || r == ','
		}), func(part string) bool { return strings.HasPrefix(part, w) })
		switch {
		case begins:
		case strings.Contains(name, w) || strings.Contains(address, w):
			worst = fitPart
		default:
			return unfit
		}
	}
	return worst
}

// peopleFor answers GET /api/people: whom somebody may mean, to be invited.
func (a *API) peopleFor(c *call) (any, error) {
	list, rooms := words(strings.ToValidUTF8(c.FormValue("q"), "")), c.FormValue("rooms") == "true"
	if len(list) == 0 && !rooms {
		return nil, refusal(http.StatusBadRequest, "no-words", "Say whom to look for.")
	}
	var all []person
	seen := map[itip.Address]bool{}
	add := func(p person) {
		key := itip.Normalize(p.Address)
		if rooms && p.Kind != storage.KindRoom && p.Kind != storage.KindResource {
			return
		}
		if p.Address == "" || seen[key] || fitOf(list, p.Name, p.Address) == unfit {
			return
		}
		seen[key] = true
		p.fit, p.Address = fitOf(list, p.Name, p.Address), bare(p.Address)
		all = append(all, p)
	}
	// What is known best comes first: of two with one address, the first stays.
	places := []func(context.Context, *storage.Principal, []string, func(person)) error{a.directoryPeople, a.contacts, a.recent}
	if rooms {
		places = places[:1]
	}
	for _, find := range places {
		if err := find(c.Context(), c.who, list, add); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(x, y person) int {
		return cmp.Or(cmp.Compare(x.fit, y.fit), strings.Compare(fold(x.Name), fold(y.Name)))
	})
	limit := c.limit(peopleLimit, peopleLimitMax)
	items := append([]person{}, all[:min(len(all), limit)]...)
	return map[string]any{"items": items}, nil
}

// directoryPeople finds those who have an account, groups, rooms and resources.
func (a *API) directoryPeople(ctx context.Context, _ *storage.Principal, list []string, add func(person)) error {
	all, err := a.o.Store.Principals(ctx)
	for _, p := range all {
		one := person{Name: called(p), Address: scheduling.Address(p), Kind: p.Kind, Href: tree.PrincipalHref(p)}
		if p.Booking != nil {
			one.Capacity, one.Location = p.Booking.Capacity, p.Booking.Location
		}
		// Known by another address, too.
		for _, address := range p.Addresses {
			if fitOf(list, one.Name, address) < fitOf(list, one.Name, one.Address) {
				one.Address = address
			}
		}
		add(one)
	}
	return err
}

// contacts finds people in the address books that one reaches.
func (a *API) contacts(ctx context.Context, who *storage.Principal, list []string, add func(person)) error {
	reach, err := a.o.Tree.Reach(ctx, who)
	if err != nil {
		return err
	}
	left := maxCards
	for i := range reach {
		r := &reach[i]
		if r.Collection.Kind != storage.KindAddressBook || !r.Details {
			continue
		}
		err := a.eachHit(ctx, r, list, func(o *storage.Object) {
			card, err := vcard.Parse(o.Data)
			if left--; err != nil || left < 0 {
				return
			}
			for _, mail := range card.Emails() {
				add(person{Name: card.FormattedName(), Address: "mailto:" + strings.TrimSpace(mail), Kind: "contact", Href: r.Href + escaped(o.Name)})
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recent finds people of one's own meetings around now, and those one has written to or accepted from.
func (a *API) recent(ctx context.Context, who *storage.Principal, _ []string, add func(person)) error {
	now := a.o.Store.Now()
	all, err := a.o.Store.CollectionsOf(ctx, who.ID)
	if err != nil {
		return err
	}
	left := recentMeetings
	for _, c := range all {
		if c.Kind != storage.KindCalendar || c.Source != "" {
			continue
		}
		members, err := a.o.Store.Overlapping(ctx, c.ID, now.Add(-recentDays*24*time.Hour).Unix(), now.Add(recentDays*24*time.Hour).Unix())
		if err != nil {
			return err
		}
		for m := range members {
			if m.Role == "" {
				continue
			}
			if left--; left < 0 {
				break
			}
			o, err := a.o.Store.ObjectOf(ctx, m)
			if err != nil {
				continue
			}
			p, err := parsed(o)
			if err != nil {
				continue
			}
			for part := range p.Parts() {
				for _, q := range part.Props {
					if q.Name == "ATTENDEE" || q.Name == "ORGANIZER" {
						add(person{Name: q.Param("CN"), Address: q.Value, Kind: "recent"})
					}
				}
			}
		}
	}
	addresses, err := a.o.Store.Correspondents(ctx, who.ID, 1000)
	for _, address := range addresses {
		add(person{Address: address, Kind: "recent"})
	}
	return err
}

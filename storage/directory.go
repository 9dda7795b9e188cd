package storage

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// directory holds all principals and who belongs to whom, as committed.
type directory struct {
	mu          sync.RWMutex
	principals  map[int64]*Principal
	names       map[string]int64
	folded      map[string]int64 // names as people type them
	addresses   map[string]int64 // calendar user addresses and urn:uuid:
	members     map[int64][]int64
	groups      map[int64][]int64 // the groups a principal is directly in
	proxies     map[int64]Proxies
	proxyFor    map[int64]Proxies // the other way round, direct ones only
	generations map[int64]uint64
}

func loadDirectory(c *session) (*directory, error) {
	d := &directory{
		principals: map[int64]*Principal{}, names: map[string]int64{}, folded: map[string]int64{}, addresses: map[string]int64{},
		members: map[int64][]int64{}, proxies: map[int64]Proxies{}, generations: map[int64]uint64{},
	}
	addresses := map[int64][]string{}
	err := c.each("SELECT principal_id, address FROM principal_address ORDER BY principal_id, position", nil, func(r *sql.Rows) error {
		var id int64
		var address string
		err := r.Scan(&id, &address)
		addresses[id] = append(addresses[id], address)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT id, uuid, kind, name, display_name, admin, booking, created FROM principal", nil, func(r *sql.Rows) error {
		var p Principal
		var booking string
		var created int64
		if err := r.Scan(&p.ID, &p.UUID, &p.Kind, &p.Name, &p.DisplayName, &p.Admin, &booking, &created); err != nil {
			return err
		}
		p.Created = time.Unix(created, 0).UTC()
		p.Addresses = addresses[p.ID]
		if booking != "" {
			p.Booking = new(Booking)
			if err := json.Unmarshal([]byte(booking), p.Booking); err != nil {
				return err
			}
		}
		d.add(&p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT group_id, member_id FROM membership ORDER BY group_id, member_id", nil, func(r *sql.Rows) error {
		var group, member int64
		err := r.Scan(&group, &member)
		d.members[group] = append(d.members[group], member)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT principal_id, proxy_id, writes FROM proxy ORDER BY principal_id, proxy_id", nil, func(r *sql.Rows) error {
		var id, proxy int64
		var writes bool
		err := r.Scan(&id, &proxy, &writes)
		d.proxies[id] = d.proxies[id].with(proxy, writes)
		return err
	})
	d.invert()
	return d, err
}

func (p Proxies) with(id int64, writes bool) Proxies {
	if writes {
		p.Write = append(p.Write, id)
	} else {
		p.Read = append(p.Read, id)
	}
	return p
}

// add enters a principal into the maps, in place of what had its id.
func (d *directory) add(p *Principal) {
	d.drop(p.ID)
	d.principals[p.ID] = p
	d.names[p.Name] = p.ID
	d.folded[fold(p.Name)] = p.ID
	for _, a := range p.Addresses {
		d.addresses[a] = p.ID
	}
	d.addresses["urn:uuid:"+p.UUID] = p.ID
	if d.generations[p.ID] == 0 {
		d.generations[p.ID] = 1
	}
}

func (d *directory) drop(id int64) {
	old := d.principals[id]
	if old == nil {
		return
	}
	delete(d.principals, id)
	// In one transaction a name or address may pass to another, who is already entered.
	if d.names[old.Name] == id {
		delete(d.names, old.Name)
	}
	if d.folded[fold(old.Name)] == id {
		delete(d.folded, fold(old.Name))
	}
	for _, a := range append([]string{"urn:uuid:" + old.UUID}, old.Addresses...) {
		if d.addresses[a] == id {
			delete(d.addresses, a)
		}
	}
}

// invert makes the reverse maps anew. Who decides for a room may write there, as a member of its calendar-proxy-write.
func (d *directory) invert() {
	d.groups, d.proxyFor = map[int64][]int64{}, map[int64]Proxies{}
	for group, members := range d.members {
		for _, m := range members {
			d.groups[m] = append(d.groups[m], group)
		}
	}
	for id, p := range d.proxies {
		for _, proxy := range p.Read {
			d.proxyFor[proxy] = d.proxyFor[proxy].with(id, false)
		}
		for _, proxy := range p.Write {
			d.proxyFor[proxy] = d.proxyFor[proxy].with(id, true)
		}
	}
	for id, p := range d.principals {
		for _, delegate := range p.delegates() {
			d.proxyFor[delegate] = d.proxyFor[delegate].with(id, true)
		}
	}
}

// delegates decide what a room leaves open; nobody does for others.
func (p *Principal) delegates() []int64 {
	if p == nil || p.Booking == nil {
		return nil
	}
	return p.Booking.Delegates
}

// publish takes over what a commit changed.
func (d *directory) publish(c *changes) {
	if len(c.principals)+len(c.members)+len(c.proxies)+len(c.credentials) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, p := range c.principals {
		if p == nil {
			d.drop(id)
			delete(d.generations, id)
			delete(d.members, id)
			delete(d.proxies, id)
		}
	}
	decide := false
	for id, p := range c.principals {
		if p != nil {
			decide = decide || !slices.Equal(d.principals[id].delegates(), p.delegates())
			d.add(p)
		}
	}
	for id := range c.credentials {
		if d.generations[id] != 0 {
			d.generations[id]++
		}
	}
	for group, members := range c.members {
		d.members[group] = members
	}
	for id, p := range c.proxies {
		d.proxies[id] = p
	}
	if len(c.members)+len(c.proxies) > 0 || decide || someRemoved(c.principals) {
		d.forget()
		d.invert()
	}
}

// someRemoved tells whether a principal was removed.
func someRemoved(changed map[int64]*Principal) bool {
	for _, p := range changed {
		if p == nil {
			return true
		}
	}
	return false
}

// forget takes removed principals out of memberships, as the database's cascades did.
// Slices are made anew: readers hold the old ones.
func (d *directory) forget() {
	gone := func(id int64) bool { return d.principals[id] == nil }
	keep := func(ids []int64) []int64 {
		if !slices.ContainsFunc(ids, gone) {
			return ids
		}
		return slices.DeleteFunc(slices.Clone(ids), gone)
	}
	for group, members := range d.members {
		d.members[group] = keep(members)
	}
	for id, p := range d.proxies {
		d.proxies[id] = Proxies{Read: keep(p.Read), Write: keep(p.Write)}
	}
}

func (d *directory) principal(id int64) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.principals[id]; p != nil {
		return p, nil
	}
	return nil, ErrNotFound
}

func (d *directory) named(name string) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.principals[d.names[name]]; p != nil {
		return p, nil
	}
	return nil, ErrNotFound
}

// typed finds a name in whatever case; one that is exactly so comes first.
func (d *directory) typed(name string) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.principals[d.names[name]]; p != nil {
		return p, nil
	}
	if p := d.principals[d.folded[fold(name)]]; p != nil {
		return p, nil
	}
	return nil, ErrNotFound
}

func (d *directory) addressed(normal string) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.principals[d.addresses[normal]]; p != nil {
		return p, nil
	}
	return nil, ErrNotFound
}

func (d *directory) all() []*Principal {
	d.mu.RLock()
	list := make([]*Principal, 0, len(d.principals))
	for _, p := range d.principals {
		list = append(list, p)
	}
	d.mu.RUnlock()
	slices.SortFunc(list, func(a, b *Principal) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// groupsOf gives the groups that id is in, directly or through groups, in order. Circles end.
func (d *directory) groupsOf(id int64) []int64 {
	if len(d.groups[id]) == 0 {
		return nil
	}
	var found []int64
	seen := map[int64]bool{id: true}
	for todo := []int64{id}; len(todo) > 0; todo = todo[1:] {
		for _, g := range d.groups[todo[0]] {
			if !seen[g] {
				seen[g] = true
				found = append(found, g)
				todo = append(todo, g)
			}
		}
	}
	slices.Sort(found)
	return found
}

// proxied gives for whom id and its groups may act.
func (d *directory) proxied(id int64) Proxies {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var sum Proxies
	for _, who := range append([]int64{id}, d.groupsOf(id)...) {
		sum.Read = append(sum.Read, d.proxyFor[who].Read...)
		sum.Write = append(sum.Write, d.proxyFor[who].Write...)
	}
	unique := func(ids []int64) []int64 {
		slices.SortFunc(ids, cmp.Compare[int64])
		return slices.Compact(ids)
	}
	return Proxies{Read: unique(sum.Read), Write: unique(sum.Write)}
}

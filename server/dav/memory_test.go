package dav

import (
	"context"
	"encoding/xml"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"convoke/server/davxml"
)

// The resources of these tests: a tree in memory, with everything that the engine can ask for.

// entry is one stored resource.
type entry struct {
	name     string
	parent   *entry
	children []*entry // in the order of their making; nil for files
	folder   bool
	locked   bool // takes no members: a principal
	data     []byte
	media    string
	title    string
	dead     []DeadProperty
	aces     []ACE
	change   int
}

// memory is a Tree and a LockStore.
type memory struct {
	mu      sync.Mutex
	root    *entry
	change  int
	removed map[string]int // href of a removed member: change
	locks   []Lock
	gone    func() // called when something was removed
	now     time.Time
}

type whoKey struct{}

func newMemory() *memory {
	m := &memory{removed: map[string]int{}, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	m.root = &entry{folder: true}
	people := m.add(m.root, &entry{name: "people", folder: true})
	for _, name := range []string{"alice", "bob"} {
		m.add(people, &entry{name: name, folder: true, locked: true, title: strings.ToUpper(name[:1]) + name[1:]})
	}
	m.add(m.root, &entry{name: "files", folder: true})
	return m
}

func (m *memory) add(parent, e *entry) *entry {
	m.change++
	e.parent, e.change = parent, m.change
	parent.children = append(parent.children, e)
	return e
}

func (e *entry) path() Path {
	p := Path{Slash: e.folder}
	for ; e.parent != nil; e = e.parent {
		p.Segments = append(p.Segments, e.name)
	}
	slices.Reverse(p.Segments)
	return p
}

func (e *entry) child(name string) *entry {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (e *entry) etag() string { return `"` + strconv.Itoa(e.change) + `"` }

func (m *memory) Find(_ context.Context, p Path) (Resource, error) {
	e := m.root
	for _, name := range p.Segments {
		if e = e.child(name); e == nil {
			return nil, ErrNotFound
		}
	}
	if p.Slash && !e.folder {
		return nil, ErrNotFound
	}
	return m.wrap(e), nil
}

func (m *memory) wrap(e *entry) Resource {
	r := memResource{m: m, e: e, title: e.title}
	switch {
	case e.locked:
		return &memPrincipal{r}
	case e.folder:
		return &memFolder{memResource: r}
	}
	return &memFile{r}
}

// memResource is the common part. title is the staged display name.
type memResource struct {
	m     *memory
	e     *entry
	title string
}

func (r *memResource) Href() string { return r.e.path().Href() }

// Allow lets alice do all, bob read what doesn't lie in a folder "secret", and others as the list of `files` grants.
func (r *memResource) Allow(ctx context.Context, p Privilege) error {
	who, _ := ctx.Value(whoKey{}).(string)
	if who != "bob" || p == Read && !strings.Contains(r.Href(), "secret") {
		return nil
	}
	if strings.Contains(r.Href(), "secret") {
		return ErrNotFound
	}
	return NeedPrivileges(r.Href(), p.Name())
}

func (r *memResource) Privileges(ctx context.Context) (PrivilegeSet, error) {
	if r.Allow(ctx, Bind) != nil {
		return Read | ReadPrivileges, nil
	}
	return All, nil
}

func (r *memResource) Owner(context.Context) (string, error) { return "/people/alice/", nil }

func (r *memResource) DeadProperties(context.Context) ([]DeadProperty, error) { return r.e.dead, nil }

func (r *memResource) ApplyPatch(_ context.Context, dead []DeadChange, _ *Preconditions) error {
	for _, d := range dead {
		if d.Name.Local == "refused" {
			return &PropertyError{d.Name, Status(http.StatusInsufficientStorage, nil)}
		}
	}
	r.e.title = r.title
	for _, d := range dead {
		r.e.dead = slices.DeleteFunc(r.e.dead, func(p DeadProperty) bool { return p.Name == d.Name })
		if !d.Remove {
			r.e.dead = append(r.e.dead, d.DeadProperty)
		}
	}
	return nil
}

func (r *memResource) Delete(_ context.Context, removal *Removal) error {
	if err := removal.If.Check(State{Exists: true, ETag: r.e.etag()}); err != nil {
		return err
	}
	r.m.remove(r.e)
	return nil
}

func (m *memory) remove(e *entry) {
	m.change++
	m.removed[e.path().Href()] = m.change
	e.parent.children = slices.DeleteFunc(e.parent.children, func(c *entry) bool { return c == e })
	if m.gone != nil {
		m.gone()
	}
}

func (r *memResource) displayName(v *Value) error {
	if r.title == "" {
		return ErrNoProperty
	}
	v.W.Text(r.title)
	return nil
}

func (r *memResource) setDisplayName(n *davxml.Node) error {
	if n == nil {
		r.title = ""
		return nil
	}
	if n.Text == "bad" {
		return Status(http.StatusConflict, nil)
	}
	r.title = n.Text
	return nil
}

type named interface {
	displayName(*Value) error
	setDisplayName(*davxml.Node) error
}

var commonRows = Props[named]{{Name: davxml.DisplayName, Get: named.displayName, Set: named.setDisplayName}}

type memFile struct{ memResource }

var fileKind = &Kind{Name: "file", Props: Join(commonRows, Props[*memFile]{
	{Name: davxml.GetETag, Get: func(f *memFile, v *Value) error { v.W.Text(f.e.etag()); return nil }},
	{Name: davxml.GetContentType, Get: func(f *memFile, v *Value) error { v.W.Text(f.e.media); return nil }},
	{Name: davxml.GetContentLength, Get: func(f *memFile, v *Value) error { v.W.Int(int64(len(f.e.data))); return nil }},
	{Name: davxml.CreationDate, Get: func(f *memFile, v *Value) error { return fmt.Errorf("broken") }, Asked: true},
})}

func (f *memFile) Kind() *Kind { return fileKind }

func (f *memFile) Content(context.Context) (*Content, error) {
	return &Content{Type: f.e.media, ETag: f.e.etag(), Modified: f.m.now, Data: f.e.data}, nil
}

type memFolder struct {
	memResource
	asked []xml.Name // types, of a draft
}

var folderKind = &Kind{Name: "folder", Collection: true, Types: []xml.Name{davxml.Collection},
	Restrictions: []xml.Name{davxml.GrantOnly, davxml.NoInvert}, Reports: map[xml.Name]Report{davxml.CalendarMultiget: multiget},
	Props: Join(commonRows, Props[*memFolder]{
		{Name: davxml.GetCTag, Get: func(f *memFolder, v *Value) error { v.W.Int(int64(f.m.change)); return nil }, Asked: true},
		{Name: davxml.SyncToken, Get: func(f *memFolder, v *Value) error { v.W.Text(f.m.token()); return nil }, Asked: true},
		{Name: davxml.SupportedCalendarComponentSet, Asked: true, Initial: true,
			Get: func(*memFolder, *Value) error { return ErrNoProperty }, Set: func(*memFolder, *davxml.Node) error { return nil }},
	})}

func (f *memFolder) Kind() *Kind { return folderKind }

func (f *memFolder) MemberLimit() (int64, xml.Name) { return 1 << 16, davxml.MaxResourceSize }

func (f *memFolder) PutMember(_ context.Context, name string, put *Put) (*Stored, error) {
	e := f.e.child(name)
	s := State{Exists: e != nil}
	if e != nil {
		s.ETag = e.etag()
	}
	if err := put.If.Check(s); err != nil {
		return nil, err
	}
	if put.ContentType == "text/bad" {
		return nil, &Condition{Status: http.StatusForbidden, Name: davxml.NoUIDConflict, Href: f.Href() + "other"}
	}
	if e == nil {
		e = f.m.add(f.e, &entry{name: name})
	} else {
		f.m.change++
		e.change = f.m.change
	}
	delete(f.m.removed, e.path().Href())
	e.data, e.media = put.Body, put.ContentType
	return &Stored{Created: !s.Exists, ETag: e.etag()}, nil
}

func (f *memFolder) NewCollection(_ context.Context, name string, types []xml.Name, calendar bool) (Draft, error) {
	for _, t := range types {
		if t != davxml.Collection && t != davxml.Calendar {
			return nil, Forbid(davxml.ValidResourceType, nil)
		}
	}
	d := &memFolder{memResource: memResource{m: f.m, e: &entry{name: name, folder: true, parent: f.e}}, asked: types}
	return d, nil
}

func (f *memFolder) Create(ctx context.Context, dead []DeadProperty, _ *Preconditions) error {
	f.e.title, f.e.dead = f.title, dead
	f.m.add(f.e.parent, f.e)
	return nil
}

func (f *memFolder) Receive(_ context.Context, t *Transfer) (*Stored, error) {
	var src *entry
	switch r := t.Source.(type) {
	case *memFile:
		src = r.e
	case *memFolder:
		src = r.e
	default:
		return nil, Status(http.StatusForbidden, nil)
	}
	if err := t.If.Check(State{Exists: true, ETag: src.etag()}); err != nil {
		return nil, err
	}
	old := f.e.child(t.Name)
	if old != nil {
		f.m.remove(old)
	}
	made := f.m.copy(src, t.Shallow)
	if t.Move {
		f.m.remove(src)
	}
	made.name = t.Name
	f.m.add(f.e, made)
	delete(f.m.removed, made.path().Href())
	return &Stored{Created: old == nil}, nil
}

func (m *memory) copy(e *entry, shallow bool) *entry {
	c := *e
	c.children = nil
	c.dead = slices.Clone(e.dead)
	if !shallow {
		for _, child := range e.children {
			m.add(&c, m.copy(child, false))
		}
	}
	return &c
}

func (f *memFolder) Members(context.Context) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		for _, c := range f.e.children {
			if !yield(f.m.wrap(c), nil) {
				return
			}
		}
	}
}

func (m *memory) token() string { return "urn:memory:" + strconv.Itoa(m.change) }

func (f *memFolder) Changes(_ context.Context, since string, limit int) (*Changes, error) {
	from := 0
	if since != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(since, "urn:memory:"))
		if err != nil || n > f.m.change {
			return nil, Forbid(davxml.ValidSyncToken, err)
		}
		from = n
	}
	type item struct {
		at int
		Change
	}
	var items []item
	for _, c := range f.e.children {
		if c.change > from {
			items = append(items, item{c.change, Change{Resource: f.m.wrap(c)}})
		}
	}
	for href, at := range f.m.removed {
		if at > from && from > 0 && strings.HasPrefix(href, f.Href()) {
			items = append(items, item{at, Change{Href: href}})
		}
	}
	slices.SortFunc(items, func(a, b item) int { return a.at - b.at })
	changes := &Changes{Token: f.m.token()}
	if limit > 0 && len(items) > limit {
		items, changes.Truncated = items[:limit], true
		changes.Token = "urn:memory:" + strconv.Itoa(items[limit-1].at)
	}
	changes.Items = func(yield func(Change, error) bool) {
		for _, i := range items {
			if !yield(i.Change, nil) {
				return
			}
		}
	}
	return changes, nil
}

func (f *memFolder) ACL(context.Context) ([]ACE, error) {
	return append([]ACE{{Who: WhoProperty, Property: davxml.Owner, Privileges: All, Protected: true}}, f.e.aces...), nil
}

func (f *memFolder) SetACL(_ context.Context, aces []ACE, _ *Preconditions) error {
	f.e.aces = aces
	return nil
}

// multiget is a report of the kind that doors have.
func multiget(call *ReportCall) error {
	props, err := call.PropRequest(call.Body)
	if err != nil {
		return err
	}
	m := call.Multistatus()
	for _, href := range call.Body.Hrefs() {
		res, err := call.Find(href)
		if err != nil {
			err = m.Failed(href, err)
		} else {
			err = m.Response(res, props)
		}
		if err != nil {
			return err
		}
	}
	return m.Close()
}

type memPrincipal struct{ memResource }

var principalKind = &Kind{Name: "principal", Collection: true, Types: []xml.Name{davxml.Collection, davxml.Principal},
	Props: Join(commonRows, Props[*memPrincipal]{
		{Name: davxml.GroupMembership, Asked: true, Get: func(p *memPrincipal, v *Value) error {
			v.W.Href("/people/bob/")
			v.W.Href("/people/nobody/")
			return nil
		}},
	})}

func (p *memPrincipal) Kind() *Kind { return principalKind }

// Delete hides the one of memResource: principals have none.
func (p *memPrincipal) Delete() {}

func (m *memory) Locks(_ context.Context, href string, below bool) ([]Lock, error) {
	var found []Lock
	for _, l := range m.locks {
		root, at := slashless(l.Root), slashless(href)
		switch {
		case !l.Expires.After(m.now):
		case root == at, l.Infinite && strings.HasPrefix(at, root+"/"), below && strings.HasPrefix(root, at+"/"):
			found = append(found, l)
		}
	}
	return found, nil
}

func (m *memory) AddLock(ctx context.Context, lock Lock) error {
	existing, _ := m.Locks(ctx, lock.Root, lock.Infinite)
	if err := Conflict(existing, lock); err != nil {
		return err
	}
	m.locks = append(m.locks, lock)
	return nil
}

func (m *memory) RefreshLock(_ context.Context, token string, expires time.Time) error {
	for i := range m.locks {
		if m.locks[i].Token == token {
			m.locks[i].Expires = expires
			return nil
		}
	}
	return ErrNotFound
}

func (m *memory) RemoveLock(_ context.Context, token string) error {
	n := len(m.locks)
	m.locks = slices.DeleteFunc(m.locks, func(l Lock) bool { return l.Token == token })
	if len(m.locks) == n {
		return ErrNotFound
	}
	return nil
}

// handler serves the tree to whoever Basic names, one request at a time.
func (m *memory) handler() http.Handler {
	h := NewHandler(Options{Tree: m, Locks: m, Compliance: []string{"access-control", "extended-mkcol"},
		Clock:     func() time.Time { return m.now },
		Principal: func(ctx context.Context) string { who, _ := ctx.Value(whoKey{}).(string); return who }})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		who, _, _ := r.BasicAuth()
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, who)))
	})
}

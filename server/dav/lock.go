package dav

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"convoke/server/davxml"
)

// Lock is a write lock, RFC 4918 §6.
type Lock struct {
	Token     string // a URI
	Root      string // href of the locked resource, canonical
	Infinite  bool   // Depth: infinity
	Exclusive bool
	Owner     string // the DAV:owner element as sent, standing alone; "" is none
	Principal string // who made it, as Options.Principal says
	Expires   time.Time
}

// LockStore keeps locks. Expired locks are not given. Hrefs name the same resource with and without trailing slash.
type LockStore interface {
	// Locks gives the locks that cover the resource at href: those rooted there, and those with infinite depth on a
	// collection above. below adds those rooted underneath.
	Locks(ctx context.Context, href string, below bool) ([]Lock, error)
	// AddLock stores a lock. Inside its transaction it asks Conflict(existing, lock) over Locks(lock.Root, lock.Infinite)
	// and gives that condition.
	AddLock(ctx context.Context, lock Lock) error
	// RefreshLock sets when the lock of that token expires; ErrNotFound if it is gone.
	RefreshLock(ctx context.Context, token string, expires time.Time) error
	// RemoveLock forgets a lock; ErrNotFound if it is gone.
	RemoveLock(ctx context.Context, token string) error
}

// maxOwnerBytes bounds the DAV:owner kept with a lock.
const maxOwnerBytes = 4 << 10

// Conflict gives the 423 DAV:no-conflicting-lock that forbids a new lock beside existing ones, or nil. RFC 4918 §6.1, §9.10.5.
func Conflict(existing []Lock, lock Lock) error {
	var roots []string
	for i := range existing {
		if existing[i].Exclusive || lock.Exclusive {
			roots = append(roots, existing[i].Root)
		}
	}
	if roots == nil {
		return nil
	}
	return &Condition{Status: http.StatusLocked, Name: davxml.NoConflictingLock, Extra: func(w *davxml.Writer) {
		for _, root := range roots {
			w.Href(root)
		}
	}}
}

// conditions reads the conditional headers; href is of the request's resource.
func (c *call) conditions(href string) error {
	ifs, err := parsePreconditions(c.r.Header)
	if err != nil {
		return err
	}
	c.ifs = ifs
	ifs.href = slashless(href)
	if ifs.anybody = c.h.o.Principal == nil; !ifs.anybody {
		ifs.asker = c.h.o.Principal(c.ctx)
	}
	if len(ifs.lists) == 0 {
		return nil
	}
	if ifs.tokens, err = c.lockTokens(href); err != nil {
		return err
	}
	ifs.others = map[string]ifState{}
	for i := range ifs.lists {
		l := &ifs.lists[i]
		if l.tag == "" {
			continue
		}
		p, err := c.reference(l.tag)
		if err != nil {
			l.href = l.tag // of nobody here: no condition on it holds, but Not
			continue
		}
		l.href = slashless(p.Href())
		if _, known := ifs.others[l.href]; known || l.href == ifs.href {
			continue
		}
		state, err := c.ifState(p)
		if err != nil {
			return err
		}
		ifs.others[l.href] = state
	}
	return nil
}

// ifState gives what another resource of an If header has.
func (c *call) ifState(p Path) (state ifState, err error) {
	res, err := c.lookup(p)
	if err != nil || res == nil || res.Allow(c.ctx, Read) != nil {
		return state, err
	}
	if state.tokens, err = c.lockTokens(res.Href()); err != nil {
		return state, err
	}
	state.etag, err = c.etag(res)
	return state, err
}

func (c *call) lockTokens(href string) ([]string, error) {
	if c.h.o.Locks == nil {
		return nil, nil
	}
	locks, err := c.h.o.Locks.Locks(c.ctx, href, false)
	tokens := make([]string, len(locks))
	for i := range locks {
		tokens[i] = locks[i].Token
	}
	return tokens, err
}

// etag gives the ETag of a resource with content, or "".
func (c *call) etag(res Resource) (string, error) {
	reader, ok := res.(Reader)
	if !ok {
		return "", nil
	}
	content, err := reader.Content(c.ctx)
	if err != nil || content == nil {
		return "", err
	}
	return content.ETag, nil
}

// check judges the preconditions now, for methods whose ability doesn't do so in its transaction.
func (c *call) check(res Resource) error {
	if !c.ifs.Given() {
		return nil
	}
	s := State{Exists: res != nil}
	if reader, ok := res.(Reader); ok {
		content, err := reader.Content(c.ctx)
		if err != nil {
			return err
		}
		s.ETag, s.ScheduleTag, s.Modified = content.ETag, content.ScheduleTag, content.Modified
	}
	return c.ifs.Check(s)
}

// unlocked gives 423 if a lock covers the resource, or with below one underneath, whose token was not submitted
// by the one who holds it. RFC 4918 §7, §9.6.1. Check judges it again inside the write transaction.
func (c *call) unlocked(href string, below bool) error {
	if c.h.o.Locks == nil {
		return nil
	}
	c.ifs.guards = append(c.ifs.guards, guard{href, below})
	locks, err := c.h.o.Locks.Locks(c.ctx, href, below)
	if err != nil {
		return err
	}
	return c.ifs.unlocked(locks, href)
}

// locked gives the answer where unlocked gave err: an If header of which no list holds "MUST fail with a 412"
// (RFC 4918 §10.4.1), and that tells the client more than 423 does: what it believed of the resource is wrong.
func (c *call) locked(res Resource, err error) error {
	if len(c.ifs.lists) > 0 {
		if failed := c.check(res); failed != nil {
			return failed
		}
	}
	return err
}

// locksWithin gives the tokens of the locks on a resource and below it, without those that reach it from above.
func (c *call) locksWithin(href string) ([]string, error) {
	if c.h.o.Locks == nil {
		return nil, nil
	}
	locks, err := c.h.o.Locks.Locks(c.ctx, href, true)
	var tokens []string
	for i := range locks {
		if root := slashless(locks[i].Root); root == slashless(href) || strings.HasPrefix(root, slashless(href)+"/") {
			tokens = append(tokens, locks[i].Token)
		}
	}
	return tokens, err
}

// forgetLocks removes the locks of what was deleted or moved away (RFC 4918 §9.6, §7.7): those that were there before.
// Whoever has made something new of that name meanwhile keeps the lock on it.
func (c *call) forgetLocks() {
	for _, token := range c.doomed {
		if err := c.h.o.Locks.RemoveLock(c.ctx, token); err != nil && !errors.Is(err, ErrNotFound) {
			c.h.o.Log.WarnContext(c.ctx, "lock left behind", "err", err) // until it expires
		}
	}
}

// lock answers LOCK, RFC 4918 §9.10.
func (c *call) lock() error {
	res, err := c.lookup(c.path)
	if err != nil {
		return err
	}
	if err := c.hides(res, WriteContent); err != nil {
		return err
	}
	if c.h.o.Locks == nil {
		if res == nil {
			return ErrNotFound
		}
		return c.notAllowed(res)
	}
	depth, err := ParseDepth(c.r.Header)
	if err != nil {
		return err
	}
	if depth == Depth1 {
		return Status(http.StatusBadRequest, errors.New("LOCK with Depth 1"))
	}
	b, err := c.xmlBody(c.h.o.MaxXMLBytes)
	if err != nil {
		return err
	}
	href := c.path.Href()
	if res != nil {
		href = res.Href()
	}
	if err := c.conditions(href); err != nil {
		return err
	}
	if b == nil {
		return c.refresh(res)
	}
	lock, err := lockInfo(b.node)
	if err != nil {
		return err
	}
	lock.Root, lock.Infinite = href, depth != Depth0
	return c.newLock(res, lock)
}

// lockInfo reads the body of LOCK, RFC 4918 §14.11.
func lockInfo(n *davxml.Node) (Lock, error) {
	var l Lock
	scope := n.Child(davxml.LockScope)
	l.Exclusive = scope.Has(davxml.Exclusive)
	if !n.Is(davxml.LockInfo) || l.Exclusive == scope.Has(davxml.Shared) || !n.Child(davxml.LockType).Has(davxml.WriteLock) {
		return l, Status(http.StatusBadRequest, errors.New("bad lockinfo"))
	}
	if o := n.Child(davxml.Owner); o != nil {
		if l.Owner = o.XML(); len(l.Owner) > maxOwnerBytes {
			return l, Status(http.StatusRequestEntityTooLarge, errors.New("owner too long"))
		}
	}
	return l, nil
}

// newLock makes a lock; on a path that names nothing it makes an empty resource first (RFC 4918 §7.3).
func (c *call) newLock(res Resource, lock Lock) error {
	status := http.StatusOK
	if err := c.mayLock(res, lock); err != nil {
		return err
	}
	if err := c.check(res); err != nil {
		return err
	}
	if res == nil {
		status = http.StatusCreated
		parent, err := c.parent(c.path)
		if err != nil {
			return err
		}
		container, ok := parent.(Container)
		if !ok || parent.Kind().NoEmpty {
			// The "empty resource" of RFC 4918 §7.3 can't be: the member of a calendar is a calendar object, that of
			// an address book a card. No condition of PUT fits, since no body was sent.
			return Status(http.StatusForbidden, errors.New("no empty members here"))
		}
		put := &Put{ContentType: "application/octet-stream", If: c.ifs, Header: c.r.Header, Add: true}
		stored, err := container.PutMember(c.ctx, c.path.Name(), put)
		if err != nil {
			return err
		}
		if stored.Href != "" {
			lock.Root = stored.Href
		}
	}
	if c.h.o.Principal != nil {
		lock.Principal = c.h.o.Principal(c.ctx)
	}
	lock.Token = "urn:uuid:" + newUUID()
	lock.Expires = c.h.o.Clock().Add(c.lockTime())
	if err := c.h.o.Locks.AddLock(c.ctx, lock); err != nil {
		return err
	}
	c.w.Header().Set("Lock-Token", "<"+lock.Token+">")
	return c.lockAnswer(status, []Lock{lock})
}

// mayLock asks for privileges and for locks in the way: of a new resource those of its parent.
func (c *call) mayLock(res Resource, lock Lock) error {
	if res != nil {
		if err := res.Allow(c.ctx, WriteContent); err != nil {
			return err
		}
		existing, err := c.h.o.Locks.Locks(c.ctx, lock.Root, lock.Infinite)
		if err != nil {
			return err
		}
		return Conflict(existing, lock)
	}
	parent, err := c.parent(c.path)
	if err != nil {
		return err
	}
	if err := parent.Allow(c.ctx, Bind); err != nil {
		return err
	}
	return c.unlocked(parent.Href(), false)
}

// refresh answers LOCK without a body, RFC 4918 §9.10.2.
func (c *call) refresh(res Resource) error {
	if res == nil {
		return ErrNotFound
	}
	if err := res.Allow(c.ctx, WriteContent); err != nil {
		return err
	}
	locks, err := c.h.o.Locks.Locks(c.ctx, res.Href(), false)
	if err != nil {
		return err
	}
	var mine []Lock
	for i := range locks {
		if c.ifs.submitted(locks[i].Token) && c.ifs.holds(&locks[i]) {
			mine = append(mine, locks[i])
		}
	}
	switch {
	case len(c.ifs.lists) == 0:
		return Status(http.StatusBadRequest, errors.New("LOCK without body and without If"))
	case len(mine) != 1: // §9.10.2: exactly one token
		return &Condition{Status: http.StatusPreconditionFailed, Name: davxml.LockTokenMatchesRequestURI}
	}
	if err := c.check(res); err != nil {
		return err
	}
	mine[0].Expires = c.h.o.Clock().Add(c.lockTime())
	if err := c.h.o.Locks.RefreshLock(c.ctx, mine[0].Token, mine[0].Expires); err != nil {
		return err
	}
	return c.lockAnswer(http.StatusOK, mine)
}

// unlock answers UNLOCK, RFC 4918 §9.11.
func (c *call) unlock() error {
	res, err := c.find()
	if err != nil {
		return err
	}
	if c.h.o.Locks == nil {
		return c.notAllowed(res)
	}
	if err := res.Allow(c.ctx, Read); err != nil {
		return err
	}
	token := strings.TrimSpace(c.r.Header.Get("Lock-Token"))
	if len(token) < 3 || token[0] != '<' || token[len(token)-1] != '>' {
		return Status(http.StatusBadRequest, errors.New("bad Lock-Token"))
	}
	token = token[1 : len(token)-1]
	if err := c.conditions(res.Href()); err != nil {
		return err
	}
	if err := c.check(res); err != nil {
		return err
	}
	locks, err := c.h.o.Locks.Locks(c.ctx, res.Href(), false)
	if err != nil {
		return err
	}
	for i := range locks {
		if locks[i].Token != token {
			continue
		}
		if !c.ifs.holds(&locks[i]) { // RFC 3744 §3.5
			if err := res.Allow(c.ctx, Unlock); err != nil {
				return err
			}
		}
		if err := c.h.o.Locks.RemoveLock(c.ctx, token); err != nil {
			return err
		}
		empty(c.w, http.StatusNoContent)
		return nil
	}
	return &Condition{Status: http.StatusConflict, Name: davxml.LockTokenMatchesRequestURI}
}

// lockTime reads the Timeout header, RFC 4918 §10.7: the first value that we understand, at most MaxLockTime.
func (c *call) lockTime() time.Duration {
	for _, line := range c.r.Header["Timeout"] {
		for _, v := range strings.Split(line, ",") {
			v = strings.TrimSpace(v)
			if strings.EqualFold(v, "Infinite") {
				return c.h.o.MaxLockTime
			}
			if n, ok := strings.CutPrefix(v, "Second-"); ok {
				if s, err := strconv.ParseUint(n, 10, 32); err == nil && s > 0 {
					return min(time.Duration(s)*time.Second, c.h.o.MaxLockTime)
				}
			}
		}
	}
	return c.h.o.MaxLockTime
}

func (c *call) lockAnswer(status int, locks []Lock) error {
	return c.xml(status, func(w *davxml.Writer) {
		w.Root(davxml.Prop)
		w.Start(davxml.LockDiscovery)
		for i := range locks {
			c.h.activeLock(w, &locks[i])
		}
		w.End()
		w.End()
	})
}

// activeLock writes a DAV:activelock, RFC 4918 §14.1.
func (h *Handler) activeLock(w *davxml.Writer, l *Lock) {
	scope, depth := davxml.Shared, "0"
	if l.Exclusive {
		scope = davxml.Exclusive
	}
	if l.Infinite {
		depth = "infinity"
	}
	w.Start(davxml.ActiveLock)
	w.Start(davxml.LockType)
	w.Empty(davxml.WriteLock)
	w.End()
	w.Start(davxml.LockScope)
	w.Empty(scope)
	w.End()
	w.Elem(davxml.Depth, depth)
	w.Raw(l.Owner)
	left := max(int64(l.Expires.Sub(h.o.Clock())/time.Second), 0)
	w.Elem(davxml.Timeout, "Second-"+strconv.FormatInt(left, 10))
	w.Start(davxml.LockToken)
	w.Href(l.Token)
	w.End()
	w.Start(davxml.LockRoot)
	w.Href(l.Root)
	w.End()
	w.End()
}

// newUUID makes a random UUID, RFC 4122 §4.4.
func newUUID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

package dav

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"convoke/server/davxml"
)

// State is what a write finds at the resource whose preconditions are checked.
type State struct {
	Exists      bool
	ETag        string    // quoted; "" is none
	ScheduleTag string    // quoted; "" is none
	Modified    time.Time // for If-Unmodified-Since; zero: not compared
	// Locks is LockStore.Locks inside the write transaction. Nil: locks are not judged now.
	Locks func(href string, below bool) ([]Lock, error)
}

// Preconditions are the conditional headers of one request. A nil one always holds.
type Preconditions struct {
	match           *tagList // If-Match
	noneMatch       *tagList // If-None-Match
	scheduleTag     *entityTag
	unmodifiedSince time.Time
	lists           []ifList           // If
	href            string             // the resource of the request, canonical without slash
	tokens          []string           // of the locks that cover it
	others          map[string]ifState // of the resources that tagged lists name, by href
	guards          []guard            // where no lock may be in the way
	anybody         bool               // locks are not told apart by who made them
	asker           string             // the principal who asks, as Options.Principal says
}

// guard is a resource on which a write asks for the tokens of its locks, with below of those underneath as well.
type guard struct {
	href  string
	below bool
}

// Expect gives the preconditions of a write that does not come by WebDAV: If-Match and If-None-Match as those headers
// have them, "" for none, and that no lock is in the way at these hrefs, whoever holds it.
func Expect(match, noneMatch string, hrefs ...string) *Preconditions {
	p := &Preconditions{}
	if match != "" {
		p.match = parseTags([]string{match})
	}
	if noneMatch != "" {
		p.noneMatch = parseTags([]string{noneMatch})
	}
	for _, href := range hrefs {
		p.guards = append(p.guards, guard{href, false})
	}
	return p
}

// Check judges the preconditions against what the write transaction found: nil or a 412, and the locks
// that came meanwhile: 423. RFC 9110 §13.2.2, RFC 6638 §8.3, RFC 4918 §10.4, §7.
func (p *Preconditions) Check(s State) error {
	if p == nil {
		return nil
	}
	if p.match != nil {
		if !s.Exists || !p.match.has(s.ETag, true) {
			return preconditionFailed
		}
	} else if !p.unmodifiedSince.IsZero() && !s.Modified.IsZero() && s.Modified.Truncate(time.Second).After(p.unmodifiedSince) {
		return preconditionFailed
	}
	if p.scheduleTag != nil && !p.scheduleTagHolds(s) {
		return preconditionFailed
	}
	if p.noneMatch != nil && s.Exists && (p.noneMatch.any || p.noneMatch.has(s.ETag, false)) {
		return preconditionFailed
	}
	if err := p.checkIf(s); err != nil {
		return err
	}
	if s.Locks == nil {
		return nil
	}
	for _, g := range p.guards {
		locks, err := s.Locks(g.href, g.below)
		if err == nil {
			err = p.unlocked(locks, g.href)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scheduleTagHolds compares If-Schedule-Tag-Match. Apple's calendar sends it empty where it knows of
// no tag: that matches a resource without one.
func (p *Preconditions) scheduleTagHolds(s State) bool {
	if p.scheduleTag.value == "" {
		return s.ScheduleTag == ""
	}
	return s.Exists && s.ScheduleTag != "" && p.scheduleTag.equal(s.ScheduleTag, true)
}

// checkIf holds if any list does.
func (p *Preconditions) checkIf(s State) error {
	if len(p.lists) == 0 {
		return nil
	}
	own := ifState{tokens: p.tokens}
	if s.Exists {
		own.etag = s.ETag
	}
	var err error
	if own.tokens, err = s.still(own.tokens, p.href); err != nil {
		return err
	}
	for i := range p.lists {
		l := &p.lists[i]
		state := own
		if l.tag != "" && l.href != p.href {
			state = p.others[l.href]
			if state.tokens, err = s.still(state.tokens, l.href); err != nil {
				return err
			}
		}
		if l.holds(state) {
			return nil
		}
	}
	return preconditionFailed
}

// still gives those of the tokens whose locks are in force as the transaction finds it.
func (s *State) still(tokens []string, href string) ([]string, error) {
	if s.Locks == nil || len(tokens) == 0 {
		return tokens, nil
	}
	locks, err := s.Locks(href, false)
	var left []string
	for i := range locks {
		if slices.Contains(tokens, locks[i].Token) {
			left = append(left, locks[i].Token)
		}
	}
	return left, err
}

// unlocked gives 423 if one of the locks that are in the way of a write at href was not submitted by the one who
// holds it. RFC 4918 §7, §9.6.1.
func (p *Preconditions) unlocked(locks []Lock, href string) error {
	if len(locks) == 0 {
		return nil
	}
	// Of several shared locks on the same resources one token is enough.
	free := map[string]bool{}
	cover := func(l *Lock) string {
		if root := slashless(l.Root); strings.HasPrefix(root, slashless(href)+"/") {
			return root
		}
		return ""
	}
	for i := range locks {
		if p.submitted(locks[i].Token) && p.holds(&locks[i]) {
			free[cover(&locks[i])] = true
		}
	}
	for i := range locks {
		if !free[cover(&locks[i])] {
			return &Condition{Status: http.StatusLocked, Name: davxml.LockTokenSubmitted, Href: locks[i].Root}
		}
	}
	return nil
}

// holds tells whether the asker made the lock, RFC 4918 §6.4.
func (p *Preconditions) holds(l *Lock) bool { return p.anybody || l.Principal == p.asker }

// MatchesScheduleTag tells whether the request carries an If-Schedule-Tag-Match with a tag, in place of If-Match.
func (p *Preconditions) MatchesScheduleTag() bool {
	return p != nil && p.scheduleTag != nil && p.scheduleTag.value != ""
}

// Given tells whether the request has any precondition.
func (p *Preconditions) Given() bool {
	return p != nil && (p.match != nil || p.noneMatch != nil || p.scheduleTag != nil || len(p.lists) > 0 || !p.unmodifiedSince.IsZero())
}

// submitted tells whether the client submitted a lock token, RFC 4918 §7.5.
func (p *Preconditions) submitted(token string) bool {
	for _, l := range p.lists {
		for _, c := range l.conditions {
			if c.token == token {
				return true
			}
		}
	}
	return false
}

var preconditionFailed = &Condition{Status: http.StatusPreconditionFailed}

// parsePreconditions reads the conditional headers. If needs the handler's help for its tags and tokens.
func parsePreconditions(h http.Header) (*Preconditions, error) {
	p := &Preconditions{}
	if v := h.Values("If-Match"); len(v) > 0 {
		p.match = parseTags(v)
	}
	if v := h.Values("If-None-Match"); len(v) > 0 {
		p.noneMatch = parseTags(v)
	}
	if v := h.Values("If-Schedule-Tag-Match"); len(v) > 0 {
		tag, _, _ := nextTag(strings.TrimSpace(v[0]))
		p.scheduleTag = &tag
	}
	if v := h.Get("If-Unmodified-Since"); v != "" {
		if t, err := http.ParseTime(v); err == nil { // RFC 9110 §13.1.4: an invalid date is ignored
			p.unmodifiedSince = t
		}
	}
	if v := h.Values("If"); len(v) > 0 {
		lists, err := parseIf(strings.Join(v, " "))
		if err != nil {
			return nil, Status(http.StatusBadRequest, err)
		}
		p.lists = lists
	}
	return p, nil
}

// entityTag is one tag without its quotes.
type entityTag struct {
	value string
	weak  bool
}

// equal compares with a quoted tag, strongly or weakly (RFC 9110 §8.8.3.2).
func (t entityTag) equal(quoted string, strong bool) bool {
	weak := strings.HasPrefix(quoted, "W/")
	if strong && (weak || t.weak) {
		return false
	}
	return strings.Trim(strings.TrimPrefix(quoted, "W/"), `"`) == t.value
}

// tagList is the value of If-Match or If-None-Match.
type tagList struct {
	any  bool // "*"
	tags []entityTag
}

// has tells whether a resource with that tag (quoted; "" is none) is meant.
func (l *tagList) has(quoted string, strong bool) bool {
	if l.any {
		return true
	}
	if quoted == "" {
		return false
	}
	for _, t := range l.tags {
		if t.equal(quoted, strong) {
			return true
		}
	}
	return false
}

// parseTags reads entity tags, quoted, unquoted (Outlook CalDav Synchronizer) or with `\"` for quotes
// (old Evolution). What cannot be read matches nothing, so If-Match fails with 412.
func parseTags(values []string) *tagList {
	l := &tagList{}
	for _, s := range values {
		for s = strings.TrimLeft(s, " \t,"); s != ""; s = strings.TrimLeft(s, " \t,") {
			if s == "*" {
				l.any = true
				break
			}
			tag, rest, ok := nextTag(s)
			if !ok {
				break
			}
			l.tags = append(l.tags, tag)
			s = rest
		}
	}
	return l
}

// nextTag reads one entity tag in any of those spellings and gives what follows.
func nextTag(s string) (tag entityTag, rest string, ok bool) {
	if strings.HasPrefix(s, "W/") || strings.HasPrefix(s, "w/") {
		tag.weak, s = true, s[2:]
	}
	for _, quote := range []string{`\"`, `"`} {
		if strings.HasPrefix(s, quote) {
			value, after, found := strings.Cut(s[len(quote):], quote)
			tag.value = value
			return tag, after, found
		}
	}
	end := strings.IndexAny(s, ", \t]")
	if end < 0 {
		end = len(s)
	}
	tag.value = s[:end]
	return tag, s[end:], end > 0
}

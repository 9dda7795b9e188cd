// Package subscription reads calendars from addresses on the web into calendars of those who subscribe to them
// (RFC 5545 streams, RFC 7986 §5). They stand in the home of their owner like any other calendar, so that all clients
// see them, and nobody writes their members but this package.
//
// Invariants:
//   - Only internal/outward calls anybody, and only addresses that a person gave.
//   - A subscription and its calendar live and die together.
//   - A failure changes no event: what was read last stays until something better was read whole.
//   - What is the same keeps its ETag and its change number, so that clients fetch only what is new.
//   - Nothing in a feed sends anything: its events have no role in scheduling, its alarms are kept only if wanted.
//   - Each subscription is read by one goroutine at a time, and rarer the longer it fails.
package subscription

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/outward"
	"convoke/scheduling"
	"convoke/storage"

	"golang.org/x/time/rate"
)

// The times of reading.
const (
	MinInterval     = 15 * time.Minute
	MaxInterval     = 31 * 24 * time.Hour
	DefaultInterval = 6 * time.Hour
	longestPause    = 24 * time.Hour // of one that fails
)

// What one owner may have read by hand: so many at once, and then one each wishEvery. Else anybody with an account could
// have us call others as often as they like.
const (
	wishesAtOnce = 20
	wishEvery    = 30 * time.Second
)

// maxName bounds the name of a calendar, in bytes.
const maxName = 200

// Options are what a Service works with.
type Options struct {
	Store     *storage.Store
	Scheduler *scheduling.Service
	Client    *outward.Client
	Log       *slog.Logger
	PerUser   int            // subscriptions of one owner
	Jitter    func() float64 // of [0, 1); nil: random
}

// Service keeps subscriptions. It is safe for concurrent use.
type Service struct {
	o    Options
	mu   sync.Mutex
	busy map[int64]bool // collections that are being read; owners who add one, by their negative ids
	// wishes count what each owner has had read by hand.
	wishes map[int64]*rate.Limiter
}

// New makes a service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Jitter == nil {
		o.Jitter = jitter
	}
	return &Service{o: o, busy: map[int64]bool{}, wishes: map[int64]*rate.Limiter{}}
}

// View is a subscription with its calendar.
type View struct {
	storage.Subscription
	Calendar *storage.Collection
	Skips    Skips
}

// Interval is the time between two readings.
func (v *View) Interval() time.Duration { return interval(&v.Subscription) }

func interval(s *storage.Subscription) time.Duration {
	return min(max(cmp.Or(s.Wanted, s.Advised, DefaultInterval), MinInterval), MaxInterval)
}

// Wish is what somebody wants of a subscription; nil members stay as they are.
type Wish struct {
	URL, Name, Color *string
	Interval         *time.Duration // 0: as the feed says
	Alarms           *bool
}

// List gives the subscriptions of an owner.
func (s *Service) List(ctx context.Context, owner *storage.Principal) ([]View, error) {
	list, err := s.o.Store.Subscriptions(ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	var views []View
	for _, one := range list {
		v, err := s.view(ctx, owner, one)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		views = append(views, *v)
	}
	return views, nil
}

// Get gives a subscription of an owner, or storage.ErrNotFound.
func (s *Service) Get(ctx context.Context, owner *storage.Principal, id int64) (*View, error) {
	one, err := s.o.Store.Subscription(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.view(ctx, owner, one)
}

func (s *Service) view(ctx context.Context, owner *storage.Principal, one storage.Subscription) (*View, error) {
	c, err := s.o.Store.CollectionByID(ctx, one.CollectionID)
	if err == nil && c.OwnerID != owner.ID {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	v := &View{Subscription: one, Calendar: c}
	if one.Skipped != "" {
		_ = json.Unmarshal([]byte(one.Skipped), &v.Skips) // written here
	}
	return v, nil
}

// Add subscribes: the feed is read once before anything is made, so that a wrong address is told at once. Errors are
// *Problem, and those of storage.
func (s *Service) Add(ctx context.Context, owner *storage.Principal, actor storage.Actor, w Wish) (*View, error) {
	one := storage.Subscription{}
	if err := w.onto(&one); err != nil {
		return nil, err
	}
	if !s.begin(-owner.ID) { // one at a time of each owner
		return nil, problem(Busy)
	}
	defer s.end(-owner.ID)
	if !s.wished(owner) {
		return nil, problem(Often)
	}
	read, err := s.read(ctx, &one)
	if err != nil {
		return nil, err
	}
	made := &storage.Collection{
		OwnerID: owner.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Source: storage.SourceFeed, Name: newName(),
		DisplayName: read.name(one.URL), Description: read.text("X-WR-CALDESC"), Color: read.color(), Components: []string{icalendar.Event},
		Transparent: true, // what others do is no time of mine, until I say so
	}
	w.onCalendar(made)
	err = s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		n, err := tx.CountSubscriptions(owner.ID)
		if err != nil {
			return err
		}
		if n >= s.o.PerUser {
			return problem(Many, s.o.PerUser)
		}
		if err := tx.CreateCollection(made); err != nil {
			return err
		}
		one.CollectionID, one.Due = made.ID, tx.Now()
		return tx.SetSubscription(&one)
	})
	if err != nil {
		return nil, err
	}
	if !s.begin(made.ID) {
		return s.Get(ctx, owner, made.ID) // the worker was quicker
	}
	defer s.end(made.ID)
	if err := s.take(ctx, one, read); err != nil {
		return nil, err
	}
	return s.Get(ctx, owner, made.ID)
}

// Change changes a subscription. Another address is read at once.
func (s *Service) Change(ctx context.Context, owner *storage.Principal, actor storage.Actor, id int64, w Wish) (*View, error) {
	v, err := s.Get(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if err := w.onto(&v.Subscription); err != nil {
		return nil, err
	}
	anew := w.URL != nil || w.Alarms != nil
	if anew && !s.wished(owner) {
		return nil, problem(Often) // and nothing is changed
	}
	err = s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		one, err := tx.Subscription(ctx, id)
		if err != nil {
			return err
		}
		_ = w.onto(&one) // judged above
		if anew {
			one.ETag, one.Modified, one.Digest = "", "", nil
		}
		one.Due = s.next(&one, tx.Now())
		if err := tx.SetSubscription(&one); err != nil || w.Name == nil && w.Color == nil {
			return err
		}
		c, err := tx.CollectionByID(ctx, id)
		if err != nil {
			return err
		}
		changed := *c
		w.onCalendar(&changed)
		return tx.UpdateCollection(&changed)
	})
	if err != nil {
		return nil, err
	}
	if anew {
		return s.again(ctx, owner, id)
	}
	return s.Get(ctx, owner, id)
}

// Remove ends a subscription and deletes its calendar.
func (s *Service) Remove(ctx context.Context, owner *storage.Principal, actor storage.Actor, id int64) error {
	v, err := s.Get(ctx, owner, id)
	if err != nil {
		return err
	}
	return s.o.Scheduler.DeleteCollection(ctx, &scheduling.Removal{Actor: actor, Who: owner, Collection: v.Calendar})
}

// Refresh reads a subscription now. What goes wrong with that is told in the view; an error is ours, or a *Problem if the
// owner has had too much read.
func (s *Service) Refresh(ctx context.Context, owner *storage.Principal, id int64) (*View, error) {
	if _, err := s.Get(ctx, owner, id); err != nil {
		return nil, err
	}
	if !s.wished(owner) {
		return nil, problem(Often)
	}
	return s.again(ctx, owner, id)
}

func (s *Service) again(ctx context.Context, owner *storage.Principal, id int64) (*View, error) {
	v, err := s.Get(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if s.begin(id) {
		defer s.end(id)
		if err := s.refresh(ctx, v.Subscription); err != nil {
			return nil, err
		}
	}
	return s.Get(ctx, owner, id)
}

// onto puts a wish into a subscription.
func (w *Wish) onto(one *storage.Subscription) error {
	if w.URL != nil {
		one.URL = outward.Webcal(*w.URL)
		u, err := url.Parse(one.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			return problem(outward.BadURL)
		}
		u.Fragment = ""
		one.URL = u.String()
	}
	if w.Interval != nil {
		if *w.Interval != 0 && (*w.Interval < MinInterval || *w.Interval > MaxInterval) {
			return problem(BadInterval)
		}
		one.Wanted = *w.Interval
	}
	if w.Alarms != nil {
		one.Alarms = *w.Alarms
	}
	return nil
}

// onCalendar puts a wish into the calendar of a subscription.
func (w *Wish) onCalendar(c *storage.Collection) {
	if w.Name != nil {
		c.DisplayName = cmp.Or(clip(*w.Name), c.DisplayName)
	}
	if w.Color != nil {
		c.Color = cmp.Or(colorOf(*w.Color), c.Color)
	}
}

// begin takes a collection to be read; false if somebody reads it already.
func (s *Service) begin(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	s.busy[id] = true
	return true
}

// wished counts a reading by hand; false if there were too many.
func (s *Service) wished(owner *storage.Principal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.wishes[owner.ID]
	if l == nil {
		l = rate.NewLimiter(rate.Every(wishEvery), wishesAtOnce)
		s.wishes[owner.ID] = l
	}
	return l.AllowN(s.o.Store.Now(), 1)
}

func (s *Service) end(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

// newName makes the path segment of a calendar.
func newName() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	return "feed-" + hex.EncodeToString(b[:])
}

// clip gives a name without what controls anything, at most so long.
func clip(name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool { return r < ' ' || r == 0x7f || r == ' ' }), " ")
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}

// Problem tells why something could not be done, in a word for programs and a sentence for people.
type Problem struct {
	Word     string
	Sentence string
	Err      error // for the log
}

func (p *Problem) Error() string { return p.Word + ": " + p.Sentence }

func (p *Problem) Unwrap() error { return p.Err }

// The words of problems beside those of outward.
const (
	BadInterval = "bad-interval"
	Many        = "too-many"
	SignIn      = "sign-in"
	NotThere    = "not-there"
	Answered    = "answered" // something else than a calendar's bytes
	NoCalendar  = "no-calendar"
	NoRoom      = "no-room"
	Restless    = "restless"
	Failed      = "failed"
	Busy        = "busy"
	Often       = "too-often"
)

// The words of readings that succeeded.
const (
	Fresh     = "fresh"
	Unchanged = "unchanged"
	Partly    = "partly" // some of it could not be taken
)

var sentences = map[string]string{
	outward.BadURL:      "This is no address that can be subscribed to: it begins with https:// or webcal:// and holds no password.",
	outward.Forbidden:   "This address leads into a private network or to this server itself, where subscriptions may not go. A calendar of this server is shared by its owner instead.",
	outward.Unreachable: "Nobody answers at this address, or not with a certificate that is trusted.",
	outward.TimedOut:    "The other server took too long to answer.",
	outward.Redirects:   "This address sends on to others too often.",
	outward.TooLarge:    "This calendar is too large to subscribe to.",
	outward.Unreadable:  "The answer of the other server broke off, or cannot be read.",
	BadInterval:         "A calendar is read every 15 minutes at most, and every 31 days at least.",
	Many:                "No more than %d calendars can be subscribed to.",
	SignIn:              "The other server wants a sign-in. Look there for the secret or public address of the calendar.",
	NotThere:            "There is no calendar at this address, or no longer.",
	Answered:            "The other server answered %d instead of a calendar.",
	NoCalendar:          "What is at this address is no calendar. Look for a link named iCal or ICS, which often ends in .ics.",
	NoRoom:              "There is no room left for the events of this calendar.",
	Restless:            "This calendar gives all its events other names each time it is read, and is not read any more.",
	Failed:              "The calendar could not be stored.",
	Often:               "You have had calendars read very often. Try again in a minute; they are read by themselves, too.",
	Busy:                "Another calendar is just being added. Try again when that is there.",
}

func problem(word string, about ...any) *Problem {
	sentence := sentences[word]
	if len(about) > 0 {
		sentence = fmt.Sprintf(sentence, about...)
	}
	return &Problem{Word: word, Sentence: sentence}
}

package storage

import (
	"math"
	"sync/atomic"
	"time"
)

// Kinds of principals (RFC 3744 §2, RFC 6638 §2.4.2).
const (
	KindUser     = "user"
	KindGroup    = "group"
	KindRoom     = "room"
	KindResource = "resource"
)

// Homes, the roots that hold a principal's collections.
const (
	Calendars    = "calendars"    // RFC 4791 §6.2.1
	AddressBooks = "addressbooks" // RFC 6352 §7.1.1
)

// Kinds of collections.
const (
	KindCalendar    = "calendar"    // RFC 4791 §4.2
	KindAddressBook = "addressbook" // RFC 6352 §5.2
	KindInbox       = "inbox"       // RFC 6638 §2.2
	KindOutbox      = "outbox"      // RFC 6638 §2.1
	KindPlain       = "plain"       // RFC 4918 §5.2; may nest and hold any media type

	KindNotifications = "notifications" // caldav-notifications §4: what the server tells its owner
)

// Principal is whoever can be identified: a user, group, room or resource (RFC 3744 §2).
// Values that come from the store are shared: copy before changing.
type Principal struct {
	ID          int64
	UUID        string   // lower-case, without urn:uuid:
	Kind        string   // KindUser, KindGroup, KindRoom or KindResource
	Name        string   // the path segment; unique over all kinds
	DisplayName string   // falls back to Name where shown
	Addresses   []string // calendar user addresses as NormalizeAddress gives them, the canonical one first
	Admin       bool     // may read and write every home
	Booking     *Booking // nil unless it can be booked
	Created     time.Time
}

// Booking is how a room or resource answers invitations.
type Booking struct {
	AutoAccept string  `json:"auto_accept,omitempty"` // policy, see scheduling.md
	Capacity   int     `json:"capacity,omitempty"`    // seats; 0 is unknown
	WindowDays int     `json:"window_days,omitempty"` // how far ahead it may be booked; 0 is any
	Location   string  `json:"location,omitempty"`
	Delegates  []int64 `json:"delegates,omitempty"` // principals that decide what the policy leaves open
}

// Collection is a calendar, address book, scheduling inbox or outbox, or a plain collection.
// Values that come from the store are shared: copy before changing.
type Collection struct {
	ID           int64
	OwnerID      int64
	ParentID     int64    // 0 is directly in the home
	Home         string   // Calendars or AddressBooks
	Kind         string   // KindCalendar …
	Name         string   // the path segment
	DisplayName  string   // DAV:displayname; "" is unset
	Description  string   // calendar-description or addressbook-description
	Color        string   // http://apple.com/ns/ical/ calendar-color, as sent
	Order        string   // http://apple.com/ns/ical/ calendar-order, as sent
	Timezone     string   // text of a VCALENDAR with one VTIMEZONE (RFC 4791 §5.2.2); "" is unset
	TimezoneID   string   // RFC 7809 §5.2; "" is unset
	Components   []string // supported component names, upper case; nil is any (RFC 4791 §5.2.3)
	Transparent  bool     // schedule-calendar-transp (RFC 6638 §9.1)
	DefaultAlarm string   // reserved for default alarms, as sent
	Change       uint64   // number of the newest change of its members; sync token and ctag
	Revision     uint64   // number of the home's change that made it or last changed it itself
	Created      time.Time
	Modified     time.Time // newest change of the collection or of a member
	Source       string    // "" is filled by its owner; else one of those below: the server alone writes its members

	members int64 // number of objects in it
	bytes   int64 // of their data
}

// The sources of collections that the server fills.
const (
	SourceFeed      = "feed"      // an address on the web, see Subscription
	SourceBirthdays = "birthdays" // the address books of its owner
)

// Len is the number of objects directly in the collection.
func (c *Collection) Len() int { return int(c.members) }

// Size is the number of bytes of the objects directly in the collection.
func (c *Collection) Size() int64 { return c.bytes }

// Open ends of an object's span.
const (
	Past   = math.MinInt64 // no first instant
	Future = math.MaxInt64 // no last instant
)

// Facts is what storage indexes of an object; whoever understands the format supplies it.
type Facts struct {
	UID       string // "" is none; unique in a calendar or address book
	Component string // VEVENT, VTODO, VJOURNAL, VFREEBUSY, VAVAILABILITY, VCARD; "" is none
	Role      string // "organizer", "attendee" or ""
	First     int64  // unix seconds of the first instant, or Past
	Last      int64  // unix seconds of the last instant, or Future
	Recurring bool
	Floating  bool // has floating or all-day times; First and Last are widened by a day
}

// Member is an object without its bytes, as a Listing holds it. It never changes.
type Member struct {
	ID           int64 // stays through overwrites and MOVE
	CollectionID int64
	Name         string // path segment
	ContentType  string // as to be sent
	ETag         string // quoted and strong (RFC 9110 §8.8.3), a hash of the bytes
	ScheduleTag  string // quoted, or "" (RFC 6638 §3.2.10)
	Facts
	Size     int    // bytes
	Change   uint64 // number of its newest change in the collection
	Created  time.Time
	Modified time.Time

	blob    int64
	deleted bool
}

// Object is a stored resource with its bytes. After PutObject, and when it comes from a
// read, it is shared and must not be changed.
type Object struct {
	Member
	Data []byte

	memo  atomic.Pointer[memo]
	cache atomic.Pointer[objectCache] // set once it was cached
}

// Actor says who writes, by which door, on whose behalf. It goes into history.
type Actor struct {
	PrincipalID int64  // 0 is the server itself
	Door        string // "caldav", "carddav", "web", "import", "mail", "scheduling", "cli"
	Agent       string // the client's User-Agent, or a Message-ID
	RequestID   string
	OnBehalf    int64 // principal for whom they act: the owner of what is written, or whose scheduling caused it; 0 is none
}

// Special grantees.
const (
	GranteeAll           int64 = -1 // DAV:all
	GranteeAuthenticated int64 = -2 // DAV:authenticated
)

// Grant is one access control entry of a collection (RFC 3744 §5.5). Order is that of the slice.
type Grant struct {
	CollectionID int64
	PrincipalID  int64  // a principal, GranteeAll or GranteeAuthenticated
	Privileges   uint32 // bits; their meaning is the caller's
	Deny         bool
}

// Proxies are the members of calendar-proxy-read and calendar-proxy-write of a principal.
type Proxies struct {
	Read  []int64
	Write []int64
}

// Ref names what dead properties belong to.
type Ref struct {
	Kind string // RefCollection, RefObject, RefPrincipal or RefHome
	ID   int64  // for RefHome the owner's; see Home
	Home string // for RefHome only
}

// Kinds of Ref.
const (
	RefCollection = "collection"
	RefObject     = "object"
	RefPrincipal  = "principal"
	RefHome       = "home"
)

// Property is a dead property (RFC 4918 §4.2).
type Property struct {
	Space, Local string
	XML          []byte // the whole element, as the caller renders it
}

// Lock is a write lock (RFC 4918 §6, §7).
type Lock struct {
	Token       string // a URI
	Path        string // as the caller writes paths; a collection's ends in "/"
	Infinite    bool   // Depth: infinity
	Exclusive   bool
	OwnerXML    string
	PrincipalID int64
	Expires     time.Time
}

// Entry is a line of the journal: what happened to an event and why.
type Entry struct {
	ID          int64
	At          time.Time
	UID         string
	PrincipalID int64
	SubjectID   int64 // whom it is about, where that is somebody else; 0 is nobody
	Door        string
	Agent       string // the client's User-Agent, a Message-ID, or the file of an import
	RequestID   string
	What        string // a short verb: "put", "invite", "reply", "deliver" …
	Detail      string
}

// Outbound is a scheduling message that waits to be mailed (RFC 6047), or a reminder.
type Outbound struct {
	ID          int64
	UID         string
	Instance    string // RECURRENCE-ID, "" for the whole
	Method      string
	Sequence    int
	DTStamp     string
	PrincipalID int64  // on whose behalf
	Sender      string // calendar user address
	Recipient   string // calendar user address
	MessageID   string // fixed when the row is made
	Token       string // secret name of the row in its envelope, by which a bounce finds it
	Data        []byte // the iTIP object; of a reminder what it says
	State       string // one of the states below
	Attempts    int
	Next        time.Time // when it is due
	Status      string    // last answer of the mail server, or why it waits
	Created     time.Time
	Since       time.Time // from when on it is tried; giving up counts from here
	Settled     time.Time // when it was sent or given up; zero before
	// Leased: a worker took it and never said what became of it. It may have been sent.
	Leased bool
}

// States of an Outbound.
const (
	OutboundWaiting = "waiting"
	OutboundHeld    = "held" // waits for an administrator
	OutboundSent    = "sent"
	OutboundFailed  = "failed"
	OutboundMerged  = "merged" // a newer one says all that it said, or neither had to be sent
)

// Version is a former state of an object, kept for Options.HistoryFor.
type Version struct {
	ID           int64
	At           time.Time
	CollectionID int64
	Name         string
	UID          string
	ETag         string
	Size         int
	What         string // "overwritten", "deleted" or "stray"
	Actor        Actor
}

// AppPassword is a password for one client; its secret is shown once, when it is made.
type AppPassword struct {
	ID          int64
	PrincipalID int64
	Label       string
	Created     time.Time
	Used        time.Time // zero if never; exact to minutes
}

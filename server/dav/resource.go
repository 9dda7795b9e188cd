package dav

import (
	"context"
	"encoding/xml"
	"iter"
	"net/http"
	"time"

	"convoke/server/davxml"
)

// Tree finds resources. Find gives ErrNotFound (or another *Condition) for what is not there.
// It accepts a collection's path with or without trailing slash. Path holds all segments from the root of the host.
type Tree interface {
	Find(ctx context.Context, path Path) (Resource, error)
}

// Resource is what a path names. A value belongs to one request and is used by one goroutine.
type Resource interface {
	// Href is canonical: an absolute, escaped path; those of collections end in "/".
	Href() string
	Kind() *Kind
	// Allow gives nil, or a *Condition: NeedPrivileges, or ErrNotFound if the asker may not know of the resource.
	Allow(ctx context.Context, p Privilege) error
}

// HrefAppender is a resource that can append its Href, as it needs to stand in XML, without making a string of it.
type HrefAppender interface {
	AppendHref(b []byte) []byte
}

// Reader is a resource with content: GET and HEAD.
type Reader interface {
	Content(ctx context.Context) (*Content, error)
}

// Content is what GET gives. ETag and ScheduleTag are quoted; "" is none.
type Content struct {
	Type        string
	ETag        string
	ScheduleTag string
	Modified    time.Time // zero: no Last-Modified
	Data        []byte
	Header      http.Header // further headers; may be nil
}

// Getter answers GET and HEAD by itself, for exports and pages. It comes before Reader.
// An error must be returned before anything is written.
type Getter interface {
	Get(w http.ResponseWriter, r *http.Request) error
}

// Tagged is a Getter or a Lister that tells the ETag of what it will give: the engine judges the preconditions by it and
// sends it.
type Tagged interface {
	Tag(ctx context.Context) (etag string, err error)
}

// Container is a collection that takes members by PUT and by POST to its add-member URI (RFC 5995).
// Whether the member is new is decided inside the transaction, where If is checked.
type Container interface {
	PutMember(ctx context.Context, name string, put *Put) (*Stored, error)
}

// Limited tells how long a body PutMember takes, and the condition for a longer one (RFC 4791 §5.3.2.1).
type Limited interface {
	MemberLimit() (bytes int64, tooLarge xml.Name)
}

// Put is one PUT.
type Put struct {
	Body        []byte
	ContentType string // as sent
	If          *Preconditions
	Header      http.Header // of the request
	Add         bool        // by POST: the name was generated, a member of that name must not exist
}

// NamedPut is a Put under a name, for what makes several at once.
type NamedPut struct {
	Name string
	*Put
}

// Stored is what became of a write. ETag is "" if the stored bytes are not those sent (RFC 4791 §5.3.4).
type Stored struct {
	Created     bool
	ETag        string
	ScheduleTag string
	Href        string                   // "" if it is the one asked for; otherwise sent as Location
	Content     func() (*Content, error) // for Prefer: return=representation; nil: read the tree again
	Header      http.Header              // further headers; may be nil
}

// Deleter is a resource that can be deleted.
type Deleter interface {
	Delete(ctx context.Context, removal *Removal) error
}

// Removal is one DELETE.
type Removal struct {
	If     *Preconditions
	Header http.Header
}

// Maker is a collection in which MKCOL and MKCALENDAR may make another. Types are the resource types asked for,
// DAV:collection among them; calendar tells MKCALENDAR. It gives the draft, or a *Condition.
type Maker interface {
	NewCollection(ctx context.Context, name string, types []xml.Name, calendar bool) (Draft, error)
}

// Draft is a collection not made yet. The engine calls Set rows of its kind, then Create, which commits
// all or nothing and gives 405 if a resource of that name came into being meanwhile.
type Draft interface {
	Resource
	Create(ctx context.Context, dead []DeadProperty, ifs *Preconditions) error
}

// Mover is a collection that takes members by COPY and MOVE.
type Mover interface {
	Receive(ctx context.Context, t *Transfer) (*Stored, error)
}

// Transfer is one COPY or MOVE into a collection. The engine has asked all privileges, compared paths and
// obeyed Overwrite; Receive decides again what depends on the present state, inside its transaction:
// 412 if Overwrite is false and the name is taken.
type Transfer struct {
	Name      string // in the destination collection
	Source    Resource
	Move      bool
	Shallow   bool // COPY with Depth 0: a collection without its members
	Overwrite bool
	If        *Preconditions // judged against the source, whose headers they are (RFC 9110 §13.1.1)
	Header    http.Header
}

// DeadProperty is a property that the server keeps but doesn't understand, RFC 4918 §4.
type DeadProperty struct {
	Name xml.Name
	XML  string // the whole element, standing alone
}

// DeadChange sets a dead property, or removes it if Remove.
type DeadChange struct {
	DeadProperty
	Remove bool
}

// Patcher takes PROPPATCH. Set rows have been called on this very value; ApplyPatch commits what they staged
// together with the dead changes, all or nothing. A *PropertyError blames one property.
type Patcher interface {
	ApplyPatch(ctx context.Context, dead []DeadChange, ifs *Preconditions) error
}

// Personal is a resource that keeps dead properties, and live ones of Own rows, for each person apart. Who may read
// it may set those: it changes nothing that anybody else sees.
type Personal interface {
	Personal(ctx context.Context) bool // tells whether the asker's are kept apart
}

// Shown is a Personal resource that may stand in the home of somebody who doesn't own it, where more of its properties
// are theirs.
type Shown interface{ Shown() bool }

// PropertyError is a failure of one property: its own status, 424 for the others.
type PropertyError struct {
	Name      xml.Name
	Condition *Condition
}

func (e *PropertyError) Error() string { return e.Name.Local + ": " + e.Condition.Error() }

// Unwrap gives the condition.
func (e *PropertyError) Unwrap() error { return e.Condition }

// DeadHolder has dead properties.
type DeadHolder interface {
	DeadProperties(ctx context.Context) ([]DeadProperty, error)
}

// Lister is a collection whose members can be listed. The engine asks each member's Allow(Read) and
// leaves out those that refuse.
type Lister interface {
	Members(ctx context.Context) iter.Seq2[Resource, error]
}

// Syncer is a collection with a sync token, RFC 6578. since is "" at first. limit is 0 for none.
// A token it doesn't know gives 403 DAV:valid-sync-token.
type Syncer interface {
	Changes(ctx context.Context, since string, limit int) (*Changes, error)
}

// DeepSyncer is a Syncer that also tells of the members of the collections in it: level infinite of RFC 6578 §3.3.
type DeepSyncer interface {
	DeepChanges(ctx context.Context, since string, limit int) (*Changes, error)
}

// Changes are what happened since a token, each member once. Token belongs to the last item; it may be set
// as late as the iteration ends.
type Changes struct {
	Token     string
	Truncated bool // there is more behind Token
	Items     iter.Seq2[Change, error]
}

// Change is one member that changed, or was removed.
type Change struct {
	Href     string   // of a removed member; may be "" otherwise
	Resource Resource // nil: removed
	Barred   bool     // a collection, known by Href alone, whose members are not told of (RFC 6578 §3.3)
}

// Poster answers POST. An error must be returned before anything is written.
type Poster interface {
	Post(w http.ResponseWriter, r *http.Request) error
}

// ACLHolder has an access control list, RFC 3744 §5.5 and §8.1. SetACL replaces all that is neither
// protected nor inherited.
type ACLHolder interface {
	ACL(ctx context.Context) ([]ACE, error)
	SetACL(ctx context.Context, aces []ACE, ifs *Preconditions) error
}

// FixedACL is an ACLHolder whose list nobody can set.
type FixedACL interface{ FixedACL() bool }

// Privileged tells what the asker may do: DAV:current-user-privilege-set.
type Privileged interface {
	Privileges(ctx context.Context) (PrivilegeSet, error)
}

// Owned tells the href of the owner's principal; "" is none.
type Owned interface {
	Owner(ctx context.Context) (string, error)
}

// Value is where a row's Get writes the content of its property.
type Value struct {
	Ctx  context.Context
	W    *davxml.Writer // within the property's element; attributes may be written first
	Node *davxml.Node   // the property as requested, with its children; nil if asked by allprop

	handler *Handler
}

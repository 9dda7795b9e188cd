// Package trust decides whether a mail may change a calendar: it reads what our own mail servers say of who wrote it
// (RFC 8601), verifies DKIM signatures itself where they say nothing (RFC 6376), and holds the decision table of the
// gateway (RFC 6047 §3).
//
// Invariants:
//   - Nothing in a mail is believed but Authentication-Results of our own servers, above where the mail came in, and
//     signatures that were verified here.
//   - An authenticated domain speaks for addresses in it alone, and From for itself alone.
//   - The first row of the table that fits decides; some row fits every message.
//   - No row lets mail speak for an organizer of this server.
//   - A decision carries its reason and what was believed, in words for people.
package trust

// Action is what becomes of a message.
type Action string

// The actions.
const (
	Apply  Action = "apply"  // to the calendars
	Hold   Action = "hold"   // for a person to decide
	Ignore Action = "ignore" // it stays mail
)

// TooMany is why something is held that the table would apply: its sender sends too much.
const TooMany = "too-many"

// Decision is the outcome of the table. It is an argument of whatever writes because of a mail.
type Decision struct {
	Action   Action `json:"action"`
	Row      string `json:"row"`           // which row of the table
	Reason   string `json:"reason"`        // in plain words
	Why      string `json:"why,omitempty"` // of what is held: the reason in one word, for pages that say it in other languages
	Believed string `json:"believed"`      // what was believed of the sender
	Shown    bool   `json:"shown,omitempty"`
}

// Facts are what the table asks for.
type Facts struct {
	Method string `json:"method"`
	// Flagged is the header by which a filter called the mail spam or infected, Loop why it may not be acted on at
	// all; "" is no.
	Flagged string `json:"flagged,omitempty"`
	Loop    string `json:"loop,omitempty"`
	// From and Subject are the addresses that must fit: the sender, and the ORGANIZER or ATTENDEE that the message
	// speaks for.
	From          string `json:"from"`
	Subject       string `json:"subject"`
	Authenticated bool   `json:"authenticated"`
	Believed      string `json:"believed"`
	Match         bool   `json:"match"` // From is Subject, or may write for it
	Known         bool   `json:"known"` // the recipient knows From
	Local         bool   `json:"local"` // ORGANIZER is one of this server
	Named         bool   `json:"named"` // the message is for the recipient
	Stored        bool   `json:"stored"`
	// Same: the stored event has the organizer that the message names. Ours: it is the recipient's own.
	Same   bool `json:"same"`
	Ours   bool `json:"ours"`
	Newer  bool `json:"newer"`  // SEQUENCE, then DTSTAMP, against the stored event (RFC 5546 §2.1.5)
	Listed bool `json:"listed"` // Subject is an ATTENDEE of the stored event
	// The policies: Welcome of new invitations from this sender, Unverified that unverified ones are held,
	// Public that published events are taken.
	Welcome    bool `json:"welcome"`
	Unverified bool `json:"unverified"`
	Public     bool `json:"public"`
}

// want is what a row asks of one fact.
type want uint8

const (
	any want = iota
	yes
	no
)

func (w want) fits(fact bool) bool { return w == any || (w == yes) == fact }

// Row is one row of the table. Facts that it does not name may be anything.
type Row struct {
	Name    string
	Methods string // names separated by blanks; "" is all
	Loop, Flagged, Local, Public, Named, Stored, Same, Ours,
	Authenticated, Match, Listed, Known, Welcome, Newer, Unverified want
	Then   Action
	Why    string // of rows that hold, in one word
	Shown  bool   // also shown in the scheduling inbox, which changes no event
	Reason string // %f is From, %s the Subject, %h the header or loop
}

// organizers are the methods that an organizer sends (RFC 5546 §1.4).
const organizers = "PUBLISH REQUEST ADD CANCEL DECLINECOUNTER"

// Table is the trust policy of reliability.md §5, from the top down: the first row that fits decides.
var Table = []Row{
	{Name: "loop", Loop: yes, Then: Ignore, Reason: "%h"},
	{Name: "spam", Flagged: yes, Then: Ignore, Reason: "a filter marked the message: %h"},
	{Name: "local organizer", Methods: organizers, Local: yes, Then: Ignore, Reason: "mail cannot speak for %s, who is organized here"},

	{Name: "publish", Methods: "PUBLISH", Public: no, Then: Ignore, Reason: "published events are for people to import"},
	{Name: "publish, wanted", Methods: "PUBLISH", Authenticated: yes, Match: yes, Known: yes, Stored: no, Then: Apply, Reason: "published by %f"},
	{Name: "publish, wanted again", Methods: "PUBLISH", Authenticated: yes, Match: yes, Known: yes, Same: yes, Newer: yes, Then: Apply, Reason: "published by %f"},
	{Name: "publish, known already", Methods: "PUBLISH", Authenticated: yes, Match: yes, Same: yes, Newer: no, Then: Ignore, Reason: "nothing newer in the message"},
	{Name: "publish, doubtful", Methods: "PUBLISH", Then: Hold, Why: "published", Reason: "published by %f, which is not verified or not known"},

	{Name: "request, unverified", Methods: "REQUEST", Stored: no, Authenticated: no, Unverified: yes, Then: Hold, Why: "unverified", Reason: "an invitation of %s that nothing proves to come from %f"},
	{Name: "request, unverified, unwanted", Methods: "REQUEST", Stored: no, Authenticated: no, Unverified: no, Then: Ignore, Reason: "an unverified invitation"},
	{Name: "request, forwarded", Methods: "REQUEST", Stored: no, Match: no, Then: Hold, Why: "of-another", Reason: "an invitation of %s that came from %f"},
	{Name: "request, not for him", Methods: "REQUEST", Stored: no, Named: no, Then: Hold, Why: "for-others", Reason: "an invitation of %s to others, sent on or to a list"},
	{Name: "request, known", Methods: "REQUEST", Stored: no, Welcome: yes, Then: Apply, Reason: "an invitation of %s"},
	{Name: "request, unknown", Methods: "REQUEST", Stored: no, Welcome: no, Then: Hold, Why: "unknown", Reason: "an invitation of %s, whom the recipient does not know"},

	{Name: "update, older", Methods: "REQUEST CANCEL", Stored: yes, Same: yes, Authenticated: yes, Match: yes, Newer: no, Then: Ignore, Reason: "nothing newer in the message"},
	{Name: "update", Methods: "REQUEST", Stored: yes, Same: yes, Authenticated: yes, Match: yes, Newer: yes, Then: Apply, Reason: "an update of %s"},
	{Name: "update, unverified", Methods: "REQUEST", Stored: yes, Authenticated: no, Then: Hold, Why: "unverified", Reason: "an update of %s that nothing proves to come from %f"},
	{Name: "update, not the sender's", Methods: "REQUEST", Stored: yes, Match: no, Then: Hold, Why: "of-another", Reason: "an update of %s that came from %f"},
	{Name: "update, not the organizer's", Methods: "REQUEST", Stored: yes, Same: no, Then: Hold, Why: "not-theirs", Reason: "an update of %s to an event of somebody else"},

	{Name: "cancel", Methods: "CANCEL", Stored: yes, Same: yes, Authenticated: yes, Match: yes, Newer: yes, Then: Apply, Reason: "cancelled by %s"},
	{Name: "cancel, early", Methods: "CANCEL", Stored: no, Authenticated: yes, Match: yes, Then: Apply, Reason: "cancelled by %s before it was known"},
	{Name: "cancel, of nothing", Methods: "CANCEL", Stored: no, Then: Ignore, Reason: "nothing to cancel"},
	{Name: "cancel, doubtful", Methods: "CANCEL", Stored: yes, Then: Hold, Why: "cancel", Reason: "%f cancels an event of %s, which is not verified or not his"},

	{Name: "add, to nothing", Methods: "ADD", Stored: no, Then: Ignore, Reason: "no event to add to"},
	{Name: "add", Methods: "ADD", Same: yes, Authenticated: yes, Match: yes, Then: Hold, Why: "add", Reason: "%s adds instances"},
	{Name: "add, doubtful", Methods: "ADD", Then: Ignore, Reason: "instances that are not verified to be the organizer's"},

	{Name: "decline counter", Methods: "DECLINECOUNTER", Same: yes, Authenticated: yes, Match: yes, Then: Apply, Shown: true, Reason: "%s declined a proposal"},
	{Name: "decline counter, doubtful", Methods: "DECLINECOUNTER", Then: Ignore, Reason: "not verified to be of the organizer of an event that is there"},

	{Name: "reply, to nobody", Methods: "REPLY COUNTER REFRESH", Ours: no, Then: Ignore, Reason: "the recipient organizes no such event"},
	{Name: "reply, unverified", Methods: "REPLY COUNTER", Authenticated: no, Then: Hold, Why: "unverified", Reason: "an answer of %s that nothing proves to come from %f"},
	{Name: "reply, of another", Methods: "REPLY COUNTER", Match: no, Then: Hold, Why: "of-another", Reason: "an answer of %s that came from %f"},
	{Name: "reply, not invited", Methods: "REPLY COUNTER", Listed: no, Then: Hold, Why: "not-invited", Reason: "%s is not invited and answers"},
	{Name: "reply", Methods: "REPLY", Listed: yes, Then: Apply, Reason: "answered by %s"},
	{Name: "counter", Methods: "COUNTER", Listed: yes, Then: Hold, Why: "counter", Shown: true, Reason: "%s proposes a change"},
	{Name: "refresh", Methods: "REFRESH", Authenticated: yes, Match: yes, Listed: yes, Then: Apply, Reason: "%s asked for what is now"},
	{Name: "refresh, doubtful", Methods: "REFRESH", Then: Ignore, Reason: "nothing is told to who is not verified to be invited"},

	{Name: "unknown method", Then: Ignore, Reason: "no method that is known"},
}

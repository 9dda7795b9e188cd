package scheduling

import "fmt"

// Namespace is the XML namespace of a precondition.
type Namespace string

// The namespaces of preconditions.
const (
	DAV    Namespace = "DAV:"
	CalDAV Namespace = "urn:ietf:params:xml:ns:caldav"
)

// Violation is a failed precondition; the door turns it into a DAV condition.
type Violation struct {
	Namespace    Namespace
	Precondition string // local name of the element, such as no-uid-conflict
	Status       int    // HTTP status the standard names with it
	// CollectionID and Name tell the object that is in the way, for a DAV:href; zero and "" if none.
	CollectionID int64
	Name         string
	Err          error // why, for the log; may be nil
}

// Error tells the precondition and why.
func (v *Violation) Error() string {
	if v.Err == nil {
		return "precondition " + v.Precondition + " failed"
	}
	return fmt.Sprintf("precondition %s failed: %v", v.Precondition, v.Err)
}

// Unwrap gives the reason.
func (v *Violation) Unwrap() error { return v.Err }

// forbid is a violation of a CALDAV precondition with 403 Forbidden.
func forbid(precondition string, err error) *Violation {
	return &Violation{Namespace: CalDAV, Precondition: precondition, Status: 403, Err: err}
}

// taken is a violation that names the object in the way.
func taken(precondition string, collection int64, name string) *Violation {
	return &Violation{Namespace: CalDAV, Precondition: precondition, Status: 403, CollectionID: collection, Name: name}
}

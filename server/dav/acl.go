package dav

import "encoding/xml"

// Who tells what kind of principal an ACE is for, RFC 3744 §5.5.1.
type Who uint8

// The kinds of principal.
const (
	WhoHref            Who = iota // the principal at Href
	WhoAll                        // DAV:all
	WhoAuthenticated              // DAV:authenticated
	WhoUnauthenticated            // DAV:unauthenticated
	WhoSelf                       // DAV:self
	WhoProperty                   // the principals that Property of the resource names
)

// ACE is one access control element, RFC 3744 §5.5.
type ACE struct {
	Who        Who
	Href       string   // of the principal, for WhoHref; canonical
	Property   xml.Name // for WhoProperty, such as DAV:owner
	Invert     bool
	Deny       bool
	Privileges PrivilegeSet
	Protected  bool
	Inherited  string // href of the resource it comes from; "" is none
}

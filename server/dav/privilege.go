package dav

import (
	"encoding/xml"

	"convoke/server/davxml"
)

// Privilege is one privilege or, as an aggregate, several, as bits. RFC 3744 §3.
type Privilege uint32

// PrivilegeSet is a set of privileges.
type PrivilegeSet = Privilege

// The privileges of RFC 3744 §3. Bits from DoorPrivilege up belong to the doors.
const (
	Read Privilege = 1 << iota
	WriteProperties
	WriteContent
	Bind
	Unbind
	Unlock
	ReadACL
	ReadPrivileges // DAV:read-current-user-privilege-set
	WriteACL

	Write = WriteProperties | WriteContent | Bind | Unbind // RFC 3744 §3.12
	All   = ^Privilege(0)

	// DoorPrivilege is the lowest bit that the engine leaves to doors.
	DoorPrivilege Privilege = 1 << 12
)

// Has tells whether all of q is in p.
func (p Privilege) Has(q Privilege) bool { return p&q == q }

// Name gives the name of a privilege that the engine knows, DAV:all for others.
func (p Privilege) Name() xml.Name {
	switch p {
	case Read:
		return davxml.Read
	case Write:
		return davxml.Write
	case WriteProperties:
		return davxml.WriteProperties
	case WriteContent:
		return davxml.WriteContent
	case Bind:
		return davxml.Bind
	case Unbind:
		return davxml.Unbind
	case Unlock:
		return davxml.Unlock
	case ReadACL:
		return davxml.ReadACL
	case ReadPrivileges:
		return davxml.ReadCurrentUserPrivilegeSet
	case WriteACL:
		return davxml.WriteACL
	}
	return davxml.All
}

// Supported is one node of the tree of DAV:supported-privilege-set, RFC 3744 §5.3.
// The bits of a node that has members are the union of theirs, or more.
type Supported struct {
	Name        xml.Name
	Bits        Privilege
	Abstract    bool
	Description string // in English, for a person
	Members     []Supported
}

// DefaultPrivileges is the tree of a kind that names none.
func DefaultPrivileges() *Supported {
	return &Supported{Name: davxml.All, Bits: All, Description: "Any operation", Members: []Supported{
		{Name: davxml.Read, Bits: Read, Description: "Read"},
		{Name: davxml.Write, Bits: Write, Description: "Write", Members: WritePrivileges()},
		{Name: davxml.Unlock, Bits: Unlock, Description: "Remove the locks of others"},
		{Name: davxml.ReadACL, Bits: ReadACL, Description: "Read the access control list"},
		{Name: davxml.ReadCurrentUserPrivilegeSet, Bits: ReadPrivileges, Description: "Read one's own privileges"},
		{Name: davxml.WriteACL, Bits: WriteACL, Description: "Write the access control list"},
	}}
}

// WritePrivileges are the members of DAV:write.
func WritePrivileges() []Supported {
	return []Supported{
		{Name: davxml.WriteProperties, Bits: WriteProperties, Description: "Write properties"},
		{Name: davxml.WriteContent, Bits: WriteContent, Description: "Write content"},
		{Name: davxml.Bind, Bits: Bind, Description: "Add members"},
		{Name: davxml.Unbind, Bits: Unbind, Description: "Remove members"},
	}
}

// find gives the node of that name, or nil.
func (s *Supported) find(name xml.Name) *Supported {
	if s.Name == name {
		return s
	}
	for i := range s.Members {
		if found := s.Members[i].find(name); found != nil {
			return found
		}
	}
	return nil
}

// write writes the node as DAV:supported-privilege.
func (s *Supported) write(w *davxml.Writer) {
	w.Start(davxml.SupportedPrivilege)
	w.Start(davxml.Privilege)
	w.Empty(s.Name)
	w.End()
	if s.Abstract {
		w.Empty(davxml.Abstract)
	}
	w.Start(davxml.Description)
	w.Attr("xml:lang", "en")
	w.Text(s.Description)
	w.End()
	for i := range s.Members {
		s.Members[i].write(w)
	}
	w.End()
}

// WriteHeld writes a DAV:privilege for each node, aggregates included, whose bits p holds.
// Clients look for DAV:write as well as for its parts.
func (s *Supported) WriteHeld(w *davxml.Writer, p PrivilegeSet) {
	if !s.Abstract && p.Has(s.Bits) {
		w.Start(davxml.Privilege)
		w.Empty(s.Name)
		w.End()
	}
	for i := range s.Members {
		s.Members[i].WriteHeld(w, p)
	}
}

// covered gives the bits of s and of its members.
func (s *Supported) covered() Privilege {
	bits := s.Bits
	for i := range s.Members {
		bits |= s.Members[i].covered()
	}
	return bits
}

package dav

import (
	"net/http"
	"slices"
	"strings"

	"convoke/server/davxml"
)

// genericProps are the properties that the engine knows of every resource. A door may replace a row.
var genericProps = Props[Resource]{
	{Name: davxml.ResourceType, Get: resourceType},                                  // RFC 4918 §15.9
	{Name: davxml.GetContentType, Get: collectionType, Asked: true},                 // RFC 4918 §15.5
	{Name: davxml.GetContentLength, Get: collectionLength, Asked: true},             // RFC 4918 §15.4
	{Name: davxml.GetETag, Get: collectionETag, Asked: true},                        // RFC 4918 §15.6
	{Name: davxml.SupportedReportSet, Get: supportedReports, Asked: true},           // RFC 3253 §3.1.5
	{Name: davxml.SupportedLock, Get: supportedLock, Asked: true},                   // RFC 4918 §15.10
	{Name: davxml.LockDiscovery, Get: lockDiscovery, Asked: true},                   // RFC 4918 §15.8
	{Name: davxml.AddMember, Get: addMember, Asked: true},                           // RFC 5995 §3.2
	{Name: davxml.Owner, Get: owner, Asked: true},                                   // RFC 3744 §5.1
	{Name: davxml.SupportedPrivilegeSet, Get: supportedPrivileges, Asked: true},     // RFC 3744 §5.3
	{Name: davxml.CurrentUserPrivilegeSet, Get: currentUserPrivileges, Asked: true}, // RFC 3744 §5.4
	{Name: davxml.ACL, Get: accessControlList, Asked: true},                         // RFC 3744 §5.5
	{Name: davxml.ACLRestrictions, Get: aclRestrictions, Asked: true},               // RFC 3744 §5.6
}

func resourceType(r Resource, v *Value) error {
	k := r.Kind()
	if k.Collection && !slices.Contains(k.Types, davxml.Collection) {
		v.W.Empty(davxml.Collection)
	}
	for _, t := range k.Types {
		v.W.Empty(t)
	}
	return nil
}

func supportedReports(r Resource, v *Value) error {
	k := r.Kind()
	names := make([]string, 0, len(k.Reports)+2)
	for name := range k.Reports {
		names = append(names, name.Space+" "+name.Local)
	}
	if _, ok := r.(Syncer); ok {
		names = append(names, davxml.DAV+" "+davxml.SyncCollection.Local)
	}
	names = append(names, davxml.DAV+" "+davxml.ExpandProperty.Local)
	slices.Sort(names) // the map has no order, and answers should be the same each time
	for _, name := range slices.Compact(names) {
		space, local, _ := strings.Cut(name, " ")
		v.W.Start(davxml.SupportedReport)
		v.W.Start(davxml.Report)
		n := davxml.Report
		n.Space, n.Local = space, local
		v.W.Empty(n)
		v.W.End()
		v.W.End()
	}
	return nil
}

func supportedLock(r Resource, v *Value) error {
	if v.handler == nil || v.handler.o.Locks == nil {
		return ErrNoProperty
	}
	v.W.Raw("<D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>" +
		"<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>")
	return nil
}

func lockDiscovery(r Resource, v *Value) error {
	if v.handler == nil || v.handler.o.Locks == nil {
		return ErrNoProperty
	}
	locks, err := v.handler.o.Locks.Locks(v.Ctx, r.Href(), false)
	if err != nil {
		return err
	}
	for i := range locks {
		v.handler.activeLock(v.W, &locks[i])
	}
	return nil
}

func addMember(r Resource, v *Value) error {
	if _, ok := r.(Container); !ok {
		return ErrNoProperty
	}
	v.W.Href(r.Href() + addMemberName)
	return nil
}

func owner(r Resource, v *Value) error {
	o, ok := r.(Owned)
	if !ok {
		return ErrNoProperty
	}
	href, err := o.Owner(v.Ctx)
	if err == nil && href != "" {
		v.W.Href(href)
	}
	return err
}

// privileges gives the tree of a kind.
func (k *Kind) privileges() *Supported {
	if k.Privileges != nil {
		return k.Privileges
	}
	return defaultPrivileges
}

var defaultPrivileges = DefaultPrivileges()

func supportedPrivileges(r Resource, v *Value) error {
	r.Kind().privileges().write(v.W)
	return nil
}

func currentUserPrivileges(r Resource, v *Value) error {
	p, ok := r.(Privileged)
	if !ok {
		return ErrNoProperty
	}
	held, err := p.Privileges(v.Ctx)
	if err != nil {
		return err
	}
	r.Kind().privileges().WriteHeld(v.W, held)
	return nil
}

func accessControlList(r Resource, v *Value) error {
	holder, ok := r.(ACLHolder)
	if !ok {
		return ErrNoProperty
	}
	if err := r.Allow(v.Ctx, ReadACL); err != nil {
		return err
	}
	aces, err := holder.ACL(v.Ctx)
	if err != nil {
		return err
	}
	tree := r.Kind().privileges()
	for i := range aces {
		aces[i].write(v.W, tree)
	}
	return nil
}

func aclRestrictions(r Resource, v *Value) error {
	if _, ok := r.(ACLHolder); !ok {
		return ErrNoProperty
	}
	for _, name := range r.Kind().Restrictions {
		v.W.Empty(name)
	}
	return nil
}

// neverDead are the live properties of RFC 4918, 3744, 3253, 6578 and 4331 that nobody may set, on any resource.
var neverDead = []string{"creationdate", "getcontentlength", "getetag", "getlastmodified", "lockdiscovery",
	"resourcetype", "supportedlock", "owner", "supported-privilege-set", "current-user-privilege-set", "acl",
	"acl-restrictions", "inherited-acl-set", "principal-collection-set", "supported-report-set", "sync-token",
	"quota-available-bytes", "quota-used-bytes", "current-user-principal", "principal-URL", "alternate-URI-set",
	"group-membership", "add-member", "resource-id", "supported-method-set"}

// protectedProperty is the refusal to change a live property, RFC 4918 §16.
var protectedProperty = &Condition{Status: http.StatusForbidden, Name: davxml.CannotModifyProtectedProperty}

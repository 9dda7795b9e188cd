package carddav

import (
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// homeRows are the properties of principals, RFC 6352 §7.1. None is in allprop. There is one home
// (clients.md §5: several confuse Apple's and others).
func homeRows(directory bool) dav.Rows {
	rows := dav.Props[tree.HasPrincipal]{
		{Name: davxml.AddressBookHomeSet, Get: homeSet, Asked: true}, // §7.1.1
	}
	if directory {
		rows = append(rows, dav.Prop[tree.HasPrincipal]{Name: davxml.PrincipalAddress, Get: principalAddress, Asked: true}) // §7.1.2
	}
	return rows
}

// homeSet names the home; groups own no address books.
func homeSet(r tree.HasPrincipal, v *dav.Value) error {
	p := r.BasePrincipal().P
	if p.Kind == storage.KindGroup {
		return dav.ErrNoProperty
	}
	v.W.Href(tree.HomeHref(storage.AddressBooks, p))
	return nil
}

// principalAddress is the entry of a principal in the directory, as the asker finds it in their own home.
func principalAddress(r tree.HasPrincipal, v *dav.Value) error {
	p := r.BasePrincipal()
	if p.Who == nil || p.Who.Kind == storage.KindGroup || hidden(v.Ctx, p.Tree.Store, p.Who) {
		return dav.ErrNoProperty
	}
	v.W.Href(directoryHref(p.Who) + personName(p.P))
	return nil
}

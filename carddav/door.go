package carddav

import (
	"encoding/xml"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// DefaultMaxCardBytes is the size of the largest card, photo included (reliability.md §2).
const DefaultMaxCardBytes = 10 << 20

// Options configure the door.
type Options struct {
	MaxCardBytes int64 // CARDDAV:max-resource-size; 0: DefaultMaxCardBytes
	NoDirectory  bool  // leaves the directory of local people out of the homes
}

// door is what the resources of this package share.
type door struct {
	maxBytes  int64
	listed    bool // the homes hold the directory
	directory directory
	texts     texts

	cardKind, directoryKind, personKind *dav.Kind

	bookKind [3]*dav.Kind // see tree.Shareable
}

// New makes the CardDAV door of a tree.
func New(o Options) *tree.Door {
	d := &door{maxBytes: o.MaxCardBytes, listed: !o.NoDirectory}
	if d.maxBytes <= 0 {
		d.maxBytes = DefaultMaxCardBytes
	}
	d.makeKinds()
	t := &tree.Door{
		Home:          storage.AddressBooks,
		Actor:         "carddav",
		Wrap:          d.wrap,
		WrapObject:    func(o *tree.Object) dav.Resource { return &object{Object: o, door: d} },
		Draft:         d.draft,
		PrincipalRows: homeRows(d.listed),
	}
	if d.listed {
		t.HomeRows = homeProps
		t.Virtual = d.virtual
		t.Lookup = d.lookup
		t.Reserved = Reserved
	}
	return t
}

// makeKinds makes the kinds; they refer to methods of the door, and so cannot be variables.
func (d *door) makeKinds() {
	reports := tree.CommonReports(tree.Reports{ // RFC 6352 §8
		davxml.AddressBookQuery:    d.query,
		davxml.AddressBookMultiget: d.multiget,
	})
	bookTypes := []xml.Name{davxml.Collection, davxml.AddressBook}
	d.bookKind = tree.Shareable(&dav.Kind{
		Name: "address book", Collection: true, Flat: true, Types: bookTypes, Reports: reports, Restrictions: tree.Restrictions(),
		NoCalendars: true, NoEmpty: true, Props: dav.Join(tree.CommonRows, tree.CollectionRows, tree.ShareRows, bookProps),
	})
	d.cardKind = &dav.Kind{
		Name: "address object", Reports: reports, Restrictions: tree.Restrictions(),
		Props: dav.Join(tree.CommonRows, tree.ObjectRows, cardProps),
	}
	d.directoryKind = &dav.Kind{
		Name: "directory", Collection: true, Flat: true, Types: bookTypes, Reports: reports, Restrictions: tree.Restrictions(),
		Props: dav.Join(tree.CommonRows, bookProps, directoryProps),
	}
	d.personKind = &dav.Kind{
		Name: "directory entry", Reports: reports, Restrictions: tree.Restrictions(),
		Props: dav.Join(tree.CommonRows, cardProps, personProps),
	}
}

// wrap gives address books their resource.
func (d *door) wrap(c *tree.Collection) dav.Resource {
	if c.C.Kind != storage.KindAddressBook {
		return nil
	}
	return &book{Collection: c, door: d}
}

// draft begins an address book, RFC 6352 §6.3.1 and RFC 5689 §3.
func (d *door) draft(t *tree.Draft) (dav.Draft, error) {
	isBook := false
	for _, name := range t.Types {
		switch name {
		case davxml.Collection:
		case davxml.AddressBook:
			isBook = true
		default:
			return nil, refuse(davxml.ValidResourceType, nil)
		}
	}
	if t.Calendar || !isBook {
		return nil, refuse(davxml.ValidResourceType, nil)
	}
	if t.C.ParentID == 0 && t.C.Name == directorySlug && d.listed {
		return &directoryDraft{Draft: t, door: d}, nil
	}
	t.C.Kind = storage.KindAddressBook
	return &bookDraft{Draft: t, door: d}, nil
}

// bookDraft is an address book that is being made.
type bookDraft struct {
	*tree.Draft
	door *door
}

func (b *bookDraft) Kind() *dav.Kind { return b.door.bookKind[0] }
func (b *bookDraft) shared() *door   { return b.door }

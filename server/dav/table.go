package dav

import (
	"encoding/xml"

	"convoke/server/davxml"
)

// Kind is what resources of one kind have in common. It is made once and never changes.
type Kind struct {
	Name         string
	Collection   bool
	Types        []xml.Name // the content of DAV:resourcetype, DAV:collection included
	Props        *Table
	Reports      map[xml.Name]Report // besides sync-collection and expand-property, which the engine adds
	Privileges   *Supported          // nil: DefaultPrivileges
	Restrictions []xml.Name          // DAV:acl-restrictions: grant-only, no-invert, deny-before-grant
	MaxACEs      int                 // 0: no limit of the kind's own
	NoCalendars  bool                // MKCALENDAR is for none of them, though collections may be made in them
	Flat         bool                // no member is a collection, so all levels of synchronization are one
	NoEmpty      bool                // no member is without content, so LOCK makes none
}

// Props are the live properties of resources that are an R. R may be an interface, so that rows for a common
// base serve every kind that has it.
type Props[R any] []Prop[R]

// Prop is one live property.
type Prop[R any] struct {
	Name xml.Name
	// Get writes the content of the property's element. ErrNoProperty: this one has none; a *Condition
	// becomes the status of its own propstat.
	Get func(R, *Value) error
	// Set stages a new value on the request-local R; a nil node removes. Nil: the property is protected.
	Set func(R, *davxml.Node) error
	// Asked: only given when named, not in allprop.
	Asked bool
	// Own: Set stages a value for the asker alone, of whom a Personal resource keeps values apart.
	Own bool
	// OwnShown: the same, on a Personal resource that is Shown as somebody's own where it isn't.
	OwnShown bool
	// Initial: Set works in MKCOL and MKCALENDAR only; PROPPATCH finds the property protected.
	Initial bool
}

// Rows are Props of any R.
type Rows interface {
	rows() []row
}

// row is a property with its R erased.
type row struct {
	name  xml.Name
	tag   davxml.Tag
	get   func(Resource, *Value) error
	set   func(Resource, *davxml.Node) error
	asked bool

	initial, own, ownShown bool
}

func (p Props[R]) rows() []row {
	rows := make([]row, len(p))
	for i, prop := range p {
		rows[i] = row{name: prop.Name, tag: davxml.NewTag(prop.Name), asked: prop.Asked, initial: prop.Initial, own: prop.Own, ownShown: prop.OwnShown}
		if prop.Get != nil {
			rows[i].get = func(res Resource, v *Value) error {
				r, ok := res.(R)
				if !ok {
					return ErrNoProperty
				}
				return prop.Get(r, v)
			}
		}
		if prop.Set != nil {
			rows[i].set = func(res Resource, n *davxml.Node) error {
				r, ok := res.(R)
				if !ok {
					return Forbid(davxml.CannotModifyProtectedProperty, nil)
				}
				return prop.Set(r, n)
			}
		}
	}
	return rows
}

// Table is the live properties of a kind.
type Table struct {
	list  []row
	index map[xml.Name]int
}

// Join makes a table of the engine's own rows (DAV:resourcetype, DAV:supported-report-set, …, see generic.go) and
// of others. A later row replaces an earlier one of the same name.
func Join(tables ...Rows) *Table {
	t := &Table{index: map[xml.Name]int{}}
	for _, rows := range append([]Rows{genericProps}, tables...) {
		for _, r := range rows.rows() {
			if i, ok := t.index[r.name]; ok {
				t.list[i] = r
				continue
			}
			t.index[r.name] = len(t.list)
			t.list = append(t.list, r)
		}
	}
	return t
}

// row gives the row of that name, or nil.
func (t *Table) row(name xml.Name) *row {
	if t == nil {
		return nil
	}
	if i, ok := t.index[name]; ok {
		return &t.list[i]
	}
	return nil
}

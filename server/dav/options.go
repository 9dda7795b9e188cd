package dav

import "strings"

// optionsUnmapped is the Allow header of a path that names nothing yet.
const optionsUnmapped = "OPTIONS, PUT, MKCOL, MKCALENDAR, LOCK"

// options tells what the server can, on every path the same (Thunderbird asks the parents of calendars, too),
// and what this resource allows. RFC 9110 §9.3.7, RFC 4918 §10.1.
func (c *call) options() error {
	res, err := c.find()
	if err != nil {
		if cond := AsCondition(err); cond.Status >= 500 {
			return err
		}
		return c.optionsAny(optionsUnmapped) // the same for what is hidden and for what isn't there
	}
	if res.Allow(c.ctx, Read) != nil {
		return c.optionsAny(optionsUnmapped)
	}
	return c.optionsAny(c.allowed(res))
}

func (c *call) optionsAny(allow string) error {
	h := c.w.Header()
	h.Set("DAV", c.h.compliance)
	h.Set("Allow", allow)
	h.Set("MS-Author-Via", "DAV")
	empty(c.w, 200)
	return nil
}

// allowed gives the Allow header of a resource. A collection that takes members lists PUT and the making
// of collections, though they go to its members: Evolution reads there whether a calendar is writable.
func (c *call) allowed(res Resource) string {
	methods := []string{"OPTIONS"}
	add := func(ok bool, names ...string) {
		if ok {
			methods = append(methods, names...)
		}
	}
	_, reader := res.(Reader)
	_, getter := res.(Getter)
	_, container := res.(Container)
	_, poster := res.(Poster)
	_, deleter := res.(Deleter)
	_, patcher := res.(Patcher)
	_, maker := res.(Maker)
	_, holder := res.(ACLHolder)
	if fixed, ok := res.(FixedACL); ok && fixed.FixedACL() {
		holder = false
	}
	add(reader || getter, "GET", "HEAD")
	add(container || reader && !res.Kind().Collection, "PUT")
	add(container || poster, "POST")
	add(deleter, "DELETE")
	add(true, "PROPFIND")
	add(patcher, "PROPPATCH")
	add(true, "COPY")
	add(deleter, "MOVE")
	add(maker, "MKCOL")
	add(maker && !res.Kind().NoCalendars, "MKCALENDAR")
	add(c.h.o.Locks != nil, "LOCK", "UNLOCK")
	add(holder, "ACL")
	add(true, "REPORT")
	return strings.Join(methods, ", ")
}

// notAllowed is the 405 of a method that res doesn't have.
func (c *call) notAllowed(res Resource) error {
	c.w.Header().Set("Allow", c.allowed(res))
	return Status(405, nil)
}

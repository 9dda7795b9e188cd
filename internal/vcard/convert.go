package vcard

import (
	"strings"

	"convoke/internal/contentline"
)

// Convert gives the card in another version. Nothing is lost: what the other version
// has no word for keeps its own name, which both versions allow for extensions
// (RFC 2426 §3.8, RFC 6350 §6.10), so that converting back gives the same card.
// The card itself stays as it is. The only error is *VersionError.
//
// Converting to 3.0 adds N, which RFC 2426 §3.1.2 demands; Apple's clients show
// nothing without it.
func (c *Card) Convert(to Version) ([]byte, error) {
	if !to.Supported() {
		return nil, &VersionError{Version: to}
	}
	card := c
	switch from := c.Version(); {
	case from == to && c.version != "":
		return c.Bytes(), nil
	case from == to:
		return c.as(to, keep), nil
	case from == V21:
		card = c.upgrade()
		if to == V30 {
			return card.as(V30, finish3), nil
		}
	case !from.Supported():
		return nil, &VersionError{Version: from}
	}
	if to == V30 {
		return card.as(V30, to3), nil
	}
	return card.as(V40, to4), nil
}

// rewrite turns the properties of a card into those of another version.
type rewrite func(c *Card) []Property

func keep(c *Card) []Property { return c.props }

// as writes the properties that f gives under another VERSION.
func (c *Card) as(v Version, f rewrite) []byte {
	b := make([]byte, 0, len(c.source)+256)
	b = append(b, "BEGIN:VCARD\r\nVERSION:"...)
	b = append(b, v...)
	b = append(b, "\r\n"...)
	props := f(c)
	for i := range props {
		if p := &props[i]; p.Name != "VERSION" && !p.nested {
			b = p.appendCRLF(b)
		}
	}
	return append(b, "END:VCARD\r\n"...)
}

// change gives a property another name, params and value; it will be written anew.
func (p Property) change(name, params, value string) Property {
	return Property{Group: p.Group, Name: name, Params: params, value: value}
}

// plain reads quoted-printable, which neither 3.0 nor 4.0 has, into plain text.
func (p Property) plain() Property {
	if !p.quotedPrintable() {
		return p
	}
	params := contentline.SetParam(p.Params, "ENCODING")
	params = contentline.SetParam(params, "QUOTED-PRINTABLE")
	text := decodeQuotedPrintable(p.Value(), p.Param("CHARSET"))
	params = contentline.SetParam(params, "CHARSET")
	if isCompound(p.Name) {
		return p.change(p.Name, params, escapeParts(text))
	}
	return p.change(p.Name, params, Escape(text))
}

// to3 is the way from 4.0 to 3.0.
func to3(c *Card) []Property {
	out := make([]Property, 0, len(c.props)+2)
	groups := newGroups(c)
	for p := range c.All() {
		out = append(out, to3Property(p.plain(), groups)...)
	}
	return addName(c, out)
}

// finish3 is what is left to do for a card that is 3.0 in all but N.
func finish3(c *Card) []Property { return addName(c, c.props) }

func to3Property(p Property, groups *groups) []Property {
	p = prefTo3(p)
	switch p.Name {
	case "KIND":
		if strings.EqualFold(strings.TrimSpace(p.Value()), "org") {
			return one(p.change(appleShowAs, p.Params, "COMPANY"))
		}
		return one(p.change(appleKind, p.Params, p.Value()))
	case "MEMBER":
		return one(p.change(appleMember, p.Params, p.Value()))
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return one(mediaTo3(p))
	case "BDAY", "DEATHDATE":
		return one(dateTo3(p))
	case "ANNIVERSARY":
		return groups.anniversaryTo3(p)
	case "REV":
		return one(stampTo3(p))
	case "GEO":
		return one(geoTo3(p))
	case "TEL":
		return one(telTo3(p))
	case "N":
		return sortAsTo3(p)
	case "ADR":
		return labelTo3(p)
	}
	return one(p)
}

func one(p Property) []Property { return []Property{p} }

// to4 is the way from 3.0 to 4.0.
func to4(c *Card) []Property {
	out := make([]Property, 0, len(c.props))
	labels := appleLabels(c)
	for p := range c.All() {
		q, ok := to4Property(p.plain(), labels, out)
		if ok {
			out = append(out, q)
		}
	}
	return sortStringTo4(out)
}

// to4Property turns one property; false leaves it out because its matter went
// into one before.
func to4Property(p Property, labels map[string]string, before []Property) (Property, bool) {
	p = prefTo4(p)
	switch p.Name {
	case appleKind:
		return p.change("KIND", p.Params, p.Value()), true
	case appleMember:
		return p.change("MEMBER", p.Params, p.Value()), true
	case appleShowAs:
		if strings.EqualFold(strings.TrimSpace(p.Value()), "COMPANY") {
			return p.change("KIND", p.Params, "org"), true
		}
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return mediaTo4(p), true
	case "BDAY", "DEATHDATE":
		return dateTo4(p), true
	case appleDate:
		if isAnniversary(labels, p.Group) {
			p = dateTo4(p.change("ANNIVERSARY", p.Params, p.Value()))
			p.Group = ""
			return p, true
		}
	case appleLabel:
		return p, !isAnniversary(labels, p.Group) || !hasAppleDate(labels, p.Group)
	case "REV":
		return stampTo4(p), true
	case "GEO":
		return geoTo4(p), true
	case "LABEL":
		return p, !labelTo4(p, before)
	}
	return p, true
}

// prefTo3 turns PREF=1 into TYPE=pref (RFC 2426 §3.3.1). Other values have no
// counterpart and stay.
func prefTo3(p Property) Property {
	if p.Params == "" || p.Param("PREF") != "1" {
		return p
	}
	params := contentline.SetParam(p.Params, "PREF")
	types := append(rawTypes(p.Params), "pref")
	return p.change(p.Name, contentline.SetParam(params, "TYPE", types...), p.Value())
}

// prefTo4 turns TYPE=pref into PREF=1 (RFC 6350 §5.3) and leaves out
// TYPE=internet, the default of EMAIL in RFC 2426 §3.3.2.
func prefTo4(p Property) Property {
	if p.Params == "" {
		return p
	}
	types := rawTypes(p.Params)
	kept, pref, changed := types[:0], false, false
	for _, t := range types {
		switch {
		case strings.EqualFold(t, "pref"):
			pref, changed = true, true
		case strings.EqualFold(t, "internet") && p.Name == "EMAIL":
			changed = true
		default:
			kept = append(kept, t)
		}
	}
	if !changed {
		return p
	}
	params := contentline.SetParam(p.Params, "TYPE", kept...)
	if pref && !p.HasParam("PREF") {
		params = contentline.SetParam(params, "PREF", "1")
	}
	return p.change(p.Name, params, p.Value())
}

// rawTypes gives the values of TYPE as sent.
func rawTypes(params string) []string {
	var list []string
	for param := range contentline.All(params) {
		if param.Name == "TYPE" {
			for _, v := range param.Values {
				list = append(list, strings.Split(v, ",")...)
			}
		}
	}
	return list
}

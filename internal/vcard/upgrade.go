package vcard

import (
	"strings"

	"convoke/internal/contentline"
)

// upgrade turns a card of version 2.1 into one that is 3.0 in form: parameters
// without a name become TYPE or ENCODING, quoted-printable is read, text that 2.1
// leaves alone is escaped. Only imports come here; a PUT of 2.1 is refused.
func (c *Card) upgrade() *Card {
	d := New(V30)
	for p := range c.All() {
		if p.Name == "VERSION" || p.Name == "AGENT" && strings.TrimSpace(p.Value()) == "" {
			continue
		}
		d.Add(upgraded(p))
	}
	if d.Prop("FN") == nil {
		d.Add(Property{Name: "FN", value: Escape(d.nameFromOthers())})
	}
	return d
}

func upgraded(p *Property) Property {
	var params []contentline.Param
	var types []string
	encoding := ""
	for param := range contentline.All(p.Params) {
		switch {
		case param.Name == "ENCODING":
			encoding = strings.ToUpper(param.Value())
		case param.Name == "CHARSET":
		case param.Name == "TYPE":
			types = append(types, param.Values...)
		case len(param.Values) > 0:
			params = append(params, param)
		case param.Name == "QUOTED-PRINTABLE" || param.Name == "BASE64" || param.Name == "8BIT" || param.Name == "7BIT":
			encoding = param.Name
		default:
			types = append(types, param.Name)
		}
	}
	if len(types) > 0 {
		params = append(params, contentline.Param{Name: "TYPE", Values: types})
	}
	value := p.Value()
	if encoding == "BASE64" || encoding == "B" {
		params = append(params, contentline.Param{Name: "ENCODING", Values: []string{"b"}})
		return Make(p.Group, p.Name, withoutBlanks(value), params...)
	}
	if encoding == "QUOTED-PRINTABLE" {
		value = decodeQuotedPrintable(value, p.Param("CHARSET"))
	}
	if isCompound(p.Name) {
		return Make(p.Group, p.Name, escapeParts(value), params...)
	}
	return Make(p.Group, p.Name, Escape(Unescape(value)), params...)
}

// isCompound names the properties whose value has parts, cut by semicolons.
func isCompound(name string) bool {
	switch name {
	case "N", "ADR", "ORG", "GEO":
		return true
	}
	return false
}

// escapeParts escapes the text of a compound value between its semicolons.
func escapeParts(value string) string {
	return JoinComponents(splitText(value, ';')...)
}

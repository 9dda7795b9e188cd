package vcard

import "strings"

// Validate tells whether a card may be stored: RFC 6352 §5.1 and §6.3.2.1. The
// error is *VersionError or *Error.
//
// It asks for what the standards and clients agree on. UID is needed (RFC 6352
// §5.1), and no client leaves it out, so none is invented. FN is needed (RFC 2426
// §3.1.1, RFC 6350 §6.2.1). N is not, although RFC 2426 §3.1.2 wants it in 3.0:
// Thunderbird writes cards it got as 3.0 back without. VERSION may stand anywhere,
// though RFC 6350 §6.7.9 wants it first, and may be missing.
func (c *Card) Validate() error {
	if v := c.Version(); !v.Supported() {
		return &VersionError{Version: v}
	}
	if c.Prop("FN") == nil {
		return &Error{Reason: "no FN"}
	}
	uid := ""
	for p := range c.Named("UID") {
		switch v := strings.TrimSpace(p.Value()); {
		case uid == "":
			uid = v
		case v != uid:
			return &Error{Reason: "two UIDs"}
		}
	}
	if uid == "" {
		return &Error{Reason: "no UID"}
	}
	for i := range c.props {
		if c.props[i].nested {
			return &Error{Reason: "a card within a card"}
		}
	}
	return nil
}

// Complete gives a card what Validate asks for and imported files often lack:
// VERSION, FN made from other names, and the UID given. It reports whether it
// changed anything.
func (c *Card) Complete(uid string) bool {
	before := c.edited
	c.edited = false
	if c.Prop("FN") == nil {
		c.Add(Property{Name: "FN", value: Escape(c.nameFromOthers())})
	}
	if c.UID() == "" {
		c.Set("UID", Escape(uid))
	}
	if c.version == "" {
		c.version = V30
		c.insertFirst(Property{Name: "VERSION", value: string(V30)})
	}
	changed := c.edited
	c.edited = before || changed
	return changed
}

// nameFromOthers makes a name for people from N, ORG, NICKNAME, EMAIL or TEL.
func (c *Card) nameFromOthers() string {
	if n := c.Prop("N"); n != nil {
		parts := append(n.Components(), "", "", "", "", "")
		var words []string
		for _, i := range []int{3, 1, 2, 0, 4} { // prefix, given, additional, family, suffix
			if w := strings.TrimSpace(parts[i]); w != "" {
				words = append(words, w)
			}
		}
		if len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	for _, name := range []string{"ORG", "NICKNAME", "EMAIL", "TEL"} {
		if p := c.Prop(name); p != nil {
			if text := strings.TrimSpace(p.Components()[0]); text != "" {
				return text
			}
		}
	}
	return ""
}

// FormattedName gives FN, or what serves as a name where it is empty or missing.
func (c *Card) FormattedName() string {
	if fn := strings.TrimSpace(c.Text("FN")); fn != "" {
		return fn
	}
	return c.nameFromOthers()
}

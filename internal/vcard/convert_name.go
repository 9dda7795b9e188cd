package vcard

import (
	"strings"

	"convoke/internal/contentline"
)

// addName gives a 3.0 card the N that RFC 2426 §3.1.2 demands. For groups and
// organizations the family name is FN, as Apple's and Cyrus' cards have it; for
// people the last word of FN is taken as the family name.
func addName(c *Card, props []Property) []Property {
	at := len(props)
	for i := range props {
		switch props[i].Name {
		case "N":
			return props
		case "FN":
			at = i
		}
	}
	n := Property{Name: "N", value: madeName(c)}
	out := append(make([]Property, 0, len(props)+1), props[:at]...)
	return append(append(out, n), props[at:]...)
}

func madeName(c *Card) string {
	fn := strings.TrimSpace(c.Text("FN"))
	if i := strings.LastIndexByte(fn, ' '); i > 0 && c.Kind() == "individual" {
		return JoinComponents(fn[i+1:], strings.TrimSpace(fn[:i]), "", "", "")
	}
	return JoinComponents(fn, "", "", "", "")
}

// sortAsTo3 turns SORT-AS of N into SORT-STRING, RFC 2426 §3.6.5.
func sortAsTo3(p Property) []Property {
	if !p.HasParam("SORT-AS") {
		return one(p)
	}
	var values []string
	for param := range contentline.All(p.Params) {
		if param.Name == "SORT-AS" {
			values = append(values, param.Values...)
		}
	}
	bare := p.change("N", contentline.SetParam(p.Params, "SORT-AS"), p.Value())
	return []Property{bare, {Group: p.Group, Name: "SORT-STRING", value: Escape(strings.Join(values, ","))}}
}

// sortStringTo4 moves SORT-STRING into SORT-AS of N, RFC 6350 §5.9. Without an N
// it keeps its name.
func sortStringTo4(props []Property) []Property {
	n, s := -1, -1
	for i := range props {
		switch props[i].Name {
		case "N":
			n = i
		case "SORT-STRING":
			s = i
		}
	}
	if n < 0 || s < 0 || props[n].HasParam("SORT-AS") {
		return props
	}
	params := contentline.SetParam(props[n].Params, "SORT-AS", props[s].Text())
	props[n] = props[n].change("N", params, props[n].Value())
	return append(props[:s], props[s+1:]...)
}

// labelTo3 turns the LABEL parameter of ADR (RFC 6350 §6.3.1) into the LABEL
// property of RFC 2426 §3.2.2, right behind its address.
func labelTo3(p Property) []Property {
	if !p.HasParam("LABEL") {
		return one(p)
	}
	label := Property{Group: p.Group, Name: "LABEL", value: Escape(p.Param("LABEL"))}
	if types := rawTypes(p.Params); len(types) > 0 {
		label.Params = contentline.SetParam("", "TYPE", types...)
	}
	return []Property{p.change("ADR", contentline.SetParam(p.Params, "LABEL"), p.Value()), label}
}

// labelTo4 moves a LABEL into the address right before it, if their types agree.
func labelTo4(p Property, before []Property) bool {
	if len(before) == 0 {
		return false
	}
	adr := &before[len(before)-1]
	if adr.Name != "ADR" || adr.HasParam("LABEL") || !strings.EqualFold(adr.Group, p.Group) {
		return false
	}
	if strings.Join(adr.Types(), ",") != strings.Join(p.Types(), ",") || adr.Preferred() != p.Preferred() {
		return false
	}
	*adr = adr.change("ADR", contentline.SetParam(adr.Params, "LABEL", p.Text()), adr.Value())
	return true
}

// telTo3 turns a tel: URI into the phone number that RFC 2426 §3.3.1 has.
func telTo3(p Property) Property {
	v := strings.TrimSpace(p.Value())
	if !strings.EqualFold(p.Param("VALUE"), "uri") || len(v) < 4 || !strings.EqualFold(v[:4], "tel:") {
		return p
	}
	return p.change("TEL", contentline.SetParam(p.Params, "VALUE"), v[4:])
}

// geoTo3 turns "geo:37.38,-122.08" (RFC 6350 §6.5.2) into "37.38;-122.08" (RFC 2426 §3.4.2).
func geoTo3(p Property) Property {
	v := strings.TrimSpace(p.Value())
	if len(v) < 4 || !strings.EqualFold(v[:4], "geo:") {
		return p
	}
	lat, lon, ok := strings.Cut(v[4:], ",")
	if !ok || strings.ContainsAny(lon, ",;") { // an altitude or accuracy has no place in 3.0
		return p
	}
	return p.change("GEO", contentline.SetParam(p.Params, "VALUE"), lat+";"+lon)
}

func geoTo4(p Property) Property {
	lat, lon, ok := strings.Cut(strings.TrimSpace(p.Value()), ";")
	if !ok || strings.ContainsAny(lon, ",;") || strings.HasPrefix(lat, "geo:") {
		return p
	}
	return p.change("GEO", p.Params, "geo:"+strings.TrimSpace(lat)+","+strings.TrimSpace(lon))
}

package vcard

import (
	"strings"

	"convoke/internal/contentline"
)

// Apple's names for a date with a label of its own, and for a card that shows
// the organization.
const (
	appleDate    = "X-ABDATE"
	appleLabel   = "X-ABLABEL"
	appleShowAs  = "X-ABSHOWAS"
	anniversary  = "_$!<Anniversary>!$_"
	noYear       = "X-APPLE-OMIT-YEAR"
	apparentYear = "1604" // the year Apple writes where there is none
)

// dateTo3 writes a date of RFC 6350 §4.3.1 as 3.0 has it: 19960415 as 1996-04-15,
// and --0415 in Apple's manner. What 3.0 cannot say stays as it is.
func dateTo3(p Property) Property {
	v := strings.TrimSpace(p.Value())
	date, clock, timed := strings.Cut(v, "T")
	switch {
	case len(date) == 8 && isDigits(date):
		date = date[:4] + "-" + date[4:6] + "-" + date[6:]
		if timed {
			date += "T" + extendTime(clock)
		}
		return p.change(p.Name, p.Params, date)
	case len(date) == 6 && strings.HasPrefix(date, "--") && isDigits(date[2:]) && !timed:
		params := contentline.SetParam(p.Params, noYear, apparentYear)
		return p.change(p.Name, params, apparentYear+"-"+date[2:4]+"-"+date[4:])
	}
	return p
}

// dateTo4 writes a date in the basic form, the only one RFC 6350 §4.3.1 has.
func dateTo4(p Property) Property {
	v := strings.TrimSpace(p.Value())
	date, clock, timed := strings.Cut(v, "T")
	switch {
	case len(date) == 10 && date[4] == '-' && date[7] == '-' && isDigits(date[:4]+date[5:7]+date[8:]):
		params := p.Params
		if strings.EqualFold(p.Param("VALUE"), "date") || strings.EqualFold(p.Param("VALUE"), "date-time") {
			params = contentline.SetParam(params, "VALUE") // date-and-or-time is the default
		}
		month := date[5:7] + date[8:]
		if year := p.Param(noYear); year != "" && year == date[:4] {
			return p.change(p.Name, contentline.SetParam(params, noYear), "--"+month)
		}
		date = date[:4] + month
		if timed {
			date += "T" + strings.ReplaceAll(clock, ":", "")
		}
		return p.change(p.Name, params, date)
	case len(date) == 7 && strings.HasPrefix(date, "--") && date[4] == '-' && !timed: // --04-16, of old DAVx5
		return p.change(p.Name, p.Params, "--"+date[2:4]+date[5:])
	}
	return p
}

// stampTo3 writes REV with hyphens and colons, as Apple's clients do.
func stampTo3(p Property) Property {
	v := strings.TrimSpace(p.Value())
	if date, clock, ok := strings.Cut(v, "T"); ok && len(date) == 8 && isDigits(date) {
		return p.change(p.Name, p.Params, date[:4]+"-"+date[4:6]+"-"+date[6:]+"T"+extendTime(clock))
	}
	return p
}

// stampTo4 writes REV as the timestamp of RFC 6350 §4.3.5.
func stampTo4(p Property) Property {
	v := strings.TrimSpace(p.Value())
	date, clock, ok := strings.Cut(v, "T")
	if !ok || len(date) != 10 || date[4] != '-' || date[7] != '-' {
		return p
	}
	return p.change(p.Name, p.Params, date[:4]+date[5:7]+date[8:]+"T"+strings.ReplaceAll(clock, ":", ""))
}

// extendTime puts colons into a time such as 201243Z or 1430-0500.
func extendTime(s string) string {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	clock, zone := s[:n], s[n:]
	if len(clock) != 4 && len(clock) != 6 {
		return s
	}
	out := clock[:2] + ":" + clock[2:4]
	if len(clock) == 6 {
		out += ":" + clock[4:]
	}
	if len(zone) == 5 && (zone[0] == '+' || zone[0] == '-') && isDigits(zone[1:]) {
		zone = zone[:3] + ":" + zone[3:]
	}
	return out + zone
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// groups hands out group names that a card does not use yet.
type groups struct {
	used map[string]bool
	next int
}

func newGroups(c *Card) *groups {
	g := &groups{used: map[string]bool{}}
	for p := range c.All() {
		if p.Group != "" {
			g.used[strings.ToLower(p.Group)] = true
		}
	}
	return g
}

func (g *groups) fresh() string {
	for {
		g.next++
		if name := "item" + itoa(g.next); !g.used[name] {
			g.used[name] = true
			return name
		}
	}
}

// anniversaryTo3 writes ANNIVERSARY (RFC 6350 §6.2.6) as Apple's labelled date,
// the one spelling for 3.0 that many clients show.
func (g *groups) anniversaryTo3(p Property) []Property {
	if p.Group != "" { // it has a label of its own already
		return one(p)
	}
	date := dateTo3(p)
	date = date.change(appleDate, date.Params, date.Value())
	date.Group = g.fresh()
	return []Property{date, {Group: date.Group, Name: "X-ABLabel", value: anniversary}}
}

// appleLabels gives the labels by group, and under "@"+group that a date goes with it.
func appleLabels(c *Card) map[string]string {
	var labels map[string]string
	for p := range c.All() {
		if p.Group == "" || p.Name != appleLabel && p.Name != appleDate {
			continue
		}
		if labels == nil {
			labels = map[string]string{}
		}
		if group := strings.ToLower(p.Group); p.Name == appleDate {
			labels["@"+group] = "date"
		} else {
			labels[group] = p.Text()
		}
	}
	return labels
}

func isAnniversary(labels map[string]string, group string) bool {
	return group != "" && strings.EqualFold(labels[strings.ToLower(group)], anniversary)
}

func hasAppleDate(labels map[string]string, group string) bool {
	return labels["@"+strings.ToLower(group)] != ""
}

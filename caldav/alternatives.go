package caldav

import "convoke/server/davxml"

// The extended queries of draft-daboo-caldav-extensions §3: test="anyof", and "*" for any component.

// anyKind reads a comp-filter of the name "*": one for each kind of component that can hold what it asks for.
func (p *filterParser) anyKind(n *davxml.Node, parent string, depth int) ([]compFilter, error) {
	var all []compFilter
	err := error(invalidFilter("nothing inside %s", parent))
	for _, name := range kindsBelow(parent) {
		list, failed := p.named(n, name, parent, depth)
		if failed != nil {
			err = failed
		}
		all = append(all, list...)
	}
	if len(all) > 0 {
		return withinBounds(n, all)
	}
	return nil, err
}

// kindsBelow names the components that "*" stands for.
func kindsBelow(parent string) []string {
	switch parent {
	case "VCALENDAR":
		return []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VTIMEZONE"}
	case "VEVENT", "VTODO":
		return []string{"VALARM", "PARTICIPANT", "VLOCATION", "VRESOURCE"}
	case "VTIMEZONE":
		return []string{"STANDARD", "DAYLIGHT"}
	case "VAVAILABILITY":
		return []string{"AVAILABLE"}
	}
	return []string{"PARTICIPANT", "VLOCATION", "VRESOURCE"}
}

// testsAnyOf reads the test attribute (draft-daboo-caldav-extensions §3.1, §3.2).
func testsAnyOf(n *davxml.Node) (bool, error) {
	switch n.Attr("test") {
	case "", "allof":
		return false, nil
	case "anyof":
		return true, nil
	}
	return false, invalidFilter("test is neither allof nor anyof")
}

// alternatives combines tests, each of which is given by its own alternatives: one of each, or any one.
func alternatives[F any](n *davxml.Node, base F, tests [][]F, anyOf bool, and func(f, g *F)) ([]F, error) {
	list := []F{base}
	if anyOf && len(tests) > 0 {
		list = nil
		for _, test := range tests {
			for i := range test {
				f := base
				and(&f, &test[i])
				list = append(list, f)
			}
		}
		return withinBounds(n, list)
	}
	for _, test := range tests {
		if len(test) == 1 {
			for i := range list {
				and(&list[i], &test[0])
			}
			continue
		}
		if len(list)*len(test) > maxAlternatives {
			return nil, unsupportedFilter(n)
		}
		product := make([]F, 0, len(list)*len(test))
		for i := range list {
			for k := range test {
				f := list[i]
				and(&f, &test[k])
				product = append(product, f)
			}
		}
		list = product
	}
	return list, nil
}

// withinBounds refuses more alternatives than one filter may come to.
func withinBounds[F any](n *davxml.Node, list []F) ([]F, error) {
	if len(list) > maxAlternatives {
		return nil, unsupportedFilter(n)
	}
	return list, nil
}

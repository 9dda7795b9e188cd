package dav

import (
	"errors"
	"strings"
)

// MaxIfConditions bounds the conditions of one If header.
const MaxIfConditions = 1000

var errBadIf = errors.New("dav: malformed If header")

// ifList is one list of an If header: it holds if all its conditions do. RFC 4918 §10.4.2.
type ifList struct {
	tag        string // as sent; "" for a list without Resource-Tag
	href       string // of the resource it speaks of, canonical without slash; set by the handler
	conditions []ifCondition
}

// ifCondition is a state token or an entity tag.
type ifCondition struct {
	not   bool
	token string // a URI; "" if it is an entity tag
	etag  entityTag
}

// parseIf reads an If header. RFC 4918 §10.4.2: lists are either all tagged or all untagged.
func parseIf(s string) ([]ifList, error) {
	var lists []ifList
	tag, tagged, bare, count := "", false, false, 0
	for s = strings.TrimLeft(s, " \t"); s != ""; s = strings.TrimLeft(s, " \t") {
		switch s[0] {
		case '<':
			end := strings.IndexByte(s, '>')
			if end < 2 || bare || len(lists) > 0 && !tagged {
				return nil, errBadIf
			}
			tag, tagged, bare, s = s[1:end], true, true, s[end+1:]
		case '(':
			list, rest, err := parseIfList(s[1:])
			if err != nil {
				return nil, err
			}
			if count += len(list.conditions); count > MaxIfConditions {
				return nil, errBadIf
			}
			list.tag = tag
			lists = append(lists, list)
			bare, s = false, rest
		default:
			return nil, errBadIf
		}
	}
	if len(lists) == 0 || bare {
		return nil, errBadIf
	}
	return lists, nil
}

// parseIfList reads the conditions up to the closing parenthesis.
func parseIfList(s string) (ifList, string, error) {
	var list ifList
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || len(list.conditions) > MaxIfConditions {
			return list, "", errBadIf
		}
		if s[0] == ')' {
			if len(list.conditions) == 0 {
				return list, "", errBadIf
			}
			return list, s[1:], nil
		}
		var c ifCondition
		if len(s) >= 3 && strings.EqualFold(s[:3], "not") {
			c.not = true
			s = strings.TrimLeft(s[3:], " \t")
		}
		rest, err := c.parse(s)
		if err != nil {
			return list, "", err
		}
		s = rest
		list.conditions = append(list.conditions, c)
	}
}

// parse reads a state token or an entity tag in brackets.
func (c *ifCondition) parse(s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "<"):
		end := strings.IndexByte(s, '>')
		if end < 2 || strings.ContainsAny(s[:end], " \t") {
			return "", errBadIf
		}
		c.token = s[1:end]
		return s[end+1:], nil
	case strings.HasPrefix(s, "["):
		tag, rest, ok := nextTag(s[1:])
		if !ok || !strings.HasPrefix(rest, "]") {
			return "", errBadIf
		}
		c.etag = tag
		return rest[1:], nil
	}
	return "", errBadIf
}

// ifState is what the lists of an If header are compared with.
type ifState struct {
	etag   string // quoted; "" is none
	tokens []string
}

// holds tells whether all conditions of the list do.
func (l *ifList) holds(s ifState) bool {
	for _, c := range l.conditions {
		if c.holds(s) == c.not {
			return false
		}
	}
	return true
}

func (c *ifCondition) holds(s ifState) bool {
	if c.token == "" {
		return s.etag != "" && c.etag.equal(s.etag, true)
	}
	for _, t := range s.tokens {
		if t == c.token {
			return true
		}
	}
	return false
}

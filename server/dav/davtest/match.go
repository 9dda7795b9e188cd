package davtest

import (
	"fmt"
	"regexp"
	"strings"
)

// reference finds `{name}` and `{!name}`.
var reference = regexp.MustCompile(`\{(!?)([A-Za-z][A-Za-z0-9_-]*)\}`)

// caught are the values of names.
type caught map[string]string

// fill puts what was caught into a request.
func (c caught) fill(s string) string {
	return reference.ReplaceAllStringFunc(s, func(ref string) string {
		if v, ok := c[strings.Trim(ref, "{!}")]; ok {
			return v
		}
		return ref
	})
}

// line compares one line with its pattern and catches what is new.
func (c caught) line(pattern, got string) error {
	var expr strings.Builder
	var fresh, differ []string
	group := map[string]bool{}
	expr.WriteString(`^`)
	last := 0
	for _, at := range reference.FindAllStringSubmatchIndex(pattern, -1) {
		expr.WriteString(regexp.QuoteMeta(pattern[last:at[0]]))
		last = at[1]
		name, not := pattern[at[4]:at[5]], at[2] != at[3]
		known, ok := c[name]
		switch {
		case not:
			differ = append(differ, name)
			fmt.Fprintf(&expr, `(?P<not%d>.*?)`, len(differ))
		case ok:
			expr.WriteString(regexp.QuoteMeta(known))
		case group[name]:
			return fmt.Errorf("%q stands twice in a line before it is known", name)
		default:
			group[name] = true
			fresh = append(fresh, name)
			fmt.Fprintf(&expr, `(?P<new%d>.+?)`, len(fresh))
		}
	}
	expr.WriteString(regexp.QuoteMeta(pattern[last:]) + `$`)
	re, err := regexp.Compile(expr.String())
	if err != nil {
		return err
	}
	m := re.FindStringSubmatch(got)
	if m == nil {
		return fmt.Errorf("want %s\n got %s", c.fill(pattern), got)
	}
	for i, name := range differ {
		if v := m[re.SubexpIndex(fmt.Sprintf("not%d", i+1))]; v == c[name] {
			return fmt.Errorf("{!%s} must differ from %s", name, v)
		}
	}
	for i, name := range fresh {
		c[name] = m[re.SubexpIndex(fmt.Sprintf("new%d", i+1))]
	}
	return nil
}

// text compares texts line by line; a line `...` skips any number of lines, as few as will do.
func (c caught) text(pattern, got string) error {
	return c.lines(lines(pattern), lines(got))
}

func (c caught) lines(patterns, got []string) error {
	for i, p := range patterns {
		if strings.TrimSpace(p) == "..." {
			rest := patterns[i+1:]
			if len(rest) == 0 {
				return nil
			}
			var err error
			for skip := 0; skip <= len(got); skip++ {
				try := c.copy()
				if err = try.lines(rest, got[skip:]); err == nil {
					for k, v := range try {
						c[k] = v
					}
					return nil
				}
			}
			return fmt.Errorf("behind `...` nothing fits %q: %w", rest[0], err)
		}
		if len(got) == 0 {
			return fmt.Errorf("missing: %s", p)
		}
		if err := c.line(p, got[0]); err != nil {
			return err
		}
		got = got[1:]
	}
	if len(got) > 0 {
		return fmt.Errorf("unexpected: %s", got[0])
	}
	return nil
}

func (c caught) copy() caught {
	d := make(caught, len(c))
	for k, v := range c {
		d[k] = v
	}
	return d
}

// lines cuts a text into lines without ends and without empty ones behind the last.
func lines(s string) []string {
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if s == "" {
		return nil
	}
	all := strings.Split(s, "\n")
	for i := range all {
		all[i] = strings.TrimRight(all[i], " \t")
	}
	return all
}

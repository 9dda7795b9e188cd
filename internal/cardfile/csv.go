package cardfile

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf16"
)

// ErrNoHeader is the error of a table whose first line does not say what its columns are.
var ErrNoHeader = errors.New("the first line names no columns that contacts have, such as First Name and E-mail")

// CSV reads a table of contacts. Its first line names the columns; they are parted by commas, semicolons or tabs.
func CSV(data []byte) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		text := unicodeText(data)
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = separator(text), true, -1, false
		head, err := r.Read()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				yield(Entry{Line: 1, Err: ErrNoHeader})
			}
			return
		}
		columns, ok := header(head)
		if !ok {
			yield(Entry{Line: 1, Err: ErrNoHeader})
			return
		}
		for n := 0; ; n++ {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Entry{Line: max(line(r, row), 1), Err: errors.New("the table cannot be read from here on")})
				return
			}
			if n == maxEntries {
				yield(Entry{Line: line(r, row), Err: ErrTooMany})
				return
			}
			card, some := rowPerson(head, columns, row).card()
			if some && !yield(Entry{Line: line(r, row), Card: card}) {
				return
			}
		}
	}
}

// line is where a row begins.
func line(r *csv.Reader, row []string) int {
	if len(row) == 0 {
		return 0
	}
	n, _ := r.FieldPos(0)
	return n
}

// unicodeText is the text in UTF-8: some programs write UTF-16, with a mark.
func unicodeText(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(data, []byte("\ufeff"))
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// separator is what parts the columns of the first line.
func separator(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// several is how Google parts the values of one cell.
const several = " ::: "

// group gathers the cells of one numbered or named group.
type group struct {
	column
	label string
	parts map[string][]string
}

// cell is a part of a group: a street may have several lines.
func (g *group) cell(part string) string { return strings.Join(g.parts[part], "\n") }

// rowPerson reads a row.
func rowPerson(head []string, columns []column, row []string) *person {
	p := &person{}
	var groups []*group
	birth := map[string]string{}
	for i, cell := range row {
		if cell = unguarded(clean(cell)); cell == "" {
			continue
		}
		if i >= len(columns) {
			p.note = append(p.note, cell)
			continue
		}
		c := columns[i]
		if c.part != "" {
			groups = gather(groups, c, cell)
			continue
		}
		switch c.kind {
		case "":
			p.note = append(p.note, clean(head[i])+": "+cell)
		case "birthYear", "birthMonth", "birthDay":
			birth[c.kind] = cell
		default:
			p.set(c.kind, clean(head[i]), cell)
		}
	}
	if birth["birthMonth"] != "" && p.birthday == "" {
		if d, ok := date(orNoYear(birth["birthYear"]) + "-" + birth["birthMonth"] + "-" + birth["birthDay"]); ok {
			p.birthday = d
		}
	}
	for _, g := range groups {
		p.take(g)
	}
	return p
}

func orNoYear(year string) string {
	if year == "" {
		return "1604"
	}
	return year
}

// unguarded takes away what exports put before a cell that a spreadsheet would run.
func unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// gather puts a cell into its group.
func gather(groups []*group, c column, cell string) []*group {
	i := slices.IndexFunc(groups, func(g *group) bool { return g.kind == c.kind && g.at == c.at })
	if i < 0 {
		i = len(groups)
		groups = append(groups, &group{column: c, parts: map[string][]string{}})
	}
	g := groups[i]
	if c.part == "label" || c.part == "type" {
		g.label = cell
	} else {
		g.parts[c.part] = append(g.parts[c.part], cell)
	}
	return groups
}

// set takes a cell that stands for itself.
func (p *person) set(kind, head, cell string) {
	into := map[string]*string{
		"full": &p.full, "given": &p.given, "family": &p.family, "additional": &p.additional, "prefix": &p.prefix, "suffix": &p.suffix,
		"nickname": &p.nickname, "organization": &p.organization, "department": &p.department, "jobTitle": &p.jobTitle,
	}[kind]
	switch {
	case into != nil && (*into == "" || *into == cell):
		*into = cell
	case into != nil:
		p.note = append(p.note, head+": "+cell)
	case kind == "note":
		p.note = append(p.note, cell)
	case kind == "birthday" || kind == "anniversary":
		p.day(kind, head, cell)
	case kind == "categories":
		sep := ";"
		if strings.Contains(cell, several) {
			sep = several
		}
		seen := map[string]bool{"": true}
		for _, k := range p.categories {
			seen[k] = true
		}
		for k := range strings.SplitSeq(cell, sep) {
			if k = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(k), "*")); !seen[k] && !strings.EqualFold(k, "myContacts") {
				seen[k] = true
				p.categories = append(p.categories, k)
			}
		}
	}
}

// day takes a date; one that cannot be read stays in the note. Outlook writes 0/0/00 for none.
func (p *person) day(kind, head, cell string) {
	d, ok := date(cell)
	switch {
	case !ok && strings.Trim(cell, "0/.- ") != "":
		p.note = append(p.note, head+": "+cell)
	case !ok:
	case kind == "birthday":
		p.birthday = d
	default:
		p.anniversary = d
	}
}

// take puts a group into the person.
func (p *person) take(g *group) {
	types, label := labelled(g.label)
	if len(g.types) > 0 {
		types = append(types, g.types...)
	}
	list := map[string]*[]typed{"mail": &p.mails, "phone": &p.phones, "url": &p.urls, "messenger": &p.messengers, "relation": &p.relations}[g.kind]
	switch {
	case list != nil:
		for v := range strings.SplitSeq(g.cell("value"), several) {
			if v = strings.TrimSpace(v); v != "" {
				*list = append(*list, typed{slices.Clone(types), label, v})
			}
		}
	case g.kind == "place":
		p.places = append(p.places, place{
			types: types, label: label, box: g.cell("box"), extended: g.cell("extendedaddress"), street: g.cell("street"),
			city: g.cell("city"), region: g.cell("region"), code: g.cell("code"), country: g.cell("country"), whole: g.cell("formatted"),
		})
	case g.kind == "organization":
		for _, of := range []struct{ kind, part string }{{"organization", "name"}, {"jobTitle", "title"}, {"department", "department"}} {
			if v := g.cell(of.part); v != "" {
				p.set(of.kind, of.part, v)
			}
		}
	case g.kind == "event" && key(g.label) == "anniversary":
		p.day("anniversary", g.label, g.cell("value"))
	case g.kind == "event" && g.cell("value") != "":
		p.note = append(p.note, g.label+": "+g.cell("value"))
	}
}

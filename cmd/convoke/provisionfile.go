package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"convoke/storage"

	"github.com/BurntSushi/toml"
)

// readProvision reads a file of principals and refuses what is wrong by itself.
func readProvision(file string) ([]record, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var records []record
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		records, err = readCSV(data)
	} else {
		records, err = readTOML(data)
	}
	if err == nil {
		err = judgeRecords(records)
	}
	if err != nil {
		return nil, refusef("%s: %s", file, sentence(err))
	}
	return records, nil
}

// judgeRecords refuses names and addresses that are there twice, and what is none.
func judgeRecords(records []record) error {
	names, addresses := map[string]bool{}, map[string]string{}
	for _, r := range records {
		if err := validName(r.Name); err != nil {
			return err
		}
		if name := strings.ToLower(r.Name); names[name] {
			return fmt.Errorf("%s is there twice", r.Name)
		} else {
			names[name] = true
		}
		if r.Addresses == nil {
			continue
		}
		for _, a := range *r.Addresses {
			address, err := mailAddress(a)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
			if other, ok := addresses[address]; ok && other != r.Name {
				return fmt.Errorf("the address %s is given to %s and to %s", a, other, r.Name)
			}
			addresses[address] = r.Name
		}
	}
	return nil
}

// entry is one principal of a file; what is nil is left out.
type entry struct {
	Name       string   `toml:"name"`
	Display    *string  `toml:"display_name"`
	Emails     []string `toml:"emails"`
	Email      *string  `toml:"email"`
	Password   string   `toml:"password"`
	Once       string   `toml:"password_once"`
	Admin      *bool    `toml:"admin"`
	Kind       string   `toml:"kind"`
	Members    []string `toml:"members"`
	AutoAccept *string  `toml:"auto_accept"`
	Capacity   *int     `toml:"capacity"`
	WindowDays *int     `toml:"window_days"`
	Location   *string  `toml:"location"`
	Delegates  []string `toml:"delegates"`
}

func readTOML(data []byte) ([]record, error) {
	var file struct {
		User     []entry `toml:"user"`
		Resource []entry `toml:"resource"`
		Group    []entry `toml:"group"`
	}
	meta, err := toml.Decode(string(data), &file)
	if err != nil {
		return nil, err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("%s is not known here", extra[0])
	}
	var records []record
	for _, part := range []struct {
		kind string
		list []entry
	}{{storage.KindUser, file.User}, {bookable, file.Resource}, {storage.KindGroup, file.Group}} {
		for _, e := range part.list {
			if part.kind != bookable && e.Kind != "" && e.Kind != part.kind {
				return nil, fmt.Errorf("%s: a %s is not of the kind %q", e.Name, part.kind, e.Kind)
			}
			e.Kind = cmp.Or(e.Kind, part.kind)
			r, err := e.record()
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// csvColumns are the columns of a CSV file; the first line names those it has.
// Lists within a cell are separated by blanks, commas or semicolons.
var csvColumns = []string{
	"kind", "name", "display_name", "email", "password", "password_once", "admin", "members",
	"auto_accept", "capacity", "window_days", "location", "delegates",
}

// nothing is a cell that takes away what is there; an empty one leaves it.
const nothing = "-"

// separator is what stands between the columns, as the first line shows: spreadsheets write
// semicolons where numbers have decimal commas.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	for _, c := range ";\t" {
		if bytes.ContainsRune(first, c) && !bytes.ContainsRune(first, ',') {
			return c
		}
	}
	return ','
}

func readCSV(data []byte) ([]record, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.TrimLeadingSpace = r.Comma != '\t'
	lines, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("the file is empty")
	}
	columns := map[string]int{}
	for i, name := range lines[0] {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(csvColumns, name) {
			return nil, fmt.Errorf("column %q is not one of %s", name, strings.Join(csvColumns, ", "))
		}
		if _, twice := columns[name]; twice {
			return nil, fmt.Errorf("the column %s is there twice", name)
		}
		columns[name] = i
	}
	var records []record
	for i, line := range lines[1:] {
		e, err := readLine(func(column string) string {
			if k, ok := columns[column]; ok {
				return strings.TrimSpace(line[k])
			}
			return ""
		})
		var rec record
		if err == nil {
			rec, err = e.record()
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		records = append(records, rec)
	}
	return records, nil
}

// readLine makes an entry of the cells of a line.
func readLine(cell func(string) string) (e entry, err error) {
	text := func(column string) *string {
		switch s := cell(column); s {
		case "":
			return nil
		case nothing:
			return new(string)
		default:
			return &s
		}
	}
	list := func(column string) []string {
		switch s := cell(column); s {
		case "":
			return nil
		case nothing:
			return []string{}
		default:
			return split(s)
		}
	}
	number := func(column string) *int {
		s := text(column)
		if s == nil || err != nil {
			return nil
		}
		n := 0
		if *s != "" {
			if n, err = strconv.Atoi(*s); err != nil {
				err = fmt.Errorf("%s: %q is no number", column, *s)
			}
		}
		return &n
	}
	e = entry{
		Kind: strings.ToLower(cell("kind")), Name: cell("name"), Display: text("display_name"), Password: cell("password"), Once: cell("password_once"),
		Emails: list("email"), Members: list("members"), AutoAccept: text("auto_accept"), Capacity: number("capacity"),
		WindowDays: number("window_days"), Location: text("location"), Delegates: list("delegates"),
	}
	if err != nil {
		return e, err
	}
	switch s := strings.ToLower(cell("admin")); s {
	case "":
	case "true", "yes", "1":
		e.Admin = new(bool)
		*e.Admin = true
	case "false", "no", "0", nothing:
		e.Admin = new(bool)
	default:
		err = fmt.Errorf("admin: %q is neither yes nor no", s)
	}
	return e, err
}

func split(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ';' || r == ',' })
}

// record is the entry as commands speak of principals.
func (e entry) record() (record, error) {
	r := record{password: e.Password, once: e.Once, wish: wish{
		Kind: e.Kind, Name: e.Name, Display: e.Display, Admin: e.Admin, AutoAccept: e.AutoAccept,
		Capacity: e.Capacity, WindowDays: e.WindowDays, Location: e.Location,
	}}
	if !slices.Contains([]string{"", bookable, storage.KindUser, storage.KindGroup, storage.KindRoom, storage.KindResource}, e.Kind) {
		return r, fmt.Errorf("%q is no kind: user, group, room or resource", e.Kind)
	}
	if e.Email != nil && *e.Email != "" {
		e.Emails = append([]string{*e.Email}, e.Emails...)
	} else if e.Email != nil && e.Emails == nil {
		e.Emails = []string{}
	}
	for _, list := range []struct {
		to   **[]string
		from []string
	}{{&r.Addresses, e.Emails}, {&r.Members, e.Members}, {&r.Delegates, e.Delegates}} {
		if list.from != nil {
			*list.to = &list.from
		}
	}
	if e.Password != "" && e.Once != "" {
		return r, fmt.Errorf("%s: give password or password_once, not both", e.Name)
	}
	var b booking
	set(&b.AutoAccept, e.AutoAccept)
	set(&b.Capacity, e.Capacity)
	set(&b.WindowDays, e.WindowDays)
	if err := b.judge(); err != nil {
		return r, fmt.Errorf("%s: %w", e.Name, err)
	}
	return r, validName(e.Name)
}

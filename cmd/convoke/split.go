package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"convoke/internal/cardfile"
	"convoke/internal/icalendar"
	"convoke/internal/vcard"
)

// item is one object of a file to import: all components of one UID, or one card.
type item struct {
	Name   string `json:"name"`           // path segment to store it under
	UID    string `json:"uid"`            //
	Kind   string `json:"kind"`           // VEVENT, VTODO …, VCARD
	Data   []byte `json:"data,omitempty"` // the bytes to store
	Source string `json:"source"`         // file it comes from
	Line   int    `json:"line"`           // where it begins there, from 1
	Broken string `json:"broken,omitempty"`
}

// splitFile takes a file of any number of calendars or cards apart. What is wrong
// inside one object costs that object only.
func splitFile(source string, data []byte) iter.Seq[item] {
	switch strings.ToLower(path.Ext(source)) {
	case ".csv":
		return splitRecords(source, cardfile.CSV(unicodeOrLatin(data)))
	case ".ldif", ".ldi":
		return splitRecords(source, cardfile.LDIF(data))
	}
	data = toUTF8(data)
	upper := strings.ToUpper(string(data[:min(len(data), 4096)]))
	if strings.Contains(upper, "BEGIN:VCARD") {
		return splitCards(source, data)
	}
	if whole, ok := wholeObject(source, data); ok {
		return slices.Values([]item{whole})
	}
	return splitCalendars(source, data)
}

// splitCalendars is splitFile for calendars.
func splitCalendars(source string, data []byte) iter.Seq[item] {
	return func(yield func(item) bool) {
		for found := range icalendar.ParseStream(data) {
			it := item{UID: found.UID, Kind: found.Kind, Source: source, Line: max(found.Line, 1)}
			if found.Err != nil {
				it.Broken = why(found.Err)
			} else {
				it.take(found.Object)
			}
			if !yield(it) {
				return
			}
		}
	}
}

// take makes an object, which gets a UID if it has none, what is stored.
func (it *item) take(o *icalendar.Object) {
	if it.UID == "" {
		it.UID = madeUID(o.Bytes())
		o = o.Clone()
		for part := range o.Parts() {
			part.SetText("UID", it.UID)
		}
	}
	it.Data, it.Name = o.Bytes(), nameFor(it.UID, ".ics")
}

// wholeObject tells whether a file is one calendar object already (RFC 4791 §4.1):
// then every byte of it is kept.
func wholeObject(source string, data []byte) (item, bool) {
	o, err := icalendar.Parse(data)
	if err != nil || o.Validate() != nil {
		return item{}, false
	}
	uid := o.UID()
	return item{
		Name: nameFor(uid, ".ics"), UID: uid, Kind: o.Kind(), Data: data, Source: source, Line: 1,
	}, true
}

// splitCards is splitFile for vCards.
func splitCards(source string, data []byte) iter.Seq[item] {
	return func(yield func(item) bool) {
		for found := range vcard.ParseStream(data) {
			it := item{Kind: "VCARD", Source: source, Line: found.Line}
			if found.Err != nil {
				it.Broken = why(found.Err)
			} else {
				card := found.Card
				it.UID, it.Data = card.UID(), found.Raw
				if fit := card.Clone(); fit.Complete(madeUID(found.Raw)) {
					it.UID, it.Data = fit.UID(), fit.Bytes()
				}
				it.Name = nameFor(it.UID, ".vcf")
			}
			if !yield(it) {
				return
			}
		}
	}
}

// splitRecords is splitFile for address books that are no vCards.
func splitRecords(source string, entries iter.Seq[cardfile.Entry]) iter.Seq[item] {
	return func(yield func(item) bool) {
		seen := map[string]bool{}
		for e := range entries {
			if e.Err != nil {
				if !yield(item{Kind: "VCARD", Source: source, Line: e.Line, Broken: e.Err.Error()}) {
					return
				}
				continue
			}
			for it := range splitCards(source, e.Card) {
				it.Line = e.Line
				if seen[it.UID] { // a record that stands there twice is one contact
					continue
				}
				if seen[it.UID] = true; !yield(it) {
					return
				}
			}
		}
	}
}

// unicodeOrLatin is toUTF8 for tables, which may be in UTF-16 with a mark.
func unicodeOrLatin(data []byte) []byte {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return data
	}
	return toUTF8(data)
}

// why is an error without the line that the report names anyway.
func why(err error) string {
	var syntax *icalendar.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Reason
	}
	return err.Error()
}

// toUTF8 drops a byte order mark and reads what is not UTF-8 as Latin-1, which old
// exports use.
func toUTF8(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return data
	}
	out := make([]byte, 0, len(data)+len(data)/8)
	for _, b := range data {
		out = utf8.AppendRune(out, rune(b))
	}
	return out
}

// madeUID is a UID for what has none: the same for the same bytes, so that a
// second import finds the first.
func madeUID(data []byte) string {
	sum := sha256.Sum256(data)
	return "import-" + hex.EncodeToString(sum[:16])
}

// nameFor is a path segment made of a UID.
func nameFor(uid, suffix string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.@", r) {
			return r
		}
		return '_'
	}, uid)
	if clean != uid || len(clean) > 200 || strings.HasPrefix(clean, ".") {
		sum := sha256.Sum256([]byte(uid))
		clean = strings.TrimLeft(clip(clean, 100), ".") + "-" + hex.EncodeToString(sum[:6])
	}
	return clean + suffix
}

func clip(s string, max int) string {
	if len(s) > max {
		return s[:max]
	}
	return s
}

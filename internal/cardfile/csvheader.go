package cardfile

import (
	"regexp"
	"strconv"
	"strings"
)

// column is what a header means.
type column struct {
	kind  string   // of the value: a name of simple, or "mail", "phone", "url", "place", "organization", "event", "messenger", "relation"; "" is unknown
	part  string   // of a place, organization or numbered group
	types []string // that it says by itself
	at    string   // tells groups of one kind apart
}

// simple are headers that mean one thing, by key, in the words of Google, Outlook (English and German), Thunderbird and others.
var simple = map[string]string{
	"name": "full", "fullname": "full", "displayname": "full", "anzeigename": "full", "formattedname": "full", "contactname": "full",
	"firstname": "given", "givenname": "given", "vorname": "given", "first": "given",
	"lastname": "family", "familyname": "family", "surname": "family", "nachname": "family", "last": "family",
	"middlename": "additional", "additionalname": "additional", "weiterevornamen": "additional",
	"nameprefix": "prefix", "prefix": "prefix", "anrede": "prefix", "salutation": "prefix",
	"namesuffix": "suffix", "suffix": "suffix",
	"nickname": "nickname", "spitzname": "nickname", "screenname": "nickname",
	"company": "organization", "organization": "organization", "organisation": "organization", "firma": "organization", "organizationname": "organization",
	"department": "department", "abteilung": "department", "organizationdepartment": "department",
	"jobtitle": "jobTitle", "position": "jobTitle", "organizationtitle": "jobTitle",
	"title":    "title", // a prefix where there is a job title besides
	"birthday": "birthday", "geburtstag": "birthday", "dateofbirth": "birthday", "birthdate": "birthday",
	"birthyear": "birthYear", "birthmonth": "birthMonth", // Thunderbird's Birth Day is the day of these
	"anniversary": "anniversary", "jahrestag": "anniversary",
	"notes": "note", "note": "note", "notizen": "note", "comments": "note",
	"labels": "categories", "groupmembership": "categories", "categories": "categories", "kategorien": "categories", "groups": "categories",
	"photo": "ignored", "priority": "ignored", "priorität": "ignored", "sensitivity": "ignored", "vertraulichkeit": "ignored",
	"private": "ignored", "gender": "ignored", "initials": "ignored", "initialen": "ignored", "fileas": "ignored", "directoryserver": "ignored",
}

// phones and mails are headers of single values, by key, with their types.
var phones = map[string][]string{
	"phone": nil, "telephone": nil, "telefon": nil, "phonenumber": nil, "primaryphone": nil, "otherphone": nil, "hauptanschluss": nil,
	"businessphone": {"WORK"}, "businessphone2": {"WORK"}, "workphone": {"WORK"}, "phonework": {"WORK"}, "telefongeschäftlich": {"WORK"},
	"telefongeschäftlich2": {"WORK"}, "companymainphone": {"WORK"}, "telefonfirma": {"WORK"}, "officephone": {"WORK"},
	"homephone": {"HOME"}, "homephone2": {"HOME"}, "phonehome": {"HOME"}, "telefonprivat": {"HOME"}, "telefonprivat2": {"HOME"},
	"mobile": {"CELL"}, "mobilephone": {"CELL"}, "mobilenumber": {"CELL"}, "phonemobile": {"CELL"}, "cell": {"CELL"}, "cellphone": {"CELL"},
	"mobiltelefon": {"CELL"}, "handy": {"CELL"}, "iphone": {"CELL"}, "phoneiphone": {"CELL"}, "mobiltelefon2": {"CELL"},
	"businessfax": {"WORK", "FAX"}, "workfax": {"WORK", "FAX"}, "faxgeschäftlich": {"WORK", "FAX"}, "homefax": {"HOME", "FAX"}, "faxprivat": {"HOME", "FAX"},
	"fax": {"FAX"}, "faxnumber": {"FAX"}, "otherfax": {"FAX"}, "weiteresfax": {"FAX"}, "pager": {"PAGER"}, "pagernumber": {"PAGER"}, "carphone": {"CAR"}, "autotelefon": {"CAR"},
}

var mails = map[string][]string{
	"email": nil, "emailaddress": nil, "email2address": nil, "email3address": nil, "emailadresse": nil, "email2adresse": nil, "email3adresse": nil,
	"primaryemail": nil, "secondaryemail": nil, "mail": nil, "otheremail": nil, "emailother": nil,
	"homeemail": {"HOME"}, "emailhome": {"HOME"}, "workemail": {"WORK"}, "emailwork": {"WORK"}, "personalemail": {"HOME"}, "businessemail": {"WORK"},
}

var urls = map[string][]string{
	"website": nil, "webpage": nil, "webseite": nil, "url": nil, "homepage": nil, "webpage1": {"WORK"}, "webpage2": {"HOME"},
}

// parts are the words for parts of a place.
var parts = map[string]string{
	"address": "street", "address2": "street", "street": "street", "street2": "street", "street3": "street", "straße": "street", "straße2": "street", "straße3": "street", "city": "city", "ort": "city",
	"state": "region", "province": "region", "region": "region", "bundesland": "region", "bundeslandkanton": "region",
	"postalcode": "code", "zipcode": "code", "zip": "code", "postleitzahl": "code", "countryregion": "country", "country": "country", "landregion": "country", "land": "country",
	"pobox": "box", "postfach": "box",
}

var (
	numberedName = regexp.MustCompile(`^(email|phone|address|website|organization|event|im|relation)(\d{1,3})(label|type|value|formatted|street|city|pobox|region|postalcode|country|extendedaddress|name|title|department|service)$`)
	placeName    = regexp.MustCompile(`^(home|business|work|other|geschäftlich|privat)?(.+?)(geschäftlich|privat)?$`)
)

// numberedKinds are the kinds of Google's numbered columns.
var numberedKinds = map[string]string{
	"email": "mail", "phone": "phone", "address": "place", "website": "url", "organization": "organization", "event": "event", "im": "messenger", "relation": "relation",
}

// columnOf understands one header.
func columnOf(header string) column {
	k := key(header)
	if kind, ok := simple[k]; ok {
		return column{kind: kind}
	}
	for kind, table := range map[string]map[string][]string{"phone": phones, "mail": mails, "url": urls} {
		if types, ok := table[k]; ok {
			return column{kind: kind, part: "value", types: types, at: k}
		}
	}
	if m := numberedName.FindStringSubmatch(k); m != nil {
		part := m[3]
		if m[1] == "address" {
			if known, ok := parts[part]; ok {
				part = known
			}
		}
		return column{kind: numberedKinds[m[1]], part: part, at: m[2]}
	}
	if m := placeName.FindStringSubmatch(k); m != nil {
		if part, ok := parts[m[2]]; ok {
			return column{kind: "place", part: part, types: labels[m[1]+m[3]], at: m[1] + m[3]}
		}
	}
	return column{}
}

// header understands all headers of a table; false where it is none of contacts.
func header(row []string) ([]column, bool) {
	list := make([]column, len(row))
	known, job, apart := 0, false, false
	for i, h := range row {
		list[i] = columnOf(h)
		job = job || list[i].kind == "jobTitle" || list[i].part == "title"
		apart = apart || list[i].kind == "birthMonth"
		if list[i].kind != "" && list[i].kind != "ignored" {
			known++
		}
	}
	for i := range list {
		if list[i].kind == "title" {
			list[i].kind = "jobTitle"
			if job {
				list[i].kind = "prefix"
			}
		}
		if list[i].kind == "birthday" && apart {
			list[i].kind = "birthDay"
		}
	}
	return list, known > 0
}

// date reads a day as programs write it: year first, or with dots the day first, or with slashes the month first unless
// that cannot be. The result is a DATE of RFC 2426 §3.1.5; a day without a year has Apple's 1604 in its place, which
// others take for it too.
func date(s string) (string, bool) {
	s = strings.TrimSpace(s)
	cut := func(sep string) (n [3]int, ok bool) {
		fields := strings.Split(s, sep)
		if len(fields) != 3 {
			return n, false
		}
		for i, f := range fields {
			var err error
			if n[i], err = strconv.Atoi(strings.TrimSpace(f)); err != nil {
				return n, false
			}
		}
		return n, true
	}
	var y, m, d int
	if rest, ok := strings.CutPrefix(s, "--"); ok {
		s = "1604-" + strings.TrimPrefix(rest, "-")
	}
	if n, ok := cut("-"); ok {
		y, m, d = n[0], n[1], n[2]
	} else if n, ok := cut("."); ok {
		y, m, d = n[2], n[1], n[0]
	} else if n, ok := cut("/"); ok {
		y, m, d = n[2], n[0], n[1]
		if n[0] > 31 {
			y, m, d = n[0], n[1], n[2]
		} else if m > 12 {
			m, d = d, m
		}
	}
	if y < 1604 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31 {
		return "", false
	}
	pad := func(n int) string { return string(rune('0'+n/10)) + string(rune('0'+n%10)) }
	return strconv.Itoa(y) + "-" + pad(m) + "-" + pad(d), true
}

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"
)

// demoContact is a card in somebody's address book.
type demoContact struct {
	owner, name, mail, phone, org string
	street                        string                    // street;town;region;code;country of ADR
	born                          func(time.Time) time.Time // nil: not known
	face                          uint32                    // colour of the picture, 0xRRGGBB; 0: there is none
}

// born is a birthday so many days from this week's Monday, so that some are in the month that is looked at.
func born(day, age int) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return monday(now).AddDate(-age, 0, day) }
}

var demoContacts = []demoContact{
	{owner: "anna", name: outsiderName, mail: outsider, phone: "+420 2 5550100", org: "Novak Gallery", street: "Malá 12;Prague;;110 00;Czechia", born: born(4, 41), face: 0xb5533c},
	{owner: "anna", name: "Greta Hansen", mail: "greta.hansen@example.net", phone: "+49 30 5550101", org: "Hansen & Partner", street: "Lindenweg 4;Berlin;;10115;Germany", born: born(10, 38), face: 0x2f7d6b},
	{owner: "anna", name: "Henry Irving", mail: "henry@example.com", phone: "+1 212 555 0102", org: "Irving Supplies", face: 0x54659b},
	{owner: "anna", name: "Ines Jung", mail: "ines.jung@example.net", phone: "+49 30 5550103", org: "City Council", street: "Rathausplatz 1;Berlin;;10178;Germany", born: born(-12, 52), face: 0x8a5a9e},
	{owner: "ben", name: "Jack Kelly", mail: "jack@example.com", phone: "+1 212 555 0104", org: "Kelly Freight"},
	{owner: "ben", name: "Kate Lopez", mail: "kate.lopez@example.com", phone: "+1 212 555 0105"},
	{owner: "clara", name: "Lena Maier", mail: "lena@example.net", phone: "+49 40 5550106", org: "Studio Maier"},
	{owner: "clara", name: "Marco Neri", mail: "marco.neri@example.net", phone: "+39 02 5550107", org: "Neri S.r.l."},
	{owner: "david", name: "Nora Owens", mail: "nora@example.com", phone: "+1 718 555 0108", org: "Lincoln School"},
	{owner: "emma", name: "Oskar Paulsen", mail: "oskar@example.net", phone: "+49 40 5550109", org: "Paulsen Sanitär"},
	{owner: "emma", name: "Petra Quandt", mail: "petra.quandt@example.net", phone: "+49 30 5550110", org: "Training Works"},
	{owner: "felix", name: "Rosa Stein", mail: "rosa@example.net", phone: "+49 30 5550111", org: "Choir"},
	{owner: "felix", name: "Tom Unger", mail: "tom.unger@example.net", phone: "+49 30 5550112"},
	{owner: "anna", name: "Mia Berg", mail: "mia.berg@example.net", phone: "+49 30 5550113", born: born(12, 9), face: 0xc98a1b},
	{owner: "anna", name: "Johanna Berg", mail: "johanna.berg@example.net", phone: "+49 30 5550114", street: "Gartenstraße 9;Potsdam;;14467;Germany", born: born(40, 68), face: 0x5f7f35},
	{owner: "anna", name: "Rui Santos", mail: "rui.santos@example.com", phone: "+351 21 5550115", org: "Santos Printing Works"},
	{owner: "anna", name: "Yuki Tanaka", mail: "yuki.tanaka@example.com", phone: "+81 3 5550116", org: "Studio Tanaka", born: born(-5, 35), face: 0x3d7fa8},
}

// demoGroup is a group of contacts in somebody's address book.
type demoGroup struct {
	owner, name string
	members     []string // names of contacts
}

var demoGroups = []demoGroup{
	{"anna", "Family", []string{"Mia Berg", "Johanna Berg"}},
	{"anna", "Exhibition", []string{outsiderName, "Rui Santos", "Yuki Tanaka"}},
}

// contactUID is that of the contact in a place of the list.
func contactUID(i int) string { return fmt.Sprintf("demo-contact-%d", i+1) }

// text writes a card (RFC 2426).
func (c *demoContact) text(i int, now time.Time) ([]byte, error) {
	return vcardText(contactUID(i), c.name, func(line func(string, ...any)) error {
		given, family, _ := strings.Cut(c.name, " ")
		line("N:%s;%s;;;", escapeText(family), escapeText(given))
		line("EMAIL;TYPE=WORK:%s", c.mail)
		line("TEL;TYPE=WORK:%s", c.phone)
		if c.org != "" {
			line("ORG:%s", escapeText(c.org))
		}
		if c.street != "" {
			line("ADR;TYPE=HOME:;;%s", c.street)
		}
		if c.born != nil {
			line("BDAY;VALUE=date:%s", c.born(now).Format(time.DateOnly))
		}
		if c.face == 0 {
			return nil
		}
		picture, err := portrait(c.face)
		line("PHOTO;ENCODING=b;TYPE=PNG:%s", base64.StdEncoding.EncodeToString(picture))
		return err
	})
}

// text writes a group as Apple's clients do, which all read.
func (g *demoGroup) text(i int) ([]byte, error) {
	return vcardText(fmt.Sprintf("demo-group-%d", i+1), g.name, func(line func(string, ...any)) error {
		line("N:%s;;;;", escapeText(g.name))
		line("X-ADDRESSBOOKSERVER-KIND:group")
		for i, c := range demoContacts {
			for _, name := range g.members {
				if c.owner == g.owner && c.name == name {
					line("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:%s", contactUID(i))
				}
			}
		}
		return nil
	})
}

// vcardText writes what is in each card, and body.
func vcardText(uid, name string, body func(line func(string, ...any)) error) ([]byte, error) {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	line("BEGIN:VCARD")
	line("VERSION:3.0")
	line("PRODID:-//Convoke//Demo//EN")
	line("UID:%s", uid)
	line("FN:%s", escapeText(name))
	err := body(line)
	line("END:VCARD")
	return []byte(b.String()), err
}

// portrait draws head and shoulders on a ground of a colour: a PNG of a few hundred bytes.
func portrait(rgb uint32) ([]byte, error) {
	const size = 96
	ground := color.RGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
	light := func(c uint8) uint8 { return c + (255-c)/4*3 }
	figure := color.RGBA{light(ground.R), light(ground.G), light(ground.B), 255}
	m := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{ground, figure})
	for y := range size {
		for x := range size {
			dx, head, body := x-size/2, y-size*2/5, y-size*21/20
			if dx*dx+head*head < size*size/36 || dx*dx+body*body < size*size/7 {
				m.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

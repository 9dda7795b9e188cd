package api

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"convoke/storage"

	"github.com/boombuler/barcode/qr"
	"github.com/google/uuid"
)

// deviceRoutes set phones and computers up.
func (a *API) deviceRoutes() []route {
	return []route{
		{"GET /api/profile", signedIn, a.getProfile},
		{"POST /api/profile", confirmed, a.makeProfile},
		{"GET /api/qr", signedIn, a.getQR},
	}
}

func (a *API) getProfile(c *call) (any, error) { return a.sendProfile(c, "") }

// makeProfile is getProfile with an app password of its own. It changes something, so it is no GET.
func (a *API) makeProfile(c *call) (any, error) {
	var asked struct {
		Label string `json:"label"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	made, err := a.makeAppPassword(c, asked.Label)
	if err != nil {
		return nil, err
	}
	return a.sendProfile(c, made.Password)
}

// sendProfile answers with a configuration profile for Apple's devices: one account of CalDAV and one of CardDAV.
func (a *API) sendProfile(c *call, password string) (any, error) {
	u, err := url.Parse(a.o.Sessions.Address(c.Request))
	if err != nil || u.Hostname() == "" {
		return nil, refusal(http.StatusConflict, "no-address", "The address of this server is not known.")
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/x-apple-aspen-config; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="convoke.mobileconfig"`)
	_, _ = c.w.Write(profile(u, c.who, password))
	return streamed{}, nil
}

// profile is the text of a configuration profile. Its identifiers are the same for the same person and host, so that a
// second one replaces the first.
func profile(u *url.URL, who *storage.Principal, password string) []byte {
	secure := u.Scheme == "https"
	port := cmp.Or(u.Port(), map[bool]string{true: "443", false: "80"}[secure])
	base := "convoke." + u.Hostname() + "." + who.Name
	id := func(part string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(base+"/"+part)).String() }
	var b bytes.Buffer
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n<dict>\n")
	text := func(key, value string) {
		b.WriteString("<key>" + key + "</key><string>")
		_ = xml.EscapeText(&b, []byte(value))
		b.WriteString("</string>\n")
	}
	head := func(kind, part, name string) {
		text("PayloadType", kind)
		text("PayloadIdentifier", base+"."+part)
		text("PayloadUUID", id(part))
		text("PayloadDisplayName", name)
		b.WriteString("<key>PayloadVersion</key><integer>1</integer>\n")
	}
	head("Configuration", "profile", "Convoke ("+u.Hostname()+")")
	b.WriteString("<key>PayloadContent</key>\n<array>\n")
	for _, door := range []string{"CalDAV", "CardDAV"} {
		b.WriteString("<dict>\n")
		head("com.apple."+strings.ToLower(door)+".account", strings.ToLower(door), door)
		text(door+"AccountDescription", "Convoke")
		text(door+"HostName", u.Hostname())
		fmt.Fprintf(&b, "<key>%sPort</key><integer>%s</integer>\n<key>%sUseSSL</key><%s/>\n", door, port, door, strconv.FormatBool(secure))
		text(door+"Username", who.Name)
		if password != "" {
			text(door+"Password", password)
		}
		b.WriteString("</dict>\n")
	}
	b.WriteString("</array>\n</dict>\n</plist>\n")
	return b.Bytes()
}

// getQR gives the code that DAVx⁵ reads: a link with the name and the address, never with a password.
func (a *API) getQR(c *call) (any, error) {
	u, err := url.Parse(a.o.Sessions.Address(c.Request))
	if err != nil || u.Scheme != "https" {
		return nil, refusal(http.StatusConflict, "no-https", "Phones set up by a code need an address with https.")
	}
	link := (&url.URL{Scheme: "davx5", User: url.User(c.who.Name), Host: u.Host, Path: "/dav/"}).String()
	size, rows, err := matrix(link)
	return struct {
		Text string   `json:"text"`
		Size int      `json:"size"`
		Rows []string `json:"rows"`
	}{link, size, rows}, err
}

// matrix is a QR code, a row a string of 1 for dark and 0 for light.
func matrix(text string) (size int, rows []string, err error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return 0, nil, fmt.Errorf("make a QR code: %w", err)
	}
	size = code.Bounds().Dx()
	for y := range size {
		row := make([]byte, size)
		for x := range size {
			row[x] = '0'
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				row[x] = '1'
			}
		}
		rows = append(rows, string(row))
	}
	return size, rows, nil
}

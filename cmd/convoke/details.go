package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
)

// details is what another server says of a collection beyond what go-webdav asks.
type details struct {
	Color      string
	Privileges []xml.Name
}

// detailsQuery asks for them (RFC 4918 §9.1, RFC 3744 §5.5).
const detailsQuery = `<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:" xmlns:A="http://apple.com/ns/ical/"><prop><current-user-privilege-set/><A:calendar-color/></prop></propfind>`

// details asks for them; a server that does not answer says nothing.
func (a *account) details(ctx context.Context, at string) details {
	address := *a.endpoint
	address.Path, address.RawPath, address.RawQuery = at, "", ""
	r, err := http.NewRequestWithContext(ctx, "PROPFIND", address.String(), bytes.NewReader([]byte(detailsQuery)))
	if err != nil {
		return details{}
	}
	r.Header.Set("Depth", "0")
	r.Header.Set("Content-Type", "application/xml; charset=utf-8")
	resp, err := a.http.Do(r)
	if err != nil {
		return details{}
	}
	defer resp.Body.Close()
	var answer struct {
		Found []struct {
			Status string `xml:"DAV: status"`
			Prop   struct {
				Color      string `xml:"http://apple.com/ns/ical/ calendar-color"`
				Privileges []struct {
					Names []struct{ XMLName xml.Name } `xml:",any"`
				} `xml:"DAV: current-user-privilege-set>privilege"`
			} `xml:"DAV: prop"`
		} `xml:"DAV: response>propstat"`
	}
	if err := xml.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil {
		return details{}
	}
	var d details
	for _, f := range answer.Found {
		if !strings.Contains(f.Status, " 200") {
			continue
		}
		d.Color = f.Prop.Color
		for _, p := range f.Prop.Privileges {
			for _, n := range p.Names {
				d.Privileges = append(d.Privileges, n.XMLName)
			}
		}
	}
	return d
}

// readOnly tells a collection into which we may put nothing, where the other server says what we may.
func (d *details) readOnly() bool {
	return len(d.Privileges) > 0 && !slices.ContainsFunc(d.Privileges, func(n xml.Name) bool {
		switch n.Local {
		case "all", "write", "write-content", "bind":
			return n.Space == "DAV:"
		}
		return false
	})
}

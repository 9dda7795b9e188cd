package carddav

import (
	"fmt"
	"mime"
	"strconv"
	"strings"

	"convoke/internal/vcard"
	"convoke/server/davxml"
)

// Limits of one request for address data.
const maxSelected = 500

// dataRequest is CARDDAV:address-data as a report asks for it, RFC 6352 §10.4.
type dataRequest struct {
	version vcard.Version    // "": as stored
	names   []vcard.Selected // nil: the whole card
}

// parseData reads a CARDDAV:address-data element of a request. Without a version the card comes as it
// is stored: RFC 6352 §10.4 makes 3.0 the default, but clients that don't say it read both, and
// Thunderbird would write a card back as 3.0 that it only read as such (departs from RFC 6352 §10.4:
// a conversion nobody asked for loses more than it helps).
func parseData(n *davxml.Node) (dataRequest, error) {
	var r dataRequest
	if n == nil {
		return r, nil
	}
	if t, ok := n.LookupAttr("content-type"); ok && !isCardType(t) {
		return r, refuse(davxml.SupportedAddressData, fmt.Errorf("content-type %q", t))
	}
	if v, ok := n.LookupAttr("version"); ok {
		if r.version = vcard.Version(strings.TrimSpace(v)); !r.version.Supported() {
			return r, refuse(davxml.SupportedAddressData, &vcard.VersionError{Version: r.version})
		}
	}
	for _, c := range n.Children {
		if c.Name != davxml.CardProp { // CARDDAV:allprop, which KDE sends, asks for all as none does
			continue
		}
		if len(r.names) == maxSelected {
			return r, badRequest(fmt.Errorf("more than %d properties of a card", maxSelected))
		}
		r.names = append(r.names, vcard.Selected{
			Name: vcard.ParseName(c.Attr("name")), NoValue: c.Attr("novalue") == "yes",
		})
	}
	return r, nil
}

// plain says that a card is wanted as it is stored.
func (r *dataRequest) plain() bool { return r.version == "" && r.names == nil }

// write gives the text of a card for this request.
func (r *dataRequest) write(c *vcard.Card) ([]byte, error) {
	if r.version != "" && r.version != c.Version() {
		converted, err := c.Convert(r.version)
		if err != nil || r.names == nil {
			return converted, err
		}
		if c, err = vcard.Parse(converted); err != nil {
			return nil, err
		}
	}
	if r.names == nil {
		return c.Bytes(), nil
	}
	return c.Select(r.names), nil
}

// isCardType tells whether a media type is one of those that vCards go by. RFC 6350 §10.1 names
// text/vcard; the others are older.
func isCardType(t string) bool {
	media, _, err := mime.ParseMediaType(t)
	if err != nil {
		media, _, _ = strings.Cut(t, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	switch media {
	case "text/vcard", "text/x-vcard", "text/directory":
		return true
	}
	return false
}

// contentType is the Content-Type of a card.
func contentType(v vcard.Version) string {
	return "text/vcard; charset=utf-8; version=" + string(v)
}

// acceptedVersion reads which version the Accept headers want, RFC 6352 §5.1.1: the one of the two that they
// give the higher quality. "" leaves the choice open; false if they ask for vCards and take neither version.
// An Accept that names no vCard at all, as browsers and KDE send it, is disregarded (RFC 9110 §12.4.1).
func acceptedVersion(accept []string) (vcard.Version, bool) {
	q3, q4, any, refused := -1.0, -1.0, -1.0, false
	for _, line := range accept {
		for one := range strings.SplitSeq(line, ",") {
			media, params, err := mime.ParseMediaType(one)
			if err != nil {
				continue
			}
			q := 1.0
			if v, err := strconv.ParseFloat(params["q"], 64); err == nil {
				q = v
			}
			switch {
			case media == "*/*" || media == "text/*" || isCardType(media) && params["version"] == "":
				any = max(any, q)
			case isCardType(media) && params["version"] == string(vcard.V30):
				q3 = max(q3, q)
			case isCardType(media) && params["version"] == string(vcard.V40):
				q4 = max(q4, q)
			case isCardType(media) || media == "application/vcard+json" || media == "application/vcard+xml":
				refused = true
			}
		}
	}
	switch {
	case any > 0 && any >= q3 && any >= q4:
		return "", true
	case q4 > 0 && q4 > q3:
		return vcard.V40, true
	case q3 > 0 && q3 > q4:
		return vcard.V30, true
	}
	return "", q3 > 0 || any > 0 || !refused
}

package vcard

import (
	"strings"

	"convoke/internal/contentline"
)

// mediaType pairs TYPE of RFC 2426 §3.1.4, §3.5.3, §3.6.6 and §3.7.2 with a media type.
type mediaType struct {
	property string // empty for any
	name     string // 3.0, upper case
	media    string // 4.0
	magic    string // how the base64 text begins, where the type is not given
}

var mediaTypes = []mediaType{
	{"", "JPEG", "image/jpeg", "/9j/"},
	{"", "JPG", "image/jpeg", ""},
	{"", "PNG", "image/png", "iVBORw0K"},
	{"", "GIF", "image/gif", "R0lGOD"},
	{"", "WEBP", "image/webp", "UklGR"},
	{"", "BMP", "image/bmp", "Qk"},
	{"", "TIFF", "image/tiff", ""},
	{"SOUND", "BASIC", "audio/basic", ""},
	{"SOUND", "WAVE", "audio/x-wav", ""},
	{"SOUND", "MP3", "audio/mpeg", ""},
	{"KEY", "PGP", "application/pgp-keys", ""},
	{"KEY", "X509", "application/pkix-cert", ""},
}

// mediaTo3 turns a data: URI (RFC 2397) into ENCODING=b, and marks other URIs.
func mediaTo3(p Property) Property {
	v := strings.TrimSpace(p.Value())
	media, data, ok := cutDataURI(v)
	if !ok {
		if isURI(v) && !p.HasParam("VALUE") {
			return p.change(p.Name, contentline.SetParam(p.Params, "VALUE", "uri"), v)
		}
		return p
	}
	if media == "" {
		media = p.Param("MEDIATYPE")
	}
	params := contentline.SetParam(p.Params, "VALUE")
	params = contentline.SetParam(params, "MEDIATYPE")
	params = contentline.SetParam(params, "ENCODING", "b")
	if name := nameOfMedia(p.Name, media); name != "" {
		types := append([]string{name}, placeTypes(p.Params)...)
		params = contentline.SetParam(params, "TYPE", types...)
	}
	return p.change(p.Name, params, data)
}

// mediaTo4 turns both spellings of base64 into a data: URI (RFC 6350 §6.2.4).
func mediaTo4(p Property) Property {
	encoding := strings.ToUpper(p.Param("ENCODING"))
	inline := encoding == "B" || encoding == "BASE64" || p.HasParam("BASE64")
	v := p.Value()
	params := contentline.SetParam(p.Params, "ENCODING")
	params = contentline.SetParam(params, "BASE64")
	if strings.EqualFold(p.Param("VALUE"), "uri") || strings.EqualFold(p.Param("VALUE"), "url") {
		params = contentline.SetParam(params, "VALUE") // the default in 4.0
	}
	if !inline {
		if params == p.Params {
			return p
		}
		return p.change(p.Name, params, v)
	}
	if _, _, ok := cutDataURI(strings.TrimSpace(v)); ok { // as some write it under ENCODING=b
		return p.change(p.Name, dropMediaType(params), strings.TrimSpace(v))
	}
	data := withoutBlanks(v)
	return p.change(p.Name, dropMediaType(params), "data:"+mediaOf(&p, data)+";base64,"+data)
}

// mediaOf gives the media type of an inline value: from TYPE, else from how the data begins.
func mediaOf(p *Property, data string) string {
	for _, t := range p.Types() {
		for _, m := range mediaTypes {
			if strings.EqualFold(m.name, t) && (m.property == "" || m.property == p.Name) || m.media == t {
				return m.media
			}
		}
		if kind, rest, ok := strings.Cut(t, "/"); ok && kind != "" && rest != "" {
			return t
		}
	}
	if m := p.Param("MEDIATYPE"); m != "" {
		return m
	}
	for _, m := range mediaTypes {
		if m.magic != "" && strings.HasPrefix(data, m.magic) {
			return m.media
		}
	}
	return "application/octet-stream"
}

func nameOfMedia(property, media string) string {
	for _, m := range mediaTypes {
		if m.media == strings.ToLower(media) && (m.property == "" || m.property == property) {
			return m.name
		}
	}
	if strings.EqualFold(media, "application/octet-stream") {
		return ""
	}
	return media // kept whole, so that it comes back
}

// placeTypes gives the values of TYPE that name no format: HOME, WORK and the like.
func placeTypes(params string) []string {
	var list []string
	for _, t := range rawTypes(params) {
		if !isFormat(t) {
			list = append(list, t)
		}
	}
	return list
}

// dropMediaType takes the format out of TYPE and keeps the rest.
func dropMediaType(params string) string {
	return contentline.SetParam(params, "TYPE", placeTypes(params)...)
}

func isFormat(t string) bool {
	for _, m := range mediaTypes {
		if strings.EqualFold(m.name, t) {
			return true
		}
	}
	return strings.Contains(t, "/")
}

// cutDataURI takes a base64 data: URI apart.
func cutDataURI(v string) (media, data string, ok bool) {
	if len(v) < 5 || !strings.EqualFold(v[:5], "data:") {
		return "", "", false
	}
	head, data, ok := strings.Cut(v[5:], ",")
	if !ok {
		return "", "", false
	}
	media, marked := strings.CutSuffix(head, ";base64")
	if !marked {
		return "", "", false
	}
	return media, withoutBlanks(data), true
}

func isURI(v string) bool {
	scheme, _, ok := strings.Cut(v, ":")
	return ok && scheme != "" && !strings.ContainsAny(scheme, " /+=")
}

func withoutBlanks(s string) string {
	if !strings.ContainsAny(s, " \t\r\n") {
		return s
	}
	return strings.Join(strings.Fields(s), "")
}

package dav

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
)

// listing is what GET gives of a collection without content of its own: the hrefs of its readable members, a line
// each, for people who look at it with a browser or a shell. RFC 4918 §9.4 leaves it to the server.
type listing struct{ Lister }

// Content makes the listing.
func (l listing) Content(ctx context.Context) (*Content, error) {
	t, tagged := l.Lister.(Tagged)
	etag := ""
	if tagged {
		var err error
		if etag, err = t.Tag(ctx); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	for member, err := range l.Members(ctx) {
		if err != nil {
			return nil, err
		}
		if member.Allow(ctx, Read) == nil {
			out.WriteString(member.Href())
			out.WriteByte('\n')
		}
	}
	content := &Content{Type: "text/plain; charset=utf-8", Data: out.Bytes()}
	if tagged {
		after, err := t.Tag(ctx)
		if after == etag { // else it changed meanwhile, and the tag may be that of other bytes
			content.ETag = etag
		}
		return content, err
	}
	sum := sha256.Sum256(content.Data)
	content.ETag = `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	return content, nil
}

// directoryType is DAV:getcontenttype of collections. It departs from RFC 4918 §15.5: many a client takes whatever has
// the type of what GET gives of a calendar for an object in it, and knows a collection by this type of other servers.
const directoryType = "httpd/unix-directory"

func collectionType(r Resource, v *Value) error {
	if !r.Kind().Collection {
		return ErrNoProperty
	}
	v.W.Text(directoryType)
	return nil
}

// collectionETag is the tag that GET gives.
func collectionETag(r Resource, v *Value) error {
	if t, ok := r.(Tagged); ok {
		etag, err := t.Tag(v.Ctx)
		if err == nil {
			v.W.Text(etag)
		}
		return err
	}
	content, err := collectionContent(r, v)
	if err != nil {
		return err
	}
	v.W.Text(content.ETag)
	return nil
}

// collectionLength is the length of what GET gives.
func collectionLength(r Resource, v *Value) error {
	content, err := collectionContent(r, v)
	if err != nil {
		return err
	}
	v.W.Int(int64(len(content.Data)))
	return nil
}

// collectionContent is what GET gives of a collection, if that is not made as it is sent.
func collectionContent(r Resource, v *Value) (*Content, error) {
	switch r := r.(type) {
	case Getter:
	case Reader:
		if r.(Resource).Kind().Collection {
			return r.Content(v.Ctx)
		}
	case Lister:
		return listing{r}.Content(v.Ctx)
	}
	return nil, ErrNoProperty
}

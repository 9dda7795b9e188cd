package imip

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what CRAM-MD5 is made of
	"encoding/hex"
	"errors"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// login authenticates by what the server offers (RFC 4954): within TLS PLAIN (RFC 4616) or LOGIN, without it
// CRAM-MD5 first, which does not give the password away.
func (s *SMTP) login(c *smtp.Client) error {
	user, password := s.o.Username, s.o.Password
	order := []string{sasl.Plain, sasl.Login, cramMD5}
	if _, protected := c.TLSConnectionState(); !protected {
		order = []string{cramMD5, sasl.Plain, sasl.Login}
	}
	for _, mechanism := range order {
		if !c.SupportsAuth(mechanism) {
			continue
		}
		switch mechanism {
		case sasl.Plain:
			return c.Auth(sasl.NewPlainClient("", user, password))
		case sasl.Login:
			return c.Auth(sasl.NewLoginClient(user, password))
		}
		return c.Auth(&cramClient{user, password})
	}
	return errors.New("the server offers no login that we know: PLAIN, LOGIN or CRAM-MD5")
}

const cramMD5 = "CRAM-MD5"

// cramClient answers the challenge of CRAM-MD5, RFC 2195 §2.
type cramClient struct{ user, password string }

// Start is sasl.Client's.
func (c *cramClient) Start() (string, []byte, error) { return cramMD5, nil, nil }

// Next is sasl.Client's.
func (c *cramClient) Next(challenge []byte) ([]byte, error) {
	h := hmac.New(md5.New, []byte(c.password))
	h.Write(challenge) //nolint:errcheck // never fails, hash.Hash
	return []byte(c.user + " " + hex.EncodeToString(h.Sum(nil))), nil
}

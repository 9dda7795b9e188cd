package carddav

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// collation is one way to compare text, named as in the IANA Collation Registry (RFC 4790).
type collation struct {
	name string
	// fold brings a string into the form in which strings are compared as octets.
	fold func(string) string
}

// collations are what the server offers in CARDDAV:supported-collation-set, RFC 6352 §8.3.1.
// The last is the default, also under the name "default" (RFC 6352 §8.3).
var collations = [...]collation{
	{"i;ascii-casemap", foldASCII},     // RFC 4790 §9.2
	{"i;octet", asIs},                  // RFC 4790 §9.3
	{"i;unicode-casemap", foldUnicode}, // RFC 5051
}

var unicodeCasemap = &collations[2]

// collationNamed finds a collation; wildcards (RFC 4790 §3.2) name none.
func collationNamed(name string) (*collation, bool) {
	if name == "" || name == "default" {
		return unicodeCasemap, true
	}
	for i := range collations {
		if collations[i].name == name {
			return &collations[i], true
		}
	}
	return nil, false
}

func asIs(s string) string { return s }

// foldASCII maps a to z onto A to Z and leaves every other octet alone, RFC 4790 §9.2.1.
func foldASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; 'a' <= c && c <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'a' <= c && c <= 'z' {
					b[i] = c - 'a' + 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// foldUnicode is the "titlecased canonicalized" form of RFC 5051 §2: each code point is mapped to
// title case and then decomposed. Text that is no UTF-8 is compared as octets.
func foldUnicode(s string) string {
	if isASCII(s) {
		return foldASCII(s)
	}
	if !utf8.ValidString(s) {
		return s
	}
	return norm.NFKD.String(strings.Map(unicode.ToTitle, s))
}

func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

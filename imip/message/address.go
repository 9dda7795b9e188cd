package message

import (
	"io"
	"mime"
	"net/mail"
	"strings"

	"github.com/emersion/go-message/charset"
)

// words reads encoded words (RFC 2047) in the charsets that are known.
var words = &mime.WordDecoder{CharsetReader: func(name string, in io.Reader) (io.Reader, error) { return charset.Reader(name, in) }}

// addresses reads the mailboxes of headers of one name. Headers that cannot be read give nil: half a list
// would be a guess.
func addresses(values []string, most int) ([]Address, error) {
	var list []Address
	for _, v := range values {
		if strings.Count(v, "@") > most || strings.Count(v, ",") > most {
			return nil, ErrLimit
		}
		parser := mail.AddressParser{WordDecoder: words}
		found, err := parser.ParseList(v)
		if err != nil {
			if found, err = bare(v); err != nil {
				return nil, nil //nolint:nilerr // as if there were none
			}
		}
		for _, a := range found {
			list = append(list, Address{Name: clean(a.Name), Address: strings.ToLower(clean(a.Address))})
		}
	}
	return list, nil
}

// bare reads one address whose name breaks the rules, by what stands in angle brackets at its end: a name with an @,
// or in a charset of its own, unquoted. There must be nothing else that could be meant.
func bare(v string) ([]*mail.Address, error) {
	v = strings.TrimSpace(v)
	open := strings.LastIndexByte(v, '<')
	if open < 0 || !strings.HasSuffix(v, ">") || strings.Count(v, "<") != 1 || strings.Count(v, ">") != 1 {
		return nil, ErrMalformed
	}
	if name := v[:open]; strings.ContainsAny(name, ",;:@\"\\()") {
		return nil, ErrMalformed
	}
	a, err := mail.ParseAddress(v[open:])
	if err != nil {
		return nil, err
	}
	return []*mail.Address{a}, nil
}

package scheduling

import (
	"testing"

	"convoke/scheduling/itip"
)

// What follows a plus sign in an address is its owner's affair (RFC 5233 §3).
func TestWithoutDetail(t *testing.T) {
	for address, want := range map[itip.Address]itip.Address{
		"mailto:anna+lists@example.org": "mailto:anna@example.org", "mailto:anna@example.org": "mailto:anna@example.org",
		"mailto:+@example.org": "mailto:+@example.org", "mailto:anna": "mailto:anna", "mailto:a+b+c@example.org": "mailto:a@example.org",
		"mailto:anna@a+b.example": "mailto:anna@a+b.example", "urn:uuid:1+2@3": "urn:uuid:1+2@3",
	} {
		if got := WithoutDetail(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

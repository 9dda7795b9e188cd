package carddav

import (
	"encoding/xml"
	"errors"
	"net/http"

	"convoke/internal/vcard"
	"convoke/server/dav"
	"convoke/server/davxml"
)

// refuse is a 403 with a condition element, the form of most conditions of RFC 6352.
func refuse(name xml.Name, err error) *dav.Condition { return dav.Forbid(name, err) }

// badRequest is a body that has no meaning and for which no standard names a condition.
func badRequest(err error) *dav.Condition { return dav.Status(http.StatusBadRequest, err) }

// cardCondition turns what is wrong with a card into a precondition of RFC 6352 §6.3.2.1: a
// version that supported-address-data doesn't list is no supported data, everything else no valid one.
func cardCondition(err error) error {
	var version *vcard.VersionError
	var invalid *vcard.Error
	switch {
	case errors.As(err, &version):
		return refuse(davxml.SupportedAddressData, err)
	case errors.As(err, &invalid):
		return refuse(davxml.ValidAddressData, err)
	}
	return err
}

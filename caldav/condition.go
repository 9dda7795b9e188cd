package caldav

import (
	"encoding/xml"
	"net/http"

	"convoke/server/dav"
)

// refuse is a 403 with a condition element, the form of most conditions of RFC 4791 and RFC 6638.
func refuse(name xml.Name, err error) *dav.Condition { return dav.Forbid(name, err) }

// badRequest is a body that has no meaning and for which no standard names a condition.
func badRequest(err error) *dav.Condition { return dav.Status(http.StatusBadRequest, err) }

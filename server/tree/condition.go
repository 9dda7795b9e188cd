package tree

import (
	"errors"
	"net/http"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Condition turns an error of storage into what a client is told; other errors come back as they are.
// Doors call it for whatever they have no condition of their own.
func Condition(err error) error {
	var limit *storage.LimitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotFound):
		return dav.ErrNotFound
	case errors.Is(err, storage.ErrExists):
		return &dav.Condition{Status: http.StatusMethodNotAllowed, Name: davxml.ResourceMustBeNull, Err: err} // RFC 4918 §9.3.1
	case errors.As(err, &limit) && limit.Quota:
		return &dav.Condition{Status: http.StatusInsufficientStorage, Name: davxml.QuotaNotExceeded, Err: err} // RFC 4331 §6
	case errors.As(err, &limit):
		return dav.Status(http.StatusForbidden, err)
	case errors.Is(err, storage.ErrFull):
		return &dav.Condition{Status: http.StatusInsufficientStorage, Name: davxml.SufficientDiskSpace, Err: err} // RFC 4331 §6
	case errors.Is(err, storage.ErrBusy), errors.Is(err, storage.ErrFailed), errors.Is(err, storage.ErrClosed):
		return dav.Status(http.StatusServiceUnavailable, err)
	case errors.Is(err, storage.ErrBadToken):
		return dav.Forbid(davxml.ValidSyncToken, err) // RFC 6578 §3.2
	}
	return err
}

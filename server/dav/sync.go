package dav

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"convoke/server/davxml"
)

// syncCollection is the DAV:sync-collection report, RFC 6578 §3.2. It departs from RFC 6578 §3.2 in taking any
// Depth: Thunderbird sends 1, others none, and clients of the drafts told the level by it.
func syncCollection(call *ReportCall) error {
	limit, err := syncLimit(call.Body)
	if err != nil {
		return err
	}
	read, err := syncLevel(call)
	if err != nil {
		return err
	}
	if !call.Body.Has(davxml.SyncToken) {
		return Status(http.StatusBadRequest, errors.New("sync-token missing"))
	}
	props, err := call.PropRequest(call.Body)
	if err != nil {
		return err
	}
	since := call.Body.ChildText(davxml.SyncToken)
	changes, err := read(call.Ctx, since, limit)
	if err != nil {
		return err
	}
	m := call.Multistatus()
	if changes.Items != nil {
		for change, err := range changes.Items {
			if err != nil {
				return err
			}
			if err := syncItem(call, m, change, props, since != ""); err != nil {
				return err
			}
		}
	}
	if changes.Truncated { // §3.6: on the href of the request, spelled as ours
		cond := &Condition{Status: http.StatusInsufficientStorage, Name: davxml.NumberOfMatchesWithinLimits}
		if err := m.Status(call.Resource.Href(), cond.Status, cond); err != nil {
			return err
		}
	}
	m.SyncToken(changes.Token)
	return m.Close()
}

// syncLevel gives what reads the changes on the level asked for, RFC 6578 §3.3.
func syncLevel(call *ReportCall) (func(ctx context.Context, since string, limit int) (*Changes, error), error) {
	deep := false
	switch call.Body.ChildText(davxml.SyncLevel) {
	case "1":
	case "": // in clients of the drafts
		deep = call.Depth == DepthInfinity
	case "infinite", "infinity":
		deep = true
	default:
		return nil, Status(http.StatusBadRequest, errors.New("bad sync-level"))
	}
	if deep && !call.Resource.Kind().Flat {
		d, ok := call.Resource.(DeepSyncer)
		if !ok {
			return nil, Forbid(davxml.SyncTraversalSupported, nil)
		}
		return d.DeepChanges, nil
	}
	return call.Resource.(Syncer).Changes, nil
}

// syncItem writes the response of one change. A member that may not be read any more is gone for the asker.
func syncItem(call *ReportCall, m *Multistatus, change Change, props *PropRequest, delta bool) error {
	if change.Barred {
		return m.Status(change.Href, http.StatusForbidden, Forbid(davxml.SyncTraversalSupported, nil))
	}
	if change.Resource == nil {
		return m.Status(change.Href, http.StatusNotFound, nil)
	}
	if change.Resource.Allow(call.Ctx, Read) != nil {
		if delta {
			return m.Status(change.Resource.Href(), http.StatusNotFound, nil)
		}
		return nil
	}
	return m.Response(change.Resource, props)
}

// syncLimit reads DAV:limit, RFC 5323 §5.17. None is 0; a limit of nothing cannot be kept (RFC 6578 §3.7).
func syncLimit(body *davxml.Node) (int, error) {
	n := body.Child(davxml.Limit)
	if n == nil {
		return 0, nil
	}
	limit, err := strconv.ParseUint(n.ChildText(davxml.NResults), 10, 31)
	if err != nil {
		return 0, Status(http.StatusBadRequest, errors.New("bad nresults"))
	}
	if limit == 0 {
		return 0, &Condition{Status: http.StatusInsufficientStorage, Name: davxml.NumberOfMatchesWithinLimits}
	}
	return int(limit), nil
}

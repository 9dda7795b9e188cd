package caldav

import (
	"errors"
	"net/http"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/server/dav"
	"convoke/server/davxml"
)

// answer is the multistatus of a report about calendar objects. Responses go out as they are found; only with an
// expansion they are held, within its budget, so that too much of it is still refused as a whole (RFC 4791 §7.8,
// DAV:number-of-matches-within-limits).
type answer struct {
	d      *Door
	call   *dav.ReportCall
	props  *dav.PropRequest
	asked  asked
	ms     *dav.Multistatus
	held   []held
	budget budget
}

// asked is what a report wants of calendar data; it serves all objects of an answer.
type asked struct {
	retrieval *icalendar.Retrieval
	floating  *timezone.Zone
}

// held is a response that waits: of an object, or a status alone.
type held struct {
	object *object
	href   string
	status int
}

// budget is what expansion may still take.
type budget struct{ instances, bytes int }

// newAnswer reads what the report asks of each object. Errors are conditions.
func (d *Door) newAnswer(call *dav.ReportCall, floating *timezone.Zone) (*answer, error) {
	props, err := call.PropRequest(call.Body)
	if err != nil {
		return nil, err
	}
	retrieval, err := parseData(props.Node(davxml.CalendarData))
	if err != nil {
		return nil, err
	}
	if r := retrieval; r != nil && r.Expand != nil {
		if r.Expand.To.Sub(r.Expand.From) > time.Duration(d.limits.ExpandDays)*24*time.Hour {
			return nil, tooMuch(errors.New("expand over too long a time"))
		}
	}
	return &answer{
		d: d, call: call, props: props, asked: asked{retrieval, floating},
		budget: budget{d.limits.ExpandInstances, d.limits.ExpandBytes},
	}, nil
}

// holds tells whether responses wait for the end.
func (a *answer) holds() bool { return a.asked.retrieval != nil && a.asked.retrieval.Expand != nil }

// object answers with an object that the asker may read.
func (a *answer) object(o *object) error {
	o.asked = &a.asked
	if !a.holds() {
		return a.multistatus().Response(o, a.props)
	}
	data, instances, err := o.retrieve(a.call.Ctx, &a.asked, a.budget.instances+1)
	if err != nil {
		a.held = append(a.held, held{href: o.Href(), status: dav.AsCondition(err).Status})
		return nil
	}
	a.budget.instances -= instances
	a.budget.bytes -= len(data)
	if a.budget.instances < 0 || a.budget.bytes < 0 {
		return tooMuch(errors.New("an expansion that is too large"))
	}
	o.retrieved = data
	a.held = append(a.held, held{object: o})
	return nil
}

// status answers for an href that names no object.
func (a *answer) status(href string, status int) error {
	if a.holds() {
		a.held = append(a.held, held{href: href, status: status})
		return nil
	}
	return a.multistatus().Status(href, status, nil)
}

func (a *answer) multistatus() *dav.Multistatus {
	if a.ms == nil {
		a.ms = a.call.Multistatus()
	}
	return a.ms
}

// close sends the rest.
func (a *answer) close() error {
	ms := a.multistatus()
	for _, h := range a.held {
		var err error
		if h.object != nil {
			err = ms.Response(h.object, a.props)
			h.object.retrieved = nil
		} else {
			err = ms.Status(h.href, h.status, nil)
		}
		if err != nil {
			return err
		}
	}
	return ms.Close()
}

// notThere is the status of an href in a multiget whose resource cannot be given.
func notThere(err error) int {
	if status := dav.AsCondition(err).Status; status == http.StatusForbidden {
		return status
	}
	return http.StatusNotFound
}

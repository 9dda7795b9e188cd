package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/subscription"
)

func (a *API) subscriptionRoutes() []route {
	return []route{
		{"GET /api/subscriptions", signedIn, a.listSubscriptions},
		{"POST /api/subscriptions", signedIn, a.addSubscription},
		{"GET /api/subscriptions/{id}", signedIn, a.getSubscription},
		{"PATCH /api/subscriptions/{id}", signedIn, a.changeSubscription},
		{"DELETE /api/subscriptions/{id}", signedIn, a.removeSubscription},
		{"POST /api/subscriptions/{id}/refresh", signedIn, a.refreshSubscription},
	}
}

// subscriptionView is a calendar that is read from an address.
type subscriptionView struct {
	ID         string             `json:"id"`
	URL        string             `json:"url"`
	Href       string             `json:"href"`
	Name       string             `json:"name"`
	Color      string             `json:"color"`
	Interval   int64              `json:"interval"` // seconds, as it is read
	Wanted     int64              `json:"wanted"`   // seconds, as the owner set it; 0: as the feed says
	Alarms     bool               `json:"alarms"`
	NextAt     *time.Time         `json:"nextAt"`
	LastAt     *time.Time         `json:"lastAt"`
	GoodAt     *time.Time         `json:"goodAt"` // when it last succeeded
	LastResult string             `json:"lastResult"`
	Error      string             `json:"error"`
	Events     int                `json:"events"`
	Skipped    subscription.Skips `json:"skipped"`
}

func viewSubscription(who *storage.Principal, v *subscription.View) *subscriptionView {
	c := v.Calendar
	one := &subscriptionView{
		ID: formatID(v.CollectionID), URL: v.URL, Href: tree.HomeHref(storage.Calendars, who) + c.Name + "/",
		Name: c.DisplayName, Color: c.Color, Interval: int64(v.Interval() / time.Second), Wanted: int64(v.Wanted / time.Second), Alarms: v.Alarms,
		NextAt: moment(v.Due), LastAt: moment(v.Tried), GoodAt: moment(v.Succeeded),
		LastResult: v.Result, Error: v.Problem, Events: c.Len(), Skipped: v.Skips,
	}
	if one.Skipped.Items == nil {
		one.Skipped.Items = []subscription.Skip{}
	}
	return one
}

// moment is a time as the pages get it, null for never.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

func (a *API) listSubscriptions(c *call) (any, error) {
	list, err := a.o.Subscriptions.List(c.Context(), c.who)
	if err != nil {
		return nil, err
	}
	items := make([]*subscriptionView, 0, len(list))
	for i := range list {
		items = append(items, viewSubscription(c.who, &list[i]))
	}
	return map[string]any{"items": items}, nil
}

// subscriptionWish is what the body of POST and PATCH says.
type subscriptionWish struct {
	URL      *string `json:"url"`
	Name     *string `json:"name"`
	Color    *string `json:"color"`
	Interval *int64  `json:"interval"` // seconds; 0: as the feed says
	Alarms   *bool   `json:"alarms"`
}

func (c *call) subscriptionWish() (subscription.Wish, error) {
	var in subscriptionWish
	if err := c.read(&in); err != nil {
		return subscription.Wish{}, err
	}
	w := subscription.Wish{URL: in.URL, Name: in.Name, Color: in.Color, Alarms: in.Alarms}
	if in.Interval != nil {
		// Longer than any that is taken, and not so long that it turns over.
		d := time.Duration(max(min(*in.Interval, 1<<31), -1)) * time.Second
		w.Interval = &d
	}
	return w, nil
}

func (a *API) addSubscription(c *call) (any, error) {
	w, err := c.subscriptionWish()
	if err != nil {
		return nil, err
	}
	if w.URL == nil {
		return nil, refusal(http.StatusBadRequest, "bad-request", "A subscription needs an address.")
	}
	v, err := a.o.Subscriptions.Add(c.Context(), c.who, c.actor(), w)
	return a.subscription(c, v, err)
}

func (a *API) getSubscription(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	v, err := a.o.Subscriptions.Get(c.Context(), c.who, id)
	return a.subscription(c, v, err)
}

func (a *API) changeSubscription(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	w, err := c.subscriptionWish()
	if err != nil {
		return nil, err
	}
	v, err := a.o.Subscriptions.Change(c.Context(), c.who, c.actor(), id, w)
	return a.subscription(c, v, err)
}

func (a *API) removeSubscription(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return nil, a.o.Subscriptions.Remove(c.Context(), c.who, c.actor(), id)
}

func (a *API) refreshSubscription(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	v, err := a.o.Subscriptions.Refresh(c.Context(), c.who, id)
	return a.subscription(c, v, err)
}

// subscription is the answer with one of them, or a refusal with the reason.
func (a *API) subscription(c *call, v *subscription.View, err error) (any, error) {
	var p *subscription.Problem
	switch {
	case errors.As(err, &p) && p.Word == subscription.Often:
		c.w.Header().Set("Retry-After", "60")
		return nil, &problem{http.StatusTooManyRequests, p.Word, p.Sentence, err}
	case errors.As(err, &p):
		return nil, &problem{http.StatusUnprocessableEntity, p.Word, p.Sentence, err}
	case err != nil:
		return nil, err
	}
	return viewSubscription(c.who, v), nil
}

// actor names who asks, for history.
func (c *call) actor() storage.Actor { return server.ActorOf(c.Context(), "web") }

// id is the {id} of the path.
func (c *call) id() (int64, error) {
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	if err != nil {
		return 0, storage.ErrNotFound
	}
	return id, nil
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

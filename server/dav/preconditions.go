package dav

// State is what a write finds at the resource whose preconditions are checked.
type State struct {
	Exists      bool
	ETag        string // quoted; "" is none
	ScheduleTag string // quoted; "" is none
}

// Preconditions are the conditional headers of one request. A nil one always holds.
type Preconditions struct {
	match       *tagList // If-Match
	noneMatch   *tagList // If-None-Match
	scheduleTag *string  // If-Schedule-Tag-Match, dequoted
	lists       []ifList // If
	href        string   // the resource that untagged lists speak of, canonical without slash
	tokens      []string // of the locks on that resource
	others      map[string]ifState
}

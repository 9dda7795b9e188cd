package trust

import "strings"

// Decide finds the row for a message. It reads nothing but the facts.
func Decide(f Facts) Decision {
	for i := range Table {
		if r := &Table[i]; r.fits(&f) {
			return Decision{Action: r.Then, Row: r.Name, Reason: r.say(&f), Why: r.Why, Believed: f.Believed, Shown: r.Shown}
		}
	}
	return Decision{Action: Ignore, Row: "none", Reason: "no rule fits", Believed: f.Believed}
}

// fits tells whether a row is for a message.
func (r *Row) fits(f *Facts) bool {
	if r.Methods != "" && (f.Method == "" || !strings.Contains(" "+r.Methods+" ", " "+f.Method+" ")) {
		return false
	}
	return r.Loop.fits(f.Loop != "") && r.Flagged.fits(f.Flagged != "") && r.Local.fits(f.Local) && r.Public.fits(f.Public) &&
		r.Named.fits(f.Named) && r.Stored.fits(f.Stored) && r.Same.fits(f.Stored && f.Same) && r.Ours.fits(f.Stored && f.Ours) &&
		r.Authenticated.fits(f.Authenticated) && r.Match.fits(f.Match) && r.Listed.fits(f.Listed) && r.Known.fits(f.Known) &&
		r.Welcome.fits(f.Welcome) && r.Newer.fits(f.Newer) && r.Unverified.fits(f.Unverified)
}

// say fills in the reason.
func (r *Row) say(f *Facts) string {
	name := func(a string) string {
		if a == "" {
			return "nobody"
		}
		return strings.TrimPrefix(a, "mailto:")
	}
	header := f.Flagged
	if f.Loop != "" {
		header = f.Loop
	}
	return strings.NewReplacer("%f", name(f.From), "%s", name(f.Subject), "%h", header).Replace(r.Reason)
}

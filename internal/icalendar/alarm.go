package icalendar

import (
	"time"

	"convoke/internal/timezone"
)

// MaxRepeat is how often one alarm may go off again.
const MaxRepeat = 100

// AlarmTimes gives the moments at which an alarm of the instance goes off: TRIGGER,
// relative to the start, to the end (RELATED=END) or absolute, and its repetitions
// (RFC 5545 §3.8.6.3, §3.8.6.2). Nothing if the alarm has no readable trigger.
func (i *Instance) AlarmTimes(alarm *Component, floating *timezone.Zone) []time.Time {
	list := make([]time.Time, 0, 1)
	for t := range i.alarms(alarm, floating) {
		list = append(list, time.Unix(t, 0).UTC())
	}
	return list
}

func (i *Instance) alarms(alarm *Component, floating *timezone.Zone) func(func(int64) bool) {
	return func(yield func(int64) bool) {
		trigger := alarm.Prop("TRIGGER")
		if trigger == nil {
			return
		}
		at, ok := i.trigger(trigger, floating)
		if !ok || !yield(at) {
			return
		}
		repeat, duration := alarm.Prop("REPEAT"), alarm.Prop("DURATION")
		if repeat == nil || duration == nil {
			return
		}
		n, ok := repeat.Int()
		gap, err := duration.Duration()
		if !ok || err != nil {
			return
		}
		for k := 1; k <= min(n, MaxRepeat); k++ {
			if !yield(at + int64(k)*int64(gap.Nominal()/time.Second)) {
				return
			}
		}
	}
}

// trigger gives the moment a TRIGGER names. Whether it is a date-time is told by
// its form, not by VALUE, which writers forget.
func (i *Instance) trigger(p *Property, floating *timezone.Zone) (int64, bool) {
	if d, err := ParseDateTime(p.Value); err == nil {
		return d.unix(floating), true
	}
	d, err := p.Duration()
	if err != nil {
		return 0, false
	}
	base, begin := i.From, i.begin
	switch {
	case p.ParamIs("RELATED", "END"):
		base, begin = i.endTime(floating)
	case base.IsZero() && i.Component.Name == Todo:
		base, begin = i.endTime(floating) // a to-do with DUE alone: the only time there is
	}
	if base.IsZero() {
		return 0, false
	}
	if d.Days == 0 {
		return begin + int64(d.Time/time.Second), true
	}
	if base.Form == Date {
		base.Form = Floating
	}
	return base.Add(d, floating).unix(floating), true
}

// endTime gives the end of the instance on the clock of its component.
func (i *Instance) endTime(floating *timezone.Zone) (DateTime, int64) {
	p := i.part
	switch {
	case p.start.IsZero() && p.end.IsZero():
		return DateTime{}, 0
	case p.start.IsZero():
		return p.end, p.end.unix(floating)
	case p.byLength:
		return i.From.Add(p.length, floating), i.end
	}
	d := FromInstant(i.End)
	if z := i.From.zone(floating); z != nil {
		d = DateTime{Local: z.Local(i.End), Form: Zoned, TZID: z.Name(), Zone: z}
	}
	return d, i.end
}

// maxAlarmReach is how far before or after its instance a relative alarm is
// looked for.
const maxAlarmReach = 366 * 24 * time.Hour

// AlarmOverlaps tells whether the alarm goes off in [from, to) for any instance of
// the part it stands in (RFC 4791 §9.9, VALARM).
func (s *Series) AlarmOverlaps(alarm *Component, from, to time.Time, floating *timezone.Zone) bool {
	b := bounds(from, to)
	reach := alarmReach(alarm)
	wide := b
	if wide.from != Ever {
		wide.from -= reach
	}
	if wide.to != Never {
		wide.to += reach
	}
	if p := alarm.Prop("TRIGGER"); p != nil {
		if _, err := ParseDateTime(p.Value); err == nil {
			wide = span{Ever, Never} // absolute: any instance of its part will do
		}
	}
	found, seen := false, 0
	s.each(wide, floating, func(i *Instance) bool {
		if seen++; seen > DefaultInstances {
			return false
		}
		if !hasChild(i.Component, alarm) {
			return true
		}
		for t := range i.alarms(alarm, floating) {
			if b.from <= t && b.to > t {
				found = true
				return false
			}
		}
		return true
	})
	return found
}

// alarmReach is how many seconds an alarm may be away from its instance.
func alarmReach(alarm *Component) int64 {
	n := 48 * time.Hour
	for _, name := range [...]string{"TRIGGER", "DURATION"} {
		p := alarm.Prop(name)
		if p == nil {
			continue
		}
		d, err := p.Duration()
		if err != nil {
			continue
		}
		length := min(d.Nominal().Abs(), maxAlarmReach)
		if name == "DURATION" {
			length *= MaxRepeat
		}
		n += length
	}
	return int64(n / time.Second)
}

func hasChild(c, k *Component) bool {
	for _, q := range c.Children {
		if q == k {
			return true
		}
	}
	return false
}

// What is computed of the alarms of one object in one range: moments and instances, and alarms at an absolute time.
const (
	maxAlarmSteps  = 20_000
	maxFixedAlarms = 16
)

// Alarms calls yield for what goes off in [from, to): the instance, its alarm and the moment. An alarm at an absolute time
// goes off once, about the first instance that is not over by then, or else the last. It reports false if the work limit cut
// it short; sane objects stay far below.
func (s *Series) Alarms(from, to time.Time, floating *timezone.Zone, yield func(*Instance, *Component, time.Time)) bool {
	w := alarmWalk{b: bounds(from, to), floating: floating, yield: yield}
	w.survey(s)
	complete := true
	if w.relative {
		complete = s.each(span{w.b.from - w.reach, w.b.to + w.reach}, floating, w.instance)
	}
	if len(w.fixed) > maxFixedAlarms {
		w.fixed, complete = w.fixed[:maxFixedAlarms], false
	}
	for _, a := range w.fixed {
		if i := s.about(a.alarm, a.at, floating); i != nil {
			w.offer(i, a.alarm)
		}
	}
	return complete && w.steps < maxAlarmSteps
}

// alarmWalk is one pass over the alarms of a series.
type alarmWalk struct {
	b        span
	floating *timezone.Zone
	yield    func(*Instance, *Component, time.Time)
	steps    int
	relative bool  // there are alarms that hang on their instance
	reach    int64 // how far off it they may be
	fixed    []fixedAlarm
}

// fixedAlarm is an alarm at an absolute time.
type fixedAlarm struct {
	alarm *Component
	at    int64
}

// survey looks at what alarms there are.
func (w *alarmWalk) survey(s *Series) {
	parts := s.overrides
	if s.master != nil {
		parts = append([]*part{s.master}, parts...)
	}
	for _, p := range parts {
		for alarm := range p.comp.ChildrenNamed(Alarm) {
			trigger := alarm.Prop("TRIGGER")
			if trigger == nil {
				continue
			}
			reach := alarmReach(alarm)
			d, err := ParseDateTime(trigger.Value)
			if err != nil {
				w.relative, w.reach = true, max(w.reach, reach)
			} else if at := d.unix(w.floating); at < w.b.to && at >= w.b.from-reach {
				w.fixed = append(w.fixed, fixedAlarm{alarm, at})
			}
		}
	}
}

// instance offers the alarms that hang on an instance.
func (w *alarmWalk) instance(i *Instance) bool {
	for alarm := range i.Component.ChildrenNamed(Alarm) {
		trigger := alarm.Prop("TRIGGER")
		if trigger == nil {
			continue
		}
		if _, err := ParseDateTime(trigger.Value); err != nil && !w.offer(i, alarm) {
			return false
		}
	}
	w.steps++
	return w.steps < maxAlarmSteps
}

// offer yields what goes off of an alarm in range; false if that was too much work.
func (w *alarmWalk) offer(i *Instance, alarm *Component) bool {
	for t := range i.alarms(alarm, w.floating) {
		if w.b.from <= t && t < w.b.to {
			w.yield(i, alarm, time.Unix(t, 0).UTC())
		}
		if w.steps++; w.steps >= maxAlarmSteps {
			return false
		}
	}
	return true
}

// about gives the instance that an alarm at an absolute time is about; nil if there is none within reach.
func (s *Series) about(alarm *Component, at int64, floating *timezone.Zone) (about *Instance) {
	seen, reach := 0, int64(maxAlarmReach/time.Second)
	look := func(b span, first bool) {
		s.each(b, floating, func(i *Instance) bool {
			if hasChild(i.Component, alarm) {
				kept := *i
				about = &kept
			}
			seen++
			return seen <= DefaultInstances && (about == nil || !first)
		})
	}
	if look(span{at, at + reach}, true); about == nil {
		look(span{at - reach, at}, false)
	}
	return about
}

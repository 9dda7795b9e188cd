package icalendar

import (
	"os"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	data := must(os.ReadFile("testdata/meeting.ics"))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	o := mustParse(b, string(must(os.ReadFile("testdata/meeting.ics"))))
	b.ReportAllocs()
	for b.Loop() {
		if err := o.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpan(b *testing.B) {
	o := mustParse(b, string(must(os.ReadFile("testdata/meeting.ics"))))
	b.ReportAllocs()
	for b.Loop() {
		o.Span()
	}
}

// BenchmarkInstances expands a month of a weekly event, as a cached object does.
func BenchmarkInstances(b *testing.B) {
	o := mustParse(b, string(must(os.ReadFile("testdata/meeting.ics")))).Freeze()
	b.ReportAllocs()
	for b.Loop() {
		if list, _, err := o.Instances(day(2030, 5, 1), day(2030, 6, 1), Options{}); err != nil || len(list) != 4 {
			b.Fatal(len(list), err)
		}
	}
}

func BenchmarkOverlaps(b *testing.B) {
	o := mustParse(b, string(must(os.ReadFile("testdata/meeting.ics")))).Freeze()
	b.ReportAllocs()
	for b.Loop() {
		if !o.Overlaps(day(2030, 5, 1), day(2030, 6, 1), nil) {
			b.Fatal("no")
		}
	}
}

func BenchmarkOverlapsOne(b *testing.B) {
	o := mustParse(b, event("DTSTART;TZID=Europe/Berlin:20260310T100000\nDTEND;TZID=Europe/Berlin:20260310T110000")).Freeze()
	b.ReportAllocs()
	for b.Loop() {
		if !o.Overlaps(day(2026, 3, 1), day(2026, 4, 1), nil) {
			b.Fatal("no")
		}
	}
}

func BenchmarkExpand(b *testing.B) {
	o := mustParse(b, string(must(os.ReadFile("testdata/meeting.ics")))).Freeze()
	r := &Retrieval{Expand: &Range{day(2030, 5, 1), day(2030, 6, 1)}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		out, _, _, err := o.Retrieve(buf[:0], r, Options{})
		if err != nil {
			b.Fatal(err)
		}
		buf = out
	}
}

func BenchmarkBytes(b *testing.B) {
	o := mustParse(b, string(must(os.ReadFile("testdata/meeting.ics"))))
	b.ReportAllocs()
	for b.Loop() {
		o.Bytes()
	}
}

package web

import (
	"context"
	"math"
	"strconv"
	"strings"

	"convoke/internal/settings"
	"convoke/internal/timezone"
	"convoke/storage"
)

// line gives text as one line without what controls anything, at most so many bytes.
func line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	return cutText(s, most)
}

// block is line that keeps line ends.
func block(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return cutText(strings.TrimSpace(s), most)
}

func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// hueOf names the hue of a colour, one of twelve, for a class of the style sheet; "gray" for what has none.
func hueOf(color string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(color[:min(len(color), 7)], "#"), 16, 32)
	if err != nil || len(color) < 7 {
		return "accent"
	}
	r, g, b := float64(n>>16&255)/255, float64(n>>8&255)/255, float64(n&255)/255
	high, low := max(r, g, b), min(r, g, b)
	if high-low < 0.12 {
		return "gray"
	}
	var h float64
	switch high {
	case r:
		h = math.Mod((g-b)/(high-low)+6, 6)
	case g:
		h = (b-r)/(high-low) + 2
	default:
		h = (r-g)/(high-low) + 4
	}
	return strconv.Itoa(int(math.Round(h*2)) % 12)
}

// chosenZone is the time zone that somebody chose in their settings, or else that of the device which they used last; nil
// for none.
func chosenZone(ctx context.Context, store *storage.Store, principal int64) *timezone.Zone {
	text, err := store.Settings(ctx, principal)
	if err != nil {
		return nil
	}
	return timezone.Lookup(settings.Read(text).Zone())
}

package timezone

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// maxSent bounds how many zones made from VTIMEZONEs are kept; most servers see a handful.
const maxSent = 128

// sent keeps them. It is a table filled as it is asked for, like loaded.
var sent shelf

// A shelf keeps zones by the digest of what they were made from.
type shelf struct {
	mu   sync.RWMutex
	kept map[[sha256.Size]byte]*Zone
}

func (s *shelf) get(key [sha256.Size]byte) *Zone {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.kept[key]
}

func (s *shelf) put(key [sha256.Size]byte, z *Zone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= maxSent {
		s.kept = make(map[[sha256.Size]byte]*Zone, maxSent)
	}
	s.kept[key] = z
}

// digest tells two VTIMEZONEs apart, by a hash that nobody can make collide: zones are shared
// between principals.
func digest(tzid string, list []Observance) (sum [sha256.Size]byte) {
	h := sha256.New()
	var buf []byte
	put := func(s string) {
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(len(s))), s...)
	}
	put(tzid)
	for i := range list {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(len(list[i].Lines)))
		if list[i].Daylight {
			buf = append(buf, 'D')
		} else {
			buf = append(buf, 'S')
		}
		for _, l := range list[i].Lines {
			put(l.Name)
			put(l.Value)
		}
		h.Write(buf)
		buf = buf[:0]
	}
	h.Write(buf)
	h.Sum(sum[:0])
	return sum
}

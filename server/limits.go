package server

import (
	"runtime"
	"time"
)

// The defaults of reliability.md §2.
const (
	DefaultHeaderBytes     = 64 << 10
	DefaultURLBytes        = 8 << 10
	DefaultBodyBytes       = 64 << 20
	DefaultReadHeader      = 10 * time.Second
	DefaultBodyBytesPerSec = 1 << 10
	DefaultBodyWindow      = 60 * time.Second
	DefaultIdle            = 120 * time.Second
	DefaultWork            = 10 * time.Second
	DefaultStall           = 30 * time.Second
	DefaultConnections     = 10_000
	DefaultPerUser         = 64
	DefaultPerAddress      = 256
	DefaultStreamsPerUser  = 16
	DefaultStreams         = 4096
	DefaultDearQueue       = 64
	DefaultDrain           = 10 * time.Second
	DefaultLoginFailures   = 10
	DefaultCredentialTTL   = 5 * time.Minute
)

// fill puts the default where a limit is zero or negative.
func (l *Limits) fill() {
	or(&l.HeaderBytes, DefaultHeaderBytes)
	or(&l.URLBytes, DefaultURLBytes)
	or(&l.BodyBytes, DefaultBodyBytes)
	or(&l.ReadHeader, DefaultReadHeader)
	or(&l.BodyBytesPerSec, DefaultBodyBytesPerSec)
	or(&l.BodyWindow, DefaultBodyWindow)
	or(&l.Idle, DefaultIdle)
	or(&l.Work, DefaultWork)
	or(&l.Stall, DefaultStall)
	or(&l.Connections, DefaultConnections)
	or(&l.PerUser, DefaultPerUser)
	or(&l.PerAddress, DefaultPerAddress)
	or(&l.StreamsPerUser, DefaultStreamsPerUser)
	or(&l.Streams, DefaultStreams)
	or(&l.DearAtOnce, runtime.GOMAXPROCS(0))
	or(&l.DearQueue, DefaultDearQueue)
	or(&l.Drain, DefaultDrain)
	or(&l.LoginFailures, DefaultLoginFailures)
	or(&l.CredentialTTL, DefaultCredentialTTL)
}

func or[T int | int64 | time.Duration](v *T, preset T) {
	if *v <= 0 {
		*v = preset
	}
}

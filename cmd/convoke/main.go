// Command convoke is a CalDAV and CardDAV server and all that is needed to run one:
// people, rooms, groups, import, export, backup and check.
//
// Invariants
//
//   - One process has the store. Commands beside a running server ask it over a
//     socket in the data directory; with no server running they open the store
//     themselves, under its lock.
//   - Exit status 0 is done, 1 refused or failed with one sentence on standard
//     error, 2 wrong usage; 75 (EX_TEMPFAIL) says that a mail was not taken.
//   - Every setting has one row in one table; an unknown name is an error that
//     names the nearest known one.
//   - Import mails nobody and is the same road as a client's PUT: scheduling.Put
//     and the doors' own validation.
//   - A command's answer goes to standard output, everything else to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// globals are the flags that every command has, and where it speaks.
type globals struct {
	Data   string `help:"Data directory." default:"./data" env:"CONVOKE_DATA" type:"path"`
	Config string `help:"Configuration file (TOML)." env:"CONVOKE_CONFIG" type:"existingfile" name:"config"`

	out, errout io.Writer
	in          io.Reader
	environ     []string
	makes       bool          // the command is one of makers
	dataGiven   bool          // --data was
	patience    time.Duration // with a store that is in use

	meter func(done, total int) // is told how far work is, in place of a person; nil: nobody is
}

// config reads the settings of these flags.
func (g *globals) config() (*config, error) { return loadConfig(g.Config, g.environ) }

// commandLine is every command.
type commandLine struct {
	globals
	Serve     serveCommand     `cmd:"" help:"Run the server."`
	Demo      demoCommand      `cmd:"" help:"Run a throw-away server with people, rooms and a month of events."`
	User      userCommands     `cmd:"" help:"People who sign in."`
	Resource  resourceCommands `cmd:"" help:"Rooms and other things that can be booked."`
	Group     groupCommands    `cmd:"" help:"Groups of people and rooms."`
	Provision provisionCommand `cmd:"" help:"Create or update many principals from one TOML or CSV file."`
	Import    importCommand    `cmd:"" help:"Import .ics, .vcf, .csv and .ldif files, folders and zips of them, or another account by URL."`
	Verify    verifyCommand    `cmd:"" help:"Compare a source with what a person has here, before a cut-over."`
	Export    exportCommand    `cmd:"" help:"Write all calendars and address books of a user into a zip file."`
	Backup    backupCommand    `cmd:"" help:"Write a verified copy of everything, while the server runs."`
	Restore   restoreCommand   `cmd:"" help:"Make a data directory from a backup."`
	Check     checkCommand     `cmd:"" help:"Prove that everything stored is whole."`
	Deliver   deliverCommand   `cmd:"" help:"Take one mail on standard input, for a pipe or Sieve."`
	Doctor    doctorCommand    `cmd:"" help:"Check a deployment end to end, with real invitations."`
	Event     eventCommands    `cmd:"" help:"What happened to an event."`
	Queue     queueCommands    `cmd:"" help:"Mails to people outside that wait to go out."`
	Review    reviewCommands   `cmd:"" help:"Messages that came by mail and wait for a decision."`
	Policy    policyCommand    `cmd:"" help:"Print which rules of mail and scheduling hold for a person."`
	Identity  identityCommands `cmd:"" help:"Who is whom."`
	Settings  configCommand    `cmd:"" name:"config" help:"Print each setting with its default, its value and what it is for."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// errUsage marks an error as wrong usage: exit status 2.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// run is the whole command line with its surroundings as arguments.
func run(ctx context.Context, args []string, in io.Reader, out, errout io.Writer, environ []string) (status int) {
	line := commandLine{globals: globals{out: out, errout: errout, in: in, environ: environ, patience: patience}}
	exited := -1
	parser, err := kong.New(&line,
		kong.Name("convoke"),
		kong.Description("A calendar and contacts server on open standards."),
		kong.UsageOnError(),
		kong.Writers(out, errout),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintf(errout, "convoke: %v\n", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help has been printed
	}
	if err != nil {
		fmt.Fprintf(errout, "convoke: %s\n", sentence(err))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return 1 // rightly asked
		}
		return 2
	}
	line.makes = slices.Contains(makers, parsed.Command())
	line.dataGiven = slices.ContainsFunc(parsed.Path, func(p *kong.Path) bool { return p.Flag != nil && p.Flag.Name == "data" })
	if err := parsed.Run(ctx, &line.globals); err != nil {
		fmt.Fprintf(errout, "convoke: %s\n", sentence(err))
		if errors.Is(err, errUsage) {
			return 2
		}
		var later tempFail
		if errors.As(err, &later) {
			return exTempFail
		}
		return 1
	}
	return 0
}

// usage is an error of wrong usage.
func usage(format string, args ...any) error {
	return fmt.Errorf("%s%w", fmt.Sprintf(format, args...), hidden{errUsage})
}

// hidden wraps an error without its text.
type hidden struct{ error }

func (hidden) Error() string   { return "" }
func (h hidden) Unwrap() error { return h.error }

// quietLog is for commands that work on the store themselves: only what is wrong
// shows.
func quietLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// withDesk runs fn with the desk of the data directory and closes it.
func withDesk(ctx context.Context, g *globals, fn func(desk) error) error {
	d, err := openDesk(ctx, g)
	if err != nil {
		return err
	}
	err = fn(d)
	if closed := d.Close(); err == nil {
		err = closed
	}
	return err
}

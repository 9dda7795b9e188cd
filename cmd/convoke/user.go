package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"convoke/storage"

	"golang.org/x/term"
)

// userCommands are about people.
type userCommands struct {
	Add    userAdd     `cmd:"" help:"Add a person."`
	List   userList    `cmd:"" help:"List people."`
	Show   userShow    `cmd:"" help:"Show a person."`
	Passwd userPasswd  `cmd:"" help:"Set a person's password."`
	Change userChange  `cmd:"" help:"Change a person's name, addresses or rights."`
	Alias  userAlias   `cmd:"" help:"Show or change a person's mail addresses."`
	App    appCommands `cmd:"" name:"app-password" help:"Passwords for single clients."`
	Remove userRemove  `cmd:"" help:"Remove a person with all calendars and address books."`
}

// passwordFlags are the two ways to give a password.
type passwordFlags struct {
	PasswordStdin bool   `help:"Read the password from standard input, one line." xor:"password"`
	Password      string `help:"The password; other users of this machine may see it." xor:"password"`
}

// read gives the password, "" if none was given and nobody can be asked.
func (f *passwordFlags) read(ctx context.Context, g *globals) (string, error) {
	if f.Password != "" {
		return f.Password, nil
	}
	if f.PasswordStdin {
		line, err := bufio.NewReader(io.LimitReader(g.in, 4096)).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("read password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", refusef("there is no password on standard input")
		}
		return line, nil
	}
	file, ok := g.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", nil
	}
	typed, err := prompt(ctx, g, file, "Password: ")
	if err != nil {
		return "", err
	}
	if typed == "" {
		return "", refusef("the password is empty: nothing was changed")
	}
	again, err := prompt(ctx, g, file, "The same again: ")
	if err == nil && again != typed {
		err = refusef("the two passwords differ: nothing was changed")
	}
	return typed, err
}

// prompt reads one line that the terminal doesn't show. It ends with ctx, as when Ctrl-C is
// pressed, and leaves the terminal as it was.
func prompt(ctx context.Context, g *globals, file *os.File, words string) (string, error) {
	type answer struct {
		text []byte
		err  error
	}
	fd := int(file.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("ask for a password: %w", err)
	}
	fmt.Fprint(g.errout, words)
	read := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		read <- answer{text, err}
	}()
	defer fmt.Fprintln(g.errout)
	select {
	case a := <-read:
		if errors.Is(a.err, io.EOF) {
			return "", refusef("no password was given: nothing was changed")
		}
		return string(a.text), a.err
	case <-ctx.Done():
		// The reader stays behind; the process ends before it could matter.
		_ = term.Restore(fd, before)
		return "", refusef("interrupted: nothing was changed")
	}
}

type userAdd struct {
	Name    string   `arg:"" help:"Name to sign in with; also part of addresses."`
	Email   []string `help:"Mail address; repeatable, the first is the primary one." sep:"none"`
	Display string   `name:"name" help:"Name that others see."`
	Admin   bool     `help:"May read and write every home, and administer."`
	passwordFlags
}

func (c *userAdd) Run(ctx context.Context, g *globals) error {
	password, err := c.read(ctx, g)
	if err != nil {
		return err
	}
	p := person{
		Kind: storage.KindUser, Name: c.Name, Display: c.Display,
		Addresses: c.Email, Admin: c.Admin, Password: password,
	}
	return withDesk(ctx, g, func(d desk) error {
		if err := d.do(ctx, "create", p, nil); err != nil {
			return err
		}
		fmt.Fprintf(g.out, "Added %s.\n", c.Name)
		if password == "" {
			fmt.Fprintf(g.errout, "%s has no password yet: convoke user passwd %s\n", c.Name, c.Name)
		}
		return nil
	})
}

// jsonFlag is on every listing.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// listing prints rows as JSON or as a table under a head.
func (j jsonFlag) listing(w io.Writer, value any, head string, rows func(io.Writer)) error {
	if j.JSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(value)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if head != "" {
		fmt.Fprintln(t, head)
	}
	rows(t)
	return t.Flush()
}

type userList struct{ jsonFlag }

func (c *userList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []person
		if err := d.do(ctx, "principals", named{Kind: storage.KindUser}, &list); err != nil {
			return err
		}
		return c.listing(g.out, list, "NAME\tDISPLAY NAME\tADDRESSES\tADMIN", func(w io.Writer) {
			for _, p := range list {
				admin := ""
				if p.Admin {
					admin = "yes"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, p.Display, strings.Join(p.Addresses, ", "), admin)
			}
		})
	})
}

type userShow struct {
	Name string `arg:"" help:"Name or mail address."`
	jsonFlag
}

func (c *userShow) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var p person
		if err := d.do(ctx, "principal", named{c.Name, storage.KindUser}, &p); err != nil {
			return err
		}
		var list []collection
		if err := d.do(ctx, "collections", named{Name: p.Name}, &list); err != nil {
			return err
		}
		shown := struct {
			person
			Collections []collection `json:"collections"`
		}{p, list}
		return c.listing(g.out, shown, "", func(w io.Writer) {
			fmt.Fprintf(w, "name\t%s\n", p.Name)
			fmt.Fprintf(w, "display name\t%s\n", p.Display)
			fmt.Fprintf(w, "addresses\t%s\n", strings.Join(p.Addresses, ", "))
			fmt.Fprintf(w, "uuid\t%s\n", p.UUID)
			fmt.Fprintf(w, "administrator\t%t\n", p.Admin)
			fmt.Fprintf(w, "since\t%s\n", p.Created.Format(time.DateOnly))
			fmt.Fprintf(w, "bytes stored\t%d\n", p.Bytes)
			for _, k := range list {
				fmt.Fprintf(w, "%s\t%s (%d objects)\n", k.Kind, k.Href, k.Objects)
			}
		})
	})
}

type userPasswd struct {
	Name string `arg:"" help:"Name or mail address."`
	passwordFlags
}

func (c *userPasswd) Run(ctx context.Context, g *globals) error {
	password, err := c.read(ctx, g)
	if err != nil {
		return err
	}
	if password == "" {
		return usage("give the password with --password-stdin or --password")
	}
	return withDesk(ctx, g, func(d desk) error {
		err := d.do(ctx, "password", secret{named{c.Name, ""}, password}, nil)
		if err == nil {
			fmt.Fprintf(g.out, "Changed the password of %s.\n", c.Name)
		}
		return err
	})
}

type userAlias struct {
	Name    string   `arg:"" help:"Name or mail address."`
	Email   []string `help:"Add this address; repeatable." sep:"none"`
	Drop    []string `help:"Take this address away; repeatable." sep:"none"`
	Primary string   `help:"Make this address the first, adding it if needed."`
	jsonFlag
}

func (c *userAlias) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var p person
		err := d.do(ctx, "addresses", change{named{c.Name, ""}, c.Email, c.Drop, c.Primary}, &p)
		if err != nil {
			return err
		}
		return c.listing(g.out, p.Addresses, "", func(w io.Writer) {
			for _, a := range p.Addresses {
				fmt.Fprintln(w, a)
			}
		})
	})
}

type userRemove struct {
	Name string `arg:"" help:"Name or mail address."`
}

func (c *userRemove) Run(ctx context.Context, g *globals) error {
	return remove(ctx, g, named{c.Name, storage.KindUser})
}

func remove(ctx context.Context, g *globals, n named) error {
	return withDesk(ctx, g, func(d desk) error {
		err := d.do(ctx, "remove", n, nil)
		if err == nil {
			fmt.Fprintf(g.out, "Removed %s.\n", n.Name)
		}
		return err
	})
}

// appCommands are about passwords that are good for one client each.
type appCommands struct {
	Add    appAdd    `cmd:"" help:"Make an app password and print it once."`
	List   appList   `cmd:"" help:"List app passwords."`
	Revoke appRevoke `cmd:"" help:"Take an app password away."`
}

type appAdd struct {
	Name  string `arg:"" help:"Name or mail address."`
	Label string `help:"What it is for, such as: phone." default:"app"`
}

func (c *appAdd) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var made appPassword
		err := d.do(ctx, "add-app-password", appChange{named: named{c.Name, ""}, Label: c.Label}, &made)
		if err == nil {
			fmt.Fprintln(g.out, made.Secret)
		}
		return err
	})
}

type appList struct {
	Name string `arg:"" help:"Name or mail address."`
	jsonFlag
}

func (c *appList) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		var list []appPassword
		if err := d.do(ctx, "app-passwords", named{c.Name, ""}, &list); err != nil {
			return err
		}
		return c.listing(g.out, list, "ID\tLABEL\tMADE\tLAST USED", func(w io.Writer) {
			for _, a := range list {
				used := "never"
				if !a.Used.IsZero() {
					used = a.Used.Format("2006-01-02 15:04")
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", a.ID, a.Label, a.Created.Format(time.DateOnly), used)
			}
		})
	})
}

type appRevoke struct {
	Name string `arg:"" help:"Name or mail address."`
	ID   int64  `arg:"" help:"Number of the app password, as listed."`
}

func (c *appRevoke) Run(ctx context.Context, g *globals) error {
	return withDesk(ctx, g, func(d desk) error {
		err := d.do(ctx, "revoke", appChange{named: named{c.Name, ""}, ID: c.ID}, nil)
		if err == nil {
			fmt.Fprintln(g.out, "Revoked.")
		}
		return err
	})
}

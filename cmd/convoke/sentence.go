package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"convoke/storage"
)

// sentence is an error in words, on one line.
func sentence(err error) string {
	var no *refused
	text := err.Error()
	if !errors.As(err, &no) {
		text = argumentName.ReplaceAllString(inWords(err, text), "")
	}
	return strings.Join(strings.Fields(text), " ")
}

// inWords puts what the system and the engine say into words that tell what to do.
func inWords(err error, text string) string {
	var file *fs.PathError
	var link *os.LinkError
	var address *net.AddrError
	var listen *net.OpError
	switch {
	case errors.Is(err, storage.ErrDamaged):
		return "the database is damaged: look with `convoke check`, then `convoke check --repair`, or restore the newest backup; the engine says: " + text
	case errors.As(err, &file):
		return strings.Replace(text, file.Error(), onFile(file.Path, file.Err), 1)
	case errors.As(err, &link):
		return strings.Replace(text, link.Error(), onFile(link.New, link.Err), 1)
	case errors.As(err, &address):
		return notAnAddress(address)
	case errors.As(err, &listen) && listen.Op == "listen":
		return notListening(listen)
	case errors.As(err, &listen) && listen.Op == "dial":
		return strings.Replace(text, listen.Error(), notReached(listen), 1)
	}
	return numberWanted.ReplaceAllString(text, "takes a whole number, not $1")
}

// numberWanted is how the command line's parser refuses what is no number.
var numberWanted = regexp.MustCompile(`expected a valid \d+ bit u?int but got ("[^"]*")`)

// argumentName is how the parser begins an error on an argument that stands for itself.
var argumentName = regexp.MustCompile(`^\[?<[a-z-]+>\]?: `)

// onFile tells what the system has against a file or folder.
func onFile(name string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if folder := filepath.Dir(name); folder != "." {
			if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
				return "there is no folder " + folder
			}
		}
		return "there is no file or folder " + name
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("this user (%d) may not use %s: look at its owner and mode", os.Getuid(), name)
	case errors.Is(err, fs.ErrExist):
		return name + " is there already"
	case errors.Is(err, syscall.ENOTDIR):
		return "a part of the path " + name + " is no folder"
	case errors.Is(err, syscall.EISDIR):
		return name + " is a folder"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full: " + name + " could not be written"
	case errors.Is(err, syscall.EROFS):
		return name + " is on a file system that is read-only"
	}
	return name + ": " + err.Error()
}

// notAnAddress tells how an address to listen on is written.
func notAnAddress(e *net.AddrError) string {
	if e.Err == "invalid port" {
		return fmt.Sprintf("%q is no port to listen on: ports are numbers up to 65535", e.Addr)
	}
	try := e.Addr + ":8080"
	if _, err := strconv.ParseUint(e.Addr, 10, 16); err == nil {
		try = ":" + e.Addr
	}
	return fmt.Sprintf("%q is no address to listen on: it takes host:port, such as %s or 127.0.0.1:8080", e.Addr, try)
}

// notListening tells why an address cannot be listened on.
func notListening(e *net.OpError) string {
	at := "the address"
	if e.Addr != nil {
		at = e.Addr.String()
	}
	switch {
	case errors.Is(e, syscall.EADDRINUSE):
		return fmt.Sprintf("another program listens on %s already: stop it, or choose another port with --listen", at)
	case errors.Is(e, syscall.EACCES):
		return fmt.Sprintf("this user may not listen on %s: choose a port from 1024 on with --listen, or see docs/deploy.md", at)
	case errors.Is(e, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("%s is no address of this machine: choose another one with --listen", at)
	}
	return fmt.Sprintf("listen on %s: %v", at, e.Err)
}

// notReached tells why another server gives no answer.
func notReached(e *net.OpError) string {
	var name *net.DNSError
	switch {
	case errors.As(e, &name) && name.IsNotFound:
		return "there is no host named " + name.Name
	case errors.Is(e, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens on %s", e.Addr)
	}
	return e.Error()
}

// plural is a number with the word of what it counts: "1 object", "2 objects".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "y") && !strings.HasSuffix(word, "ay") {
		return strconv.Itoa(n) + " " + strings.TrimSuffix(word, "y") + "ies"
	}
	return strconv.Itoa(n) + " " + word + "s"
}

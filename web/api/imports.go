package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"convoke/importing"
	"convoke/storage"
)

// Imports begins what is imported in the browser, for whoever asks in ctx. What cannot be done as asked is a Refused.
type Imports interface {
	// File imports a file. name is what it is called, and tells what it holds. into is the href of a collection in the home
	// of who asks, fresh the name of a new one; with neither, things go where they belong.
	File(ctx context.Context, name string, file io.Reader, into, fresh string) (importing.Job, error)
	// Account imports all calendars and address books of an account elsewhere.
	Account(ctx context.Context, address, user, password string) (importing.Job, error)
	// Jobs are those that were begun.
	Jobs() *importing.Runner
}

func (a *API) importRoutes() []route {
	return []route{
		{"POST /api/imports", signedIn, a.importing(a.importFile)},
		{"POST /api/imports/account", signedIn, a.importing(a.importAccount)},
		{"GET /api/imports", signedIn, a.importing(a.listImports)},
		{"GET /api/imports/{id}", signedIn, a.importing(a.getImport)},
		{"DELETE /api/imports/{id}", signedIn, a.importing(a.cancelImport)},
		{"GET /api/admin/jobs", admins, a.importing(a.listAllImports)},
	}
}

// importing gives the errors of imports their sentences.
func (a *API) importing(do func(*call) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		if a.o.Imports == nil {
			return nil, refusal(http.StatusNotFound, "not-found", "There is nothing here.")
		}
		answer, err := do(c)
		var large *http.MaxBytesError
		switch {
		case errors.Is(err, importing.ErrNotFound):
			return nil, refusal(http.StatusNotFound, "not-found", "There is no such import.")
		case errors.Is(err, importing.ErrTooMany):
			return nil, refusal(http.StatusTooManyRequests, "too-many", "Too many of your imports wait already. Let some of them end first.")
		case errors.As(err, &large):
			return nil, refusal(http.StatusRequestEntityTooLarge, "too-large", "This is too much at once.")
		case err != nil:
			return nil, refusedTask(err)
		}
		return answer, nil
	}
}

// importFile takes a file as the body itself or as the first file of a form.
func (a *API) importFile(c *call) (any, error) {
	q := c.URL.Query()
	name, body := q.Get("name"), io.Reader(c.Body)
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		form, err := c.MultipartReader()
		if err != nil {
			return nil, refusal(http.StatusBadRequest, "bad-request", "This request cannot be read.")
		}
		for {
			part, err := form.NextPart()
			if err != nil {
				return nil, refusal(http.StatusBadRequest, "bad-request", "There is no file in this form.")
			}
			if part.FileName() != "" {
				name, body = part.FileName(), part
				break
			}
		}
	}
	if !strings.Contains(name, ".") {
		name = cmp.Or(name, "import") + extensions[kind]
	}
	return a.o.Imports.File(c.Context(), name, body, q.Get("into"), q.Get("new"))
}

// extensions are what files of a media type are called.
var extensions = map[string]string{
	"text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/csv": ".csv", "text/ldif": ".ldif", "application/zip": ".zip",
}

func (a *API) importAccount(c *call) (any, error) {
	var w struct{ URL, User, Password string }
	if err := c.read(&w); err != nil {
		return nil, err
	}
	return a.o.Imports.Account(c.Context(), w.URL, w.User, w.Password)
}

func (a *API) listImports(c *call) (any, error) { return a.jobs(c, c.who) }

// listAllImports shows administrators what runs, of all.
func (a *API) listAllImports(c *call) (any, error) { return a.jobs(c, nil) }

func (a *API) jobs(c *call, who *storage.Principal) (any, error) {
	list, err := a.o.Imports.Jobs().Jobs(c.Context(), who)
	return struct {
		Items []importing.Job `json:"items"`
	}{list}, err
}

func (a *API) getImport(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return a.o.Imports.Jobs().Job(c.Context(), c.who, id)
}

func (a *API) cancelImport(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return nil, a.o.Imports.Jobs().Cancel(c.Context(), c.who, id)
}

package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// licences are the texts of what is linked in, made by scripts/licenses.sh.
//
//go:embed licenses.txt.gz
var licences []byte

// versionCommand prints the version.
type versionCommand struct {
	Licenses bool `help:"Print the licences of everything that is part of this program."`
	jsonFlag
}

func (c *versionCommand) Run(g *globals) error {
	if c.Licenses {
		z, err := gzip.NewReader(bytes.NewReader(licences))
		if err != nil {
			return fmt.Errorf("read licences: %w", err)
		}
		_, err = io.Copy(g.out, io.LimitReader(z, 16<<20))
		return err
	}
	v := map[string]string{"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
	return c.listing(g.out, v, "", func(w io.Writer) {
		fmt.Fprintf(w, "convoke %s (%s, %s)\n", v["version"], v["go"], v["platform"])
	})
}

// version is that of the module, or of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, dirty := "development", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = clip(s.Value, 12)
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	return revision + dirty
}

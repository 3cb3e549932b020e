package catalog

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Bytes is the catalog as a file: everything in order, a line for each fact, so that
// git merges what two branches added in different places.
func (c *Catalog) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString("# Written by layerfleet, to be kept in git. `layerfleet catalog --help` says more.\n")
	fmt.Fprintf(&b, "format_version: %q\n", FormatVersion)
	if len(c.Layers) == 0 {
		b.WriteString("layers: {}\n")
		return b.Bytes()
	}
	b.WriteString("layers:\n")
	for _, l := range c.Layers {
		fmt.Fprintf(&b, "  %s:\n", scalar(l.Name))
		if len(l.Channels) > 0 {
			b.WriteString("    channels:\n")
		}
		for _, ch := range l.Channels {
			fmt.Fprintf(&b, "      %s:\n", scalar(ch.Name))
			for _, p := range ch.History {
				fmt.Fprintf(&b, "        - release: %s\n          since: %s\n", scalar(p.Release), stamp(p.Since))
			}
		}
		if len(l.Releases) == 0 {
			b.WriteString("    releases: {}\n")
			continue
		}
		b.WriteString("    releases:\n")
		for _, r := range l.Releases {
			r.write(&b)
		}
	}
	return b.Bytes()
}

func (r *Release) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "      %s:\n", scalar(r.Name))
	field := func(name, value string) { fmt.Fprintf(b, "        %s: %s\n", name, value) }
	field("sha256", scalar(r.SHA256))
	if r.Content != "" {
		field("content", scalar(r.Content))
	}
	if r.Zipped > 0 {
		field("zipped", fmt.Sprint(r.Zipped))
	}
	if r.Unzipped > 0 {
		field("unzipped", fmt.Sprint(r.Unzipped))
	}
	if len(r.Runtimes) > 0 {
		field("runtimes", flow(r.Runtimes))
	}
	if len(r.Architectures) > 0 {
		field("architectures", flow(r.Architectures))
	}
	if r.License != "" {
		field("license", scalar(r.License))
	}
	if r.Description != "" {
		field("description", scalar(r.Description))
	}
	if !r.Published.IsZero() {
		field("published", stamp(r.Published))
	}
	if r.Grants != nil {
		field("grants", flow(r.Grants))
	}
	if len(r.Missing) > 0 {
		b.WriteString("        missing:\n")
		for _, region := range r.Missing {
			fmt.Fprintf(b, "          - %s\n", region)
		}
	}
	if len(r.Regions) == 0 {
		field("regions", "{}")
		return
	}
	b.WriteString("        regions:\n")
	for _, region := range sortedKeys(r.Regions) {
		fmt.Fprintf(b, "          %s: %s\n", region, r.Regions[region])
	}
}

// plain are texts that YAML reads as themselves without quotes, in every version.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./+=-]*$`)

// scalar is a text as YAML: quoted unless it is plain. Go's escapes are all YAML's too, and escape what YAML would
// take for the end of a line.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plain.MatchString(s) {
			return s
		}
	}
	return strconv.Quote(s)
}

func flow(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = scalar(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func stamp(t time.Time) string { return scalar(t.UTC().Format(time.RFC3339)) }

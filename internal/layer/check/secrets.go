package check

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/layer/secret"
)

// leaks looks for secrets in a file. What is found is never shown.
func (c *collector) leaks(e *archive.Entry, content []byte) {
	if secret.Name(e.Name) != "" {
		return // is refused as it is
	}
	if found := c.secrets.Content(e.Name, content); len(found) > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.found[e.Name] = found
	}
}

// secret refuses files that must stay secret, by name and by content.
func (c *collector) secret() {
	for _, e := range c.tree.Entries {
		if what := secret.Name(e.Name); what != "" {
			c.add(SecretFile, Refused, "file", e.Name, "take {it|them} out: .layerignore names what a directory keeps to itself", "{is|are} of a kind that must not leave: %s", what)
		}
	}
	const advice = "take it out of the layer, and out of use: who has read a published layer has the secret"
	installed := c.installed()
	for name, found := range c.found {
		public := tests.MatchString(name) && (installed[name] || strings.Contains(name, "node_modules/"))
		for _, m := range found {
			said := slices.ContainsFunc(found, func(o secret.Match) bool { return o.Sure && o.Line == m.Line })
			switch {
			case m.Sure && public:
				c.addAt(PossibleSecret, Note, name, m.Line, "", "{has|have} what looks like a secret, among the tests of {an installed package|installed packages}: %s", m.About)
			case m.Sure:
				c.addAt(Secret, Refused, name, m.Line, advice, "{has|have} what looks like a secret: %s", m.About)
			case !said && !public:
				c.addAt(PossibleSecret, Note, name, m.Line, advice, "{has|have} what may be a secret: %s", m.About)
			}
		}
	}
}

// tests are folders in which packages keep keys that everybody has.
var tests = regexp.MustCompile(`(?:^|/)(?:tests?|__tests__|testing|test-fixtures|fixtures|examples?)/`)

// installed are the files that installed distributions of Python list as theirs.
func (c *collector) installed() map[string]bool {
	list := map[string]bool{}
	for name, text := range c.texts {
		if path.Base(name) != "RECORD" {
			continue
		}
		site := path.Dir(path.Dir(name))
		for line := range strings.Lines(string(text)) {
			file, _, _ := strings.Cut(line, ",")
			list[path.Join(site, file)] = true
		}
	}
	return list
}

// addAt is add for a line of a file.
func (c *collector) addAt(code Code, level Level, name string, line int, advice, format string, args ...any) {
	f := c.add(code, level, "file", name, advice, format, args...)
	if f.Lines == nil {
		f.Lines = map[string]int{}
	}
	f.Lines[name] = line
}

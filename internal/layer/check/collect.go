package check

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/layer/ignore"
	"github.com/layerfleet/layerfleet/internal/layer/native"
	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
	"github.com/layerfleet/layerfleet/internal/layer/secret"
)

// collector keeps what reading a layer showed, and what was found in it.
type collector struct {
	options  Options
	runtimes []*runtimes.Runtime // the declared ones that are known
	secrets  *secret.Scanner
	tree     *archive.Tree

	mu    sync.Mutex // over what follows
	kinds map[string]*Finding
	elf   map[string]*native.File // path → what it says
	alien map[string]string       // path → the other system that its code is for
	texts map[string][]byte       // small files that packages explain themselves with
	class map[string]int          // path → class file version
	found map[string][]secret.Match
}

// scanner has the rules, which never change and take some time to read.
var scanner = sync.OnceValues(secret.NewScanner)

func newCollector(o Options) (*collector, error) {
	scanner, err := scanner()
	if err != nil {
		return nil, err
	}
	c := &collector{
		options: o, secrets: scanner, kinds: map[string]*Finding{}, elf: map[string]*native.File{}, alien: map[string]string{},
		texts: map[string][]byte{}, class: map[string]int{}, found: map[string][]secret.Match{},
	}
	for _, id := range o.Runtimes {
		if r := runtimes.Find(id); r != nil {
			c.runtimes = append(c.runtimes, r)
		}
	}
	return c, nil
}

// mostText is the largest metadata file that is read, in bytes.
const mostText = 1 << 20

// visit looks into a file. Several run at once.
func (c *collector) visit(e *archive.Entry, content []byte) error {
	if e.Kind == native.Plain || e.Kind == native.Script {
		c.leaks(e, content)
	}
	switch {
	case e.Kind == native.ELF:
		f, err := native.Read(content)
		if err != nil {
			c.add(BrokenNative, Note, "file", e.Name, "", "{begins|begin} as native code, and cannot be read as such: damaged, or cut short?")
		}
		if f == nil || !f.Loadable {
			return nil
		}
		c.mu.Lock()
		if f.System != "" {
			c.alien[e.Name] = f.System
		} else {
			c.elf[e.Name] = f
		}
		c.mu.Unlock()
	case e.Kind.Foreign():
		if e.Kind == native.PE && native.Managed(content) {
			return nil
		}
		c.mu.Lock()
		c.alien[e.Name] = e.Kind.String()
		c.mu.Unlock()
	case e.Kind == native.Class:
		c.mu.Lock()
		c.class[e.Name] = native.ClassVersion(content)
		c.mu.Unlock()
	case path.Ext(e.Name) == ".jar":
		if v := jarVersion(content); v > 0 {
			c.mu.Lock()
			c.class[e.Name] = v
			c.mu.Unlock()
		}
	case explains(e.Name) && len(content) <= mostText:
		c.mu.Lock()
		c.texts[e.Name] = slices.Clone(content)
		c.mu.Unlock()
	}
	return nil
}

// explains reports whether a file is one that packages explain themselves with.
func explains(name string) bool {
	base := path.Base(name)
	return (base == "METADATA" || base == "RECORD") && strings.HasSuffix(path.Dir(name), ".dist-info") || base == "package.json" && strings.Contains(name, "node_modules/")
}

// numbers are the places of a text that depend on how many paths there are.
var numbers = regexp.MustCompile(`\{([^|}]*)\|([^|}]*)\}`)

// agree makes a text agree with a number.
func agree(text string, n int) string {
	return numbers.ReplaceAllStringFunc(text, func(s string) string {
		m := numbers.FindStringSubmatch(s)
		return count.Word(n, m[1], m[2])
	})
}

// add notes a path with a problem. Texts with {is|are} follow the number of paths.
func (c *collector) add(code Code, level Level, noun, name, advice, format string, args ...any) *Finding {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	allowed := ""
	if level == Refused {
		if allowed = c.allowed(name); allowed != "" {
			level = Note
		}
	}
	key := string(code) + "\x00" + text + "\x00" + allowed
	f := c.kinds[key]
	if f == nil {
		f = &Finding{Code: code, Level: level, Text: text, Paths: []string{}, Advice: advice, Allowed: allowed, noun: noun}
		c.kinds[key] = f
	}
	if name != "" {
		f.Paths = append(f.Paths, name)
	}
	return f
}

// whole notes a problem of the layer as a whole.
func (c *collector) whole(code Code, level Level, advice, format string, args ...any) {
	c.add(code, level, "", "", advice, format, args...)
}

// allowed is the reason why a path passes; empty where it does not.
func (c *collector) allowed(name string) string {
	for _, a := range c.options.Allow {
		if name != "" && ignore.Parse(a.Path).Ignores(name, false) {
			return a.Reason
		}
	}
	return ""
}

// findings are what was found, refused ones first.
func (c *collector) findings() []*Finding {
	c.unused()
	list := make([]*Finding, 0, len(c.kinds))
	for _, f := range c.kinds {
		slices.Sort(f.Paths)
		f.Paths = slices.Compact(f.Paths)
		f.Text, f.Advice = agree(f.Text, len(f.Paths)), agree(f.Advice, len(f.Paths))
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Code, b.Code), slices.Compare(a.Paths, b.Paths), cmp.Compare(a.Text, b.Text))
	})
	return list
}

// unused says which exceptions nothing needed: they would let something else pass
// another day.
func (c *collector) unused() {
	for _, a := range c.options.Allow {
		used := false
		for _, f := range c.kinds {
			used = used || f.Allowed == a.Reason && slices.ContainsFunc(f.Paths, func(p string) bool { return ignore.Parse(a.Path).Ignores(p, false) })
		}
		if !used {
			c.whole(AllowUnused, Note, "take it out", "allow: %s lets nothing pass that would be refused", a.Path)
		}
	}
}

// modes looks for what a function, which is not the owner of the files, may not do.
func (c *collector) modes() {
	for _, e := range c.tree.Entries {
		if e.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			c.add(SetUID, Refused, "file", e.Name, "pack it without", "{has|have} the setuid or setgid bit")
		}
		if e.Link != "" {
			continue
		}
		if e.Mode&0o004 == 0 {
			c.add(UnreadableMode, Refused, "file", e.Name, "AWS asks for 0644, and 0755 for folders and programs",
				"{has|have} mode %04o: functions do not run as the owner, and may not read {it|them}", e.Mode.Perm())
		}
		if folder, _ := path.Split(e.Name); folder == extensions && e.Mode&0o001 == 0 {
			c.add(NotExecutable, Refused, "file", e.Name, "chmod 755 before packing", "{has|have} mode %04o: Lambda starts what is in extensions/, and may not execute {it|them}", e.Mode.Perm())
		} else if folder == "bin/" && e.Kind == native.ELF && e.Mode&0o001 == 0 {
			c.add(NotExecutable, Refused, "file", e.Name, "chmod 755 before packing", "{is a program|are programs} in a folder of PATH with mode %04o, which functions may not execute", e.Mode.Perm())
		}
	}
	for _, e := range c.tree.Folders {
		if e.Mode&0o005 != 0o005 {
			c.add(UnreadableMode, Refused, "folder", e.Name+"/", "AWS asks for 0644, and 0755 for folders and programs",
				"{has|have} mode %04o: functions do not run as the owner, and may not enter {it|them}", e.Mode.Perm())
		}
	}
}

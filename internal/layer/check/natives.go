package check

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/layer/native"
	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
)

// natives looks at compiled code: its system and processor, and what it needs.
func (c *collector) natives() {
	units := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(c.elf)) {
		units[group(name)] = append(units[group(name)], name)
	}
	found := map[string]bool{}
	for _, names := range units {
		for _, name := range names {
			found[c.elf[name].Arch] = true
		}
		c.architectures(names)
	}
	if len(c.options.Architectures) == 0 && len(found) == 1 {
		for _, name := range slices.Sorted(maps.Keys(c.elf)) {
			c.add(NoArchitecture, Note, "file", name, "declare them: architectures: [x86_64]", "{is|are} for %s, and the layer declares no architectures", c.elf[name].Arch)
		}
	}
	c.foreign()
	provided := c.provided()
	for name, f := range c.elf {
		switch {
		case !c.declares(f.Arch):
		case f.Musl() || strings.Contains(path.Base(name), "-musl"):
			c.add(Musl, Note, "file", name, "install the packages for glibc: pip's manylinux, npm's linux without musl", "{is|are} for musl (Alpine): Lambda's runtimes have glibc and cannot load {it|them}")
		default:
			c.needs(name, f, provided)
		}
	}
}

// group is a file's unit; an extension module of Python is one by itself, as each has
// to be there for every processor.
func group(name string) string {
	if m, ok := pythonModule(name); ok && m.tag != "" {
		return m.dir + "/" + m.name
	}
	return unit(name)
}

// architectures compares the code of a unit with the declared processors: Lambda does
// not, and a function would fail when it loads the file.
func (c *collector) architectures(names []string) {
	declared := c.options.Architectures
	var have []string
	for _, name := range names {
		have = append(have, c.elf[name].Arch)
	}
	slices.Sort(have)
	have = slices.Compact(have)
	var missing []string
	for _, a := range declared {
		if !slices.Contains(have, a) {
			missing = append(missing, a)
		}
	}
	advice := "build it for " + strings.Join(declared, " and ") + ", or correct architectures"
	lambda := slices.ContainsFunc(have, func(a string) bool { return a == "x86_64" || a == "arm64" })
	for _, name := range names {
		a := c.elf[name].Arch
		switch {
		case !lambda:
			c.add(WrongArchitecture, Refused, "file", name, "build it for x86_64 or arm64", "{is|are} for %s, which Lambda does not have", a)
		case len(declared) == 0:
		case len(missing) == len(declared):
			c.add(WrongArchitecture, Refused, "file", name, advice, "{is|are} for %s, but the layer declares %s", a, strings.Join(declared, " and "))
		case len(missing) > 0 && c.declares(a):
			c.add(MissingArchitecture, Refused, "file", name, "add the code for "+strings.Join(missing, " and ")+", or publish a layer for each architecture",
				"{is|are} for %s only, and architectures declares %s as well", a, strings.Join(missing, " and "))
		case !c.declares(a):
			c.add(OtherArchitecture, Note, "file", name, "", "{is|are} for %s, which architectures does not declare: {it takes|they take} room", a)
		}
	}
}

// declares reports whether the layer is for a processor. One that declares none may be
// for any.
func (c *collector) declares(arch string) bool {
	return len(c.options.Architectures) == 0 || slices.Contains(c.options.Architectures, arch)
}

// elsewhere are packages that are for one other system by purpose, and optional.
var elsewhere = []string{"fsevents"}

// foreign looks for code of other systems: beside code for Linux it takes room, alone it
// says that the layer was made on that system.
func (c *collector) foreign() {
	linux := map[string]bool{}
	for name := range c.elf {
		linux[unit(name)] = true
	}
	for name, system := range c.alien {
		u := unit(name)
		alone := !linux[u] && library(name) && !slices.Contains(elsewhere, path.Base(u))
		if alone {
			c.add(ForeignSystem, Refused, "file", name, "install the packages for Linux: pip install --platform manylinux_2_28_x86_64 --only-binary :all:, npm install --os linux --cpu x64",
				"{is|are} for %s only: Lambda runs Linux, and cannot load {it|them}", system)
		} else {
			c.add(ForeignBeside, Note, "file", name, "", "{is|are} for %s, which Lambda cannot load: {it takes|they take} room", system)
		}
	}
}

// library reports whether a file of another system is one that code loads: programs
// for Windows lie in packages of Python's own installers.
func library(name string) bool {
	switch path.Ext(name) {
	case ".so", ".node", ".dylib", ".dll", ".pyd":
		return true
	case "":
		return true // a program of macOS
	}
	return strings.Contains(path.Base(name), ".dylib.") || strings.Contains(path.Base(name), ".so.")
}

// provided are the libraries that the layer itself brings, by file name and soname.
func (c *collector) provided() map[string]bool {
	have := map[string]bool{}
	for name, f := range c.elf {
		have[path.Base(name)] = true
		have[f.Soname] = true
	}
	for _, e := range c.tree.Entries {
		if e.Link != "" {
			have[path.Base(e.Name)] = true
		}
	}
	return have
}

// needs compares what a file needs with the systems of the runtimes that load it.
func (c *collector) needs(name string, f *native.File, provided map[string]bool) {
	const instructions = "x86-64-v2"
	if f.Level > 2 {
		c.add(InstructionSet, Note, "file", name, "", "{needs|need} x86-64-v%d, above %s: AWS says that its x86_64 functions have AVX2, and nothing of the rest", f.Level, instructions)
	}
	loaders, level := c.loaders(name), Refused
	if len(c.options.Runtimes) == 0 {
		// Whatever it is for: no runtime has more than the newest system.
		loaders, level = []*runtimes.Runtime{runtimes.Newest()}, Note
	}
	for _, system := range systems(loaders) {
		above := map[string]string{} // word → highest version that is missing
		for _, v := range f.Versions {
			if has, known := system.Has(v.Name); known && !has && !provided[v.Library] {
				word, number, _ := strings.Cut(v.Name, "_")
				if above[word] == "" || runtimes.CompareVersions(number, above[word]) > 0 {
					above[word] = number
				}
			}
		}
		for word, number := range above {
			c.add(SymbolVersion, level, "file", name, "build it on "+system.Name+", or take packages for it: a wheel's tag may promise an older system than its files need",
				"{needs|need} %s_%s, and %s has %s_%s at most (%s)", word, number, system.Name, word, system.Symbols[word], ids(loaders, system))
		}
		for _, n := range f.Needed {
			if !provided[n] && !slices.Contains(system.Libraries, n) && !strings.HasPrefix(n, "libpython3") && !strings.HasPrefix(n, "libjvm") {
				c.add(MissingLibrary, Note, "file", name, "put it into the layer's lib/ folder", "{needs|need} %s, which is neither in the layer nor known to be in %s", n, system.Name)
			}
		}
	}
}

// loaders are the declared runtimes that load a file: a Python extension with a tag is
// for one, what lies in a language's folder for those of the language.
func (c *collector) loaders(name string) []*runtimes.Runtime {
	alone := only(name)
	return slices.DeleteFunc(slices.Clone(c.runtimes), func(r *runtimes.Runtime) bool {
		if alone != "" && r.ID != alone {
			return true
		}
		if m, ok := pythonModule(name); ok && r.Python != "" {
			version, any := loadsOn(m.tag)
			return !any && version != r.Python
		}
		for folder, is := range map[string]bool{"python/": r.Python != "", "nodejs/": r.NodeMajor > 0, "java/": r.JavaClass > 0, "ruby/": r.Ruby != ""} {
			if strings.HasPrefix(name, folder) {
				return !is
			}
		}
		return false
	})
}

// systems are those of a list of runtimes, each once.
func systems(list []*runtimes.Runtime) []*runtimes.System {
	var out []*runtimes.System
	for _, r := range list {
		if !slices.Contains(out, r.System) {
			out = append(out, r.System)
		}
	}
	return out
}

// ids names the runtimes of a system.
func ids(list []*runtimes.Runtime, s *runtimes.System) string {
	var names []string
	for _, r := range list {
		if r.System == s {
			names = append(names, r.ID)
		}
	}
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

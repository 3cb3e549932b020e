package check

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// extensions is where Lambda starts external extensions from, whatever the runtime.
const extensions = "extensions/"

// homes are the folders that hold packages, each in its own folder or file.
var homes = regexp.MustCompile(`^(python/lib/python[0-9.]+/site-packages/|python/|ruby/gems/[^/]+/gems/|java/lib/)`)

// unit is what native code belongs together with: the package, whatever system and
// processor a part of it is for. sharp's parts lie in @img/sharp-linux-x64 and
// @img/sharp-darwin-arm64: one unit.
func unit(name string) string {
	if i := strings.LastIndex(name, "node_modules/"); i >= 0 {
		parts := strings.SplitN(name[i+len("node_modules/"):], "/", 3)
		pkg := parts[0]
		if strings.HasPrefix(pkg, "@") && len(parts) > 1 {
			return name[:i] + pkg + "/" + neutral(parts[1])
		}
		return name[:i] + neutral(pkg)
	}
	home := homes.FindString(name)
	first, _, deeper := strings.Cut(name[len(home):], "/")
	switch {
	case home == "" && deeper:
		return first + "/" // lib/, bin/, extensions/: what is there belongs together
	case !deeper:
		first, _, _ = strings.Cut(first, ".") // the module's name
	}
	return home + strings.TrimSuffix(first, ".libs")
}

// platforms are words for systems and processors in names of npm packages.
var platforms = strings.Fields(`linux linuxmusl darwin macos osx win32 windows win freebsd android sunos aix openbsd netbsd openharmony
	x64 x86 ia32 amd64 arm64 aarch64 arm armv6 armv7 armv7l armhf 64 32 gnu glibc musl msvc gnueabihf musleabihf eabi gnueabi musleabi
	riscv64 ppc64 ppc64le s390x loong64 mips64el universal wasm32 wasi wasm`)

// neutral takes the words for systems and processors off the end of a name.
func neutral(name string) string {
	name = strings.ReplaceAll(name, "x86_64", "x64")
	for {
		i := strings.LastIndexAny(name, "-_")
		if !slices.Contains(platforms, name[i+1:]) {
			return name
		}
		if i < 0 {
			return ""
		}
		name = name[:i]
	}
}

// module is a Python extension module by its file name.
type module struct {
	dir, name string // of the folder and of what import says
	// tag is what stands between name and suffix, such as cpython-312-x86_64-linux-gnu,
	// abi3, or nothing.
	tag string
}

// pythonModule reads the name of a file that may be an extension module.
func pythonModule(name string) (m module, ok bool) {
	ext := path.Ext(name)
	if !strings.HasPrefix(name, "python/") || ext != ".so" && ext != ".pyd" {
		return m, false
	}
	m.dir = path.Dir(name)
	m.name, m.tag, _ = strings.Cut(strings.TrimSuffix(path.Base(name), ext), ".")
	return m, true
}

var (
	cpythonTag = regexp.MustCompile(`^(?:cpython-|cp)([0-9])([0-9]{1,2})([a-z]*)(?:[-_].*)?$`)
	otherTag   = regexp.MustCompile(`^(pypy|graalpy|pp|jython|pyston)[0-9]`)
)

// loadsOn is the version of CPython that alone loads a tag, such as "3.12"; any says
// that the tag binds to none, and neither that no CPython of Lambda loads it.
func loadsOn(tag string) (version string, any bool) {
	m := cpythonTag.FindStringSubmatch(tag)
	switch {
	case m != nil && m[3] != "" && m[3] != "m": // t is without the GIL, d for debugging: other builds
		return "", false
	case m != nil:
		return m[1] + "." + m[2], false
	case otherTag.MatchString(tag):
		return "", false
	}
	return "", true
}

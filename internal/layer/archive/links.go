package archive

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

var errEmpty = errors.New("there are no files in it")

// check looks at the tree that the entries make: names, where links lead, and size.
// The entries are sorted by name.
func check(entries []Entry) error {
	if len(entries) == 0 {
		return errEmpty
	}
	if size := total(entries); size > MaxUnzipped {
		return tooBigUnzipped(size, entries)
	}
	t := tree{leaves: make(map[string]*Entry, len(entries)), dirs: map[string]bool{".": true}}
	for i := range entries {
		e := &entries[i]
		if err := validName(e.Name); err != nil {
			return badName(e.Name, err)
		}
		t.leaves[e.Name] = e
		for dir := path.Dir(e.Name); !t.dirs[dir]; dir = path.Dir(dir) {
			t.dirs[dir] = true
		}
	}
	for i := range entries {
		e := &entries[i]
		if t.dirs[e.Name] {
			// What is written through a link lands where the link leads.
			return &EntryError{e.Name, "has other entries below it, although it is no directory", ""}
		}
		if e.Link != "" {
			if err := t.follow(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// tree is what the archive would unpack to.
type tree struct {
	leaves map[string]*Entry
	dirs   map[string]bool
}

// follow walks from a link to what it stands for, through other links, and refuses
// to leave the archive on the way, even to come back.
func (t tree) follow(e *Entry) error {
	const most = 40 // as Linux follows
	fail := func(problem string, args ...any) error {
		return &EntryError{e.Name, fmt.Sprintf("is a symbolic link to %q, ", e.Link) + fmt.Sprintf(problem, args...), "a layer's links lead to its own files, by relative paths"}
	}
	if r, found := hidden(e.Link); found {
		return fail("which has the control character %U", r)
	}
	if strings.HasPrefix(e.Link, "/") || strings.Contains(e.Link, `\`) || strings.Contains(e.Link, ":/") {
		return fail("which is absolute")
	}
	here := path.Dir(e.Name)
	todo := strings.Split(e.Link, "/")
	for followed := 1; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if here == "." {
				return fail("which leads outside the archive")
			}
			here = path.Dir(here)
			continue
		}
		next := path.Join(here, part)
		leaf := t.leaves[next]
		switch {
		case t.dirs[next]:
			here = next
		case leaf == nil:
			return fail("where nothing is")
		case leaf.Link == "":
			if len(todo) > 0 {
				return fail("which goes through a file")
			}
			return nil
		case strings.HasPrefix(leaf.Link, "/"):
			return fail("which leads on to %q", leaf.Link)
		default:
			if followed++; followed > most {
				return fail("which leads in a circle")
			}
			todo = append(strings.Split(leaf.Link, "/"), todo...)
		}
	}
	return nil
}

package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// validName refuses names that lead outside, that systems understand differently, or
// that show as something else than they are.
func validName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("it is not UTF-8")
	case strings.Contains(name, `\`):
		return errors.New(`it has a backslash, which some systems take for a slash`)
	case strings.HasPrefix(name, "/"):
		return errors.New("it is absolute")
	case slices.Contains(strings.Split(name, "/"), ".."):
		return errors.New("it leads outside the archive")
	case !fs.ValidPath(name), name == ".":
		return errors.New("it is not in its shortest form")
	}
	if r, found := hidden(name); found {
		return fmt.Errorf("it has the control character %U, which can forge what a terminal shows", r)
	}
	return nil
}

// hidden finds a control character, or one that changes the direction of text.
func hidden(name string) (rune, bool) {
	for _, r := range name {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return r, true
		}
	}
	return 0, false
}

// badName is the error of a name.
func badName(name string, err error) error {
	return &EntryError{name, "has a name that cannot be unpacked: " + err.Error(), "pack the archive again from inside its directory"}
}

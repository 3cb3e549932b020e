package doc

import (
	"errors"
	"strings"
)

// Loader says how the scalars of a text are read. The engines do it
// differently per release and per command, and verdicts depend on it.
type Loader uint8

const (
	// LoadValues reads JSON as it is, and YAML by its core schema: what the
	// engines do with a document that reaches them as a value, such as a
	// configuration item.
	LoadValues Loader = iota
	// LoadCLI2 reads as "cfn-guard validate" 2.1.3 does.
	LoadCLI2
	// LoadCLI3 reads as "cfn-guard validate" 3.1.1 does.
	LoadCLI3
	// LoadTest reads as "cfn-guard test" does.
	LoadTest
)

// String gives the name that command lines use.
func (l Loader) String() string {
	return [...]string{"value", "2.1", "3.1", "test"}[l]
}

// Load reads a JSON or YAML text.
func Load(name string, text []byte, l Loader) (*Document, error) {
	return LoadWithin(name, text, l, Limits{})
}

// LoadWithin is [Load] with limits.
func LoadWithin(name string, text []byte, l Loader, limits Limits) (*Document, error) {
	b := newBuilder(name, limits, len(text))
	if len(text) > b.limits.MaxBytes {
		return nil, b.err(0, 0, "larger than %d bytes", b.limits.MaxBytes)
	}
	src := string(text)
	jsonLike := strings.HasPrefix(strings.TrimLeft(src, " \t\r\n"), "{")
	if jsonLike && readsAlike(src, l) {
		d, err := parseJSON(b, src, plainOf(l))
		if err == nil {
			return d, nil
		}
		b = newBuilder(name, limits, len(text))
	}
	return parseYAML(b, src, l)
}

// ParseJSON reads a JSON text; whole numbers are integers.
func ParseJSON(text []byte) (*Document, error) {
	b := newBuilder("", Limits{}, len(text))
	if len(text) > b.limits.MaxBytes {
		return nil, b.err(0, 0, "larger than %d bytes", b.limits.MaxBytes)
	}
	return parseJSON(b, string(text), plainJSON)
}

// readsAlike reports whether a JSON text means the same to a YAML reader. The
// exceptions: surrogate pairs (YAML knows none), tabs before the first value,
// and names that are longer than YAML allows for a simple key or whose colon
// stands in another line.
func readsAlike(src string, l Loader) bool {
	if l == LoadValues {
		return true
	}
	brace := strings.IndexByte(src, '{')
	return !strings.ContainsAny(src[:brace], "\t") && !strings.Contains(src, `\u`) &&
		!strings.Contains(src, "\x7f") && simpleKeys(src)
}

// simpleKeys reports whether all colons of a text follow their names in the
// line, and no line could hold a name of more than 1,024 characters.
func simpleKeys(src string) bool {
	for rest := src; ; {
		n := strings.IndexByte(rest, ':')
		if n < 0 {
			return true
		}
		before := strings.TrimRight(rest[:n], " \t\r")
		if strings.HasSuffix(before, "\n") {
			return false
		}
		const most = 1000
		if q := strings.LastIndexByte(strings.TrimSuffix(before, `"`), '"'); strings.HasSuffix(before, `"`) && n-q > most {
			return false
		}
		rest = rest[n+1:]
	}
}

// plainOf gives the reader of what is not quoted.
func plainOf(l Loader) func(string) (Value, error) {
	if l == LoadCLI2 || l == LoadCLI3 {
		return func(token string) (Value, error) {
			if _, err := plainJSON(token); err != nil {
				return Value{}, err // not JSON: let YAML have a look
			}
			return plainCLI(token, l), nil
		}
	}
	return plainJSON
}

func plainJSON(token string) (Value, error) {
	switch token {
	case "true":
		return *NewBool(true), nil
	case "false":
		return *NewBool(false), nil
	case "null":
		return Value{}, nil
	}
	if !jsonNumber(token) {
		return Value{}, errors.New("expected a value")
	}
	return number(token)
}

// jsonNumber reports whether a token is a number as JSON writes it.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		return s != "" && digits(s) == len(s)
	}
	return s == ""
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

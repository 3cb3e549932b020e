package configsql

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shape is the tree of selected properties, in order of first mention.
type shape struct {
	name     string
	whole    bool // the property is selected with all below it
	children []*shape
}

func newShape(fields []field) *shape {
	root := &shape{}
	for _, f := range fields {
		switch {
		case f.fn != "":
			root.child(f.name).whole = true
		case f.path == "*":
			for _, name := range everything {
				root.child(name).whole = true
			}
		default:
			node := root
			for part := range strings.SplitSeq(f.path, ".") {
				node = node.child(part)
			}
			node.whole = true
		}
	}
	return root
}

func (s *shape) child(name string) *shape {
	for _, c := range s.children {
		if c.name == name {
			return c
		}
	}
	c := &shape{name: name}
	s.children = append(s.children, c)
	return c
}

// append writes the selected part of a row.
func (s *shape) append(b []byte, get func(string) (any, bool)) []byte {
	b = append(b, '{')
	start := len(b)
	for _, c := range s.children {
		tree, ok := get(c.name)
		if !ok {
			continue
		}
		b = c.member(b, start, tree)
	}
	return append(b, '}')
}

// member writes "name":value, or nothing if the selected part of the value is empty.
func (s *shape) member(b []byte, start int, tree any) []byte {
	before := len(b)
	if len(b) > start {
		b = append(b, ',')
	}
	b = appendString(b, s.name)
	b = append(b, ':')
	b, ok := s.value(b, tree)
	if !ok {
		return b[:before]
	}
	return b
}

// value writes the selected part of a tree: of a list, that of each element.
func (s *shape) value(b []byte, tree any) ([]byte, bool) {
	if s.whole {
		return appendTree(b, tree), true
	}
	switch t := tree.(type) {
	case []any:
		b = append(b, '[')
		start := len(b)
		for _, element := range t {
			before := len(b)
			if before > start {
				b = append(b, ',')
			}
			var ok bool
			if b, ok = s.value(b, element); !ok {
				b = b[:before]
			}
		}
		return append(b, ']'), true
	case map[string]any:
		b = append(b, '{')
		start := len(b)
		for _, c := range s.children {
			if v, ok := t[c.name]; ok {
				b = c.member(b, start, v)
			}
		}
		return append(b, '}'), len(b) > start
	default:
		return b, false
	}
}

// count is the result of COUNT, the one number that AWS's answers show without a fraction.
type count int64

// appendTree writes a JSON tree with sorted keys.
func appendTree(b []byte, tree any) []byte {
	switch t := tree.(type) {
	case map[string]any:
		keys := make([]string, 0, len(t))
		for k := range t {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, k), ':')
			b = appendTree(b, t[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, element := range t {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTree(b, element)
		}
		return append(b, ']')
	case string:
		return appendString(b, t)
	case float64:
		return appendNumber(b, t)
	case int64:
		return appendNumber(b, float64(t))
	case count:
		return strconv.AppendInt(b, int64(t), 10)
	case bool:
		return strconv.AppendBool(b, t)
	default:
		return append(b, "null"...)
	}
}

// appendNumber writes a number as AWS's answers show it: 100.0, never 100 (reference sheet §3.1).
func appendNumber(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(b, "null"...)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if !slices.Contains(b[start:], '.') {
		b = append(b, '.', '0')
	}
	return b
}

const hexDigits = "0123456789abcdef"

// appendString writes a string as AWS's answers do, with the characters of HTML escaped: \u003d for =.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == '=' || c == '\'':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}

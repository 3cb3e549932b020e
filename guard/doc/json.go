package doc

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON and notes where values are.
type scanner struct {
	*builder
	src     string
	i       int
	line    int
	counted int                               // offset up to which the columns of the line are counted
	column  int                               // of that offset
	plain   func(token string) (Value, error) // reads what is not quoted
}

// parseJSON reads a JSON text; plain turns numbers, true, false and null into
// values, since the loaders differ.
func parseJSON(b *builder, src string, plain func(string) (Value, error)) (*Document, error) {
	s := &scanner{builder: b, src: src, line: 1, column: 1, plain: plain}
	s.space()
	root, err := s.value()
	if err != nil {
		return nil, err
	}
	s.space()
	if s.i < len(src) {
		return nil, s.fail("unexpected text after the document")
	}
	return b.document(root), nil
}

// at is the place of the next character; columns count characters.
func (s *scanner) at() (line, col int) {
	s.column += utf8.RuneCountInString(s.src[s.counted:s.i])
	s.counted = s.i
	return s.line, s.column
}

func (s *scanner) fail(reason string) error {
	line, col := s.at()
	return s.err(line, col, "%s", reason)
}

func (s *scanner) space() {
	for s.i < len(s.src) {
		switch s.src[s.i] {
		case '\n':
			s.line++
			s.counted, s.column = s.i+1, 1
		case ' ', '\t', '\r':
		default:
			return
		}
		s.i++
	}
}

func (s *scanner) value() (Value, error) {
	if s.i >= len(s.src) {
		return Value{}, s.fail("unexpected end of the document")
	}
	line, col := s.at()
	var v Value
	var err error
	switch s.src[s.i] {
	case '{':
		return s.object(line, col)
	case '[':
		return s.array(line, col)
	case '"':
		v.kind = String
		v.str, err = s.text()
	default:
		start := s.i
		for s.i < len(s.src) && strings.IndexByte(" \t\r\n,]}:\"[{", s.src[s.i]) < 0 {
			s.i++
		}
		if v, err = s.plain(s.src[start:s.i]); err != nil {
			err = s.err(line, col, "%s", err.Error())
		}
	}
	v.line, v.col = int32(line), int32(col) //nolint:gosec // texts are limited
	return v, err
}

func (s *scanner) array(line, col int) (Value, error) {
	mark, err := s.open(line, col)
	if err != nil {
		return Value{}, err
	}
	s.i++
	for first := true; ; first = false {
		s.space()
		if done, err := s.next(']', first); done || err != nil {
			return s.end(List, mark, line, col), err
		}
		v, err := s.value()
		if err != nil {
			return Value{}, err
		}
		if err := s.push(v); err != nil {
			return Value{}, err
		}
	}
}

// next handles what is between members: the end, or a comma.
func (s *scanner) next(closing byte, first bool) (done bool, err error) {
	if s.i >= len(s.src) {
		return false, s.fail("unexpected end of the document")
	}
	switch c := s.src[s.i]; {
	case c == closing:
		s.i++
		return true, nil
	case first:
		return false, nil
	case c == ',':
		s.i++
		s.space()
		if s.i < len(s.src) && s.src[s.i] == closing {
			return false, s.fail("nothing after the comma")
		}
		return false, nil
	}
	return false, s.fail("expected ',' or '" + string(rune(closing)) + "'")
}

func (s *scanner) object(line, col int) (Value, error) {
	mark, err := s.open(line, col)
	if err != nil {
		return Value{}, err
	}
	s.i++
	for first := true; ; first = false {
		s.space()
		if done, err := s.next('}', first); done || err != nil {
			return s.end(Map, mark, line, col), err
		}
		if s.i >= len(s.src) || s.src[s.i] != '"' {
			return Value{}, s.fail("expected a name in quotes")
		}
		key, err := s.text()
		if err != nil {
			return Value{}, err
		}
		s.space()
		if s.i >= len(s.src) || s.src[s.i] != ':' {
			return Value{}, s.fail("expected ':'")
		}
		s.i++
		s.space()
		v, err := s.value()
		if err != nil {
			return Value{}, err
		}
		v.key = key
		if err := s.push(v); err != nil {
			return Value{}, err
		}
	}
}

// text reads a string; without escapes it is a part of the source.
func (s *scanner) text() (string, error) {
	s.i++
	start := s.i
	for s.i < len(s.src) {
		switch c := s.src[s.i]; {
		case c == '"':
			out := s.src[start:s.i]
			s.i++
			if !utf8.ValidString(out) {
				return "", s.fail("text is not UTF-8")
			}
			return out, nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", s.fail("control character in a string")
		}
		s.i++
	}
	return "", s.fail("string is not closed")
}

func (s *scanner) escaped(start int) (string, error) {
	var b strings.Builder
	b.WriteString(s.src[start:s.i])
	for s.i < len(s.src) {
		c := s.src[s.i]
		switch {
		case c == '"':
			s.i++
			if !utf8.ValidString(b.String()) {
				return "", s.fail("text is not UTF-8")
			}
			return b.String(), nil
		case c < ' ':
			return "", s.fail("control character in a string")
		case c != '\\':
			b.WriteByte(c)
			s.i++
			continue
		}
		if err := s.escape(&b); err != nil {
			return "", err
		}
	}
	return "", s.fail("string is not closed")
}

func (s *scanner) escape(b *strings.Builder) error {
	if s.i+1 >= len(s.src) {
		return s.fail("string is not closed")
	}
	c := s.src[s.i+1]
	if n := strings.IndexByte(`"\/bfnrt`, c); n >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[n])
		s.i += 2
		return nil
	}
	if c != 'u' {
		return s.fail("unknown escape")
	}
	r, err := s.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		if !strings.HasPrefix(s.src[s.i:], `\u`) {
			return s.fail("half of a surrogate pair")
		}
		low, err := s.hex()
		if err != nil {
			return err
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return s.fail("half of a surrogate pair")
		}
	}
	b.WriteRune(r)
	return nil
}

// hex reads \uXXXX.
func (s *scanner) hex() (rune, error) {
	const length = 6
	if s.i+length > len(s.src) {
		return 0, s.fail("unknown escape")
	}
	n, err := strconv.ParseUint(s.src[s.i+2:s.i+length], 16, 32)
	if err != nil {
		return 0, s.fail("unknown escape")
	}
	s.i += length
	return rune(n), nil //nolint:gosec // four hex digits
}

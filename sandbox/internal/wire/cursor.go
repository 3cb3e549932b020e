package wire

import (
	"encoding/json"
	"unicode/utf8"
)

// cursor walks a JSON text that is known to be valid, so it checks for no errors.
type cursor struct {
	data []byte
	pos  int
}

// newCursor checks the text; an error of encoding/json says what is wrong with it.
func newCursor(data []byte) (*cursor, error) {
	if !json.Valid(data) {
		var v json.RawMessage
		return nil, json.Unmarshal(data, &v)
	}
	return &cursor{data: data}, nil
}

// peek is the first byte of the next token.
func (c *cursor) peek() byte {
	for c.pos < len(c.data) {
		switch b := c.data[c.pos]; b {
		case ' ', '\t', '\r', '\n':
			c.pos++
		default:
			return b
		}
	}
	return 0
}

// open enters an object or array and says whether it has something in it.
func (c *cursor) open() bool {
	c.peek()
	c.pos++
	return !c.closes()
}

// more passes the comma or the end of an object or array.
func (c *cursor) more() bool {
	if c.closes() {
		return false
	}
	c.pos++ // the comma
	return true
}

func (c *cursor) closes() bool {
	if b := c.peek(); b != '}' && b != ']' {
		return false
	}
	c.pos++
	return true
}

// key reads a member's name and the colon behind it. The bytes are good until the text changes.
func (c *cursor) key() []byte {
	raw, plain := c.quoted()
	c.peek()
	c.pos++
	if plain {
		return raw[1 : len(raw)-1]
	}
	return []byte(unquote(raw))
}

// str reads a string.
func (c *cursor) str() string {
	raw, plain := c.quoted()
	if plain {
		return string(raw[1 : len(raw)-1])
	}
	return unquote(raw)
}

// quoted passes a string with its quotes; plain says that it has no escapes.
func (c *cursor) quoted() (raw []byte, plain bool) {
	c.peek()
	start := c.pos
	plain = true
	for c.pos++; c.data[c.pos] != '"'; c.pos++ {
		switch b := c.data[c.pos]; {
		case b == '\\':
			plain = false
			c.pos++
		case b >= utf8.RuneSelf:
			plain = false
		}
	}
	c.pos++
	return c.data[start:c.pos], plain
}

func unquote(raw []byte) string {
	var s string
	_ = json.Unmarshal(raw, &s) // a valid string, quotes included
	return s
}

// literal passes a number, true, false or null.
func (c *cursor) literal() []byte {
	c.peek()
	start := c.pos
	for c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return c.data[start:c.pos]
		}
		c.pos++
	}
	return c.data[start:]
}

// skip passes a value whatever it is.
func (c *cursor) skip() {
	depth := 0
	for {
		switch c.peek() {
		case '{', '[':
			c.pos++
			depth++
		case '}', ']':
			c.pos++
			depth--
		case ',', ':':
			c.pos++
			continue
		case '"':
			c.quoted()
		default:
			c.literal()
		}
		if depth == 0 {
			return
		}
	}
}

// null passes a null, if the next token is one.
func (c *cursor) null() bool {
	if c.peek() != 'n' {
		return false
	}
	c.pos += len("null")
	return true
}

// tokenName is what AWS calls the type of the next token in its error messages.
func (c *cursor) tokenName() string {
	switch c.peek() {
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	case '"':
		return "STRING_VALUE"
	case 't':
		return "TRUE_VALUE"
	case 'f':
		return "FALSE_VALUE"
	case 'n':
		return "NULL_VALUE"
	default:
		return "NUMBER_VALUE"
	}
}

package configsql

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenName             // keyword or property path; text as written
	tokenString           // text is the value
	tokenNumber           // text as written
	tokenSign             // one of , ( ) * = < >
)

func (k tokenKind) literal() bool { return k == tokenString || k == tokenNumber }

type token struct {
	kind   tokenKind
	text   string
	offset int
}

// is says whether the token is that keyword (given in capitals) or sign.
func (t token) is(word string) bool {
	switch t.kind {
	case tokenName:
		return strings.EqualFold(t.text, word)
	case tokenSign:
		return t.text == word
	default:
		return false
	}
}

// shown is the token as messages quote it.
func (t token) shown() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the query"
	case tokenString:
		return "the string '" + t.text + "'"
	default:
		return t.text
	}
}

// undocumented are operators that SQL has and AWS's page of query components does not.
// UNCONFIRMED: whether the service takes them.
var undocumented = map[string]string{
	"!=": "write NOT property = value",
	"<>": "write NOT property = value",
	"<=": "write NOT property > value (which also holds where the property is missing), or BETWEEN",
	">=": "write NOT property < value (which also holds where the property is missing), or BETWEEN",
}

// scan splits a query into tokens; the last one is tokenEnd.
func scan(src string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'':
			text, n, err := scanString(src, i)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token{tokenString, text, i})
			i += n
		case digit(c) || (c == '-' && i+1 < len(src) && digit(src[i+1])):
			n := numberLength(src[i:])
			if i+n < len(src) && nameByte(src[i+n]) {
				return nil, errorAt(src, i, "strings stand in single quotes", "%s is not a number", src[i:i+n+1])
			}
			tokens = append(tokens, token{tokenNumber, src[i : i+n], i})
			i += n
		case letter(c):
			n := nameLength(src[i:])
			tokens = append(tokens, token{tokenName, src[i : i+n], i})
			i += n
		default:
			if i+1 < len(src) {
				if hint, ok := undocumented[src[i:i+2]]; ok {
					return nil, errorAt(src, i, hint, "the operator %s is not supported", src[i:i+2])
				}
			}
			if strings.IndexByte(",()*=<>", c) < 0 {
				return nil, unexpectedCharacter(src, i)
			}
			tokens = append(tokens, token{tokenSign, src[i : i+1], i})
			i++
		}
	}
	return append(tokens, token{kind: tokenEnd, offset: len(src)}), nil
}

func unexpectedCharacter(src string, at int) error {
	r, _ := utf8.DecodeRuneInString(src[at:])
	hint := ""
	switch r {
	case '"', '`':
		hint = "strings stand in single quotes, property names in none"
	case ';':
		hint = "a query is one statement and ends without a semicolon"
	}
	return errorAt(src, at, hint, "unexpected character %q", r)
}

// scanString reads a string in single quotes; two in a row stand for one.
func scanString(src string, at int) (text string, length int, err error) {
	var b strings.Builder
	for i := at + 1; i < len(src); i++ {
		if src[i] != '\'' {
			b.WriteByte(src[i])
			continue
		}
		if i+1 < len(src) && src[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1 - at, nil
	}
	return "", 0, errorAt(src, at, "", "the string has no closing quote")
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

// nameByte says whether a character may stand in a property path after its first.
func nameByte(c byte) bool { return letter(c) || digit(c) || c == '.' || c == '-' || c == '$' }

func nameLength(s string) int {
	n := 1
	for n < len(s) && nameByte(s[n]) {
		n++
	}
	return n
}

func numberLength(s string) int {
	n := 1
	for n < len(s) && digit(s[n]) {
		n++
	}
	if n+1 < len(s) && s[n] == '.' && digit(s[n+1]) {
		for n++; n < len(s) && digit(s[n]); {
			n++
		}
	}
	return n
}

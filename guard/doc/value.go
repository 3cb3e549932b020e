// Package doc holds the documents that Guard rules look at: JSON and YAML
// texts with the place of every value, and values of Go programs without.
//
// A document is read once and never changed afterwards: any number of
// evaluations may share it. How scalars are read differs between the releases
// of Guard and between their commands; [Loader] chooses.
package doc

import "math"

// Kind is the type of a value.
type Kind uint8

// The kinds of values. Regex, Char and the ranges come from rules and
// functions, never from a document.
const (
	Null Kind = iota
	String
	Regex
	Bool
	Int
	Float
	Char
	List
	Map
	RangeInt
	RangeFloat
	RangeChar
)

var kindNames = [...]string{
	"null", "string", "regex", "bool", "int", "float", "char", "list", "map",
	"range of int", "range of float", "range of char",
}

// String names the kind.
func (k Kind) String() string { return kindNames[k] }

// WithArticle names the kind as a sentence does: "an int", "a list", "null".
func (k Kind) WithArticle() string {
	switch k {
	case Null:
		return k.String()
	case Int:
		return "an " + k.String()
	}
	return "a " + k.String()
}

// Value is one node of a document. The zero Value is null.
type Value struct {
	str    string
	key    string
	kids   []Value
	num    uint64
	parent *Value
	ext    any
	line   int32
	col    int32
	kind   Kind
	lowIn  bool
	highIn bool
	made   bool // by a function, of the value that parent then is
}

// Kind is the type of the value.
func (v *Value) Kind() Kind { return v.kind }

// Text is the text of a String and the pattern of a Regex.
func (v *Value) Text() string { return v.str }

// Bool is the value of a Bool.
func (v *Value) Bool() bool { return v.num != 0 }

// Int is the value of an Int.
func (v *Value) Int() int64 { return int64(v.num) } //nolint:gosec // the bits of an int64

// Float is the value of a Float.
func (v *Value) Float() float64 { return math.Float64frombits(v.num) }

// Rune is the value of a Char.
func (v *Value) Rune() rune { return rune(v.num) } //nolint:gosec // set from a rune

// Len is the number of elements of a List or members of a Map.
func (v *Value) Len() int { return len(v.kids) }

// At is the element or the value of the member with the index i.
func (v *Value) At(i int) *Value { return &v.kids[i] }

// Key is the name of the value in its map, "" elsewhere.
func (v *Value) Key() string { return v.key }

// Parent is the list or map that holds the value, nil for a root.
func (v *Value) Parent() *Value {
	if v.made {
		return v.parent.Parent()
	}
	return v.parent
}

// Ends are the ends of a range, and whether they belong to it.
func (v *Value) Ends() (low, high *Value, lowIn, highIn bool) {
	return &v.kids[0], &v.kids[1], v.lowIn, v.highIn
}

// Matcher is the function that [NewRegex] was given: it looks for the pattern in a
// text. It is nil if the pattern cannot be matched, and for other kinds.
func (v *Value) Matcher() func(text string) (bool, error) {
	match, _ := v.ext.(func(string) (bool, error))
	return match
}

// Position is the line and column of the value, counted from 1; both are 0
// for a value that comes from no text.
func (v *Value) Position() (line, column int) { return int(v.line), int(v.col) }

// indexFrom is the number of members from which a map is looked up by hash.
const indexFrom = 12

// Get finds the member of a map by its name, or nil.
func (v *Value) Get(key string) *Value {
	if v.ext != nil {
		if index, ok := v.ext.(map[string]int32); ok {
			if i, ok := index[key]; ok {
				return &v.kids[i]
			}
			return nil
		}
	}
	for i := range v.kids {
		if k := &v.kids[i]; k.key == key {
			return k
		}
	}
	return nil
}

// NewString makes a string that is in no document.
func NewString(s string) *Value { return &Value{kind: String, str: s} }

// NewInt makes an integer that is in no document.
func NewInt(n int64) *Value { return &Value{kind: Int, num: uint64(n)} } //nolint:gosec // the bits of an int64

// NewFloat makes a number that is in no document.
func NewFloat(f float64) *Value { return &Value{kind: Float, num: math.Float64bits(f)} }

// NewBool makes a truth value that is in no document.
func NewBool(b bool) *Value {
	v := &Value{kind: Bool}
	if b {
		v.num = 1
	}
	return v
}

// NewChar makes a character that is in no document.
func NewChar(r rune) *Value { return &Value{kind: Char, num: uint64(uint32(r))} } //nolint:gosec // runes are not negative

// NewNull makes a null that is in no document.
func NewNull() *Value { return &Value{} }

// NewRegex makes a pattern with the function that looks for it in a text, nil if
// there is none.
func NewRegex(pattern string, match func(text string) (bool, error)) *Value {
	return &Value{kind: Regex, str: pattern, ext: match}
}

// NewRange makes a range between two values of one kind: Int, Float or Char.
func NewRange(low, high *Value, lowIn, highIn bool) *Value {
	v := &Value{kind: RangeInt, kids: []Value{*low, *high}, lowIn: lowIn, highIn: highIn}
	switch low.kind {
	case Float:
		v.kind = RangeFloat
	case Char:
		v.kind = RangeChar
	}
	return v
}

// NewList makes a list of copies of the items.
func NewList(items []*Value) *Value {
	v := &Value{kind: List, kids: make([]Value, len(items))}
	for i, it := range items {
		v.kids[i] = *it.clone()
	}
	adopt(v)
	return v
}

// NewMap makes a map of copies of the items; the names must differ.
func NewMap(keys []string, items []*Value) *Value {
	v := &Value{kind: Map, kids: make([]Value, len(items))}
	for i, it := range items {
		v.kids[i] = *it.clone()
		v.kids[i].key = keys[i]
	}
	index(v)
	adopt(v)
	return v
}

// WithPlaceOf gives the value, and all below it, the place of another one in that
// one's document, for what functions make of it.
func (v *Value) WithPlaceOf(other *Value) *Value {
	v.made, v.parent, v.key = true, other, other.key
	v.standAt(other.line, other.col)
	return v
}

func (v *Value) standAt(line, col int32) {
	v.line, v.col = line, col
	for i := range v.kids {
		v.kids[i].standAt(line, col)
	}
}

// adopt tells the children of v, and theirs, where they now are.
func adopt(v *Value) {
	for i := range v.kids {
		kid := &v.kids[i]
		kid.parent = v
		for j := range kid.kids {
			kid.kids[j].parent = kid
		}
	}
}

func index(v *Value) {
	if len(v.kids) < indexFrom {
		return
	}
	m := make(map[string]int32, len(v.kids))
	for i := range v.kids {
		m[v.kids[i].key] = int32(i)
	}
	v.ext = m
}

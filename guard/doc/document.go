package doc

import "fmt"

// Document is a value with everything below it.
type Document struct {
	// Name of the file, for messages.
	Name string
	root Value
	size int
	// files are those of the members that came from another document, by name.
	files map[string]string
}

// Root is the outermost value.
func (d *Document) Root() *Value { return &d.root }

// Size is the number of values in the document.
func (d *Document) Size() int { return d.size }

// Limits bound what a loader reads.
type Limits struct {
	// MaxBytes of the text; 0 means 64 MiB.
	MaxBytes int
	// MaxDepth of nesting; 0 means 500.
	MaxDepth int
	// MaxValues in the document; 0 means ten million.
	MaxValues int
}

func (l Limits) withDefaults() Limits {
	if l.MaxBytes == 0 {
		l.MaxBytes = 64 << 20
	}
	if l.MaxDepth == 0 {
		l.MaxDepth = 500
	}
	if l.MaxValues == 0 {
		l.MaxValues = 10_000_000
	}
	return l
}

// Error says where a document cannot be read, and why.
type Error struct {
	Name         string
	Line, Column int
	Reason       string
}

// Error renders as name:line:column: reason.
func (e *Error) Error() string {
	at := ""
	if e.Line > 0 {
		at = fmt.Sprintf("%d:%d: ", e.Line, e.Column)
	}
	if e.Name != "" {
		at = e.Name + ":" + at
		if e.Line == 0 {
			at += " "
		}
	}
	return at + e.Reason
}

// builder collects the values of a document. Children are gathered on a stack
// and move to their final place when their container is complete.
type builder struct {
	name   string
	limits Limits
	size   int
	depth  int
	stack  []Value
	chunk  []Value
}

// newBuilder makes a builder for a text of about a length.
func newBuilder(name string, limits Limits, length int) *builder {
	const perValue, most = 32, 4096
	return &builder{
		name: name, limits: limits.withDefaults(),
		stack: make([]Value, 0, 32), chunk: make([]Value, min(length/perValue, most)),
	}
}

func (b *builder) err(line, col int, format string, args ...any) error {
	return &Error{Name: b.name, Line: line, Column: col, Reason: fmt.Sprintf(format, args...)}
}

// open enters a container and gives the mark at which its children begin.
func (b *builder) open(line, col int) (int, error) {
	b.depth++
	if b.depth > b.limits.MaxDepth {
		return 0, b.err(line, col, "nested deeper than %d levels", b.limits.MaxDepth)
	}
	return len(b.stack), nil
}

// push adds a child.
func (b *builder) push(v Value) error {
	b.size++
	if b.size > b.limits.MaxValues {
		return b.err(int(v.line), int(v.col), "more than %d values", b.limits.MaxValues)
	}
	b.stack = append(b.stack, v)
	return nil
}

// place gives room for n values that stay together.
func (b *builder) place(n int) []Value {
	if n == 0 {
		return nil
	}
	if n > len(b.chunk) {
		const least, most = 16, 4096
		b.chunk = make([]Value, max(n, min(max(b.size, least), most)))
	}
	out := b.chunk[:n:n]
	b.chunk = b.chunk[n:]
	return out
}

// end turns the children since the mark into a list or map.
func (b *builder) end(kind Kind, mark, line, col int) Value {
	b.depth--
	gathered := b.stack[mark:]
	v := Value{kind: kind, line: int32(line), col: int32(col)} //nolint:gosec // texts are limited
	if kind == Map {
		gathered = lastWins(gathered)
	}
	v.kids = b.place(len(gathered))
	copy(v.kids, gathered)
	for i := range v.kids {
		kid := &v.kids[i]
		for j := range kid.kids {
			kid.kids[j].parent = kid
		}
	}
	if kind == Map {
		index(&v)
	}
	clear(b.stack[mark:])
	b.stack = b.stack[:mark]
	return v
}

// document finishes with the root.
func (b *builder) document(root Value) *Document {
	d := &Document{Name: b.name, root: root, size: b.size + 1}
	for i := range d.root.kids {
		d.root.kids[i].parent = &d.root
	}
	return d
}

// lastWins drops repeated names: the first place keeps the last value.
func lastWins(members []Value) []Value {
	if !repeats(members) {
		return members
	}
	at := make(map[string]int, len(members))
	out := members[:0]
	for _, m := range members {
		if i, seen := at[m.key]; seen {
			out[i] = m
			continue
		}
		at[m.key] = len(out)
		out = append(out, m)
	}
	return out
}

func repeats(members []Value) bool {
	if len(members) > 2*indexFrom {
		seen := make(map[string]struct{}, len(members))
		for i := range members {
			seen[members[i].key] = struct{}{}
		}
		return len(seen) != len(members)
	}
	for i := range members {
		for j := i + 1; j < len(members); j++ {
			if members[i].key == members[j].key {
				return true
			}
		}
	}
	return false
}

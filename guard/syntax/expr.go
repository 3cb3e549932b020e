package syntax

// Op is what a clause asks about the values of its query.
type Op uint8

// The operators. OpEq to OpGe are binary, the others unary.
const (
	OpEq Op = iota + 1
	OpIn
	OpLt
	OpLe
	OpGt
	OpGe
	OpExists
	OpEmpty
	OpIsString
	OpIsList
	OpIsStruct
	OpIsBool
	OpIsInt
	OpIsFloat // from 3.0.1
	OpIsNull  // from 3.0.1
)

var opText = [...]string{
	OpEq: "==", OpIn: "in", OpLt: "<", OpLe: "<=", OpGt: ">", OpGe: ">=",
	OpExists: "exists", OpEmpty: "empty", OpIsString: "is_string", OpIsList: "is_list",
	OpIsStruct: "is_struct", OpIsBool: "is_bool", OpIsInt: "is_int", OpIsFloat: "is_float", OpIsNull: "is_null",
}

// Unary reports whether the operator has no right-hand side.
func (o Op) Unary() bool { return o >= OpExists }

// String gives the operator as it is written.
func (o Op) String() string {
	if int(o) < len(opText) {
		return opText[o]
	}
	return ""
}

// Expr is one of *Query, *Literal and *FuncCall: what may stand on the right
// of an operator, after "let x =", and as an argument.
type Expr interface {
	// At is where the expression is.
	At() Span
	expr()
}

// Query selects values of the document.
type Query struct {
	Span Span
	// Some is true if one matching value is enough.
	Some  bool
	Parts []Part
}

// PartKind says what a step of a query does.
type PartKind uint8

// The kinds of query steps.
const (
	// PartThis is the value at hand: "this".
	PartThis PartKind = iota + 1
	// PartKey selects a member by name; a name beginning with % is a variable.
	PartKey
	// PartIndex selects an element: ".3" or "[3]".
	PartIndex
	// PartAllValues selects all members or elements: ".*", or "[ name ]".
	PartAllValues
	// PartAllIndices selects all elements: "[*]", or "[name]".
	PartAllIndices
	// PartFilter keeps the elements or members for which conditions pass.
	PartFilter
	// PartKeysFilter keeps the members whose names compare as asked.
	PartKeysFilter
)

// Part is one step of a query.
type Part struct {
	Span Span
	Kind PartKind
	// Name is the member of a PartKey. In PartAllValues, PartAllIndices, PartFilter
	// and PartKeysFilter it is the name that the names of members are captured under.
	Name  string
	Index int32
	// Implied is true for the "[*]" that the grammar puts after a leading
	// variable.
	Implied bool
	Filter  Conditions
	Keys    *KeysMatch
}

// Variable gives the name of the variable that a PartKey stands for.
func (p *Part) Variable() (string, bool) {
	if p.Kind == PartKey && len(p.Name) > 0 && p.Name[0] == '%' {
		return p.Name[1:], true
	}
	return "", false
}

// KeysMatch is the condition of a filter on the names of members.
type KeysMatch struct {
	Op      Op // OpEq or OpIn
	Negated bool
	With    Expr // *Literal or *Query
}

// FuncCall calls a built-in function; dialect 3 only.
type FuncCall struct {
	Span     Span
	Name     string
	NameSpan Span
	Args     []Expr
}

// LiteralKind is the type of a literal.
type LiteralKind uint8

// The kinds of literals.
const (
	LiteralNull LiteralKind = iota + 1
	LiteralString
	LiteralRegex
	LiteralBool
	LiteralInt
	LiteralFloat
	LiteralList
	LiteralMap
	LiteralRangeInt
	LiteralRangeFloat
	LiteralRangeChar
	// LiteralChar stands only at the ends of a range.
	LiteralChar
)

// Literal is a constant.
type Literal struct {
	Span Span
	Kind LiteralKind
	Text string // of a LiteralString, and the pattern of a LiteralRegex
	// Match looks for the pattern of a LiteralRegex in a text; it is nil if the engine
	// of the dialect cannot read the pattern: 3.1.1 refuses such a file, 2.1.3
	// gives up when the pattern is to match.
	Match func(text string) (bool, error)
	Bool  bool
	Int   int64
	Rune  rune
	Num   float64
	// Items are the elements of a LiteralList, the values of a LiteralMap, and the two ends
	// of a range.
	Items []*Literal
	Keys  []string // of a LiteralMap, in the order of their first appearance
	// LowIn and HighIn say which ends belong to a range.
	LowIn, HighIn bool
}

// At is where the expression is.
func (q *Query) At() Span { return q.Span }

// At is where the expression is.
func (l *Literal) At() Span { return l.Span }

// At is where the expression is.
func (f *FuncCall) At() Span { return f.Span }

func (*Query) expr()    {}
func (*Literal) expr()  {}
func (*FuncCall) expr() {}

// Functions gives the number of arguments of every built-in function of
// cfn-guard 3.1.1.
func Functions() map[string]int {
	return map[string]int{
		"count": 1, "join": 2, "json_parse": 1, "regex_replace": 3, "substring": 3,
		"to_lower": 1, "to_upper": 1, "url_decode": 1, "parse_int": 1,
		"parse_float": 1, "parse_boolean": 1, "parse_string": 1, "parse_char": 1,
	}
}

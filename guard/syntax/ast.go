// Package syntax reads CloudFormation Guard rule files: it turns text into a
// syntax tree whose every node knows where it is, and text that is not
// Guard into diagnostics that say where, what was expected and what to write
// instead.
//
// The grammar is the one that the real engines accept, not the one that their
// documentation describes: words are contextual ("in" may begin a longer
// word), a named rule must be followed by a line break, a query may continue on
// the next line. Where the releases differ, [Dialect] decides.
//
// The tree keeps what was written; it resolves no names. Conditions are held
// in conjunctive form, as Guard has them: a list of lines that must all hold,
// each a list of alternatives joined by "or".
package syntax

// Dialect selects the release of Guard whose grammar and verdicts apply.
type Dialect uint8

const (
	// DialectConfig is Guard as AWS Config runs it (runtime guard-2.x.x); the
	// behavior is that of cfn-guard 2.1.3.
	DialectConfig Dialect = iota
	// DialectV3 is cfn-guard 3.1.1.
	DialectV3
)

// String gives the name that command lines use.
func (d Dialect) String() string {
	if d == DialectV3 {
		return "3"
	}
	return "config"
}

// Span is a half-open range of byte offsets in the source.
type Span struct{ Start, End int }

// File is one parsed rule file.
type File struct {
	Name    string
	Source  string
	Dialect Dialect
	Lets    []*Let
	// Default holds the clauses that are outside any rule, or nil. The
	// engines evaluate them as a rule called "default", before all others.
	Default *Rule
	Rules   []*Rule
	// Params are the parameterized rules, in the order of their definition;
	// of several with one name the last is in force.
	Params []*Rule
}

// Rule is a named rule, or a parameterized one if Params is not empty.
type Rule struct {
	Span     Span
	Name     string
	NameSpan Span
	Params   []string
	When     Conditions
	Body     *Block
}

// Block is the inside of a pair of braces.
type Block struct {
	Span    Span
	Lets    []*Let
	Clauses Conditions
}

// Conditions are clauses in conjunctive form: every line must hold, and a line
// holds when one of its alternatives does.
type Conditions []Line

// Line is one or more alternatives joined by "or".
type Line []Clause

// Let binds a name to a value; it is evaluated when first used.
type Let struct {
	Span     Span
	Name     string
	NameSpan Span
	Value    Expr
}

// Clause is one of *Check, *RuleRef, *Call, *BlockClause, *WhenBlock and
// *TypeBlock.
type Clause interface {
	// At is where the clause is.
	At() Span
	clause()
}

// Check tests the values that a query selects.
type Check struct {
	Span Span
	// Not is true for a leading "not" or "!"; it counts for unary operators
	// and rule names; the engines ignore it otherwise.
	Not   bool
	Query *Query
	Op    Op
	// Negated is true for "!=", "not in", "!empty" and so on.
	Negated bool
	OpSpan  Span
	// Right is the right-hand side, nil for a unary operator.
	Right   Expr
	Message *Message
}

// RuleRef requires that a named rule passes.
type RuleRef struct {
	Span     Span
	Not      bool
	Name     string
	NameSpan Span
	Message  *Message
}

// Call evaluates a parameterized rule. The engines ignore its Not.
type Call struct {
	Span     Span
	Not      bool
	Name     string
	NameSpan Span
	Args     []Expr
	Message  *Message
}

// BlockClause evaluates its body for every value that the query selects.
type BlockClause struct {
	Span  Span
	Query *Query
	// NotEmpty is true if the query must select something.
	NotEmpty bool
	Body     *Block
}

// WhenBlock evaluates its body if its conditions pass.
type WhenBlock struct {
	Span Span
	When Conditions
	Body *Block
}

// TypeBlock evaluates its body for every member of Resources of one type. Its
// conditions are evaluated once, where the block is.
type TypeBlock struct {
	Span     Span
	Type     string
	TypeSpan Span
	When     Conditions
	Body     *Block
}

// Message is the text between << and >>.
type Message struct {
	Span Span
	Text string
}

// At is where the clause is.
func (c *Check) At() Span { return c.Span }

// At is where the clause is.
func (c *RuleRef) At() Span { return c.Span }

// At is where the clause is.
func (c *Call) At() Span { return c.Span }

// At is where the clause is.
func (c *BlockClause) At() Span { return c.Span }

// At is where the clause is.
func (c *WhenBlock) At() Span { return c.Span }

// At is where the clause is.
func (c *TypeBlock) At() Span { return c.Span }

func (*Check) clause()       {}
func (*RuleRef) clause()     {}
func (*Call) clause()        {}
func (*BlockClause) clause() {}
func (*WhenBlock) clause()   {}
func (*TypeBlock) clause()   {}

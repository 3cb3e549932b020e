package cloudwatch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// rule is an AlarmRule: what the states of other alarms must be. One of its fields is set.
type rule struct {
	constant *bool
	is       *is
	not      *rule
	all, any []*rule
}

// is asks for an alarm's state.
type is struct {
	alarm string // its name
	state types.StateValue
}

// holds says whether the rule holds for states.
func (r *rule) holds(state func(name string) types.StateValue) bool {
	one := func(x *rule) bool { return x.holds(state) }
	switch {
	case r.constant != nil:
		return *r.constant
	case r.is != nil:
		return state(r.is.alarm) == r.is.state
	case r.not != nil:
		return !r.not.holds(state)
	case r.any != nil:
		return slices.ContainsFunc(r.any, one)
	default:
		return !slices.ContainsFunc(r.all, func(x *rule) bool { return !one(x) })
	}
}

// names are the alarms that the rule asks for, in order, each once.
func (r *rule) names() []string {
	var names []string
	r.walk(func(x is) { names = append(names, x.alarm) })
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *rule) walk(f func(is)) {
	if r.is != nil {
		f(*r.is)
	}
	if r.not != nil {
		r.not.walk(f)
	}
	for _, x := range append(slices.Clone(r.all), r.any...) {
		x.walk(f)
	}
}

// Limits of a rule (CloudWatch API Reference, PutCompositeAlarm).
const (
	maxRule     = 10240 // characters
	maxElements = 500   // alarms, constants and parentheses
	maxChildren = 100   // alarms
	maxNesting  = 100   // UNCONFIRMED: AWS names none
)

// parseRule reads an AlarmRule:
//
//	rule = and { "OR" and }
//	and  = term { "AND" term }
//	term = "NOT" term | "(" rule ")" | "TRUE" | "FALSE" | ("ALARM" | "OK" | "INSUFFICIENT_DATA") "(" alarm ")"
//
// An alarm is a name or an ARN, in quotes if it has blanks, parentheses or commas.
// UNCONFIRMED: that AND binds tighter than OR.
func parseRule(text string) (*rule, error) {
	p := &ruleParser{text: text}
	r, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.pos < len(text) {
		return nil, p.unexpected()
	}
	switch {
	case p.elements > maxElements:
		return nil, badRule("it has %d elements, more than %d", p.elements, maxElements)
	case len(r.names()) > maxChildren:
		return nil, badRule("it names %d alarms, more than %d", len(r.names()), maxChildren)
	}
	return r, nil
}

// badRule is the answer to a rule that cannot be read.
// UNCONFIRMED: the text after the first words.
func badRule(format string, args ...any) error {
	return validation("Invalid AlarmRule: %s", fmt.Sprintf(format, args...))
}

type ruleParser struct {
	text     string
	pos      int
	elements int
}

func (p *ruleParser) skip() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// word passes the next word if it is this one.
func (p *ruleParser) word(want string) bool {
	p.skip()
	if !strings.HasPrefix(p.text[p.pos:], want) {
		return false
	}
	rest := p.text[p.pos+len(want):]
	if want != "(" && want != ")" && rest != "" && (rest[0] == '_' || rest[0] >= 'A' && rest[0] <= 'Z' || rest[0] >= 'a' && rest[0] <= 'z' || rest[0] >= '0' && rest[0] <= '9') {
		return false
	}
	p.pos += len(want)
	return true
}

func (p *ruleParser) unexpected() error {
	if p.skip(); p.pos == len(p.text) {
		return badRule("it ends too early")
	}
	rest := p.text[p.pos:]
	for _, name := range []string{"AT_LEAST", "AT_MOST"} {
		if strings.HasPrefix(rest, name) {
			return apierr.Unsupported("the function %s in the AlarmRule of monitoring PutCompositeAlarm", name)
		}
	}
	return badRule("unexpected text at character %d: %.20s", p.pos+1, rest)
}

func (p *ruleParser) or(depth int) (*rule, error) {
	return p.list("OR", func() (*rule, error) {
		return p.list("AND", func() (*rule, error) { return p.term(depth) }, func(list []*rule) *rule { return &rule{all: list} })
	}, func(list []*rule) *rule { return &rule{any: list} })
}

// list reads operands with an operator between them.
func (p *ruleParser) list(operator string, operand func() (*rule, error), join func([]*rule) *rule) (*rule, error) {
	var list []*rule
	for {
		r, err := operand()
		if err != nil {
			return nil, err
		}
		list = append(list, r)
		if !p.word(operator) {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return join(list), nil
}

func (p *ruleParser) term(depth int) (*rule, error) {
	if depth > maxNesting {
		return nil, badRule("it is nested deeper than %d levels", maxNesting)
	}
	switch {
	case p.word("NOT"):
		r, err := p.term(depth + 1)
		return &rule{not: r}, err
	case p.word("("):
		p.elements += 2 // with the other one
		r, err := p.or(depth + 1)
		if err == nil && !p.word(")") {
			err = p.unexpected()
		}
		return r, err
	}
	for _, constant := range []bool{true, false} {
		if p.word(strings.ToUpper(fmt.Sprint(constant))) {
			p.elements++
			return &rule{constant: &constant}, nil
		}
	}
	for _, state := range types.StateValue("").Values() {
		if p.word(string(state)) {
			p.elements++
			name, err := p.alarm()
			return &rule{is: &is{alarm: name, state: state}}, err
		}
	}
	return nil, p.unexpected()
}

// alarm reads the argument of a function: a name, or the name at the end of an ARN.
func (p *ruleParser) alarm() (string, error) {
	if !p.word("(") {
		return "", p.unexpected()
	}
	p.skip()
	end := ")"
	quoted := strings.HasPrefix(p.text[p.pos:], `"`)
	if quoted {
		p.pos++
		end = `"`
	}
	n := strings.Index(p.text[p.pos:], end)
	if n < 0 {
		p.pos = len(p.text)
		return "", p.unexpected()
	}
	name := p.text[p.pos : p.pos+n]
	p.pos += n
	if quoted {
		p.pos++
	} else {
		name = strings.TrimSpace(name)
	}
	if !p.word(")") {
		return "", p.unexpected()
	}
	if strings.HasPrefix(name, "arn:") {
		if _, after, ok := strings.Cut(name, ":alarm:"); ok {
			name = after
		}
	}
	if name == "" {
		return "", badRule("a function names no alarm")
	}
	return name, nil
}

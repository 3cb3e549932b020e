package lint

import (
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// The codes.
const (
	IgnoredNot         = "ignored-not"
	QueryInequality    = "query-inequality"
	QueryEquality      = "query-equality"
	SomeInequality     = "some-inequality"
	SomeInQuery        = "some-in-query"
	SubstringIn        = "substring-in"
	ListInequality     = "list-inequality"
	StringOrder        = "string-order"
	IntFloat           = "int-float"
	VacuousPass        = "vacuous-pass"
	MissingFails       = "missing-fails"
	MissingSkips       = "missing-skips"
	SkipAsFail         = "skip-as-fail"
	TypeBlockWhen      = "type-block-when"
	FilterAfterStar    = "filter-after-star"
	FilterAfterFilter  = "filter-after-filter"
	NegativeIndex      = "negative-index"
	InterpolationIndex = "interpolation-index"
	KeysCapture        = "keys-capture"
	VariableList       = "variable-list"
	VariableEmpty      = "variable-empty"
	RootInScope        = "root-in-scope"
	DuplicateName      = "duplicate-name"
	UndefinedName      = "undefined-name"
	Recursion          = "recursion"
	ConfigFunction     = "config-function"
	ConfigOperator     = "config-operator"
	ConfigRegex        = "config-regex"
	TypeBlockConfig    = "type-block-config"
	PolicyTooLong      = "policy-too-long"
)

// Verdict is what an engine makes of a policy and a document.
type Verdict string

// The verdicts.
const (
	VerdictPass Verdict = "PASS"
	VerdictFail Verdict = "FAIL"
	VerdictSkip Verdict = "SKIP"
	// VerdictNone means that there is none: the engine refuses the policy or gives up.
	VerdictNone Verdict = "none"
)

// Entry describes a code.
type Entry struct {
	Code string
	// Title says in a line what happens.
	Title string
	// Why explains it.
	Why string
	// Avoid is a policy with the construct, Prefer one that judges as Avoid
	// reads.
	Avoid, Prefer string
	// Cases are documents with the verdicts of both.
	Cases []Case
	// Only restricts the code to one dialect, whose engine gives the verdicts;
	// otherwise both give the same.
	Only *syntax.Dialect
}

// Case is a document and what becomes of it.
type Case struct {
	// About says what the document is.
	About    string
	Document string
	// Avoid and Prefer are the verdicts of the two policies.
	Avoid, Prefer Verdict
}

// Entries describes all codes, in an order for reading.
func Entries() []Entry {
	var all []Entry
	for _, part := range [][]Entry{comparisons(), values(), absences(), walks(), variables(), dialects()} {
		all = append(all, part...)
	}
	for i := range all {
		all[i].Avoid, all[i].Prefer = strings.TrimPrefix(all[i].Avoid, "\n"), strings.TrimPrefix(all[i].Prefer, "\n")
		all[i].Why = strings.TrimSpace(all[i].Why)
	}
	return all
}

// Describe gives the entry of a code.
func Describe(code string) (Entry, bool) {
	for _, e := range Entries() {
		if e.Code == code {
			return e, true
		}
	}
	return Entry{}, false
}

// Dialects are the dialects that a code is about.
func (e Entry) Dialects() []syntax.Dialect {
	if e.Only != nil {
		return []syntax.Dialect{*e.Only}
	}
	return []syntax.Dialect{syntax.DialectConfig, syntax.DialectV3}
}

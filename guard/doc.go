// Package guard evaluates CloudFormation Guard rules, the policy language of
// AWS Config's custom policy rules and of cfn-guard. It compiles a rule file
// once and evaluates it on any number of documents, from any number of
// goroutines, in microseconds; it gives the verdicts of the real engines, and
// the reasons as data. It knows no AWS and needs no network.
//
//	rules, err := guard.Compile(src, guard.Options{Name: "layers.guard"})
//	item, err := guard.Load("item.json", text, guard.LoadValues)
//	result, err := rules.Eval(ctx, item)
//	for _, f := range result.Failed() {
//		fmt.Println(f) // item.json:9:20: rule short: /configuration/timeout: expected at most 60, found 90
//	}
//
// [Ruleset.Eval] gives the verdict with findings: what is wrong, where and why;
// [RuleResult.Explain] accounts for every step, passes and skips included.
// [Ruleset.Status] gives the verdict alone, in about a microsecond and, for simple
// clauses, without an allocation: use it where many documents pass.
//
// # The language
//
// A rule file holds rules, and each rule is a list of clauses that must all
// hold. A clause is a query, an operator and mostly a value:
//
//	rule functions_are_current when resourceType == "AWS::Lambda::Function" {
//	    configuration.runtime in ["python3.12", "python3.13"]   << move to a supported Python >>
//	    configuration.timeout <= 60 or
//	    tags.LongRunning exists
//	}
//
// A rule passes, fails or skips. It skips when its condition (when) does not
// hold, or when there is nothing in it to decide. Lines are joined by "and",
// alternatives by "or", which binds tighter; there are no parentheses. Text
// between << and >> explains the clause. Clauses outside any rule form the rule
// "default".
//
// Queries walk down the document: a.b, a.'x-y', a["b"], a[0], a[*] for the
// elements of a list, a.* for the members of a map. Conditions in square brackets
// choose elements or members:
//
//	Resources.*[ Type == "AWS::S3::Bucket" ].Properties.Tags[ Key == "owner" ] !empty
//	Resources[ keys == /^Prod/ ]                 # by their names
//	Resources[ name | Type == /Bucket/ ]         # and %name holds their names
//
// A clause holds if it does for all values of its query; "some" before the
// query asks for at least one. A property that is missing fails every clause
// but "!exists" and "empty".
//
// Operators: ==, !=, <, <=, >, >=, in, not in, and without a value exists,
// empty, is_string, is_list, is_struct, is_int, is_bool (and is_float, is_null
// in dialect 3), each with "not" or "!" before it.
//
// Values: "text" or 'text', 1, 1.5, true, null, /regular expression/, ranges
// r[1,10] and r(a,z), lists and maps, and other queries.
//
// Variables are bound by let and used with %; they are evaluated when first
// needed. A block after a query holds for each of its values, "this" being the
// value itself:
//
//	let functions = Resources.*[ Type == "AWS::Lambda::Function" ]
//	rule traced when %functions !empty {
//	    %functions {
//	        Properties.TracingConfig.Mode == "Active"
//	        when Properties.VpcConfig exists { Properties.VpcConfig.SubnetIds !empty }
//	    }
//	}
//
// AWS::S3::Bucket { ... } is short for a block over the resources of a type. A
// rule may refer to another by its name on a line of its own, and rules may have
// parameters: rule named(x) { %x exists }, called as named(Resources.*.Name).
//
// # Dialects
//
// [DialectConfig] is what AWS Config runs (guard-2.x.x, taken to be cfn-guard 2.1.3),
// [DialectV3] is cfn-guard 3.1.1, with functions such as count(q), join(q, ","),
// to_lower(q), parse_int(q), json_parse(q), with is_null and is_float, and with
// lookaround in regular expressions. A file that compiles for a dialect is one
// that its engine accepts. How a document is read is a separate choice: the
// command lines of the two read some scalars differently, see [Loader]. The
// parameters of a rule of AWS Config are members of the document, see
// [doc.Document.With].
//
// # Traps
//
// The verdicts are those of the engines, also where they are surprising. The linter
// in package lint finds most of these traps:
//
//   - "not a == 1" is "a == 1": a leading negation counts only before unary
//     operators and rule names. Write "a != 1".
//   - A comparison passes when there is nothing to compare: "a == 1" on the
//     empty list a. Require "a !empty" as well.
//   - Comparing two queries compares sets, and "!=" of disjoint sets of one
//     size fails.
//   - 1 is not comparable with 1.0 or "1", and what is not comparable fails
//     "==" and "!=" alike.
//   - A rule that refers to a skipped rule fails; "not" of a skipped rule
//     passes.
//   - A filter after [*] over a list looks at the scope around, not at the
//     element: write a[ b == 1 ], not a[*][ b == 1 ].
//   - An error ends the evaluation of the file: all verdicts are lost.
//
// # Packages
//
// Package doc holds documents and their values, syntax the parser and its tree,
// lint the linter, spec the unit tests of cfn-guard. The tests compare the verdicts
// with those of the real engines; DIFFERENCES.md lists what is known to differ.
package guard

package cfn

// place is a set of parts of a template: where a function is allowed.
type place int

const (
	inProperties place = 1 << iota
	inConditions
	inRules
)

// function is one intrinsic function: where it is allowed and the shape of its argument.
type function struct {
	places place
	shape  func(arg *Value) bool
	rule   string // AWS's sentence about the shape
}

// functions are those that are implemented. Conditions and rules allow what AWS's pages "Condition functions" and "Rule
// functions" list. Fn::If and Condition do not work in rules, in spite of the page
// (aws-cloudformation/cloudformation-coverage-roadmap issues 921 and 1183).
var functions = map[string]function{
	"Ref":        {inProperties | inConditions | inRules, isName, "Template error: every Ref object must have a single String value."},
	"Fn::GetAtt": {inProperties, isAttribute, "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"},
	"Fn::Sub": {
		inProperties | inConditions | inRules, isSub,
		"Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
	},
	"Fn::Join": {
		inProperties | inConditions, isTextAndList,
		"Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
	},
	"Fn::Select": {inProperties | inConditions, isPair, "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"},
	"Fn::Split": {
		inProperties | inConditions, isTextAndText,
		"Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
	},
	"Fn::If":        {inProperties, isIf, "Template error: Fn::If requires a list argument with three elements: the name of a condition, the value if true and the value if false"}, // UNCONFIRMED: the text
	"Fn::FindInMap": {inProperties | inConditions, isTriple, "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"},
	"Fn::Base64":    {inProperties, isTextOrCall, "Template error: every Fn::Base64 object must have a String-typed value."},
	"Fn::And":       {inConditions | inRules, isSome, "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters."},
	"Fn::Or":        {inConditions | inRules, isSome, "Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters."},
	"Fn::Not":       {inConditions | inRules, isOne, "Template error: every Fn::Not object requires one boolean parameter."},
	"Fn::Equals":    {inConditions | inRules, isPair, "Template error: every Fn::Equals object requires a list of 2 string parameters."},
	"Condition":     {inConditions, isName, "Template error: every Condition object must have a single String value."}, // UNCONFIRMED: the text
	// UNCONFIRMED: the texts of the three that only rules have.
	"Fn::Contains":         {inRules, isPair, "Template error: every Fn::Contains object requires a list of strings and a string."},
	"Fn::EachMemberEquals": {inRules, isPair, "Template error: every Fn::EachMemberEquals object requires a list of strings and a string."},
	"Fn::EachMemberIn":     {inRules, isPair, "Template error: every Fn::EachMemberIn object requires two lists of strings."},
}

// knownFunctions has for each function of CloudFormation why it is not implemented, or "yes".
var knownFunctions = func() map[string]string {
	const languageExtensions = " (a function of the transform AWS::LanguageExtensions)"
	known := map[string]string{
		"Fn::GetAZs": "the function Fn::GetAZs", "Fn::ImportValue": "the function Fn::ImportValue",
		"Fn::Transform": "the function Fn::Transform", "Fn::Cidr": "the function Fn::Cidr",
		"Fn::GetStackOutput": "the function Fn::GetStackOutput",
		"Fn::RefAll":         "the function Fn::RefAll", "Fn::ValueOf": "the function Fn::ValueOf", "Fn::ValueOfAll": "the function Fn::ValueOfAll",
		"Fn::Length":       "the function Fn::Length" + languageExtensions,
		"Fn::ToJsonString": "the function Fn::ToJsonString" + languageExtensions,
	}
	for name := range functions {
		known[name] = "yes"
	}
	return known
}()

// names lists functions as AWS's sentence on an unknown one does.
const supportedFunctions = "[Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr]"

func isName(v *Value) bool {
	s, ok := v.literal()
	return ok && s != ""
}

func isAttribute(v *Value) bool {
	_, _, ok := attributeOf(v)
	return ok
}

// attributeOf reads the argument of Fn::GetAtt: two strings, or one with a dot.
func attributeOf(v *Value) (logicalID, attribute string, ok bool) {
	if s, is := v.literal(); is {
		v = list(v)
		for i := range len(s) {
			if s[i] == '.' {
				v = list(v, scalar(v, s[:i]), scalar(v, s[i+1:]))
				break
			}
		}
	}
	if v.Kind != List || len(v.items) != 2 || !isName(v.items[0]) || !isName(v.items[1]) {
		return "", "", false
	}
	logicalID, _ = v.items[0].literal()
	attribute, _ = v.items[1].literal()
	return logicalID, attribute, true
}

func isSub(v *Value) bool {
	if _, ok := v.literal(); ok {
		return true
	}
	if v.Kind != List || len(v.items) != 2 || v.items[1].Kind != Object {
		return false
	}
	_, ok := v.items[0].literal()
	return ok
}

func isCall(v *Value) bool {
	_, _, ok := v.function()
	return ok
}

func isTextOrCall(v *Value) bool {
	_, ok := v.text()
	return ok || isCall(v)
}

func isTextAndList(v *Value) bool {
	if v.Kind != List || len(v.items) != 2 || v.items[1].Kind == Scalar {
		return false
	}
	_, ok := v.items[0].literal()
	return ok && (v.items[1].Kind == List || isCall(v.items[1]))
}

func isTextAndText(v *Value) bool {
	if v.Kind != List || len(v.items) != 2 {
		return false
	}
	s, ok := v.items[0].literal()
	return ok && s != "" && isTextOrCall(v.items[1])
}

func isIf(v *Value) bool { return v.Kind == List && len(v.items) == 3 && isName(v.items[0]) }

func isOne(v *Value) bool    { return v.Kind == List && len(v.items) == 1 }
func isPair(v *Value) bool   { return v.Kind == List && len(v.items) == 2 }
func isTriple(v *Value) bool { return v.Kind == List && len(v.items) == 3 }
func isSome(v *Value) bool   { return v.Kind == List && len(v.items) >= 2 && len(v.items) <= 10 }

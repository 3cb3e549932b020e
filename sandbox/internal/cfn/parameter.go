package cfn

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// ParameterType is the type of a parameter.
type ParameterType string

// The parameter types that are supported.
const (
	String             ParameterType = "String"
	Number             ParameterType = "Number"
	NumberList         ParameterType = "List<Number>"
	CommaDelimitedList ParameterType = "CommaDelimitedList"
)

// Parameter is one entry of Parameters, as written.
type Parameter struct {
	Name                  string
	Type                  ParameterType
	Description           string
	Default               *string // nil: a value must be given
	NoEcho                bool
	AllowedValues         []string
	AllowedPattern        string
	ConstraintDescription string

	matches              func(string) (bool, error)
	minLength, maxLength *int
	minValue, maxValue   *float64
}

func (t *Template) readParameter(name string, v *Value) error {
	p := &Parameter{Name: name}
	if v.Kind != Object {
		return malformed(v, "Every Parameters object must be an object.") // UNCONFIRMED: the text
	}
	for _, f := range v.fields {
		if err := p.readKey(f.key, f.value); err != nil {
			return err
		}
	}
	if p.Type == "" {
		return malformed(v, "Every Parameters object must contain a Type member.")
	}
	t.Parameters = append(t.Parameters, p)
	t.params[name] = p
	return nil
}

func (p *Parameter) readKey(key string, v *Value) error {
	text, ok := v.text()
	var err error
	switch key {
	case "Type":
		p.Type = ParameterType(text)
		switch p.Type {
		case String, Number, NumberList, CommaDelimitedList:
		default:
			return refuse(v, "the parameter type %s", text)
		}
	case "Default":
		if ok {
			err = refuseDynamic(v, text)
		}
		p.Default = &text
	case "Description":
		p.Description = text
	case "ConstraintDescription":
		p.ConstraintDescription = text
	case "NoEcho":
		p.NoEcho, err = strconv.ParseBool(text)
	case "AllowedValues":
		p.AllowedValues, ok = stringsOf(v)
		ok = ok && v.Kind == List
	case "AllowedPattern":
		p.AllowedPattern = text
		p.matches, err = compile(text)
	case "MinLength":
		p.minLength, err = number(text, strconv.Atoi)
	case "MaxLength":
		p.maxLength, err = number(text, strconv.Atoi)
	case "MinValue":
		p.minValue, err = number(text, parseFloat)
	case "MaxValue":
		p.maxValue, err = number(text, parseFloat)
	default:
		return fail(v, "Invalid template parameter property '%s'", key)
	}
	if un := (*Unsupported)(nil); err != nil && !asUnsupported(err, &un) {
		ok = false
	} else if err != nil {
		return err
	}
	if !ok {
		return malformed(v, "Every %s member must be a %s.", key, kindOfKey(key))
	}
	return nil
}

func asUnsupported(err error, into **Unsupported) bool {
	u, ok := err.(*Unsupported) //nolint:errorlint // our own, never wrapped
	*into = u
	return ok
}

func kindOfKey(key string) string {
	switch key {
	case "AllowedValues":
		return "list"
	case "NoEcho":
		return "boolean"
	case "MinLength", "MaxLength", "MinValue", "MaxValue":
		return "number"
	case "AllowedPattern":
		return "regular expression"
	default:
		return "string"
	}
}

func parseFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

func number[T any](text string, parse func(string) (T, error)) (*T, error) {
	n, err := parse(text)
	return &n, err
}

// compile makes a matcher of the whole value. CloudFormation's patterns are Java's: one that Go's engine cannot read
// (lookarounds, counts over 1000) is matched by a backtracking engine with a time limit.
func compile(pattern string) (func(string) (bool, error), error) {
	whole := `\A(?:` + pattern + `)\z`
	if re, err := regexp.Compile(whole); err == nil {
		return func(s string) (bool, error) { return re.MatchString(s), nil }, nil
	}
	re, err := regexp2.Compile(whole)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = time.Second
	return re.MatchString, nil
}

// value checks a value and returns the value of Ref: a string, or a list of strings.
func (p *Parameter) value(given string) (any, error) {
	if len(given) > MaxParameterValue {
		// UNCONFIRMED: the text.
		return nil, fail(nil, "Parameter '%s' value is longer than %d bytes", p.Name, MaxParameterValue)
	}
	if err := refuseDynamic(nil, given); err != nil {
		return nil, err
	}
	members := []string{given}
	isList := p.Type == NumberList || p.Type == CommaDelimitedList
	if isList {
		members = strings.Split(given, ",")
		for i := range members {
			members[i] = strings.TrimSpace(members[i])
		}
	}
	for _, m := range members {
		why, err := p.violated(m)
		if err != nil {
			return nil, err
		}
		switch {
		case why != "" && p.ConstraintDescription != "":
			return nil, fail(nil, "Parameter %s failed to satisfy constraint: %s", p.Name, p.ConstraintDescription)
		case why != "":
			return nil, fail(nil, "Parameter '%s' %s", p.Name, why)
		}
	}
	if isList {
		return anyList(members), nil
	}
	return given, nil
}

// violated is the error of the first constraint that a member breaks. UNCONFIRMED: the texts of lengths and bounds.
func (p *Parameter) violated(s string) (string, error) {
	if p.AllowedValues != nil && !slices.Contains(p.AllowedValues, s) {
		return "must be one of AllowedValues", nil
	}
	if p.matches != nil {
		ok, err := p.matches(s)
		if err != nil {
			return "", fail(nil, "Parameter '%s' could not be matched against its pattern in a second", p.Name)
		}
		if !ok {
			return "must match pattern " + p.AllowedPattern, nil
		}
	}
	if p.Type == Number || p.Type == NumberList {
		return p.outOfBounds(s), nil
	}
	switch n := len([]rune(s)); {
	case p.minLength != nil && n < *p.minLength:
		return "must contain at least " + strconv.Itoa(*p.minLength) + " characters", nil
	case p.maxLength != nil && n > *p.maxLength:
		return "must contain at most " + strconv.Itoa(*p.maxLength) + " characters", nil
	}
	return "", nil
}

func (p *Parameter) outOfBounds(s string) string {
	n, err := parseFloat(s)
	switch {
	case err != nil:
		return "must be a number"
	case p.minValue != nil && n < *p.minValue:
		return "must be a number not less than " + strconv.FormatFloat(*p.minValue, 'f', -1, 64)
	case p.maxValue != nil && n > *p.maxValue:
		return "must be a number not greater than " + strconv.FormatFloat(*p.maxValue, 'f', -1, 64)
	}
	return ""
}

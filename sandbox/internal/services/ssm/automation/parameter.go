package automation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// Parameter is a declared parameter.
type Parameter struct {
	Name        string
	Type        string // as declared
	Description string
	Default     any // nil: the parameter is required

	value    Type // the type behind an AWS resource type
	resource *regexp.Regexp
	allowed  []any
	pattern  *regexp2.Regexp
	items    [2]int64 // minItems, maxItems; 0 is none
	chars    [2]int64
}

// resourceTypes are the AWS resource types with a pattern.
// UNCONFIRMED: the patterns; the guide says only what they are for.
func resourceType(name string) *regexp.Regexp {
	switch name {
	case "AWS::EC2::Instance::Id":
		return regexp.MustCompile(`^m?i-[a-z0-9]{8,17}$`)
	case "AWS::S3::Bucket::Name":
		return regexp.MustCompile(`^[0-9a-z][a-z0-9.-]{1,61}[0-9a-z]$`)
	case "AWS::IAM::Role::Arn":
		return roleARN
	}
	return nil
}

// matchLimit is the time limit of an allowedPattern, in real time: Java's patterns backtrack.
const matchLimit = time.Second

func parseParameters(v any) ([]Parameter, error) {
	if v == nil {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, invalid("parameters", "it is not a mapping")
	}
	var out []Parameter
	for _, name := range sortedKeys(m) {
		p, err := parseParameter(name, m[name])
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

var parameterName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,50}$`)

func parseParameter(name string, v any) (Parameter, error) {
	path := "parameters." + name
	if !parameterName.MatchString(name) {
		return Parameter{}, invalid(path, "a parameter's name has 1 to 50 letters, digits, - and _")
	}
	f := newFields(path, v)
	p := Parameter{Name: name, Type: f.need("type"), Description: f.text("description")}
	f.text("displayType") // for the console only
	p.items = [2]int64{f.count("minItems"), f.count("maxItems")}
	p.chars = [2]int64{f.count("minChars"), f.count("maxChars")}
	p.allowed = f.list("allowedValues")
	pattern := f.text("allowedPattern")
	def, hasDefault := f.take("default")
	if err := f.done(); err != nil {
		return p, err
	}
	element, isList := strings.CutPrefix(p.Type, "List<")
	element = strings.TrimSuffix(element, ">")
	switch p.resource = resourceType(element); {
	case Type(p.Type).Valid():
		p.value = Type(p.Type)
	case p.resource != nil && isList && p.Type == "List<"+element+">":
		p.value = StringList
	case p.resource != nil && !isList:
		p.value = String
	case strings.HasPrefix(element, "AWS::"):
		return p, unsupported("the parameter type %s (%s)", p.Type, path)
	default:
		return p, invalid(path+".type", "there is no type %q", p.Type)
	}
	if pattern != "" {
		re, err := regexp2.Compile(`\A(?:` + pattern + `)\z`)
		if err != nil {
			return p, invalid(path+".allowedPattern", "%v", err)
		}
		re.MatchTimeout = matchLimit
		p.pattern = re
	}
	if hasDefault && def != nil {
		if s, isText := def.(string); isText && len(references(s)) > 0 {
			return p, unsupported("the default %s of %s, which comes from elsewhere", s, path)
		}
		if err := p.value.Check(def); err != nil {
			return p, invalid(path+".default", "%v", err)
		}
		p.Default = def
		if !isEmpty(def) { // an empty default means that there is no value; AWS's own runbooks have it together with a pattern
			if err := p.check(def); err != nil {
				return p, invalid(path+".default", "%v", err)
			}
		}
	}
	return p, nil
}

func isEmpty(v any) bool {
	l, isList := v.([]any)
	return v == "" || isList && len(l) == 0
}

// check checks a value of the right type against the declaration.
func (p *Parameter) check(v any) error {
	elements := []any{v}
	if l, ok := v.([]any); ok {
		elements = l
		if n := int64(len(l)); n < p.items[0] || p.items[1] > 0 && n > p.items[1] {
			return fmt.Errorf("it has %d items", n)
		}
	}
	for _, e := range elements {
		text := Text(e)
		if n := int64(len([]rune(text))); n < p.chars[0] || p.chars[1] > 0 && n > p.chars[1] {
			return fmt.Errorf("%q has %d characters", abridged(text), n)
		}
		if p.allowed != nil && !slices.ContainsFunc(p.allowed, func(a any) bool { return Text(a) == text }) {
			return fmt.Errorf("%q is not one of the allowed values", abridged(text))
		}
		if p.resource != nil && !p.resource.MatchString(text) {
			return fmt.Errorf("%q is not an %s", abridged(text), strings.TrimSuffix(strings.TrimPrefix(p.Type, "List<"), ">"))
		}
		if p.pattern != nil {
			// UNCONFIRMED: that the pattern must match the whole value, as Java's String.matches has it.
			if ok, err := p.pattern.MatchString(text); err != nil || !ok {
				return fmt.Errorf("%q does not match the allowed pattern", abridged(text))
			}
		}
	}
	return nil
}

// Bind makes the values of all parameters from those given to StartAutomationExecution and the defaults.
func (d *Document) Bind(given map[string][]string) (map[string]any, error) {
	for _, name := range sortedKeys(given) {
		if _, ok := d.Parameter(name); !ok {
			return nil, fmt.Errorf("the document has no parameter %s", name)
		}
	}
	bound := map[string]any{}
	for i := range d.Parameters {
		p := &d.Parameters[i]
		texts, ok := given[p.Name]
		if !ok {
			if p.Default == nil {
				return nil, fmt.Errorf("the parameter %s is missing", p.Name)
			}
			bound[p.Name] = p.Default
			continue
		}
		v, err := p.value.FromTexts(texts)
		if err == nil {
			err = p.check(v)
		}
		if err != nil {
			return nil, fmt.Errorf("the parameter %s: %w", p.Name, err)
		}
		bound[p.Name] = v
	}
	return bound, nil
}

package apierr

import (
	"fmt"
	"strings"
)

// This file has what AWS's front ends answer to a member that breaks the service's model, in AWS's words. member is
// always the path of wire names ("configRule.source.owner").

// ConstraintText words one member that breaks its model. rule says what the model wants: make it with [Pattern],
// [OneOf], [Length], [Range] and the like. A nil value is left out of the text, as AWS leaves out those of long lists
// and of secrets.
func ConstraintText(value any, member, rule string) string {
	shown := ""
	if value != nil {
		shown = fmt.Sprintf("'%v' ", value)
	}
	return fmt.Sprintf("1 validation error detected: Value %sat '%s' failed to satisfy constraint: %s", shown, member, rule)
}

// MissingText words a required member that is absent.
func MissingText(member string) string {
	return fmt.Sprintf("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// Constraint is the ValidationException of [ConstraintText]. Services with another code make their own of the text.
func Constraint(value any, member, rule string) *Error {
	return Validation("%s", ConstraintText(value, member, rule))
}

// Missing is the ValidationException of [MissingText].
func Missing(member string) *Error { return Validation("%s", MissingText(member)) }

// Query is the error under the code that services of the Query protocol give it: ValidationError.
func (e *Error) Query() *Error {
	e.Code = "ValidationError"
	return e
}

// TooLong is the ValidationException of a member with more characters or elements than most.
func TooLong(member string, most int) *Error { return Constraint(nil, member, MaxLength(most)) }

// Pattern is the rule that a text must match a regular expression.
func Pattern(expression string) string {
	return "Member must satisfy regular expression pattern: " + expression
}

// OneOf is the rule that a text must be one of an enumeration.
func OneOf[T ~string](values ...T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return "Member must satisfy enum value set: [" + strings.Join(texts, ", ") + "]"
}

// MinLength is the rule for the fewest characters of a text or elements of a list.
func MinLength(least int) string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", least)
}

// MaxLength is the rule for the most characters of a text or elements of a list.
func MaxLength(most int) string {
	return fmt.Sprintf("Member must have length less than or equal to %d", most)
}

// Length is the rule that a length breaks, or "" for a length from least to most.
func Length(n, least, most int) string {
	switch {
	case n < least:
		return MinLength(least)
	case n > most:
		return MaxLength(most)
	default:
		return ""
	}
}

// Range is the rule that a number breaks, or "" for a number from least to most.
func Range[N ~int | ~int32 | ~int64](n, least, most N) string {
	switch {
	case n < least:
		return fmt.Sprintf("Member must have value greater than or equal to %d", least)
	case n > most:
		return fmt.Sprintf("Member must have value less than or equal to %d", most)
	default:
		return ""
	}
}

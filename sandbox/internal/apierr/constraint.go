package apierr

import "fmt"

// ConstraintText is how AWS's front ends word one member that breaks its model: member is the path of wire names,
// rule says what the model wants ("Member must have length less than or equal to 64").
func ConstraintText(value any, member, rule string) string {
	return fmt.Sprintf("1 validation error detected: Value '%v' at '%s' failed to satisfy constraint: %s", value, member, rule)
}

// MissingText is how AWS's front ends word a required member that is absent.
func MissingText(member string) string {
	return fmt.Sprintf("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// Constraint is the ValidationException of [ConstraintText]. Services with another code make their own of the text.
func Constraint(value any, member, rule string) *Error {
	return Validation("%s", ConstraintText(value, member, rule))
}

// Missing is the ValidationException of [MissingText].
func Missing(member string) *Error { return Validation("%s", MissingText(member)) }

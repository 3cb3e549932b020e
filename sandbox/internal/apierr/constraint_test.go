package apierr_test

import (
	"testing"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func TestConstraint(t *testing.T) {
	t.Parallel()
	type mode string
	tests := []struct{ name, got, want string }{
		{
			name: "value", got: apierr.ConstraintText("a b", "name", apierr.Pattern("[a-z]+")),
			want: "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
		},
		{
			name: "no value", got: apierr.TooLong("rule.names", 25).Message,
			want: "1 validation error detected: Value at 'rule.names' failed to satisfy constraint: Member must have length less than or equal to 25",
		},
		{
			name: "missing", got: apierr.Missing("rule").Message,
			want: "1 validation error detected: Value null at 'rule' failed to satisfy constraint: Member must not be null",
		},
		{name: "enumeration", got: apierr.OneOf(mode("OFF"), mode("FLEXIBLE")), want: "Member must satisfy enum value set: [OFF, FLEXIBLE]"},
		{name: "short", got: apierr.Length(0, 1, 64), want: "Member must have length greater than or equal to 1"},
		{name: "long", got: apierr.Length(65, 1, 64), want: "Member must have length less than or equal to 64"},
		{name: "shortest", got: apierr.Length(1, 1, 64)},
		{name: "longest", got: apierr.Length(64, 1, 64)},
		{name: "low", got: apierr.Range(int32(59), 60, 900), want: "Member must have value greater than or equal to 60"},
		{name: "high", got: apierr.Range(int32(901), 60, 900), want: "Member must have value less than or equal to 900"},
		{name: "lowest", got: apierr.Range(60, 60, 900)},
		{name: "highest", got: apierr.Range(900, 60, 900)},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, tt.got, tt.want)
		}
	}
}

package stackset

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

func TestLimits(t *testing.T) {
	tests := []struct {
		name                  string
		p                     types.StackSetOperationPreferences
		n                     int
		tolerance, concurrent int
	}{
		{name: "defaults", n: 10, tolerance: 0, concurrent: 1},
		{name: "counts", p: types.StackSetOperationPreferences{FailureToleranceCount: aws.Int32(2), MaxConcurrentCount: aws.Int32(4)}, n: 10, tolerance: 2, concurrent: 4},
		{name: "percentages round down", p: types.StackSetOperationPreferences{FailureTolerancePercentage: aws.Int32(25), MaxConcurrentPercentage: aws.Int32(25)}, n: 10, tolerance: 2, concurrent: 2},
		{name: "never below one at a time", p: types.StackSetOperationPreferences{MaxConcurrentPercentage: aws.Int32(1)}, n: 10, concurrent: 1},
		{name: "never above AWS's speed", p: types.StackSetOperationPreferences{MaxConcurrentPercentage: aws.Int32(100)}, n: 1000, concurrent: 100},
	}
	for _, tt := range tests {
		tolerance, concurrent := limits(tt.p, tt.n)
		if tolerance != tt.tolerance || concurrent != tt.concurrent {
			t.Errorf("%s: %d, %d, want %d, %d", tt.name, tolerance, concurrent, tt.tolerance, tt.concurrent)
		}
	}
}

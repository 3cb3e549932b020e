package lambda

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestCompatible holds the runtimes of layers to what PublishLayerVersion answered on
// 2026-03-28 (cfn-lint issue 4427), whose list is cut after the last name.
func TestCompatible(t *testing.T) {
	listed := strings.Split("nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, "+
		"ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2", ", ")
	later := []types.Runtime{types.RuntimeRuby40, types.RuntimeNodejs26x, types.RuntimePython315, types.RuntimeJava8al2023, types.RuntimeJava11al2023, types.RuntimeJava17al2023}
	for _, r := range append(types.Runtime("").Values(), "python9.9", "python3.12 ") {
		want := slices.Contains(listed, string(r)) || slices.Contains(later, r)
		err := compatible([]types.Runtime{types.RuntimePython312, r}, nil)
		if (err == nil) != want {
			t.Errorf("%s: %v", r, err)
		}
		if err != nil && !strings.Contains(err.Error(), "ValidationException: 1 validation error detected: Value '[null]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [nodejs16.x, ") {
			t.Errorf("%s: %v", r, err)
		}
	}
	if err := compatible(nil, []types.Architecture{"arm64", "mips"}); err == nil || !strings.Contains(err.Error(), "compatibleArchitectures") {
		t.Errorf("mips: %v", err)
	}
}

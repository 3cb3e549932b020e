package sandbox

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// TestRolesAreThoseOfThePrerequisites keeps the drawn roles and deploy/prerequisites.yaml alike: what works on the
// sandbox must work with the roles that users deploy.
func TestRolesAreThoseOfThePrerequisites(t *testing.T) {
	data, err := os.ReadFile("../deploy/prerequisites.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type statement struct {
		Action   any `yaml:"Action"` // a list in the roles that are compared, a string elsewhere
		Resource any `yaml:"Resource"`
	}
	var template struct {
		Resources map[string]struct {
			Properties struct {
				RoleName string `yaml:"RoleName"`
				Policies []struct {
					PolicyDocument struct {
						Statement []statement `yaml:"Statement"`
					} `yaml:"PolicyDocument"`
				} `yaml:"Policies"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Load(data, &template); err != nil {
		t.Fatal(err)
	}
	for _, r := range roles("100000000001", "100000000000") {
		if r.name != RoleRead && r.name != RoleOperator {
			continue
		}
		var drawn struct{ Statement []statement }
		if err := json.Unmarshal([]byte(r.inline), &drawn); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, res := range template.Resources {
			if res.Properties.RoleName != r.name {
				continue
			}
			found = true
			want := res.Properties.Policies[0].PolicyDocument.Statement
			for _, s := range [][]statement{want, drawn.Statement} {
				slices.SortFunc(s[0].Action.([]any), func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
			}
			if diff := cmp.Diff(want, drawn.Statement); diff != "" {
				t.Errorf("%s: deploy/prerequisites.yaml (-), sandbox (+)\n%s", r.name, diff)
			}
		}
		if !found {
			t.Errorf("deploy/prerequisites.yaml makes no role %s", r.name)
		}
	}
}

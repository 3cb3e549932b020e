package rehearsal_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/rehearsal"
)

func TestRolesAreThoseOfThePrerequisites(t *testing.T) {
	data, err := os.ReadFile("../../deploy/prerequisites.yaml")
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
	for _, r := range rehearsal.Roles() {
		var drawn struct{ Statement []statement }
		if err := json.Unmarshal([]byte(r.Policy), &drawn); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, res := range template.Resources {
			if res.Properties.RoleName != r.Name {
				continue
			}
			found = true
			want := res.Properties.Policies[0].PolicyDocument.Statement
			for _, s := range [][]statement{want, drawn.Statement} {
				slices.SortFunc(s[0].Action.([]any), func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
			}
			if diff := cmp.Diff(want, drawn.Statement); diff != "" {
				t.Errorf("%s: deploy/prerequisites.yaml (-), sandbox (+)\n%s", r.Name, diff)
			}
		}
		if !found {
			t.Errorf("deploy/prerequisites.yaml makes no role %s", r.Name)
		}
	}
}

package quirk_test

import (
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

func TestTable(t *testing.T) {
	seen := map[quirk.Name]bool{}
	for _, q := range quirk.All() {
		if seen[q.Name] || len(q.Values) < 2 || q.Doc == "" || q.Source == "" {
			t.Errorf("%+v: twice, or not complete", q)
		}
		seen[q.Name] = true
		if !(quirk.Set{}).Is(q.Name, q.Default()) {
			t.Errorf("%s is not on its default side", q.Name)
		}
	}
}

func TestNew(t *testing.T) {
	s, err := quirk.New(quirk.Turned())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range quirk.All() {
		if s.Is(q.Name, q.Default()) {
			t.Errorf("%s was not turned", q.Name)
		}
	}
	for name, tt := range map[string]struct{ name, value, want string }{
		"name":  {name: "evaluation-dely", value: "minutes", want: "evaluation-delay"},
		"value": {name: "evaluation-delay", value: "hours", want: "minutes or seconds"},
	} {
		if _, err := quirk.New(map[string]string{tt.name: tt.value}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want one with %s", name, err, tt.want)
		}
	}
}

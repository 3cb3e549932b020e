package ids_test

import (
	"regexp"
	"sync"
	"testing"

	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
)

func TestIDsRepeatAndDiffer(t *testing.T) {
	a, b, other := ids.New(1), ids.New(1), ids.New(2)
	first := a.Next("1", "r", "rule", "x")
	if first != b.Next("1", "r", "rule", "x") || first != a.At("1", "r", "rule", "x", 0) {
		t.Error("the same seed and name give the same id")
	}
	seen := map[ids.ID]bool{first: true}
	for _, id := range []ids.ID{
		a.Next("1", "r", "rule", "x"), a.Next("2", "r", "rule", "x"), a.Next("1", "s", "rule", "x"),
		a.Next("1", "r", "role", "x"), a.Next("1", "r", "rule", "y"), other.Next("1", "r", "rule", "x"), a.Next("1r", "", "rule", "x"),
	} {
		if seen[id] {
			t.Error("two names share an id")
		}
		seen[id] = true
	}
}

func TestOrderOfOthersDoesNotMatter(t *testing.T) {
	s := ids.New(1)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		wg.Go(func() {
			for range 100 {
				s.Next("1", "r", "k", name)
			}
		})
	}
	wg.Wait()
	if got, want := s.Next("1", "r", "k", "b"), s.At("1", "r", "k", "b", 100); got != want {
		t.Error("ids of one name count by themselves")
	}
}

func TestForms(t *testing.T) {
	id := ids.New(1).Next("1", "r", "k", "n")
	for form, pattern := range map[string]string{
		id.UUID():    `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		id.Hex(20):   `^[0-9a-f]{20}$`,
		id.Alnum(10): `^[a-z0-9]{10}$`,
		id.Upper(16): `^[A-Z2-7]{16}$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(form) {
			t.Errorf("%s does not match %s", form, pattern)
		}
	}
}

package parts_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/runbook"
)

func TestReadWhatWasRendered(t *testing.T) {
	got, err := parts.Read(render(t, fleet()), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := fleet()
	delete(want[0].Regions, "ap-south-1") // nothing is enforced there
	if diff := cmp.Diff(parts.Standing{Moves: want, Targets: map[string]parts.Targets{}}, got); diff != "" {
		t.Errorf("read (-rendered +read):\n%s", diff)
	}
	if again := render(t, got.Moves); again == render(t, fleet()) {
		t.Error("the row of zeros has no meaning")
	}
}

func TestTargetsAreRemembered(t *testing.T) {
	to := map[string]parts.Targets{
		"us-east-1": {Units: []string{"ou-b", "ou-a"}, Accounts: []string{"000000000012"}},
		"eu-west-1": {Accounts: []string{"000000000013"}},
	}
	text, err := parts.Template(fleet(), to)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parts.Read(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	to["us-east-1"] = parts.Targets{Units: []string{"ou-a", "ou-b"}, Accounts: []string{"000000000012"}}
	if diff := cmp.Diff(to, got.Targets); diff != "" {
		t.Error(diff)
	}
}

func TestReadStandalone(t *testing.T) {
	for _, tt := range []struct {
		name, old, new, same string
		want                 parts.Versions
		everywhere           bool
	}{
		{name: "one version", old: runtime + "5", new: runtime + "6", want: parts.Versions{New: 6, Old: []int64{5}}},
		{name: "any version", old: strings.TrimSuffix(runtime, ":"), new: runtime + "6", want: parts.Versions{New: 6}},
		{name: "everywhere", old: runtime + "5", new: runtime + "6", same: "true", want: parts.Versions{New: 6, Old: []int64{5}}, everywhere: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parts.Read(standalone(t), map[string]string{
				parts.ParameterOld: tt.old, parts.ParameterNew: tt.new, parts.ParameterSameVersion: tt.same,
			})
			if err != nil {
				t.Fatal(err)
			}
			m := move("common-runtime", in("us-east-1", tt.want))
			m.Layer.Region = "us-east-1"
			if diff := cmp.Diff(parts.Standing{Moves: []parts.Move{m}, Everywhere: tt.everywhere}, got); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadForeign(t *testing.T) {
	replaces := map[string]string{parts.ParameterOld: agent + "1", parts.ParameterNew: runtime + "6"}
	for name, body := range map[string]string{
		"not YAML": "{", "text": "hello", "list": "[1]", "somebody's": "Resources: {}", "another layer": standalone(t),
		"numbers as keys": "Mappings: {Versions: [1]}",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parts.Read(body, replaces); !errors.Is(err, parts.ErrForeign) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestReadDamaged(t *testing.T) {
	good := render(t, fleet())
	for _, tt := range []struct{ name, old, new string }{
		{"later version", `FormatVersion: "1.0"`, `FormatVersion: "2.0"`},
		{"number", `L0New: "6"`, `L0New: "six"`},
		{"missing number", `L0New: "6", `, ``},
		{"old number", `L1Old0: "3"`, `L1Old0: "-3"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.Replace(good, tt.old, tt.new, 1)
			if body == good {
				t.Fatalf("%q is not there", tt.old)
			}
			if _, err := parts.Read(body, nil); err == nil || errors.Is(err, parts.ErrForeign) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	text, err := parts.Template(fleet(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, runtime+"5", runtime+"6")
	f.Add("Metadata: {Layerfleet: {FormatVersion: '1.0'}}", runtime+"5", runtime+"6")
	f.Fuzz(func(t *testing.T, body, old, to string) {
		got, err := parts.Read(body, map[string]string{parts.ParameterOld: old, parts.ParameterNew: to})
		if err != nil || len(got.Moves) == 0 {
			return
		}
		again, err := parts.Template(got.Moves, nil)
		if err != nil {
			return // a damaged table may say what no one renders
		}
		back, err := parts.Read(again, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
		slices.SortFunc(got.Moves, func(a, b parts.Move) int {
			return strings.Compare(a.Layer.Account+":"+a.Layer.Name, b.Layer.Account+":"+b.Layer.Name)
		})
		if len(back.Moves) != len(got.Moves) {
			t.Fatalf("%d moves came back as %d", len(got.Moves), len(back.Moves))
		}
	})
}

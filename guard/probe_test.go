package guard_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
)

type recorded struct {
	Exit  int               `json:"exit"`
	Rules map[string]string `json:"rules"`
}

type probe struct {
	Rules    string              `json:"rules"`
	Data     string              `json:"data"`
	Verdicts map[string]recorded `json:"verdicts"`
}

// verdict evaluates like the command line: an exit code and a status per rule.
func verdict(t *testing.T, rules, data string, d guard.Dialect, l guard.Loader) (recorded, error) {
	t.Helper()
	rs, err := guard.Compile([]byte(rules), guard.Options{Dialect: d})
	if err != nil {
		return recorded{Exit: 5}, err
	}
	document, err := guard.Load("", []byte(data), l)
	if err != nil {
		return recorded{Exit: 255}, err
	}
	statuses, err := rs.Statuses(context.Background(), document)
	if err != nil {
		return recorded{Exit: 255}, err
	}
	out := recorded{Rules: map[string]string{}}
	for i, name := range rs.Rules() {
		if s := out.Rules[name]; s != "" {
			out.Rules[name] = s + "+"
		}
		out.Rules[name] += statuses[i].String()
		if statuses[i] == guard.StatusFail {
			out.Exit = 19
		}
	}
	return out, nil
}

func TestProbes(t *testing.T) {
	text, err := os.ReadFile("testdata/probes.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Probes []probe }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		engine  string
		dialect guard.Dialect
		loader  guard.Loader
	}{{"2.1.3", guard.DialectConfig, guard.LoadCLI2}, {"3.1.1", guard.DialectV3, guard.LoadCLI3}} {
		for _, p := range file.Probes {
			want := p.Verdicts[c.engine]
			got, err := verdict(t, p.Rules, p.Data, c.dialect, c.loader)
			bad := got.Exit == 5 && (want.Exit != 5 || want.Rules != nil) || got.Exit == 255 && want.Exit != 255 && want.Exit != 101 || (want.Rules == nil) != (got.Rules == nil)
			for name, s := range want.Rules {
				bad = bad || got.Rules[name] != s
			}
			if bad {
				t.Errorf("%s: %s on %s: got %v (%v), want %v", c.engine, p.Rules, p.Data, got, err, want)
			}
		}
	}
}

package difftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
)

// Outcome is what an engine says about a rule file and a document: "parse" if
// it refuses the rules, "abort" if it gives up, or the status of every rule.
type Outcome string

// The outcomes without statuses.
const (
	Parse Outcome = "parse"
	Abort Outcome = "abort"
)

// Kind is Parse, Abort or "evaluated".
func (o Outcome) Kind() string {
	if o == Parse || o == Abort {
		return string(o)
	}
	return "evaluated"
}

// Engine is a real cfn-guard.
type Engine struct {
	Path    string
	Dialect guard.Dialect
	Dir     string // for temporary files
}

// Loader is the loader of the engine's command line.
func (e Engine) Loader() guard.Loader {
	if e.Dialect == guard.DialectV3 {
		return guard.LoadCLI3
	}
	return guard.LoadCLI2
}

// Ours gives the outcomes of this implementation. The engines read the
// documents before the rules.
func (e Engine) Ours(c Case) []Outcome {
	out := make([]Outcome, len(c.Documents))
	rules, err := guard.Compile([]byte(c.Rules), guard.Options{Dialect: e.Dialect})
	for i, text := range c.Documents {
		d, unread := guard.Load("", []byte(text), e.Loader())
		switch {
		case unread != nil:
			out[i] = Abort
		case err != nil:
			out[i] = Parse
		default:
			out[i] = evaluate(rules, d)
		}
	}
	return out
}

func evaluate(rules *guard.Ruleset, d *guard.Document) Outcome {
	statuses, err := rules.Statuses(context.Background(), d)
	if err != nil {
		return Abort
	}
	found := map[string]bool{}
	for i, name := range rules.Rules() {
		found[name+"="+statuses[i].String()] = true
	}
	return join(found)
}

// join lists the verdicts. Of rules of one name every verdict counts once, and
// a skip only if all skip: the summaries of the engines show no more.
func join(found map[string]bool) Outcome {
	for verdict := range found {
		name, _, _ := strings.Cut(verdict, "=")
		if found[name+"=PASS"] || found[name+"=FAIL"] {
			delete(found, name+"=SKIP")
		}
	}
	return Outcome(strings.Join(slices.Sorted(maps.Keys(found)), " "))
}

// Theirs gives the outcomes of the real engine: all documents in one run, and
// each in its own if that does not work.
func (e Engine) Theirs(ctx context.Context, c Case) ([]Outcome, error) {
	if err := os.RemoveAll(e.Dir); err != nil {
		return nil, err
	}
	data := filepath.Join(e.Dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	rules := filepath.Join(e.Dir, "f.guard")
	if err := os.WriteFile(rules, []byte(c.Rules), 0o600); err != nil {
		return nil, err
	}
	for i, text := range c.Documents {
		if err := os.WriteFile(filepath.Join(data, fileName(i, text)), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	out, whole, err := e.run(ctx, rules, data)
	if err != nil {
		return nil, err
	}
	all := make([]Outcome, len(c.Documents))
	for i, text := range c.Documents {
		name := fileName(i, text)
		o, done := out[name]
		if !done && whole != Parse {
			one, failed, err := e.run(ctx, rules, filepath.Join(data, name))
			if err != nil {
				return nil, err
			}
			if o, done = one[name]; !done {
				o = failed
			}
		}
		if all[i] = o; whole == Parse {
			all[i] = Parse
		}
	}
	return all, nil
}

func fileName(i int, text string) string {
	ext := "yaml"
	if strings.HasPrefix(text, "{") {
		ext = "json"
	}
	return fmt.Sprintf("d%d.%s", i, ext)
}

var (
	fileLine = regexp.MustCompile(`^(?:.*/)?(d\d+\.\w+) Status = `)
	ruleLine = regexp.MustCompile(`^f\.guard/(\w+)\s+(PASS|FAIL|SKIP)$`)
)

// run evaluates and reads the summary: an outcome per document, or one for
// the whole run.
func (e Engine) run(ctx context.Context, rules, data string) (map[string]Outcome, Outcome, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, e.Path, "validate", "-r", rules, "-d", data, "-S", "all")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "RUST_BACKTRACE=0")
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, "", err
	}
	if strings.Contains(stdout.String(), "Parsing error handling rule") || strings.Contains(stderr.String(), "Parsing error handling rule") {
		return nil, Parse, nil
	}
	found := map[string]map[string]bool{}
	current := ""
	for line := range strings.SplitSeq(stdout.String(), "\n") {
		if m := fileLine.FindStringSubmatch(line); m != nil {
			current = m[1]
			found[current] = map[string]bool{}
		} else if m := ruleLine.FindStringSubmatch(line); m != nil && current != "" {
			found[current][m[1]+"="+m[2]] = true
		}
	}
	out := map[string]Outcome{}
	for name, statuses := range found {
		out[name] = join(statuses)
	}
	// The summary comes before the report, and the reports of both engines
	// crash on some documents: only what has no summary was given up, unless
	// there are no rules to sum up.
	if err == nil && len(out) == 0 {
		return out, "", nil
	}
	return out, Abort, nil
}

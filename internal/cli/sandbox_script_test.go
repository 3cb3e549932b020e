package cli_test

import (
	"context"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/layerfleet/layerfleet/internal/rehearsal"
	"github.com/layerfleet/layerfleet/sandbox"
)

// holder keeps the sandbox of a script for its later lines.
type (
	holder    struct{ sandbox *sandbox.Sandbox }
	holderKey struct{}
)

// startSandbox starts an organization and points the script's environment to it:
// sandbox [accounts=N] [functions=N] [regions=A,B] [seed=N] [clean] [python=PATH] [speed=N].
// Its time stands still, but for the waits of commands and of until, unless it has a speed. Its quirks
// are on the sides that need little waiting.
func startSandbox(ts *testscript.TestScript, neg bool, args []string) {
	o := sandbox.Options{Seed: 1, Roles: rehearsal.Roles(), Quirks: sandbox.TurnedQuirks()}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		var err error
		switch name {
		case "accounts":
			o.Accounts, err = strconv.Atoi(value)
		case "functions":
			o.Functions, err = strconv.Atoi(value)
		case "seed":
			o.Seed, err = strconv.ParseUint(value, 10, 64)
		case "regions":
			o.Regions = strings.Split(value, ",")
		case "clean":
			o.Clean = true
		case "speed":
			o.Speed, err = strconv.ParseFloat(value, 64)
		case "python":
			o.Python = value
		default:
			ts.Fatalf("sandbox: unknown argument %s", arg)
		}
		ts.Check(err)
	}
	if neg {
		ts.Fatalf("sandbox does not take !")
	}
	o.Stepped = o.Speed == 0
	s, err := sandbox.Start(context.Background(), o)
	ts.Check(err)
	ts.Defer(func() { _ = s.Close() })
	if h, ok := ts.Value(holderKey{}).(*holder); ok {
		h.sandbox = s
	}
	for _, v := range rehearsal.Env(s) {
		ts.Setenv(v.Name, v.Value)
	}
	ts.Setenv("NO_PROXY", "127.0.0.1")
}

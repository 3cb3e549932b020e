// Package cli is the command line of layerfleet: the root command, signals and exit
// codes. Each noun has its own package beneath it.
package cli

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/layerfleet/layerfleet/internal/cli/command"
)

// Main runs one command line, without the program's name, and returns the exit code.
// Interrupt and SIGTERM cancel the command; a second one ends the process.
func Main(ctx context.Context, args []string, s command.Streams, env func(string) string) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	built := thisBuild()
	f := command.NewFactory(s, env, built.Version)
	root := newRoot(f, built)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(f.Terminal.Out())
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	code := command.CodeOf(ctx, err)
	if err != nil {
		command.Report(f.Terminal, code, err)
	}
	return int(code)
}

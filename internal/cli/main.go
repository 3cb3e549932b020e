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

	f := command.NewFactory(s, env, version())
	root := newRoot(f)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(f.Terminal.Out())
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		command.Report(f.Terminal, err)
	}
	return int(command.CodeOf(ctx, err))
}

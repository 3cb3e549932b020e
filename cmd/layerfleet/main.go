// Command layerfleet keeps Lambda functions on the layer versions you chose.
package main

import (
	"context"
	"os"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Getenv))
}

package lambda

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// refused are runtimes of the SDK that PublishLayerVersion does not accept: its error
// lists those that it does, and named none of these on 2026-03-28 (cfn-lint issue 4427).
// Those that the SDK has had since are taken to be accepted: UNCONFIRMED.
var refused = []types.Runtime{
	types.RuntimeNodejs, types.RuntimeNodejs43, types.RuntimeNodejs43edge, types.RuntimeNodejs610, types.RuntimeNodejs810, types.RuntimeNodejs10x,
	types.RuntimeNodejs12x, types.RuntimeNodejs14x, types.RuntimeJava8, types.RuntimePython27, types.RuntimePython36, types.RuntimePython37,
	types.RuntimeDotnetcore10, types.RuntimeDotnetcore20, types.RuntimeDotnetcore21, types.RuntimeDotnetcore31, types.RuntimeGo1x,
	types.RuntimeRuby25, types.RuntimeRuby27, types.RuntimeProvided,
}

// compatible checks what a layer says that it is for.
func compatible(runtimes []types.Runtime, architectures []types.Architecture) error {
	accepted := slices.DeleteFunc(types.Runtime("").Values(), func(r types.Runtime) bool { return slices.Contains(refused, r) })
	for _, r := range runtimes {
		if !slices.Contains(accepted, r) {
			// The value is a list of what could be read: nothing, for a name that is none.
			return apierr.Constraint("[null]", "compatibleRuntimes", apierr.OneOf(accepted...))
		}
	}
	for _, a := range architectures {
		if known := types.Architecture("").Values(); !slices.Contains(known, a) {
			return apierr.Constraint("["+string(a)+"]", "compatibleArchitectures", apierr.OneOf(known...))
		}
	}
	return nil
}

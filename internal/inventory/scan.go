package inventory

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/parallel"
)

// scan lists the functions of every remaining pair.
func scan(ctx context.Context, a *access.Access, s *survey, r Request) ([]fleet.Function, error) {
	var all []fleet.Function
	err := walk(ctx, a, s, r, func(f fleet.Function) { all = append(all, f) })
	return all, err
}

// walk calls visit for the functions of every remaining pair; its calls do not overlap.
// What a pair that fails half way had given by then is kept, and the pair is not
// covered.
func walk(ctx context.Context, a *access.Access, s *survey, r Request, visit func(fleet.Function)) error {
	var mu sync.Mutex
	in := &lambda.ListFunctionsInput{}
	if r.Versions {
		in.FunctionVersion = types.FunctionVersionAll
	}
	return eachRemaining(ctx, s, r.report("listing functions"), func(ctx context.Context, p fleet.Pair) error {
		pages := lambda.NewListFunctionsPaginator(a.Lambda(p), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			mu.Lock()
			for _, f := range page.Functions {
				visit(Listed(p, f))
			}
			mu.Unlock()
		}
		return nil
	})
}

// probe asks each remaining pair for one function.
func probe(ctx context.Context, a *access.Access, s *survey, r Request) error {
	return eachRemaining(ctx, s, r.report("probing"), func(ctx context.Context, p fleet.Pair) error {
		_, err := a.Lambda(p).ListFunctions(ctx, &lambda.ListFunctionsInput{MaxItems: aws.Int32(1)})
		return err
	})
}

// eachRemaining asks something of every remaining pair and notes where it was refused.
func eachRemaining(ctx context.Context, s *survey, progress func(done, total int), ask func(context.Context, fleet.Pair) error) error {
	pairs := s.remaining()
	refused := make([]error, len(pairs))
	err := parallel.Each(ctx, len(pairs), concurrency, progress, func(ctx context.Context, i int) error {
		refused[i] = ask(ctx, pairs[i])
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, p := range pairs {
		if refused[i] != nil {
			s.exclude(p, reasonFor(refused[i]), refused[i])
		}
	}
	return nil
}

// Listed is a function as ListFunctions shows it in a pair.
func Listed(p fleet.Pair, f types.FunctionConfiguration) fleet.Function {
	fn := fleet.Function{
		Pair: p, Name: aws.ToString(f.FunctionName), Version: aws.ToString(f.Version),
		// Lists of all versions have qualified ARNs.
		ARN: strings.TrimSuffix(aws.ToString(f.FunctionArn), ":"+aws.ToString(f.Version)), Runtime: string(f.Runtime), Layers: make([]string, 0, len(f.Layers)),
		PackageType: string(f.PackageType),
	}
	for _, a := range f.Architectures {
		fn.Architectures = append(fn.Architectures, string(a))
	}
	for _, l := range f.Layers {
		fn.Layers = append(fn.Layers, aws.ToString(l.Arn))
	}
	fn.Layers = slices.Clip(fn.Layers)
	return fn
}

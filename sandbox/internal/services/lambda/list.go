package lambda

import (
	"context"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

const (
	maxPage = 50 // items of a page, whatever is asked for
	// maxFunctions is the highest MaxItems of the lists of functions, versions and aliases; that of layers is maxPage.
	maxFunctions = 10000
)

func checkMaxItems(maxItems *int32, most int32) error {
	if maxItems == nil {
		return nil
	}
	if rule := apierr.Range(*maxItems, 1, most); rule != "" {
		return apierr.Constraint(*maxItems, "maxItems", rule)
	}
	return nil
}

// cut is a page of a sorted list: no more than 50 items, whatever is asked for.
func cut[T any](items []T, key func(T) string, marker *string, maxItems *int32) (part []T, next *string, err error) {
	if aws.ToString(marker) == "" {
		marker = nil
	}
	size := maxPage
	if maxItems != nil {
		size = min(int(*maxItems), maxPage)
	}
	part, next, ok := page.Cut(items, key, marker, size)
	if !ok {
		return nil, nil, invalid("The provided Marker is invalid.")
	}
	return part, next, nil
}

// names are the functions of the shard in order; they are sorted once after a change of the set.
func (sh *shard) names() []string {
	sh.mu.RLock()
	names := sh.sorted
	sh.mu.RUnlock()
	if names != nil {
		return names
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.sorted == nil {
		sh.sorted = make([]string, 0, len(sh.functions))
		for n := range sh.functions {
			sh.sorted = append(sh.sorted, n)
		}
		slices.Sort(sh.sorted)
	}
	return sh.sorted
}

func (s *Service) listFunctions(_ context.Context, c call.Caller, in *api.ListFunctionsInput) (*api.ListFunctionsOutput, error) {
	all := in.FunctionVersion == types.FunctionVersionAll
	if in.FunctionVersion != "" && !all {
		return nil, apierr.Constraint(in.FunctionVersion, "functionVersion", apierr.OneOf(types.FunctionVersionAll))
	}
	if err := checkMaxItems(in.MaxItems, maxFunctions); err != nil {
		return nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	names := sh.names()
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	part, next, err := cut(sh.rowsAfter(names, in.Marker, all), row.key, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &api.ListFunctionsOutput{Functions: views(part, all), NextMarker: next}, nil
}

// row is a function in a list: $LATEST, or a published version.
type row struct {
	n      int64 // 0: $LATEST
	record *function.Record
}

func (r row) key() string { return r.record.Name + " " + page.Ascending(int(r.n)) }

// rows are $LATEST and, if all are wanted, the published versions.
func (f *fn) rows(all bool) []row {
	list := []row{{record: f.latest}}
	if all {
		for _, v := range f.versions {
			list = append(list, row{v.n, v.record})
		}
	}
	return list
}

// rowsAfter are the rows that a page can be cut from: those of the function that the last page ended in, and enough of
// those behind it. The shard is locked.
func (sh *shard) rowsAfter(names []string, marker *string, all bool) []row {
	last, _ := page.After(marker) // a foreign marker is refused when the page is cut
	from, _, _ := strings.Cut(last, " ")
	var list []row
	for _, name := range names[sort.SearchStrings(names, from):] {
		f := sh.functions[name]
		if f == nil {
			continue
		}
		for _, r := range f.rows(all) {
			if r.key() > last {
				list = append(list, r)
			}
		}
		if len(list) > maxPage {
			break
		}
	}
	return list
}

// views are rows as the API shows them; a list of all versions names $LATEST by its qualified ARN.
func views(rows []row, all bool) []types.FunctionConfiguration {
	list := make([]types.FunctionConfiguration, len(rows))
	for i, r := range rows {
		version, arn := latest, r.record.ARN()
		if r.n > 0 {
			version = strconv.FormatInt(r.n, 10)
		}
		if all {
			arn += ":" + version
		}
		list[i] = listed(view(r.record, version, arn))
	}
	return list
}

package enforce

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// set is a stack set that enforces layer versions: one of ours, or one made by hand from deploy/lambdalayer.yaml.
type set struct {
	name        string
	rule        string // name of the Config rule in every pair
	automatic   bool
	selfManaged bool
	body        string
	parameters  []types.Parameter
	moves       []Move
	content     runbook.Content
	// everywhere says that the numbers of moves count in all Regions (the stand-alone template with
	// SameVersionInAllRegions).
	everywhere bool
	// targets are where it was deployed to, or was to be, by Region; nothing in sets that were made by hand.
	targets map[string]runbook.Targets
}

var setName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{2,39}$`)

// checkName refuses names that one of the named things cannot have: stack sets begin with a letter, runbooks have
// three characters, rule names over 64 characters break compliance calls.
func checkName(name string) error {
	if !setName.MatchString(name) {
		return hint.With(fmt.Errorf("--name %q cannot name a stack set, a rule and a runbook alike", name), "a letter, then 2 to 39 letters, digits and hyphens")
	}
	return nil
}

// describe reads a set by name.
func describe(ctx context.Context, a *access.Access, name string) (*set, error) {
	out, err := a.CloudFormation(a.Home()).DescribeStackSet(ctx, &cloudformation.DescribeStackSetInput{StackSetName: &name})
	if _, ok := errors.AsType[*types.StackSetNotFoundException](err); ok {
		return nil, hint.With(fmt.Errorf("%w: %s in %s", errNoSet, name, a.Home()), "stack sets are seen in the account and Region that made them only; `layerfleet enforce deploy` makes one")
	}
	if err != nil {
		return nil, access.AtStart(fmt.Errorf("stack set %s: %w", name, err))
	}
	s := &set{
		name: name, body: aws.ToString(out.StackSet.TemplateBody), parameters: out.StackSet.Parameters,
		selfManaged: out.StackSet.PermissionModel == types.PermissionModelsSelfManaged,
	}
	if err := s.read(); err != nil {
		return nil, hint.With(fmt.Errorf("stack set %s: %w", name, err), "it was not made by layerfleet, nor from deploy/lambdalayer.yaml")
	}
	return s, nil
}

// ownSets are the sets of the home Region that enforce layer versions. Other people's stack sets are left out.
func ownSets(ctx context.Context, a *access.Access) ([]*set, error) {
	var out []*set
	pages := cloudformation.NewListStackSetsPaginator(a.CloudFormation(a.Home()), &cloudformation.ListStackSetsInput{Status: types.StackSetStatusActive})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, access.AtStart(fmt.Errorf("listing stack sets: %w", err))
		}
		for _, summary := range page.Summaries {
			s, err := describe(ctx, a, aws.ToString(summary.StackSetName))
			var foreign *foreignError
			switch {
			case errors.As(err, &foreign), errors.Is(err, errNoSet): // not ours, or gone since
			case err != nil:
				return nil, err
			default:
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// foreignError says that a stack set does something else than enforcing layer versions.
type foreignError struct{ why string }

func (e *foreignError) Error() string { return "it does not enforce layer versions: " + e.why }

func (s *set) model() string {
	if s.selfManaged {
		return "self-managed"
	}
	return "service-managed"
}

// enforcesIn says whether the set does anything in a Region.
func (s *set) enforcesIn(region string) bool {
	return s.everywhere || slices.ContainsFunc(s.moves, func(m Move) bool { _, ok := m.Regions[region]; return ok })
}

// same says whether what is rendered is what the set has.
func (s *set) same(body string) bool { return s.body == body }

// merge puts the wanted moves over those of the set: a set is for all layers, and deploying one more leaves the
// others as they are.
func merge(have, want []Move) []Move {
	out := slices.Clone(want)
	for _, h := range have {
		i := slices.IndexFunc(out, func(m Move) bool { return m.Layer.Name == h.Layer.Name && m.Layer.Account == h.Layer.Account })
		if i < 0 {
			out = append(out, h)
			continue
		}
		for region, v := range h.Regions {
			if _, ok := out[i].Regions[region]; !ok && out[i].Missing[region] == "" {
				out[i].Regions[region] = v
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Move) int {
		return strings.Compare(a.Layer.Name+a.Layer.Account, b.Layer.Name+b.Layer.Account)
	})
	return out
}

// contradiction refuses two sets that would undo each other in a Region: A→B beside B→A, or two wanted versions of one
// layer.
func contradiction(other *set, want []Move) error {
	for _, w := range want {
		i := slices.IndexFunc(other.moves, func(m Move) bool { return m.Layer.Name == w.Layer.Name && m.Layer.Account == w.Layer.Account })
		if i < 0 {
			continue
		}
		for _, region := range slices.Sorted(maps.Keys(w.Regions)) {
			v := w.Regions[region]
			o, ok := other.moves[i].in(region, other.everywhere)
			if !ok || o.New == v.New {
				continue
			}
			if o.Old == 0 || v.Old == 0 || o.Old == v.New || v.Old == o.New || o.Old == v.Old {
				return hint.With(fmt.Errorf("stack set %s moves layer %s in %s to version %d, this one would move it to %d: they would undo each other", other.name, w.Layer.Name, region, o.New, v.New),
					fmt.Sprintf("deploy under its name (--name %s) to change it, or remove it first (layerfleet enforce remove --name %s)", other.name, other.name))
			}
		}
	}
	return nil
}

// in are the numbers of a Region, which may be those of the one Region that the move has.
func (m Move) in(region string, everywhere bool) (Versions, bool) {
	v, ok := m.Regions[region]
	for _, only := range m.Regions {
		if !ok && everywhere {
			return only, true
		}
	}
	return v, ok
}

// Instances counts the stack instances of a set.
func Instances(ctx context.Context, a *access.Access, name string) (int, error) {
	if _, err := describe(ctx, a, name); err != nil {
		return 0, err
	}
	list, err := instances(ctx, a, name)
	return len(list), err
}

// Lines say what a move does, Region by Region, for people.
func (m Move) Lines() []string {
	var out []string
	for _, region := range slices.Sorted(maps.Keys(m.Regions)) {
		v := m.Regions[region]
		from := "every other version"
		if v.Old > 0 {
			from = fmt.Sprintf("version %d", v.Old)
		}
		out = append(out, fmt.Sprintf("%s: %s → version %d", region, from, v.New))
	}
	return out
}

// NotDeployed adds the pairs that were asked for and cannot have an instance.
func (s *Status) NotDeployed(pairs []fleet.NotCovered) {
	for _, n := range pairs {
		if !slices.ContainsFunc(s.Pairs, func(p PairStatus) bool { return p.Pair == n.Pair }) {
			s.Pairs = append(s.Pairs, PairStatus{Pair: n.Pair, Status: noInstance, Reason: n.Code.Sentence()})
		}
	}
	slices.SortFunc(s.Pairs, func(a, b PairStatus) int { return a.Pair.Compare(b.Pair) })
}

const noInstance = "NONE"

// Stale are the pairs whose stack instance failed.
func (s *Status) Stale() []fleet.Pair {
	var out []fleet.Pair
	for _, p := range s.Pairs {
		if p.Status == string(types.StackInstanceStatusOutdated) || p.Status == string(types.StackInstanceStatusInoperable) {
			out = append(out, p.Pair)
		}
	}
	return out
}

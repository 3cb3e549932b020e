// Package stage splits the pairs of a deployment into the parts that a change reaches one after the other. No I/O.
package stage

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// Stage is a part of a deployment.
type Stage struct {
	Name  string       `json:"name"`
	Pairs []fleet.Pair `json:"-"` // in order
}

// Spec says which pairs a stage takes of those that no earlier stage has taken: those of an OU, of accounts, of a
// Region, as many accounts as bring it and the stages before to a percentage, or the rest. One of its fields is set.
type Spec struct {
	Unit     string // id or name of an OU
	Accounts []string
	Region   string
	Percent  int // 1 to 100, of all accounts of the deployment
	Rest     bool
}

// Rest is the stage of all that no other stage has.
func Rest() Spec { return Spec{Rest: true} }

// Parse reads ou=NAME, region=NAME, accounts=ID,ID, N% or rest.
func Parse(text string) (Spec, error) {
	kind, value, named := strings.Cut(text, "=")
	switch {
	case text == "rest":
		return Rest(), nil
	case named && value != "" && kind == "ou":
		return Spec{Unit: value}, nil
	case named && value != "" && kind == "region":
		return Spec{Region: value}, nil
	case named && value != "" && kind == "accounts":
		return Spec{Accounts: strings.Split(value, ",")}, nil
	}
	if number, ok := strings.CutSuffix(text, "%"); ok {
		if n, err := strconv.Atoi(number); err == nil && n >= 1 && n <= 100 {
			return Spec{Percent: n}, nil
		}
	}
	return Spec{}, hint.With(fmt.Errorf("%q is not a stage", text), "a stage is ou=NAME, region=NAME, accounts=ID,ID, N% of all accounts, or rest")
}

// String is the spec as [Parse] reads it.
func (s Spec) String() string {
	switch {
	case s.Unit != "":
		return "ou=" + s.Unit
	case s.Region != "":
		return "region=" + s.Region
	case len(s.Accounts) > 0:
		return "accounts=" + strings.Join(s.Accounts, ",")
	case s.Percent > 0:
		return strconv.Itoa(s.Percent) + "%"
	}
	return "rest"
}

// Split divides the pairs. Every pair is in one stage; specs that leave pairs over are an error. Stages that no pair is
// left for are dropped. below says whether an account is in an OU, or in one below it.
func Split(pairs []fleet.Pair, below func(account, unit string) bool, specs []Spec) ([]Stage, error) {
	left := slices.SortedFunc(slices.Values(pairs), fleet.Pair.Compare)
	left = slices.Compact(left)
	order := shuffled(left)
	taken := map[string]bool{} // accounts with a pair in a stage
	var out []Stage
	for _, spec := range specs {
		in := spec.match(below, order, taken)
		var st Stage
		rest := left[:0:0]
		for _, p := range left {
			if in(p) {
				st.Pairs = append(st.Pairs, p)
			} else {
				rest = append(rest, p)
			}
		}
		left = rest
		for _, p := range st.Pairs {
			taken[p.AccountID] = true
		}
		if st.Name = spec.String(); len(st.Pairs) > 0 {
			out = append(out, st)
		}
	}
	if len(left) > 0 {
		return nil, hint.With(fmt.Errorf("no stage has %s and %d others", left[0], len(left)-1), "end with --stage rest")
	}
	return out, nil
}

func (s Spec) match(below func(account, unit string) bool, order []string, taken map[string]bool) func(fleet.Pair) bool {
	switch {
	case s.Unit != "":
		return func(p fleet.Pair) bool { return below(p.AccountID, s.Unit) }
	case s.Region != "":
		return func(p fleet.Pair) bool { return p.Region == s.Region }
	case len(s.Accounts) > 0:
		return func(p fleet.Pair) bool { return slices.Contains(s.Accounts, p.AccountID) }
	case s.Percent > 0:
		want := (len(order)*s.Percent + 99) / 100
		in := map[string]bool{}
		for id := range taken {
			in[id] = true
		}
		for _, id := range order {
			if len(in) < want {
				in[id] = true
			}
		}
		return func(p fleet.Pair) bool { return in[p.AccountID] }
	}
	return func(fleet.Pair) bool { return true }
}

// shuffled are the accounts in an order that says nothing of them and is the same every time: an account stays in its
// percentage whatever others come or go before or after it.
func shuffled(pairs []fleet.Pair) []string {
	var ids []string
	for _, p := range pairs {
		if len(ids) == 0 || ids[len(ids)-1] != p.AccountID {
			ids = append(ids, p.AccountID)
		}
	}
	key := func(id string) string { sum := sha256.Sum256([]byte(id)); return string(sum[:8]) }
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(key(a), key(b)) })
	return ids
}

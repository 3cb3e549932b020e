package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/term"
)

// Findings prints who uses what, and what could not be seen. The selector says what
// was asked for.
func Findings(t *term.Terminal, sel layer.Selector, f *inventory.Findings) error {
	if len(f.Functions) > 0 {
		table := term.NewTable("ACCOUNT", "REGION", "FUNCTION", "RUNTIME", "MATCHED", "LAYERS IN ORDER").Drop(3, 5)
		for _, m := range f.Functions {
			runtime := m.Runtime
			if runtime == "" {
				runtime = "-"
			}
			table.Row(m.AccountID, m.Region, m.Name, runtime, short(m.Matched), short(m.Layers))
		}
		if err := table.Write(t); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.Out()); err != nil {
			return err
		}
	}
	accounts, regions := map[string]bool{}, map[string]bool{}
	for _, m := range f.Functions {
		accounts[m.AccountID], regions[m.Region] = true, true
	}
	what := t.Paint(term.Bold, "no function that could be seen uses "+sel.String())
	if n := len(f.Functions); n > 0 {
		what = fmt.Sprintf("%s in %s and %s", t.Paint(term.Bold, uses(n)+" "+sel.String()), count.Of(len(accounts), "account"), count.Of(len(regions), "Region"))
	}
	looked := f.LookedAt
	if looked == inventory.Latest {
		looked += " only: aliases and published versions were not looked at"
	}
	if _, err := fmt.Fprintf(t.Out(), "%s (%s)\n", what, looked); err != nil {
		return err
	}
	return Coverage(t, f.Coverage)
}

func uses(n int) string { return count.Of(n, "function") + " " + count.Word(n, "uses", "use") }

// Coverage prints what can be seen, and account by account what cannot and why.
func Coverage(t *term.Terminal, c fleet.Coverage) error {
	if c.Complete() {
		line := fmt.Sprintf("all %s of account and Region are covered", count.Of(c.Pairs, "pair"))
		if c.Pairs == 1 {
			line = "the one pair of account and Region is covered"
		}
		_, err := fmt.Fprintln(t.Out(), t.Paint(term.Green, line))
		return err
	}
	line := fmt.Sprintf("%d of %s of account and Region %s covered; not covered:", c.Covered, count.Of(c.Pairs, "pair"), count.Word(c.Covered, "is", "are"))
	if _, err := fmt.Fprintln(t.Out(), t.Paint(term.Yellow, line)); err != nil {
		return err
	}
	table := term.NewTable("ACCOUNT", "REGIONS", "REASON", "WHY").Prose(1, 3).Drop(2)
	type group struct {
		account string
		reason  fleet.Code
		detail  string
	}
	var order []group
	regions := map[group][]string{}
	for _, n := range c.NotCovered {
		g := group{n.AccountID, n.Code, n.Detail}
		if len(regions[g]) == 0 {
			order = append(order, g)
		}
		regions[g] = append(regions[g], n.Region)
	}
	for _, g := range order {
		why := g.reason.Sentence()
		if g.detail != "" {
			why += " (" + g.detail + ")"
		}
		table.Row(g.account, strings.Join(regions[g], ", "), string(g.reason), why)
	}
	return table.Write(t)
}

// short writes layer version ARNs as NAME:VERSION; what is none stays as it is.
func short(arns []string) string {
	names := slices.Clone(arns)
	for i, text := range names {
		if v, err := layer.ParseVersionARN(text); err == nil {
			names[i] = v.Name + ":" + strconv.FormatInt(v.Version, 10)
		}
	}
	return strings.Join(names, ", ")
}

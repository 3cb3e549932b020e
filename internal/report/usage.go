package report

import (
	"fmt"
	"strconv"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/term"
)

// Usage prints who uses which release, and what could not be seen.
func Usage(t *term.Terminal, sel layer.Selector, u *inventory.Usage) error {
	table := term.NewTable("RELEASE", "ACCOUNT", "REGION", "OWNER", "LAYER VERSION", "$LATEST", "VERSIONS").Right(5, 6).Drop(4)
	latest, versions := 0, 0
	looked := u.LookedAt == inventory.All // at published versions
	for _, r := range u.Rows {
		published := "-"
		if looked {
			published = strconv.Itoa(r.Versions)
		}
		table.Row(r.Release, r.AccountID, r.Region, r.Owner, short([]string{r.LayerVersionARN}), strconv.Itoa(r.Latest), published)
		latest, versions = latest+r.Latest, versions+r.Versions
	}
	if table.Len() > 0 {
		if err := table.Write(t); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.Out()); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("%s %s", uses(latest), sel)
	if looked {
		what = fmt.Sprintf("%s in $LATEST, %s %s", what, count.Of(versions, "published version"), count.Word(versions, "does", "do"))
	} else {
		what += " in $LATEST; aliases and published versions were not looked at"
	}
	if _, err := fmt.Fprintln(t.Out(), t.Paint(term.Bold, what)); err != nil {
		return err
	}
	return Coverage(t, u.Coverage)
}

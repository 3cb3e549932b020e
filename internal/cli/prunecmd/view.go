package prunecmd

import (
	"fmt"
	"strconv"
	"time"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
)

// show prints a plan.
func show(t *term.Terminal, p *prune.Plan) error {
	table := term.NewTable("LAYER", "REGION", "VERSION", "RELEASE", "PUBLISHED", "", "WHY").Right(2)
	add := func(v prune.Version, what, why string) {
		arn, err := layer.ParseVersionARN(v.ARN)
		if err != nil {
			table.Row(v.ARN, "", "", v.Release, "", what, why)
			return
		}
		release := v.Release
		if release == "" {
			release = "-"
		}
		published := "-"
		if !v.Created.IsZero() {
			published = v.Created.Format(time.DateOnly)
		}
		table.Row(arn.Name, arn.Region, strconv.FormatInt(arn.Version, 10), release, published, what, why)
	}
	for _, v := range p.Delete {
		add(v, "delete", "nothing uses or names it")
	}
	for _, k := range p.Keep {
		add(k.Version, "keep", k.Reason)
	}
	for _, v := range p.Gone {
		add(v, "forget", "AWS does not have it any more")
	}
	if table.Len() > 0 {
		if err := table.Write(t); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.Out()); err != nil {
			return err
		}
	}
	line := fmt.Sprintf("%d to delete, %d to keep", len(p.Delete), len(p.Keep))
	if len(p.Gone) > 0 {
		line += fmt.Sprintf(", %d to take out of the catalog", len(p.Gone))
	}
	_, err := fmt.Fprintln(t.Out(), line)
	return err
}

// remark says what was not covered, on standard error.
func remark(t *term.Terminal, p *prune.Plan) {
	for _, note := range p.Notes {
		t.Say("note: %s", note)
	}
	for _, n := range p.NotCovered {
		why := n.Code.Sentence()
		if n.Detail != "" {
			why += " (" + n.Detail + ")"
		}
		if n.Accepted {
			t.Say("note: %s is not covered, which is accepted: %s", n.Pair, why)
		} else {
			t.Say("not covered: %s: %s", n.Pair, why)
		}
	}
	if !p.Covered() {
		t.Say("hint: --accept-not-covered ACCOUNT/REGION goes on without a pair, which is safe where nothing uses layers of this account")
	}
}

// showResult prints what came of a plan.
func showResult(t *term.Terminal, r *prune.Result, archive string) error {
	table := term.NewTable("LAYER VERSION", "NOT DELETED")
	for _, x := range r.Failed {
		table.Row(x.ARN, x.Reason)
	}
	for _, k := range r.KeptSince {
		table.Row(k.ARN, "kept: since the plan was made, "+k.Reason)
	}
	if table.Len() > 0 {
		if err := table.Write(t); err != nil {
			return err
		}
	}
	line := fmt.Sprintf("%d deleted, %d failed", len(r.Deleted), len(r.Failed))
	if len(r.KeptSince) > 0 {
		line += fmt.Sprintf(", %d kept since the plan", len(r.KeptSince))
	}
	if archive != "" {
		line += "; `layerfleet catalog restore " + archive + "/LAYER/REGION-VERSION.json` publishes one again"
	}
	_, err := fmt.Fprintln(t.Out(), line)
	return err
}

// restoreOutput is the JSON value of restore.
type restoreOutput struct {
	FormatVersion string            `json:"format_version"`
	Restored      []*prune.Restored `json:"restored"`
	Failed        []restoreFailure  `json:"failed"`
}

type restoreFailure struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

func newRestoreOutput() *restoreOutput {
	return &restoreOutput{FormatVersion: report.FormatVersion, Restored: []*prune.Restored{}, Failed: []restoreFailure{}}
}

func (r *restoreOutput) show(t *term.Terminal) error {
	for _, one := range r.Restored {
		how := "published again as"
		if !one.Published {
			how = "has its content already in"
		}
		if _, err := fmt.Fprintf(t.Out(), "%s %s %s\n", one.ARN, how, one.RestoredAs); err != nil {
			return err
		}
	}
	for _, x := range r.Failed {
		if _, err := fmt.Fprintf(t.Out(), "%s failed: %s\n", x.File, x.Reason); err != nil {
			return err
		}
	}
	return nil
}

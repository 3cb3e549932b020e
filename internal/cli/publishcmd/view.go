package publishcmd

import (
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/internal/term"
)

// show says what will be done, on standard error: these are messages before the question.
func show(t *term.Terminal, p *publish.Plan) {
	for _, l := range p.Layers {
		t.Say("layer %s, release %s: %s zipped, %s unzipped, sha256 %s", l.Name, l.Release, size(l.Zipped), size(l.Unzipped), l.SHA256)
		tree(t, l)
		over(t, l)
		for _, note := range l.Notes {
			t.Say("note: %s", note)
		}
		for _, r := range l.Regions {
			switch r.Action {
			case publish.Unreadable:
				t.Say("  %s: cannot be looked at: %s", r.Region, r.Reason)
			case publish.Publish:
				t.Say("  %s: will be published%s", r.Region, shared(l.Grants))
			case publish.Share:
				t.Say("  %s: version %d is there, and will be%s", r.Region, r.Have.VersionARN.Version, shared(r.Share)[len(" and"):])
			case publish.Unchanged:
				t.Say("  %s: version %d is there", r.Region, r.Have.VersionARN.Version)
			}
		}
	}
	if p.Nothing() {
		t.Say("everything is there: nothing is published")
	}
}

func shared(grants []string) string {
	const most = 4
	switch n := len(grants); {
	case n == 0:
		return ", shared with nobody"
	case n > most:
		return fmt.Sprintf(" and shared with %s and %d more", strings.Join(grants[:most], ", "), n-most)
	}
	return " and shared with " + strings.Join(grants, ", ")
}

func table(t *term.Terminal, r *publish.Result) error {
	rows := term.NewTable("LAYER", "RELEASE", "REGION", "RESULT", "LAYER VERSION")
	for _, l := range r.Layers {
		for what, regions := range map[string][]string{"published": l.Published, "shared": l.Shared, "unchanged": l.Unchanged} {
			for _, region := range regions {
				rows.Row(l.Name, l.Release, region, what, l.Regions[region])
			}
		}
		for _, x := range l.Failed {
			rows.Row(l.Name, l.Release, x.Region, "failed", x.Reason)
		}
	}
	return rows.Sort().Write(t)
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// tree says what the layer consists of, and how it differs from the release before.
func tree(t *term.Terminal, l *publish.LayerPlan) {
	const most = 5
	for i, f := range l.Check.Folders {
		if i == most {
			t.Say("  and %s more", count.Of(len(l.Check.Folders)-most, "folder"))
			break
		}
		t.Say("  %s: %s, %s", f.Name, count.Of(f.Files, "file"), size(f.Bytes))
	}
	if l.Check.Ignored > 0 {
		t.Say("  %s left out by .layerignore", count.Of(l.Check.Ignored, "path"))
	}
	if l.Former == nil {
		return
	}
	var added, changed, removed []string
	for _, c := range l.Former.Files {
		switch {
		case c.Before < 0:
			added = append(added, c.Name)
		case c.After < 0:
			removed = append(removed, c.Name)
		default:
			changed = append(changed, c.Name)
		}
	}
	t.Say("  since release %s: %s unzipped; %d added%s, %d changed%s, %d removed%s", l.Former.Release, difference(l.Unzipped-l.Former.Unzipped),
		len(added), such(added), len(changed), such(changed), len(removed), such(removed))
}

// over says for which functions the release is too large.
func over(t *term.Terminal, l *publish.LayerPlan) {
	var sure, likely []string
	for _, o := range l.Over {
		name := o.Pair.String() + " " + o.Function
		if o.Sure {
			sure = append(sure, name)
		} else {
			likely = append(likely, name)
		}
	}
	const limit = "262144000 bytes of code and layers that Lambda allows"
	if n := len(sure); n > 0 {
		t.Say("note: %s that %s the layer would have more than the %s%s", count.Of(n, "function"), count.Word(n, "uses", "use"), limit, such(sure))
	}
	if n := len(likely); n > 0 {
		t.Say("note: %s may have more than the %s, by an estimate of what other archives unzip to%s", count.Of(n, "function"), limit, such(likely))
	}
}

// such names the first of a list.
func such(names []string) string {
	const most = 3
	switch n := len(names); {
	case n == 0:
		return ""
	case n > most:
		return " (" + strings.Join(names[:most], ", ") + ", …)"
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func difference(bytes int64) string {
	switch {
	case bytes > 0:
		return size(bytes) + " more"
	case bytes < 0:
		return size(-bytes) + " less"
	}
	return "as many bytes"
}

package prune

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Code is why a layer version stays, as one of a closed list. Codes are part of the
// JSON output and stay.
type Code string

// Why a layer version stays; the first that applies is given.
const (
	InUse            Code = "in_use"
	InChannel        Code = "channel"
	Enforced         Code = "enforced"
	Newest           Code = "newest"
	TooYoung         Code = "too_young"
	NotSeen          Code = "not_covered"
	PolicyUnreadable Code = "policy_unreadable"
	SharedOutside    Code = "shared_outside"
)

// judge holds what is known when versions are judged.
type judge struct {
	options      Options
	now          time.Time
	catalog      *catalog.Catalog
	organization *org.Organization
	outside      accepted
	uses         map[layer.VersionARN]*use
	protected    map[layer.VersionARN]string
	unseen       []fleet.Pair // not covered and not accepted
}

// decide puts every version into the plan. Policies are read only where nothing else
// keeps a version.
func (j *judge) decide(ctx context.Context, a *access.Access, p *Plan, lists [][]versions.Version) error {
	var left []Version
	for _, list := range lists {
		slices.SortFunc(list, func(x, y versions.Version) int { return int(y.VersionARN.Version - x.VersionARN.Version) })
		for i, v := range list {
			one := Version{ARN: v.VersionARN.String(), Created: v.Created, at: v.VersionARN}
			if _, r := j.catalog.Find(v.VersionARN); r != nil {
				one.Release = r.Name
			}
			if code, why := j.keeps(one, i); code != "" {
				p.Keep = append(p.Keep, Kept{one, code, why})
			} else {
				left = append(left, one)
			}
		}
	}
	why := make([]Kept, len(left))
	err := each(ctx, j.options.Progress, "reading grants", len(left), func(ctx context.Context, i int) error {
		grants, err := versions.Grants(ctx, a, left[i].at)
		why[i] = Kept{Version: left[i]}
		why[i].Code, why[i].Reason = j.shared(left[i].at, grants, err)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, v := range left {
		if why[i].Code != "" {
			p.Keep = append(p.Keep, why[i])
		} else {
			p.Delete = append(p.Delete, v)
		}
	}
	slices.SortFunc(p.Keep, func(x, y Kept) int { return compare(x.Version, y.Version) })
	slices.SortFunc(p.Delete, compare)
	return nil
}

// keeps says why a version stays, all but its grants considered; no code lets it go.
// place counts the newer versions of the layer in its Region.
func (j *judge) keeps(v Version, place int) (Code, string) {
	var channels []string
	if v.Release != "" {
		channels = j.catalog.Layer(v.at.Name).ChannelsOf(v.Release)
	}
	switch u := j.uses[v.at]; {
	case u != nil && u.latest+u.versions > 0:
		return InUse, u.String()
	case len(channels) > 0:
		return InChannel, fmt.Sprintf("channel %s names its release %s", strings.Join(channels, ", "), v.Release)
	case j.protected[v.at] != "":
		return Enforced, j.protected[v.at]
	case place < j.options.Keep:
		return Newest, fmt.Sprintf("it is among the %d newest versions in %s", j.options.Keep, v.at.Region)
	case j.options.OlderThan > 0 && v.Created.IsZero():
		return TooYoung, "when it was published is not known"
	case j.options.OlderThan > 0 && j.now.Sub(v.Created) < j.options.OlderThan:
		return TooYoung, fmt.Sprintf("it was published on %s, less than %s ago", v.Created.Format(time.DateOnly), Age(j.options.OlderThan))
	case len(j.unseen) > 0:
		return NotSeen, fmt.Sprintf("functions of %s could not be seen, and may use it", some(j.unseen))
	}
	return "", ""
}

// shared says whether the grants of a version keep it.
func (j *judge) shared(v layer.VersionARN, grants []string, err error) (Code, string) {
	if err != nil {
		return PolicyUnreadable, "who may use it could not be read: " + access.Message(err)
	}
	var strangers []string
	for _, g := range grants {
		inside := g != "" && g == j.organization.ID ||
			slices.ContainsFunc(j.organization.Accounts, func(one org.Account) bool { return one.ID == g })
		if !inside {
			strangers = append(strangers, g)
		}
	}
	switch {
	case len(strangers) == 0 || j.outside.has(v):
		return "", ""
	case slices.Contains(strangers, versions.Everyone):
		return SharedOutside, "every AWS account may use it, and who does cannot be seen"
	}
	return SharedOutside, fmt.Sprintf("%s may use it, which cannot be seen from this organization", strings.Join(strangers, ", "))
}

func (u *use) String() string {
	var who []string
	if u.latest > 0 {
		who = append(who, count.Of(u.latest, "function"))
	}
	if u.versions > 0 {
		who = append(who, count.Of(u.versions, "published version"))
	}
	return fmt.Sprintf("it is used by %s, such as %s", strings.Join(who, " and "), u.example)
}

// some names pairs, not too many of them.
func some(pairs []fleet.Pair) string {
	const few = 3
	var names []string
	for _, p := range pairs[:min(few, len(pairs))] {
		names = append(names, p.String())
	}
	text := strings.Join(names, ", ")
	if more := len(pairs) - few; more > 0 {
		text += " and " + count.Of(more, "more pair")
	}
	return text
}

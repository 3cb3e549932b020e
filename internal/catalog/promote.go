package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/internal/hint"
)

// Promote lets a channel name a release from now on, and returns what it named before:
// empty when the channel is new. A release that is missing in a Region is refused:
// where its publication is not complete, and where the release that the channel names
// now is used but the new one is not published. without are Regions given up on
// purpose.
func (l *Layer) Promote(release, channel string, now time.Time, without []string) (before string, err error) {
	if !channelForm.MatchString(channel) {
		return "", hint.With(fmt.Errorf("%q cannot name a channel", channel), "1 to 32 small letters, digits and hyphens, a letter first: stable, canary")
	}
	r := l.Release(release)
	if r == nil {
		_, err := l.At(release)
		if err == nil {
			err = hint.With(fmt.Errorf("%q is a channel of layer %s, not a release", release, l.Name), "name the release")
		}
		return "", err
	}
	c := l.Channel(channel)
	missing := slices.Clone(r.Missing)
	if c != nil {
		before = c.Release()
		for region := range l.Release(before).Regions {
			if _, there := r.Regions[region]; !there {
				missing = append(missing, region)
			}
		}
	}
	missing = slices.DeleteFunc(missing, func(region string) bool { return slices.Contains(without, region) })
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		return before, hint.With(fmt.Errorf("release %s of layer %s is missing in %s", release, l.Name, strings.Join(missing, ", ")),
			"`layerfleet publish --layer "+l.Name+"` completes it; --without REGION gives a Region up")
	}
	if len(r.Regions) == 0 {
		return before, fmt.Errorf("release %s of layer %s is in no Region", release, l.Name)
	}
	p := Promotion{Release: release, Since: now.UTC().Truncate(time.Second)}
	switch {
	case c == nil:
		l.Channels = append(l.Channels, &Channel{Name: channel, History: []Promotion{p}})
		l.sortChannels()
	case before != release:
		c.History = slices.Insert(c.History, 0, p)
	}
	return before, nil
}

func (l *Layer) sortChannels() {
	slices.SortFunc(l.Channels, func(a, b *Channel) int { return cmp.Compare(a.Name, b.Name) })
}

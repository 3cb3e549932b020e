package catalogcmd

import (
	"time"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/report"
)

// value is the catalog as JSON.
type value struct {
	FormatVersion string       `json:"format_version"`
	Layers        []layerValue `json:"layers"`
}

type layerValue struct {
	Name     string         `json:"name"`
	Channels []channelValue `json:"channels"`
	Releases []releaseValue `json:"releases"` // oldest first
}

type channelValue struct {
	Name    string           `json:"name"`
	Release string           `json:"release"`
	History []promotionValue `json:"history"` // newest first
}

type promotionValue struct {
	Release string    `json:"release"`
	Since   time.Time `json:"since"`
}

type releaseValue struct {
	Release       string            `json:"release"`
	SHA256        string            `json:"sha256"`
	Zipped        int64             `json:"zipped"`
	Unzipped      int64             `json:"unzipped"`
	Runtimes      []string          `json:"runtimes"`
	Architectures []string          `json:"architectures"`
	License       string            `json:"license,omitempty"`
	Description   string            `json:"description,omitempty"`
	Published     *time.Time        `json:"published,omitempty"`
	Channels      []string          `json:"channels"`
	Grants        []string          `json:"grants,omitempty"` // absent where not known
	Missing       []string          `json:"missing"`
	Regions       map[string]string `json:"regions"`
}

func exported(c *catalog.Catalog) value {
	v := value{FormatVersion: report.FormatVersion, Layers: []layerValue{}}
	for _, l := range c.Layers {
		one := layerValue{Name: l.Name, Channels: []channelValue{}, Releases: []releaseValue{}}
		for _, ch := range l.Channels {
			history := []promotionValue{}
			for _, p := range ch.History {
				history = append(history, promotionValue{p.Release, p.Since})
			}
			one.Channels = append(one.Channels, channelValue{ch.Name, ch.Release(), history})
		}
		for _, r := range l.Releases {
			one.Releases = append(one.Releases, releaseOf(l, r))
		}
		v.Layers = append(v.Layers, one)
	}
	return v
}

func releaseOf(l *catalog.Layer, r *catalog.Release) releaseValue {
	v := releaseValue{
		Release: r.Name, SHA256: r.SHA256, Zipped: r.Zipped, Unzipped: r.Unzipped, License: r.License, Description: r.Description,
		Runtimes: list(r.Runtimes), Architectures: list(r.Architectures), Channels: l.ChannelsOf(r.Name), Grants: r.Grants,
		Missing: list(r.Missing), Regions: map[string]string{},
	}
	if !r.Published.IsZero() {
		v.Published = &r.Published
	}
	for region, arn := range r.Regions {
		v.Regions[region] = arn.String()
	}
	return v
}

// list is a list that is [] in JSON when it is empty.
func list(l []string) []string { return append([]string{}, l...) }

package catalog

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/yamldoc"
)

var (
	channelForm      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	organizationForm = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
)

// Parse reads a catalog; path stands in errors, which join *yamldoc.Problem values.
func Parse(path string, data []byte) (*Catalog, error) {
	d, err := yamldoc.Parse(path, data)
	if err != nil {
		return nil, err
	}
	root := d.Root()
	top := root.Fields("format_version", "layers")
	root.Need(top, "format_version", "layers")
	if v := top["format_version"]; v.Exists() && v.Text() != FormatVersion {
		v.Fail("a newer layerfleet may have written it", "format %q is not known, only %q", v.Text(), FormatVersion)
	}
	c := &Catalog{}
	for _, e := range top["layers"].Entries() {
		if !layer.ValidName(e.Key) {
			e.Fail("", "%q cannot name a layer", e.Key)
			continue
		}
		readLayer(e, c.Add(e.Key))
	}
	return c, d.Err()
}

// ValidGrant reports whether s is a principal that a layer can be shared with: "*", an
// account or an organization.
func ValidGrant(s string) bool {
	return s == "*" || layer.ValidAccount(s) || organizationForm.MatchString(s)
}

func readLayer(e yamldoc.Entry, l *Layer) {
	f := e.Value.Fields("channels", "releases")
	e.Value.Need(f, "releases")
	shas := map[string]string{}
	for _, r := range f["releases"].Entries() {
		if !ValidRelease(r.Key) {
			r.Fail("a release looks like 2.3.1", "%q is not a semantic version", r.Key)
			continue
		}
		rel := readRelease(r, l.Name)
		if other := shas[rel.SHA256]; other != "" {
			r.Fail("", "has the same content as release %s", other)
		}
		shas[rel.SHA256] = rel.Name
		l.Put(rel)
	}
	if v := f["channels"]; v.Exists() {
		for _, c := range v.Entries() {
			readChannel(c, l)
		}
	}
}

func readRelease(e yamldoc.Entry, name string) *Release {
	v := e.Value
	f := v.Fields("sha256", "content", "zipped", "unzipped", "runtimes", "architectures", "license", "description", "published", "grants", "missing", "regions")
	v.Need(f, "sha256", "regions")
	r := &Release{
		Name: e.Key, SHA256: f["sha256"].Text(), Content: f["content"].Text(), Zipped: f["zipped"].Int(), Unzipped: f["unzipped"].Int(),
		Runtimes: f["runtimes"].Texts(), Architectures: f["architectures"].Texts(),
		License: f["license"].Text(), Description: f["description"].Text(), Missing: f["missing"].Texts(),
		Published: moment(f["published"]), Regions: map[string]layer.VersionARN{},
	}
	hash(f["sha256"], "Lambda calls it CodeSha256")
	hash(f["content"], "`layerfleet publish` writes it")
	if g := f["grants"]; g.Exists() {
		r.Grants = append([]string{}, g.Texts()...)
		for _, p := range r.Grants {
			if !ValidGrant(p) {
				g.Fail("an organization id, an account id or *", "%q is nobody to grant to", p)
			}
		}
		slices.Sort(r.Grants)
	}
	for _, region := range f["regions"].Entries() {
		arn, err := layer.ParseVersionARN(region.Value.Text())
		switch {
		case err != nil:
			region.Value.Fail("", "%s", err)
		case arn.Region != region.Key:
			region.Value.Fail("", "the ARN is of Region %s", arn.Region)
		case arn.Name != name:
			region.Value.Fail("", "the ARN is of layer %s", arn.Name)
		default:
			r.Regions[region.Key] = arn
		}
	}
	for _, region := range r.Missing {
		if _, there := r.Regions[region]; there || !layer.ValidRegion(region) {
			f["missing"].Fail("", "%s is no Region that is missing", region)
		}
	}
	slices.Sort(r.Missing)
	return r
}

func hash(v yamldoc.Value, advice string) {
	if raw, err := base64.StdEncoding.DecodeString(v.Text()); v.Exists() && (err != nil || len(raw) != 32) {
		v.Fail(advice, "%q is not a SHA-256 in base64", v.Text())
	}
}

func readChannel(e yamldoc.Entry, l *Layer) {
	c := &Channel{Name: e.Key}
	if !channelForm.MatchString(c.Name) {
		e.Fail("a channel has 1 to 32 small letters, digits and hyphens and begins with a letter", "%q cannot name a channel", c.Name)
	}
	for i, v := range e.Value.List() {
		f := v.Fields("release", "since")
		v.Need(f, "release", "since")
		p := Promotion{Release: f["release"].Text(), Since: moment(f["since"])}
		if i == 0 && f["release"].Exists() && l.Release(p.Release) == nil {
			f["release"].Fail("", "layer %s has no release %q", l.Name, p.Release)
		}
		c.History = append(c.History, p)
	}
	if len(c.History) == 0 {
		e.Fail("", "the channel names no release")
		return
	}
	l.Channels = append(l.Channels, c)
	l.sortChannels()
}

// moment is a time to the second.
func moment(v yamldoc.Value) time.Time {
	if !v.Exists() {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v.Text())
	if err != nil {
		v.Fail("", "%q is not a time like 2026-01-31T12:00:00Z", v.Text())
	}
	return t.UTC()
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

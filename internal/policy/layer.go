package policy

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
	"github.com/layerfleet/layerfleet/internal/yamldoc"
)

// Limits of PublishLayerVersion in the Lambda API model.
const (
	maxRuntimes = 15
	maxLicense  = 512
	// maxText is Lambda's 256 characters of a description, less the release in front
	// of it, of at most maxRelease characters, with a colon and a space.
	maxText    = 256 - maxRelease - 2
	maxRelease = 64
)

var (
	runtimeForm = regexp.MustCompile(`^[a-z]+[a-z0-9._]*$`)
	bucketForm  = regexp.MustCompile(`^[a-z0-9{}][a-z0-9.{}-]*[a-z0-9{}]$`)
	braces      = regexp.MustCompile(`\{[^}]*\}?`)
)

// defaults are what layers have that do not say otherwise.
func defaults(v yamldoc.Value) Layer {
	var l Layer
	if v.Exists() {
		l.readWhere(v.Fields("regions", "share", "bucket"))
	}
	return l
}

func readLayer(v yamldoc.Value, l Layer) Layer {
	f := v.Fields("name", "source", "release", "description", "license", "runtimes", "architectures", "regions", "share", "bucket", "allow")
	v.Need(f, "name", "source", "release")
	if n := f["name"]; n.Exists() {
		if l.Name = n.Text(); !layer.ValidName(l.Name) {
			n.Fail("a name has 1 to 140 letters, digits, - and _", "%q cannot name a layer", l.Name)
		}
	}
	if l.Source = f["source"].Text(); l.Source == "" && f["source"].Exists() {
		f["source"].Fail("", "a directory or a zip file must be named")
	}
	l.Release = release(f["release"])
	l.License = limited(f["license"], maxLicense)
	l.Description = limited(f["description"], maxText)
	l.Runtimes = f["runtimes"].Texts()
	checkRuntimes(f["runtimes"], l.Runtimes)
	l.Architectures = f["architectures"].Texts()
	for _, a := range l.Architectures {
		if a != "x86_64" && a != "arm64" {
			f["architectures"].Fail("Lambda has x86_64 and arm64", "%q is not an architecture of Lambda", a)
		}
	}
	l.Allow = allow(f["allow"])
	l.readWhere(f)
	if len(l.Regions) == 0 && !f["regions"].Exists() {
		v.Fail("list them here, or for all layers under defaults", "regions is missing")
	}
	return l
}

// checkRuntimes refuses what PublishLayerVersion would refuse in every Region. Runtimes
// that are retired, or newer than the table, are for notes: see package check.
func checkRuntimes(v yamldoc.Value, list []string) {
	for _, r := range list {
		if !runtimeForm.MatchString(r) {
			v.Fail("a runtime looks like python3.13, nodejs22.x or java21", "%q is not the name of a runtime", r)
			continue
		}
		switch standing, near := runtimes.Judge(r, time.Now()); standing {
		case runtimes.NearMiss:
			v.Fail("did you mean "+near+"?", "Lambda has no runtime %q", r)
		case runtimes.Refused:
			v.Fail("take it out: functions that still have it can use the layer all the same", "Lambda does not accept %s for layers any more", r)
		case runtimes.Current, runtimes.Retired, runtimes.Unknown:
		}
	}
	if len(list) > maxRuntimes {
		v.Fail("", "%d runtimes are more than the %d that Lambda accepts", len(list), maxRuntimes)
	}
}

// allow reads the exceptions.
func allow(v yamldoc.Value) []Allow {
	if !v.Exists() {
		return nil
	}
	var list []Allow
	for _, e := range v.List() {
		f := e.Fields("path", "reason")
		e.Need(f, "path", "reason")
		a := Allow{Path: f["path"].Text(), Reason: limited(f["reason"], maxText)}
		if f["reason"].Exists() && strings.TrimSpace(a.Reason) == "" {
			f["reason"].Fail("whoever reads the file later has to know why", "a reason is missing")
		}
		if f["path"].Exists() && strings.Trim(a.Path, "/*! ") == "" {
			f["path"].Fail("name a file, or a folder: python/certs/*.pem", "%q would let everything pass", a.Path)
		}
		list = append(list, a)
	}
	return list
}

// readWhere takes the fields that defaults have too.
func (l *Layer) readWhere(f map[string]yamldoc.Value) {
	if v := f["regions"]; v.Exists() {
		l.Regions = v.Texts()
		for _, r := range l.Regions {
			if !layer.ValidRegion(r) {
				v.Fail("a Region looks like eu-west-1", "%q is not the name of a Region", r)
			}
		}
		if len(l.Regions) == 0 {
			v.Fail("", "at least one Region is needed")
		}
		slices.Sort(l.Regions)
	}
	if v := f["share"]; v.Exists() {
		l.Share = share(v)
	}
	if v := f["bucket"]; v.Exists() {
		l.Bucket = v.Text()
		if !bucketForm.MatchString(l.Bucket) {
			v.Fail("a bucket has 3 to 63 small letters, digits, dots and hyphens; {region} and {account} are filled in", "%q cannot name a bucket", l.Bucket)
		}
		for _, b := range braces.FindAllString(l.Bucket, -1) {
			if b != "{region}" && b != "{account}" {
				v.Fail("known are {region} and {account}", "%s is not filled in", b)
			}
		}
	}
}

// share reads who may use a layer; "organization" is short for {organization: true}.
func share(v yamldoc.Value) Share {
	if v.Is("organization") {
		return Share{Organization: true}
	}
	f := v.Fields("organization", "accounts", "units")
	s := Share{Organization: f["organization"].Bool(), Accounts: f["accounts"].Texts(), Units: f["units"].Texts()}
	for _, id := range s.Accounts {
		if !layer.ValidAccount(id) {
			f["accounts"].Fail("", "account %q is not twelve digits", id)
		}
	}
	return s
}

func release(v yamldoc.Value) string {
	if !v.Exists() {
		return ""
	}
	text := v.Text()
	version, err := semver.StrictNewVersion(text)
	switch {
	case err != nil:
		advice := "a release looks like 2.3.1 or 2.4.0-rc.1"
		if strings.HasPrefix(text, "v") {
			advice = "write it without the v: " + text[1:]
		}
		v.Fail(advice, "%q is not a semantic version", text)
	case version.Metadata() != "":
		v.Fail("two releases that differ only there would be equal", "%q has build metadata", text)
	case len(text) > maxRelease:
		v.Fail("", "%q has more than %d characters", text, maxRelease)
	}
	return text
}

func limited(v yamldoc.Value, most int) string {
	text := v.Text()
	if len(text) > most {
		v.Fail("", "%d characters are more than %d", len(text), most)
	}
	if strings.ContainsAny(text, "\n\r\t") {
		v.Fail("", "must be one line")
	}
	return text
}

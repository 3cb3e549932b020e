package prune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Archived is a record with its bytes, read from files and checked.
type Archived struct {
	Record
	File string // of the record

	at  layer.VersionARN
	zip []byte
}

// parseRecord reads a record and checks it, but for its bytes.
func parseRecord(text []byte) (*Archived, error) {
	r := &Archived{}
	if err := json.Unmarshal(text, &r.Record); err != nil {
		return nil, err
	}
	if r.FormatVersion != recordFormat {
		return nil, fmt.Errorf("format %q is not known, only %q", r.FormatVersion, recordFormat)
	}
	at, err := layer.ParseVersionARN(r.ARN)
	if err != nil {
		return nil, err
	}
	r.at = at
	if r.Release != "" && !catalog.ValidRelease(r.Release) {
		return nil, fmt.Errorf("release %q is not a semantic version", r.Release)
	}
	for _, g := range r.Grants {
		if !catalog.ValidGrant(g) {
			return nil, fmt.Errorf("%q is nobody to share with", g)
		}
	}
	if _, err := archive.FileName(r.Content); r.Content != "" && err != nil {
		return nil, err
	}
	return r, nil
}

// ReadArchived reads a record and its bytes, and checks that they belong together.
func ReadArchived(file string) (*Archived, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	bad := func(err error) (*Archived, error) {
		return nil, hint.With(fmt.Errorf("%s: %w", file, err), "`layerfleet prune --archive DIR` writes DIR/NAME/REGION-VERSION.json")
	}
	r, err := parseRecord(text)
	if err != nil {
		return bad(err)
	}
	r.File = file
	name, err := archive.FileName(r.SHA256)
	if err != nil {
		return bad(err)
	}
	if r.zip, err = os.ReadFile(filepath.Join(filepath.Dir(file), name)); err != nil {
		return bad(err)
	}
	if sum := archive.Sum(r.zip); sum != r.SHA256 {
		return bad(fmt.Errorf("%s has SHA-256 %s, not %s: it is not what was archived", name, sum, r.SHA256))
	}
	return r, nil
}

// Restored is a version that was published again.
type Restored struct {
	File string `json:"file"`
	// ARN is what it was, RestoredAs what it is now: Lambda never gives a number twice.
	ARN        string `json:"arn"`
	RestoredAs string `json:"restored_as"`
	Release    string `json:"release,omitempty"`
	// Published is false where the content was there already.
	Published bool     `json:"published"`
	Grants    []string `json:"grants"`
}

// Check refuses what cannot be restored, before anything is written.
func (r *Archived) Check(a *access.Access, c *catalog.Catalog, bucket string) error {
	if r.at.Account != a.Caller().Account {
		return hint.With(fmt.Errorf("%s is a layer of account %s, the credentials belong to %s", r.ARN, r.at.Account, a.Caller().Account),
			"only the publisher can publish it again")
	}
	if len(r.zip) > archive.MaxDirect && bucket == "" {
		return hint.With(fmt.Errorf("%s has %d bytes, more than the %d that go up without S3", r.ARN, len(r.zip), archive.MaxDirect),
			"name a bucket of yours in "+r.at.Region+": --bucket artifacts-{region}")
	}
	known := c.Layer(r.at.Name)
	if r.Release == "" || known == nil {
		return nil
	}
	if rel := known.Release(r.Release); rel != nil && rel.SHA256 != r.SHA256 {
		return fmt.Errorf("the catalog has release %s of layer %s with other content: %s, not %s", r.Release, r.at.Name, rel.SHA256, r.SHA256)
	}
	if rel := known.Archive(r.SHA256); rel != nil && rel.Name != r.Release {
		return fmt.Errorf("the catalog has the content of %s as release %s, not %s", r.ARN, rel.Name, r.Release)
	}
	return nil
}

// Restore publishes an archived version again, unless its Region has the content, lets
// those use it who might before, and notes it in the catalog at path, if it has a
// release. A repeat completes what failed half way. On an error after publishing the
// result says what is there. The bucket is for archives that do not go up in a request.
func (r *Archived) Restore(ctx context.Context, a *access.Access, path, bucket string) (*Restored, error) {
	out := &Restored{File: r.File, ARN: r.ARN, Release: r.Release, Grants: list(r.Grants)}
	seen := map[int64]bool{}
	v, err := versions.Find(ctx, a, r.at.ARN, r.SHA256, r.Description, seen)
	if err != nil {
		return nil, err
	}
	if v == nil {
		var own bool
		v, own, err = versions.Publish(ctx, a, versions.Draft{
			Layer: r.at.ARN, SHA256: r.SHA256, Description: r.Description, License: r.License,
			Runtimes: r.Runtimes, Architectures: r.Architectures, Zip: r.zip, Bucket: bucket,
		}, seen)
		if own {
			v, err = versions.Only(ctx, a, v, r.Description, seen)
		}
		if err != nil {
			return nil, err
		}
		out.Published = true
	}
	out.RestoredAs = v.VersionARN.String()
	if _, err := versions.Grant(ctx, a, v.VersionARN, r.Grants); err != nil {
		return out, fmt.Errorf("%s is published, but not shared as it was: %w", v.VersionARN, err)
	}
	if r.Release == "" {
		return out, nil
	}
	err = catalog.Update(path, func(c *catalog.Catalog) error { return r.enter(c, v) })
	if err != nil {
		return out, fmt.Errorf("%s is published and shared, but not in the catalog: %w", v.VersionARN, err)
	}
	return out, nil
}

// enter notes the version in the catalog.
func (r *Archived) enter(c *catalog.Catalog, v *versions.Version) error {
	l := c.Add(r.at.Name)
	rel := l.Release(r.Release)
	if rel == nil {
		_, description := versions.Undescribe(r.Description, catalog.ValidRelease)
		rel = &catalog.Release{
			Name: r.Release, SHA256: r.SHA256, Content: r.Content, Zipped: r.Size, Unzipped: r.Unzipped, Published: r.Published,
			Runtimes: slices.Sorted(slices.Values(r.Runtimes)), Architectures: slices.Sorted(slices.Values(r.Architectures)),
			License: r.License, Description: description, Regions: map[string]layer.VersionARN{}, Grants: slices.Sorted(slices.Values(r.Grants)),
		}
		l.Put(rel)
	}
	if rel.SHA256 != r.SHA256 {
		return errors.New("the release has other content there")
	}
	rel.SetVersion(v.VersionARN, v.Created)
	return nil
}

// Summary says what is in the archive, for people.
func (r *Archived) Summary() string {
	what := r.ARN
	if r.Release != "" {
		what += ", release " + r.Release
	}
	return fmt.Sprintf("%s: %d bytes, %s", what, r.Size, count.Of(len(r.Grants), "grant"))
}

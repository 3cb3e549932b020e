package prune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/atomicfile"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/lockfile"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Record is what an archive says of a layer version: everything that it takes to
// publish it again, with its bytes in a file next to it.
type Record struct {
	FormatVersion string    `json:"format_version"`
	ARN           string    `json:"arn"`
	SHA256        string    `json:"sha256"` // of the bytes, in base64, as Lambda states CodeSha256
	Size          int64     `json:"size"`   // of the bytes
	Created       time.Time `json:"created"`
	Description   string    `json:"description"`
	License       string    `json:"license"`
	Runtimes      []string  `json:"runtimes"`
	Architectures []string  `json:"architectures"`
	// Grants are organization ids, account ids and "*".
	Grants []string `json:"grants"`
	// Release is what the catalog called the content, empty where it did not know it.
	Release string `json:"release,omitempty"`
	// Content, Unzipped and Published are what the catalog knew of the release.
	Content   string    `json:"content,omitempty"`
	Unzipped  int64     `json:"unzipped,omitempty"`
	Published time.Time `json:"published,omitzero"`
}

const recordFormat = "1"

// Archive keeps every version that the plan deletes: DIR/NAME/SHA256.zip, once for each
// content, and DIR/NAME/REGION-VERSION.json. Any error means that not all are kept.
func (p *Plan) Archive(ctx context.Context, a *access.Access, dir string, progress Progress) error {
	c, err := catalog.LoadOrNew(p.judge.options.Catalog)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	unlock, err := lockfile.Lock(filepath.Join(dir, "archive"))
	if err != nil {
		return err
	}
	defer unlock()
	// One by one: an archive may have hundreds of megabytes.
	for i, v := range p.Delete {
		progress("archiving", i, len(p.Delete))
		if err := keep(ctx, a, c, v, filepath.Join(dir, v.at.Name)); err != nil {
			return fmt.Errorf("archiving %s: %w", v.ARN, err)
		}
	}
	progress("archiving", len(p.Delete), len(p.Delete))
	return nil
}

func keep(ctx context.Context, a *access.Access, c *catalog.Catalog, v Version, dir string) error {
	got, err := versions.Get(ctx, a, v.at)
	if err != nil {
		return err
	}
	grants, err := versions.Grants(ctx, a, v.at)
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(dir, 0o750), atomicfile.Sweep(dir)); err != nil {
		return err
	}
	name, err := archive.FileName(got.SHA256)
	if err != nil {
		return err
	}
	if err := keepBytes(ctx, got, filepath.Join(dir, name)); err != nil {
		return err
	}
	r := Record{
		FormatVersion: recordFormat, ARN: v.ARN, SHA256: got.SHA256, Size: got.Size, Created: got.Created, Description: got.Description,
		License: got.License, Runtimes: list(got.Runtimes), Architectures: list(got.Architectures), Grants: grants,
	}
	if _, known := c.Find(v.at); known != nil {
		r.Release, r.Content, r.Unzipped, r.Published = known.Name, known.Content, known.Unzipped, known.Published
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, fmt.Sprintf("%s-%d.json", v.at.Region, v.at.Version)), append(text, '\n'))
}

// keepBytes downloads the bytes of a version, unless the file has them.
func keepBytes(ctx context.Context, v *versions.Version, path string) error {
	have, err := os.ReadFile(path)
	switch {
	case err == nil && archive.Sum(have) == v.SHA256:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	data, err := versions.Download(ctx, v)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, data)
}

// list is a list that JSON shows even when it is empty.
func list(l []string) []string { return append([]string{}, l...) }

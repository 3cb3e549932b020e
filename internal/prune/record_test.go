package prune

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// FuzzRecord holds what a record that is taken may do to the catalog: the catalog can be
// read again.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"format_version":"1","arn":"arn:aws:lambda:us-east-1:100000000000:layer:deps:1","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","release":"1.0.0","grants":["o-abcdefghij"]}`))
	f.Add([]byte(`{"format_version":"1","arn":"x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRecord(text)
		if err != nil {
			return
		}
		if _, err := archive.FileName(r.SHA256); err != nil || r.Release == "" {
			return // ReadArchived refuses it, or it does not enter the catalog
		}
		c := &catalog.Catalog{}
		if err := r.enter(c, &versions.Version{VersionARN: r.at}); err != nil {
			return
		}
		if _, err := catalog.Parse("f.yaml", c.Bytes()); err != nil {
			t.Errorf("%s\n%v", c.Bytes(), err)
		}
	})
}

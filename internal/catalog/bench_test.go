package catalog_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// grown is the catalog of a platform team after some years: 20 layers of 40 releases in 17 Regions.
func grown() *catalog.Catalog {
	c := &catalog.Catalog{}
	for l := range 20 {
		name := fmt.Sprintf("layer-%02d", l)
		for r := range 40 {
			sum := sha256.Sum256([]byte(fmt.Sprint(l, r)))
			release := &catalog.Release{Name: fmt.Sprintf("1.%d.0", r), SHA256: base64.StdEncoding.EncodeToString(sum[:]), Zipped: 1 << 20, Regions: map[string]layer.VersionARN{}}
			for g := range 17 {
				arn := layer.ARN{Account: "100000000000", Name: name}.WithRegion(fmt.Sprintf("eu-west-%d", g+1))
				release.Regions[arn.Region] = arn.At(int64(r) + 1)
			}
			c.Add(name).Put(release)
		}
	}
	return c
}

func BenchmarkParse(b *testing.B) {
	data := grown().Bytes()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := catalog.Parse("x", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	c := grown()
	b.SetBytes(int64(len(c.Bytes())))
	for b.Loop() {
		c.Bytes()
	}
}

// BenchmarkOlderThan judges one layer version of a function, as find does for each.
func BenchmarkOlderThan(b *testing.B) {
	l := grown().Layer("layer-07")
	older := l.OlderThan(l.Release("1.30.0"))
	v := l.Release("1.12.0").Regions["eu-west-9"]
	b.ReportAllocs()
	for b.Loop() {
		if !older(v) {
			b.Fatal("1.12.0 is not older than 1.30.0")
		}
	}
}

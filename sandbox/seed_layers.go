package sandbox

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
)

// seedArchive is a small archive with one file; the text makes its hash.
func seedArchive(path, text string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(path)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// makeLayers publishes all releases in the management account and shares them with the organization.
func (s *Sandbox) makeLayers(ctx context.Context, f *seed.Organization) error {
	for _, l := range f.Layers {
		for _, r := range l.Releases {
			data, err := seedArchive("python/"+l.Name+"/__init__.py", "__version__ = "+strconv.Quote(r.Name)+"\n")
			if err != nil {
				return err
			}
			for _, region := range f.Regions {
				want, ok := r.Versions[region]
				if !ok {
					continue
				}
				if err := s.makeLayerVersion(ctx, call.Administrator(s.Management(), region), l, r, data, want); err != nil {
					return fmt.Errorf("layer %s %s in %s: %w", l.Name, r.Name, region, err)
				}
			}
		}
	}
	return nil
}

func (s *Sandbox) makeLayerVersion(ctx context.Context, c call.Caller, l seed.Layer, r seed.Release, data []byte, want int64) error {
	in := &lambda.PublishLayerVersionInput{
		LayerName: aws.String(l.Name), Description: aws.String(r.Name),
		Content: &types.LayerVersionContentInput{ZipFile: data},
	}
	for _, x := range l.Runtimes {
		in.CompatibleRuntimes = append(in.CompatibleRuntimes, types.Runtime(x))
	}
	for _, x := range l.Archs {
		in.CompatibleArchitectures = append(in.CompatibleArchitectures, types.Architecture(x))
	}
	out, err := call.Do[lambda.PublishLayerVersionOutput](ctx, s.dispatcher, c, in)
	if err != nil {
		return err
	}
	if out.Version != want {
		return fmt.Errorf("became version %d, drawn as %d", out.Version, want)
	}
	_, err = call.Do[lambda.AddLayerVersionPermissionOutput](ctx, s.dispatcher, c, &lambda.AddLayerVersionPermissionInput{
		LayerName: aws.String(l.Name), VersionNumber: aws.Int64(want), StatementId: aws.String("organization"),
		Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("*"), OrganizationId: aws.String(s.organization.ID()),
	})
	return err
}

// spoilLayers takes back what the fleet drew as unshared or deleted, now that functions use it.
func (s *Sandbox) spoilLayers(ctx context.Context, f *seed.Organization) error {
	for _, l := range f.Layers {
		for _, r := range l.Releases {
			for region, n := range r.Versions {
				c := call.Administrator(s.Management(), region)
				var err error
				switch {
				case r.Deleted:
					_, err = call.Do[lambda.DeleteLayerVersionOutput](ctx, s.dispatcher, c, &lambda.DeleteLayerVersionInput{LayerName: aws.String(l.Name), VersionNumber: aws.Int64(n)})
				case r.Unshared:
					_, err = call.Do[lambda.RemoveLayerVersionPermissionOutput](ctx, s.dispatcher, c, &lambda.RemoveLayerVersionPermissionInput{
						LayerName: aws.String(l.Name), VersionNumber: aws.Int64(n), StatementId: aws.String("organization"),
					})
				}
				if err != nil {
					return fmt.Errorf("layer %s %s in %s: %w", l.Name, r.Name, region, err)
				}
			}
		}
	}
	return nil
}

// LayerVersionARN is the ARN of a seeded layer's version in the management account.
func (s *Sandbox) LayerVersionARN(layer, region string, n int64) string {
	return "arn:" + function.Partition(region) + ":lambda:" + region + ":" + s.Management() + ":layer:" + layer + ":" + strconv.FormatInt(n, 10)
}

// Names of the layers of a drawn organization. They belong to the management account and have six releases each.
const (
	LayerRuntime = "common-runtime" // most functions use it; a release has the same version number in every Region
	LayerObserve = "observability"  // a release has another number in each Region, unless the organization is clean
	LayerCerts   = "ca-bundle"
	LayerCrypto  = "legacy-crypto" // of its first releases one was deleted and one unshared while in use, unless it is clean
)

// NewestLayer is the ARN of the newest release of a drawn layer in a Region.
func (s *Sandbox) NewestLayer(layer, region string) string {
	for _, l := range s.plan.Layers {
		if l.Name == layer {
			return s.LayerVersionARN(layer, region, l.Releases[len(l.Releases)-1].Versions[region])
		}
	}
	return ""
}

// makeFunctions puts the fleet's functions straight into lambda: a million of them pass no API.
func (s *Sandbox) makeFunctions(f *seed.Organization) error {
	data, err := seedArchive("main.py", "def handler(event, context):\n    return event\n")
	if err != nil {
		return err
	}
	sha, unzipped, err := s.lambda.SeedArchive(data)
	if err != nil {
		return err
	}
	made := s.lambda.SeedTime()
	for fn := range f.Functions() {
		rec := function.Record{
			Account: fn.Account, Region: fn.Region, Name: fn.Name, Runtime: fn.Runtime, Arch: fn.Arch,
			Role: "arn:" + function.Partition(fn.Region) + ":iam::" + fn.Account + ":role/" + roleFunction, Handler: "main.handler",
			PackageType: string(types.PackageTypeZip), CodeSha256: sha, CodeSize: int64(len(data)), CodeUnzip: unzipped,
			MemoryMB: fn.MemoryMB, TimeoutSec: 30, Created: made, Modified: made, Tags: fn.Tags,
		}
		if fn.Image {
			rec.PackageType, rec.Runtime, rec.Handler = string(types.PackageTypeImage), "", ""
			rec.CodeSha256, rec.CodeSize, rec.CodeUnzip = s.ids.At("", "", "image", fn.Name, 0).Hex(64), 0, 0
			rec.Extra = &function.Extra{ImageURI: fn.Account + ".dkr.ecr." + fn.Region + ".amazonaws.com/" + fn.Name + ":1"}
		}
		arns := make([]string, 0, len(fn.Layers))
		for _, u := range fn.Layers {
			arns = append(arns, s.LayerVersionARN(u.Layer, fn.Region, s.releaseIn(f, u, fn.Region)))
		}
		alias := ""
		if fn.Alias {
			alias = "live"
		}
		if err := s.lambda.Seed(rec, arns, fn.Published, alias); err != nil {
			return err
		}
	}
	return nil
}

// releaseIn is the number of a release in a Region.
func (s *Sandbox) releaseIn(f *seed.Organization, u seed.LayerUse, region string) int64 {
	for _, l := range f.Layers {
		if l.Name == u.Layer {
			return l.Releases[u.Release].Versions[region]
		}
	}
	return 0
}

// Package versions is layer versions as Lambda has them: listing, reading, publishing
// and deleting them, and the grants of their policies.
package versions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/parallel"
)

// ErrGone says that there is no such layer version (any more).
var ErrGone = errors.New("the layer version does not exist")

// Version is one version of a layer.
type Version struct {
	layer.VersionARN
	SHA256        string // of the archive, in base64
	Size          int64  // of the archive, in bytes
	Created       time.Time
	Description   string
	License       string
	Runtimes      []string
	Architectures []string
	// Location is where the archive can be downloaded for some minutes.
	Location string
}

// pair is where a layer is.
func pair(arn layer.ARN) fleet.Pair { return fleet.Pair{AccountID: arn.Account, Region: arn.Region} }

// Get reads a version as its publisher, or, for a layer of another account that the
// role cannot be assumed in, as whoever calls. Its error may be ErrGone.
func Get(ctx context.Context, a *access.Access, v layer.VersionARN) (*Version, error) {
	return GetAs(ctx, a, fleet.Pair{AccountID: a.Caller().Account, Region: v.Region}, v)
}

// GetAs reads a version as a function's account does, through the layer's policy.
func GetAs(ctx context.Context, a *access.Access, as fleet.Pair, v layer.VersionARN) (*Version, error) {
	out, err := a.Lambda(as).GetLayerVersionByArn(ctx, &lambda.GetLayerVersionByArnInput{Arn: aws.String(v.String())})
	var none *types.ResourceNotFoundException
	switch {
	case errors.As(err, &none):
		return nil, fmt.Errorf("%s: %w", v, ErrGone)
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", v, err)
	}
	got := &Version{
		VersionARN: v, Created: created(out.CreatedDate), Description: aws.ToString(out.Description), License: aws.ToString(out.LicenseInfo),
		Runtimes: texts(out.CompatibleRuntimes), Architectures: texts(out.CompatibleArchitectures),
	}
	if c := out.Content; c != nil {
		got.SHA256, got.Size, got.Location = aws.ToString(c.CodeSha256), c.CodeSize, aws.ToString(c.Location)
	}
	return got, nil
}

// List lists the versions of a layer in its Region, newest first, without what only
// Get says: hash, size and location. Only the layer's own account may.
func List(ctx context.Context, a *access.Access, arn layer.ARN) ([]Version, error) {
	var list []Version
	pages := lambda.NewListLayerVersionsPaginator(a.Lambda(pair(arn)), &lambda.ListLayerVersionsInput{LayerName: &arn.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the versions of %s: %w", arn, err)
		}
		for _, v := range page.LayerVersions {
			list = append(list, Version{
				VersionARN: arn.At(v.Version), Created: created(v.CreatedDate), Description: aws.ToString(v.Description),
				License: aws.ToString(v.LicenseInfo), Runtimes: texts(v.CompatibleRuntimes), Architectures: texts(v.CompatibleArchitectures),
			})
		}
	}
	return list, nil
}

// Names lists the layers of an account in a Region.
func Names(ctx context.Context, a *access.Access, p fleet.Pair) ([]string, error) {
	var names []string
	pages := lambda.NewListLayersPaginator(a.Lambda(p), &lambda.ListLayersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the layers of %s: %w", p, err)
		}
		for _, l := range page.Layers {
			names = append(names, aws.ToString(l.LayerName))
		}
	}
	return names, nil
}

// concurrency is how many versions of a layer are read at once; the pair's limiter spaces
// the calls out.
const concurrency = 8

// Read is Get for each of a list, whose order stays. Versions that are gone since they
// were listed are left out.
func Read(ctx context.Context, a *access.Access, list []Version) ([]*Version, error) {
	all := make([]*Version, len(list))
	err := parallel.Each(ctx, len(list), concurrency, nil, func(ctx context.Context, i int) error {
		got, err := Get(ctx, a, list[i].VersionARN)
		if errors.Is(err, ErrGone) {
			return nil
		}
		all[i] = got
		return err
	})
	if err != nil {
		return nil, err
	}
	var there []*Version
	for _, v := range all {
		if v != nil {
			there = append(there, v)
		}
	}
	return there, nil
}

// Download fetches the archive of a version. The location is a presigned address that
// needs no credentials. Other bytes than Lambda says there are is an error.
func Download(ctx context.Context, v *Version) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.Location, nil)
	if err != nil {
		return nil, fmt.Errorf("downloading %s: %w", v.VersionARN, err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("downloading %s: %w", v.VersionARN, err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("downloading %s: %s", v.VersionARN, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, v.Size+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("downloading %s: %w", v.VersionARN, err)
	case int64(len(data)) != v.Size:
		return nil, fmt.Errorf("downloading %s: there are not the %d bytes that Lambda says", v.VersionARN, v.Size)
	}
	if sum := archive.Sum(data); sum != v.SHA256 {
		return nil, fmt.Errorf("downloading %s: the bytes have SHA-256 %s, not %s as Lambda says", v.VersionARN, sum, v.SHA256)
	}
	return data, nil
}

// Delete deletes a version. One that is gone already is no error, as in Lambda.
func Delete(ctx context.Context, a *access.Access, v layer.VersionARN) error {
	_, err := a.Lambda(pair(v.ARN)).DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: &v.Name, VersionNumber: &v.Version})
	if err != nil {
		return fmt.Errorf("deleting %s: %w", v, err)
	}
	return nil
}

// created reads Lambda's form of time, 2026-04-10T14:17:13.000+0000, to the second.
func created(s *string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05.000-0700", aws.ToString(s))
	if err != nil {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, t := range list {
		out = append(out, string(t))
	}
	return out
}

// Regions are the Regions to look at: those given, or all that the caller's account
// has enabled.
func Regions(ctx context.Context, a *access.Access, given []string) ([]string, error) {
	for _, region := range given {
		switch {
		case !layer.ValidRegion(region):
			return nil, hint.With(fmt.Errorf("%q is not the name of a Region", region), "a Region looks like eu-west-1")
		case layer.PartitionOf(region) != a.Caller().Partition:
			return nil, fmt.Errorf("region %s is in partition %s, the credentials are of %s", region, layer.PartitionOf(region), a.Caller().Partition)
		}
	}
	if len(given) > 0 {
		return given, nil
	}
	enabled, err := org.EnabledRegions(ctx, a.Account(a.Caller().Account), "")
	if err != nil {
		return nil, hint.With(access.AtStart(err), "allow account:ListRegions, or name the Regions with --regions")
	}
	return enabled, nil
}

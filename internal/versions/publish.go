package versions

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
)

// Draft is a version to publish.
type Draft struct {
	Layer         layer.ARN
	SHA256        string
	Description   string
	License       string
	Runtimes      []string
	Architectures []string
	Zip           []byte
	// Bucket is the S3 bucket of the Region, or a form of its name with {region} and
	// {account}, for an archive of more than archive.MaxDirect bytes.
	Bucket string
}

// bucket fills the form in.
func (d Draft) bucket() string {
	return strings.NewReplacer("{region}", d.Layer.Region, "{account}", d.Layer.Account).Replace(d.Bucket)
}

// Describe is the description of a published release. The release stands in front, so
// that a catalog can be made again from what Lambda knows.
func Describe(release, description string) string {
	if description == "" {
		return release
	}
	return release + ": " + description
}

// Undescribe is the opposite of Describe; release is empty where the text has none.
func Undescribe(text string, valid func(string) bool) (release, description string) {
	release, description, _ = strings.Cut(text, ": ")
	if !valid(release) {
		return "", text
	}
	return release, description
}

// Find looks for a version of a layer with the content of a hash; nil where there is
// none. Versions whose description begins with likely are looked at first: Lambda does
// not list hashes, and reading each version costs a call. Of several of them the lowest
// number counts, as it does for everybody who publishes the same. skip are numbers that
// were looked at before; Find adds to it.
func Find(ctx context.Context, a *access.Access, arn layer.ARN, sha256, likely string, skip map[int64]bool) (*Version, error) {
	list, err := List(ctx, a, arn)
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return nil, nil //nolint:nilnil // no layer, no version: an answer, and no error
	}
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v Version) bool { return skip[v.Version] })
	first := func(v Version) bool { return likely != "" && strings.HasPrefix(v.Description, likely) }
	found, err := lowest(ctx, a, slices.DeleteFunc(slices.Clone(list), func(v Version) bool { return !first(v) }), sha256, skip)
	if found != nil || err != nil {
		return found, err
	}
	for batch := range slices.Chunk(slices.DeleteFunc(list, first), concurrency) {
		if found, err = lowest(ctx, a, batch, sha256, skip); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil //nolint:nilnil // looked everywhere, not there: an answer
}

// lowest is the version with the lowest number of those with the content of a hash; nil
// where there is none. The others go to skip.
func lowest(ctx context.Context, a *access.Access, list []Version, sha256 string, skip map[int64]bool) (found *Version, err error) {
	read, err := Read(ctx, a, list)
	if err != nil {
		return nil, err
	}
	for _, v := range read {
		switch {
		case v.SHA256 != sha256:
			skip[v.Version] = true
		case found == nil || v.Version < found.Version:
			found = v
		}
	}
	return found, nil
}

// Only sees to it that a Region has one version with a content, when several publish it
// at the same time: each, having published, looks for what the others made, and the
// lowest number stays. made is the caller's own, which nobody may use yet; it is deleted
// when another is lower. It returns the version that stays. known are numbers with other
// content.
func Only(ctx context.Context, a *access.Access, made *Version, likely string, known map[int64]bool) (*Version, error) {
	first, err := Find(ctx, a, made.ARN, made.SHA256, likely, known)
	if err != nil || first == nil || first.Version >= made.Version {
		return made, err
	}
	if err := Delete(ctx, a, made.VersionARN); err != nil {
		return nil, fmt.Errorf("somebody else has published the same as version %d: %w", first.Version, err)
	}
	return first, nil
}

// attempts is how often a publication is tried.
const attempts = 4

// Publish publishes a draft and returns the version that has its content: the new one,
// which is then the caller's own, or the one that an attempt before made, whose answer
// was lost: PublishLayerVersion makes a version each time it is called, so nothing
// repeats it blindly. known are the numbers of versions that have other content.
func Publish(ctx context.Context, a *access.Access, d Draft, known map[int64]bool) (v *Version, own bool, err error) {
	content, err := d.content(ctx, a)
	if err != nil {
		return nil, false, err
	}
	for attempt := 1; ; attempt++ {
		v, err := publishOnce(ctx, a, d, content)
		if err == nil || attempt == attempts || !passing(err) {
			return v, err == nil, err
		}
		if waited := a.Clock().Sleep(ctx, time.Second<<attempt); waited != nil {
			return nil, false, waited
		}
		made, looked := Find(ctx, a, d.Layer, d.SHA256, d.Description, known)
		if looked != nil {
			return nil, false, errors.Join(err, looked)
		}
		if made != nil {
			return made, false, nil
		}
	}
}

// content is the archive as the request has it: itself, or where it was uploaded to.
func (d Draft) content(ctx context.Context, a *access.Access) (*types.LayerVersionContentInput, error) {
	if len(d.Zip) <= archive.MaxDirect {
		return &types.LayerVersionContentInput{ZipFile: d.Zip}, nil
	}
	name, err := archive.FileName(d.SHA256)
	if err != nil {
		return nil, err
	}
	// The key says the content, so that what is there need not go up again.
	bucket, key := d.bucket(), "layerfleet/"+d.Layer.Name+"/"+name
	if err := upload(ctx, a, d.Layer.Region, bucket, key, d.Zip); err != nil {
		return nil, err
	}
	return &types.LayerVersionContentInput{S3Bucket: &bucket, S3Key: &key}, nil
}

func publishOnce(ctx context.Context, a *access.Access, d Draft, content *types.LayerVersionContentInput) (*Version, error) {
	in := &lambda.PublishLayerVersionInput{
		LayerName: &d.Layer.Name, Content: content,
		CompatibleRuntimes: typed[types.Runtime](d.Runtimes), CompatibleArchitectures: typed[types.Architecture](d.Architectures),
	}
	if d.Description != "" {
		in.Description = &d.Description
	}
	if d.License != "" {
		in.LicenseInfo = &d.License
	}
	out, err := a.Lambda(pair(d.Layer)).PublishLayerVersion(ctx, in, func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return nil, fmt.Errorf("publishing %s: %w", d.Layer, err)
	}
	v := &Version{VersionARN: d.Layer.At(out.Version), Created: created(out.CreatedDate)}
	if c := out.Content; c != nil {
		v.SHA256, v.Size = aws.ToString(c.CodeSha256), c.CodeSize
	}
	if v.SHA256 != d.SHA256 {
		return nil, fmt.Errorf("publishing %s: Lambda has other bytes than were sent: %s, not %s", v.VersionARN, v.SHA256, d.SHA256)
	}
	return v, nil
}

// passing reports whether trying again may help: throttling, a fault of AWS's side, or
// no answer at all.
func passing(err error) bool {
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.HTTPStatusCode() > 0 { // 0: the connection broke before an answer
		code := answered.HTTPStatusCode()
		return code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
	}
	var api smithy.APIError
	return !errors.As(err, &api) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

func typed[T ~string](list []string) []T {
	var out []T
	for _, s := range list {
		out = append(out, T(s))
	}
	return out
}

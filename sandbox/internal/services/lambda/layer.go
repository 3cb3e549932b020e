package lambda

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// layerState is one layer: its living versions in ascending order, and the highest number ever given.
type layerState struct {
	versions  []*layerVersion
	published int64
}

type layerVersion struct {
	n                    int64
	arn                  string
	description, license string
	created              time.Time
	sha                  string
	size, unzipped       int64
	runtimes             []types.Runtime
	archs                []types.Architecture
	policy               layerPolicy
}

func (s *Service) layerOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "PublishLayerVersion", s.publishLayerVersion)).
			Accepts("LayerName", "Content.ZipFile", "Content.S3Bucket", "Content.S3Key", "Description", "LicenseInfo", "CompatibleRuntimes", "CompatibleArchitectures").
			Permissions(call.On(func(c call.Caller, in *api.PublishLayerVersionInput) string {
				return layerARN(c, aws.ToString(in.LayerName))
			})),
		control(call.Operation("lambda", "GetLayerVersion", s.getLayerVersion)).Accepts("LayerName", "VersionNumber").
			Permissions(call.On(func(c call.Caller, in *api.GetLayerVersionInput) string {
				return layerVersionARN(c, in.LayerName, in.VersionNumber)
			})),
		control(call.Operation("lambda", "GetLayerVersionByArn", s.getLayerVersionByArn)).Accepts("Arn").
			Permissions(call.OnAction("lambda:GetLayerVersion", func(_ call.Caller, in *api.GetLayerVersionByArnInput) string { return aws.ToString(in.Arn) })),
		control(call.Operation("lambda", "ListLayers", s.listLayers)).Accepts("CompatibleRuntime", "CompatibleArchitecture", "Marker", "MaxItems"),
		control(call.Operation("lambda", "ListLayerVersions", s.listLayerVersions)).
			Accepts("LayerName", "CompatibleRuntime", "CompatibleArchitecture", "Marker", "MaxItems"),
		control(call.Operation("lambda", "DeleteLayerVersion", s.deleteLayerVersion)).Accepts("LayerName", "VersionNumber").
			Permissions(call.On(func(c call.Caller, in *api.DeleteLayerVersionInput) string {
				return layerVersionARN(c, in.LayerName, in.VersionNumber)
			})),
	}
}

// layerARN is the ARN of a layer that is given by its ARN, or by its name in the caller's account.
func layerARN(c call.Caller, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return "arn:" + function.Partition(c.Region) + ":lambda:" + c.Region + ":" + c.Account + ":layer:" + name
}

func layerVersionARN(c call.Caller, name *string, n *int64) string {
	return layerARN(c, aws.ToString(name)) + ":" + strconv.FormatInt(aws.ToInt64(n), 10)
}

var layerPattern = regexp.MustCompile(`^(arn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):(\d{12}):layer:)?([a-zA-Z0-9-_]{1,140})$`)

// ownLayer is the bare name of a layer in the caller's account and Region.
func ownLayer(c call.Caller, name *string) (string, error) {
	m := layerPattern.FindStringSubmatch(aws.ToString(name))
	if m == nil {
		return "", apierr.Constraint(aws.ToString(name), "layerName", apierr.Pattern(`(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+`))
	}
	if m[1] != "" && (m[2] != c.Region || m[3] != c.Account) {
		return "", notFound("The resource you requested does not exist.")
	}
	return m[4], nil
}

func (s *Service) publishLayerVersion(ctx context.Context, c call.Caller, in *api.PublishLayerVersionInput) (*api.PublishLayerVersionOutput, error) {
	name, err := ownLayer(c, in.LayerName)
	if err != nil {
		return nil, err
	}
	if in.Content == nil {
		return nil, errNoContent()
	}
	switch {
	case len(aws.ToString(in.Description)) > 256:
		return nil, apierr.Constraint(*in.Description, "description", apierr.MaxLength(256))
	case len(aws.ToString(in.LicenseInfo)) > 512:
		return nil, apierr.Constraint(*in.LicenseInfo, "licenseInfo", apierr.MaxLength(512))
	case len(in.CompatibleRuntimes) > 15:
		return nil, apierr.Constraint(in.CompatibleRuntimes, "compatibleRuntimes", apierr.MaxLength(15))
	case len(in.CompatibleArchitectures) > 2:
		return nil, apierr.Constraint(in.CompatibleArchitectures, "compatibleArchitectures", apierr.MaxLength(2))
	}
	if err := compatible(in.CompatibleRuntimes, in.CompatibleArchitectures); err != nil {
		return nil, err
	}
	code, err := s.archive(ctx, c, source{in.Content.ZipFile, in.Content.S3Bucket, in.Content.S3Key}, errNoContent)
	if err != nil {
		return nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	l := sh.layers[name]
	if l == nil {
		l = &layerState{}
		sh.layers[name] = l
	}
	l.published++ // numbers are never given twice, even after all versions are gone
	arn := layerARN(c, name)
	v := &layerVersion{
		n: l.published, arn: arn + ":" + strconv.FormatInt(l.published, 10),
		description: aws.ToString(in.Description), license: aws.ToString(in.LicenseInfo),
		created: s.clock.Now(), sha: code.sha, size: code.size, unzipped: code.unzipped,
		runtimes: slices.Clone(in.CompatibleRuntimes), archs: slices.Clone(in.CompatibleArchitectures),
	}
	l.versions = append(l.versions, v)
	return &api.PublishLayerVersionOutput{
		Content: s.content(v), LayerArn: aws.String(arn), LayerVersionArn: aws.String(v.arn), Version: v.n,
		Description: aws.String(v.description), LicenseInfo: optional(v.license), CreatedDate: stamp(v.created),
		CompatibleRuntimes: v.runtimes, CompatibleArchitectures: v.archs,
	}, nil
}

func (s *Service) content(v *layerVersion) *types.LayerVersionContentOutput {
	return &types.LayerVersionContentOutput{CodeSha256: aws.String(v.sha), CodeSize: v.size, Location: aws.String(s.blobURL(v.sha))}
}

// layerVersion is a living version, or nil.
func (s *Service) layerVersion(account, region, name string, n int64) *layerVersion {
	sh, ok := s.shards.Find(account, region)
	if !ok {
		return nil
	}
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.layerVersion(name, n)
}

// layerVersion is a living version, or nil. The shard is locked.
func (sh *shard) layerVersion(name string, n int64) *layerVersion {
	l := sh.layers[name]
	if l == nil {
		return nil
	}
	i := sort.Search(len(l.versions), func(i int) bool { return l.versions[i].n >= n })
	if i == len(l.versions) || l.versions[i].n != n {
		return nil
	}
	return l.versions[i]
}

func (s *Service) getLayerVersion(ctx context.Context, c call.Caller, in *api.GetLayerVersionInput) (*api.GetLayerVersionOutput, error) {
	if aws.ToInt64(in.VersionNumber) < 1 {
		return nil, invalid("Layer Version Cannot be less than 1.")
	}
	arn := layerVersionARN(c, in.LayerName, in.VersionNumber)
	out, err := s.getLayerVersionByArn(ctx, c, &api.GetLayerVersionByArnInput{Arn: &arn})
	if err != nil {
		return nil, err
	}
	return as[api.GetLayerVersionOutput](out), nil
}

// getLayerVersionByArn also reads the version of another account; its policy was asked by the interceptor.
func (s *Service) getLayerVersionByArn(_ context.Context, c call.Caller, in *api.GetLayerVersionByArnInput) (*api.GetLayerVersionByArnOutput, error) {
	a, err := parseLayerVersion(aws.ToString(in.Arn), "arn")
	if err != nil {
		return nil, err
	}
	if !a.in(c.Region) {
		return nil, notFound("The resource you requested does not exist.")
	}
	v := s.layerVersion(a.account, a.region, a.name, a.n)
	if v == nil {
		return nil, notFound("The resource you requested does not exist.")
	}
	return &api.GetLayerVersionByArnOutput{
		Content: s.content(v), LayerArn: aws.String(strings.TrimSuffix(v.arn, ":"+strconv.FormatInt(v.n, 10))), LayerVersionArn: aws.String(v.arn),
		Version: v.n, Description: aws.String(v.description), LicenseInfo: optional(v.license), CreatedDate: stamp(v.created),
		CompatibleRuntimes: v.runtimes, CompatibleArchitectures: v.archs,
	}, nil
}

func (v *layerVersion) item() types.LayerVersionsListItem {
	return types.LayerVersionsListItem{
		LayerVersionArn: aws.String(v.arn), Version: v.n, Description: aws.String(v.description), CreatedDate: stamp(v.created),
		LicenseInfo: optional(v.license), CompatibleRuntimes: v.runtimes, CompatibleArchitectures: v.archs,
	}
}

// suitable are the versions that pass the filters of the list calls, the newest first.
func (l *layerState) suitable(runtime types.Runtime, arch types.Architecture) []*layerVersion {
	var list []*layerVersion
	for _, v := range slices.Backward(l.versions) {
		if (runtime == "" || slices.Contains(v.runtimes, runtime)) && (arch == "" || slices.Contains(v.archs, arch)) {
			list = append(list, v)
		}
	}
	return list
}

func (s *Service) listLayers(_ context.Context, c call.Caller, in *api.ListLayersInput) (*api.ListLayersOutput, error) {
	if err := checkMaxItems(in.MaxItems, maxPage); err != nil {
		return nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	var list []types.LayersListItem
	for _, name := range slices.Sorted(maps.Keys(sh.layers)) {
		if newest := sh.layers[name].suitable(in.CompatibleRuntime, in.CompatibleArchitecture); len(newest) > 0 {
			item := newest[0].item()
			list = append(list, types.LayersListItem{
				LayerName: aws.String(name), LayerArn: aws.String(layerARN(c, name)), LatestMatchingVersion: &item,
			})
		}
	}
	part, next, err := cut(list, func(l types.LayersListItem) string { return *l.LayerName }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &api.ListLayersOutput{Layers: append([]types.LayersListItem{}, part...), NextMarker: next}, nil
}

func (s *Service) listLayerVersions(_ context.Context, c call.Caller, in *api.ListLayerVersionsInput) (*api.ListLayerVersionsOutput, error) {
	if m := layerPattern.FindStringSubmatch(aws.ToString(in.LayerName)); m != nil && m[1] != "" && m[3] != c.Account {
		return nil, denied("User: %s is not authorized to perform: lambda:ListLayerVersions on resource: %s because no resource-based policy allows the lambda:ListLayerVersions action", c.Principal, *in.LayerName)
	}
	name, err := ownLayer(c, in.LayerName)
	if err != nil {
		return nil, err
	}
	if err := checkMaxItems(in.MaxItems, maxPage); err != nil {
		return nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	var list []*layerVersion
	if l := sh.layers[name]; l != nil { // an unknown layer is an empty list, not a 404
		list = l.suitable(in.CompatibleRuntime, in.CompatibleArchitecture)
	}
	part, next, err := cut(list, func(v *layerVersion) string { return page.Descending(int(v.n)) }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListLayerVersionsOutput{LayerVersions: make([]types.LayerVersionsListItem, len(part)), NextMarker: next}
	for i, v := range part {
		out.LayerVersions[i] = v.item()
	}
	return out, nil
}

func (s *Service) deleteLayerVersion(_ context.Context, c call.Caller, in *api.DeleteLayerVersionInput) (*api.DeleteLayerVersionOutput, error) {
	name, err := ownLayer(c, in.LayerName)
	if err != nil {
		return nil, err
	}
	if aws.ToInt64(in.VersionNumber) < 1 {
		return nil, invalid("Layer Version Cannot be less than 1.")
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if l := sh.layers[name]; l != nil { // a missing one is deleted already
		l.versions = slices.DeleteFunc(l.versions, func(v *layerVersion) bool { return v.n == *in.VersionNumber })
	}
	return &api.DeleteLayerVersionOutput{}, nil
}

package s3

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// global is the Region whose endpoint is also S3's global one, with habits of its own.
const global = "us-east-1"

func (s *Service) bucketOps() []*call.Op {
	return []*call.Op{
		call.Operation("s3", "CreateBucket", s.createBucket).Accepts("Bucket", "CreateBucketConfiguration.LocationConstraint").
			Permissions(call.On(func(c call.Caller, in *api.CreateBucketInput) string { return bucketARN(c, in.Bucket) })),
		call.Operation("s3", "HeadBucket", s.headBucket).Accepts("Bucket", "ExpectedBucketOwner").
			Permissions(call.OnAction("s3:ListBucket", func(c call.Caller, in *api.HeadBucketInput) string { return bucketARN(c, in.Bucket) })),
		call.Operation("s3", "GetBucketLocation", s.getBucketLocation).Accepts("Bucket", "ExpectedBucketOwner").
			Permissions(call.On(func(c call.Caller, in *api.GetBucketLocationInput) string { return bucketARN(c, in.Bucket) })),
		call.Operation("s3", "ListBuckets", s.listBuckets).Accepts("MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion").
			Permissions(call.OnAction("s3:ListAllMyBuckets", func(c call.Caller, _ *api.ListBucketsInput) string { return bucketARN(c, aws.String("*")) })),
		call.Operation("s3", "DeleteBucket", s.deleteBucket).Accepts("Bucket", "ExpectedBucketOwner").
			Permissions(call.On(func(c call.Caller, in *api.DeleteBucketInput) string { return bucketARN(c, in.Bucket) })),
	}
}

func (s *Service) createBucket(_ context.Context, c call.Caller, in *api.CreateBucketInput) (*api.CreateBucketOutput, error) {
	name := aws.ToString(in.Bucket)
	if err := checkBucketName(name); err != nil {
		return nil, err
	}
	region, err := location(c, in.CreateBucketConfiguration)
	if err != nil {
		return nil, err
	}
	out := &api.CreateBucketOutput{Location: aws.String("http://" + name + ".s3.amazonaws.com/"), BucketArn: aws.String(bucketARN(c, in.Bucket))}
	if region == global {
		out.Location = aws.String("/" + name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch b := s.buckets[key(c, in.Bucket)]; {
	case b == nil:
	case b.account != c.Account:
		return nil, apierr.New(http.StatusConflict, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.").
			With("BucketName", name)
	case b.region == global && region == global:
		return out, nil // in this Region alone, making one's own bucket again is no error
	default:
		return nil, apierr.New(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.").
			With("BucketName", name)
	}
	s.buckets[key(c, in.Bucket)] = &bucket{
		name: name, account: c.Account, region: region, created: s.now(),
		objects: map[string]*object{}, uploads: map[string]*upload{},
	}
	return out, nil
}

// location is where a new bucket goes: the Region of the endpoint. Only the global one makes buckets elsewhere.
func location(c call.Caller, config *types.CreateBucketConfiguration) (string, error) {
	want := ""
	if config != nil {
		want = string(config.LocationConstraint)
	}
	switch {
	case want == "EU":
		return "", apierr.Unsupported("the LocationConstraint EU of CreateBucket; the Region's name is eu-west-1")
	case want == c.Region && want != global, want == "" && c.Region == global:
		return c.Region, nil
	case c.Region != global && want == "":
		return "", bad("IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case c.Region != global:
		return "", bad("IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", want)
	case want == global || function.Partition(want) != function.Partition(global) || !slices.Contains(config.LocationConstraint.Values(), config.LocationConstraint):
		return "", bad("InvalidLocationConstraint", "The specified location-constraint is not valid").With("LocationConstraint", want)
	default:
		return want, nil
	}
}

func (s *Service) headBucket(_ context.Context, c call.Caller, in *api.HeadBucketInput) (*api.HeadBucketOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.find(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	return &api.HeadBucketOutput{BucketRegion: aws.String(b.region), BucketArn: aws.String(bucketARN(c, in.Bucket)), AccessPointAlias: aws.Bool(false)}, nil
}

// getBucketLocation also answers at the global endpoint, for a bucket anywhere.
// UNCONFIRMED: that a third Region's endpoint answers AuthorizationHeaderMalformed rather than a redirection.
func (s *Service) getBucketLocation(_ context.Context, c call.Caller, in *api.GetBucketLocationInput) (*api.GetBucketLocationOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.exists(c, in.Bucket)
	switch {
	case err != nil:
		return nil, err
	case c.Region != global && c.Region != b.region:
		return nil, wrongScope(c.Region, b.region)
	}
	if err := b.serves(c, in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	out := &api.GetBucketLocationOutput{}
	if b.region != global { // which goes without saying
		out.LocationConstraint = types.BucketLocationConstraint(b.region)
	}
	return out, nil
}

const maxBuckets = 10000 // a page of ListBuckets

func (s *Service) listBuckets(_ context.Context, c call.Caller, in *api.ListBucketsInput) (*api.ListBucketsOutput, error) {
	size := maxBuckets
	if n := in.MaxBuckets; n != nil {
		if *n < 1 || *n > maxBuckets {
			return nil, bad("InvalidArgument", "Argument max-buckets must be an integer between 1 and %d", maxBuckets)
		}
		size = int(*n)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var own []*bucket
	for k, b := range s.buckets {
		if k.partition == function.Partition(c.Region) && b.account == c.Account && strings.HasPrefix(b.name, aws.ToString(in.Prefix)) &&
			(in.BucketRegion == nil || *in.BucketRegion == b.region) {
			own = append(own, b)
		}
	}
	slices.SortFunc(own, func(a, b *bucket) int { return cmp.Compare(a.name, b.name) })
	part, next, ok := page.Cut(own, func(b *bucket) string { return b.name }, in.ContinuationToken, size)
	if !ok {
		return nil, bad("InvalidArgument", "The continuation token provided is incorrect").With("ArgumentName", "continuation-token")
	}
	out := &api.ListBucketsOutput{Buckets: []types.Bucket{}, Owner: s.owner(c.Account), ContinuationToken: next, Prefix: in.Prefix}
	for _, b := range part {
		out.Buckets = append(out.Buckets, types.Bucket{
			Name: &b.name, CreationDate: &b.created, BucketRegion: &b.region, BucketArn: aws.String(bucketARN(c, &b.name)),
		})
	}
	return out, nil
}

// owner is the account by its canonical user id.
func (s *Service) owner(account string) *types.Owner {
	return &types.Owner{ID: aws.String(s.IDs.At(account, "", "canonical-user", "", 0).Hex(64))}
}

// deleteBucket drops the uploads that were never finished.
func (s *Service) deleteBucket(_ context.Context, c call.Caller, in *api.DeleteBucketInput) (*api.DeleteBucketOutput, error) {
	b, err := s.removeBucket(c, in)
	if err != nil {
		return nil, err
	}
	for _, u := range b.uploads { // with the service unlocked: an upload that completes locks the other way round
		u.drop()
	}
	return &api.DeleteBucketOutput{}, nil
}

func (s *Service) removeBucket(c call.Caller, in *api.DeleteBucketInput) (*bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.find(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if len(b.objects) > 0 {
		return nil, apierr.New(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty").With("BucketName", b.name)
	}
	delete(s.buckets, key(c, in.Bucket))
	return b, nil
}

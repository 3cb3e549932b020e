package versions

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// upload puts an archive into the bucket of a Region, unless it is there. The bucket
// must be the caller's own: somebody else may have taken the name.
func upload(ctx context.Context, a *access.Access, region, bucket, key string, data []byte) error {
	owner := a.Caller().Account
	client := a.S3(fleet.Pair{AccountID: owner, Region: region})
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key, ExpectedBucketOwner: &owner})
	if err == nil && aws.ToInt64(head.ContentLength) == int64(len(data)) {
		return nil
	}
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, ExpectedBucketOwner: &owner, Body: bytes.NewReader(data)})
	if err != nil {
		return hint.With(fmt.Errorf("uploading to s3://%s/%s: %w", bucket, key, err),
			"each Region needs a bucket of its own that account "+owner+" owns: bucket: my-artifacts-{region}")
	}
	return nil
}

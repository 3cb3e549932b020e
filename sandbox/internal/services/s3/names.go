package s3

import (
	"net"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

const maxKey = 1024 // bytes of a key in UTF-8

// bucketPattern and what checkBucketName adds to it are the "general purpose bucket naming rules" of the S3 User Guide.
var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func checkBucketName(name string) error {
	reserved := strings.HasPrefix(name, "xn--") || strings.HasPrefix(name, "sthree-") || strings.HasPrefix(name, "amzn-s3-demo-")
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"} {
		reserved = reserved || strings.HasSuffix(name, suffix)
	}
	if !bucketPattern.MatchString(name) || strings.Contains(name, "..") || net.ParseIP(name) != nil || reserved {
		return bad("InvalidBucketName", "The specified bucket is not valid.").With("BucketName", name)
	}
	return nil
}

func checkKey(key string) error {
	switch {
	case key == "" || !utf8.ValidString(key):
		return bad("InvalidURI", "Couldn't parse the specified URI.")
	case len(key) > maxKey:
		return bad("KeyTooLongError", "Your key is too long").With("Size", itoa(len(key))).With("MaxSizeAllowed", itoa(maxKey))
	}
	return nil
}

func bucketARN(c call.Caller, bucket *string) string {
	return "arn:" + function.Partition(c.Region) + ":s3:::" + aws.ToString(bucket)
}

func objectARN(c call.Caller, bucket, key *string) string {
	return bucketARN(c, bucket) + "/" + aws.ToString(key)
}

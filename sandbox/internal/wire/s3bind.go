package wire

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// The SDK's S3 module has no schemas. What follows says where the members of the claimed operations travel; a test
// compares it with botocore's model.

// s3Queries are the input members that travel in the query string.
var s3Queries = map[string]string{
	"BucketRegion": "bucket-region", "ContinuationToken": "continuation-token", "Delimiter": "delimiter",
	"EncodingType": "encoding-type", "FetchOwner": "fetch-owner", "MaxBuckets": "max-buckets", "MaxKeys": "max-keys",
	"PartNumber": "partNumber", "Prefix": "prefix", "StartAfter": "start-after", "UploadId": "uploadId",
	"VersionId": "versionId", "ResponseCacheControl": "response-cache-control",
	"ResponseContentDisposition": "response-content-disposition", "ResponseContentEncoding": "response-content-encoding",
	"ResponseContentLanguage": "response-content-language", "ResponseContentType": "response-content-type",
	"ResponseExpires": "response-expires",
}

// s3Headers are the members whose header is not x-amz- and their own name in kebab case.
var s3Headers = map[string]string{
	"AcceptRanges": "Accept-Ranges", "CacheControl": "Cache-Control", "ContentDisposition": "Content-Disposition",
	"ContentEncoding": "Content-Encoding", "ContentLanguage": "Content-Language", "ContentLength": "Content-Length",
	"ContentMD5": "Content-MD5", "ContentRange": "Content-Range", "ContentType": "Content-Type", "ETag": "ETag",
	"Expires": "Expires", "IfMatch": "If-Match", "IfModifiedSince": "If-Modified-Since",
	"IfNoneMatch": "If-None-Match", "IfUnmodifiedSince": "If-Unmodified-Since", "LastModified": "Last-Modified",
	"Location": "Location", "Range": "Range",

	"BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled", "ChecksumCRC32C": "x-amz-checksum-crc32c",
	"ChecksumCRC64NVME": "x-amz-checksum-crc64nvme", "MpuObjectSize": "x-amz-mp-object-size",
	"ObjectLockEnabledForBucket": "x-amz-bucket-object-lock-enabled", "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
	"PartsCount":              "x-amz-mp-parts-count",
	"SSECustomerAlgorithm":    "x-amz-server-side-encryption-customer-algorithm",
	"SSECustomerKey":          "x-amz-server-side-encryption-customer-key",
	"SSECustomerKeyMD5":       "x-amz-server-side-encryption-customer-key-MD5",
	"SSEKMSEncryptionContext": "x-amz-server-side-encryption-context",
	"SSEKMSKeyId":             "x-amz-server-side-encryption-aws-kms-key-id",
	"Size":                    "x-amz-object-size", "TagCount": "x-amz-tagging-count",
}

// s3Bodies are the output members that stand in the body, by output type.
var s3Bodies = map[string]string{
	"GetBucketLocationOutput":     "LocationConstraint",
	"ListBucketsOutput":           "Buckets Owner ContinuationToken Prefix",
	"CreateMultipartUploadOutput": "Bucket Key UploadId",
	"CompleteMultipartUploadOutput": `Location Bucket Key ETag ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256
		ChecksumSHA512 ChecksumMD5 ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128 ChecksumType`,
	"ListObjectsV2Output": `IsTruncated Contents Name Prefix Delimiter MaxKeys CommonPrefixes EncodingType KeyCount ContinuationToken
		NextContinuationToken StartAfter`,
}

// s3Elements are the lists whose elements have a name of their own; with a star the list has no element around it.
var s3Elements = map[string]string{
	"ListBucketsOutput.Buckets": "Bucket", "CreateBucketConfiguration.Tags": "Tag", "CompletedMultipartUpload.Parts": "*Part",
	"ListObjectsV2Output.Contents": "*Contents", "ListObjectsV2Output.CommonPrefixes": "*CommonPrefixes",
	"Object.ChecksumAlgorithm": "*ChecksumAlgorithm",
}

// s3Roots are the root elements of bodies, by operation.
var s3Roots = map[string]string{
	"GetBucketLocation": "LocationConstraint", "ListBuckets": "ListAllMyBucketsResult", "ListObjectsV2": "ListBucketResult",
	"CreateMultipartUpload": "InitiateMultipartUploadResult", "CompleteMultipartUpload": "CompleteMultipartUploadResult",
}

const metadataPrefix = "X-Amz-Meta-"

// bindS3 names a member of an S3 type and says where it travels.
func bindS3(f *field, t reflect.Type) {
	f.name = f.goName
	f.item, f.flat = strings.CutPrefix(s3Elements[t.Name()+"."+f.goName], "*")
	input, output := strings.HasSuffix(t.Name(), "Input"), strings.HasSuffix(t.Name(), "Output")
	switch {
	case !input && !output:
	case f.goName == "Body" || f.goName == "CreateBucketConfiguration" || f.goName == "MultipartUpload":
		f.in = inPayload
	case f.goName == "Metadata":
		f.in, f.location = inHeaders, metadataPrefix
	case input && (f.goName == "Bucket" || f.goName == "Key"):
		f.in, f.location = inLabel, f.goName
	case input && s3Queries[f.goName] != "":
		f.in, f.location = inQuery, s3Queries[f.goName]
	case output && slices.Contains(strings.Fields(s3Bodies[t.Name()]), f.goName):
		f.in = inBody
	default:
		f.in, f.location = inHeader, s3Header(t.Name(), f.goName)
	}
}

// s3Header is the header of a member.
func s3Header(typ, member string) string {
	if member == "ChecksumAlgorithm" && (typ == "PutObjectInput" || typ == "UploadPartInput") {
		return "x-amz-sdk-checksum-algorithm"
	}
	if h := s3Headers[member]; h != "" {
		return h
	}
	b := []rune("x-amz-")
	lower := false
	for _, r := range member {
		if unicode.IsUpper(r) && lower {
			b = append(b, '-')
		}
		lower = !unicode.IsUpper(r)
		b = append(b, unicode.ToLower(r))
	}
	return string(b)
}

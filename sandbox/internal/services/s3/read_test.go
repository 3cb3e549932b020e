package s3

import (
	"encoding/hex"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestParseRange(t *testing.T) {
	tests := []struct {
		text     string
		size     int64
		from, to int64
		part     bool
		refused  bool
	}{
		{text: "", size: 10, to: 10},
		{text: "bytes=0-9", size: 10, to: 10, part: true},
		{text: "bytes=2-4", size: 10, from: 2, to: 5, part: true},
		{text: "bytes=2-", size: 10, from: 2, to: 10, part: true},
		{text: "bytes=2-99", size: 10, from: 2, to: 10, part: true},
		{text: "bytes=-3", size: 10, from: 7, to: 10, part: true},
		{text: "bytes=-99", size: 10, to: 10, part: true},
		{text: "bytes=-0", size: 10, refused: true},
		{text: "bytes=10-", size: 10, refused: true},
		{text: "bytes=0-", size: 0, refused: true},
		{text: "bytes=-1", size: 0, refused: true},
		{text: "bytes=4-2", size: 10, to: 10},
		{text: "bytes=a-b", size: 10, to: 10},
		{text: "bytes=1", size: 10, to: 10},
		{text: "bytes=-", size: 10, to: 10},
		{text: "bytes=--1", size: 10, to: 10},
		{text: "lines=1-2", size: 10, to: 10},
		{text: "bytes=0-1,3-4", size: 10, refused: true},
		{text: "bytes=99999999999999999999-", size: 10, to: 10},
	}
	for _, tt := range tests {
		from, to, part, err := parseRange(aws.String(tt.text), tt.size)
		if (err != nil) != tt.refused || err == nil && (from != tt.from || to != tt.to || part != tt.part) {
			t.Errorf("%q of %d: %d to %d, %v, %v; want %d to %d, %v", tt.text, tt.size, from, to, part, err, tt.from, tt.to, tt.part)
		}
	}
}

func FuzzParseRange(f *testing.F) {
	f.Add("bytes=1-2", int64(10))
	f.Add("bytes=-5", int64(3))
	f.Fuzz(func(t *testing.T, text string, size int64) {
		if size < 0 {
			return
		}
		from, to, part, err := parseRange(&text, size)
		if err == nil && (from < 0 || to > size || part && from >= to) {
			t.Errorf("%q of %d: %d to %d", text, size, from, to)
		}
	})
}

// TestAlgorithms has the check values of the algorithms' catalogues, for the text 123456789.
func TestAlgorithms(t *testing.T) {
	want := map[types.ChecksumAlgorithm]string{
		types.ChecksumAlgorithmCrc32:     "cbf43926",
		types.ChecksumAlgorithmCrc32c:    "e3069283",
		types.ChecksumAlgorithmCrc64nvme: "ae8b14860a799888",
		types.ChecksumAlgorithmSha1:      "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
		types.ChecksumAlgorithmSha256:    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	}
	for _, a := range algorithms() {
		h := newHash(a)
		h.Write([]byte("123456789"))
		if got := hex.EncodeToString(h.Sum(nil)); got != want[a] {
			t.Errorf("%s: %s, want %s", a, got, want[a])
		}
		// The members that carry the checksum are found by the algorithm's name.
		c := checksum{algorithm: a, value: "v"}
		for _, out := range []any{&api.PutObjectOutput{}, &api.UploadPartOutput{}, &api.GetObjectOutput{}, &api.HeadObjectOutput{}, &api.CompleteMultipartUploadOutput{}} {
			c.show(out)
		}
	}
}

func TestBucketNames(t *testing.T) {
	tests := []struct {
		name string
		ok   bool
	}{
		{"abc", true},
		{"a.b-c.1", true},
		{"123", true},
		{"ab", false},
		{"Abc", false},
		{"abc-", false},
		{".abc", false},
		{"a..b", false},
		{"10.0.0.1", false},
		{"a_b", false},
		{"xn--abc", false},
		{"abc--x-s3", false},
		{"a234567890123456789012345678901234567890123456789012345678901234", false},
	}
	for _, tt := range tests {
		if err := checkBucketName(tt.name); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

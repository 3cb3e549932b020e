package inflect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/internal/inflect"
)

func TestSpellings(t *testing.T) {
	for name, want := range map[string][inflect.Count]string{
		"bucket_names": {"bucketNames", "BucketName", "bucket-names", "BucketNames", "bucket_names", "Bucket Names", "Bucket-Names"},
		"SomeKey":      {"someKey", "SomeKey", "some-key", "SomeKey", "some_key", "Some Key", "Some-Key"},
		"ARNs":         {"arns", "Arn", "ar-ns", "Arns", "ar_ns", "Arns", "Arns"},
		"policies":     {"policies", "Policy", "policies", "Policies", "policies", "Policies", "Policies"},
		"x2y":          {"x2Y", "X2Y", "x-2y", "X2Y", "x_2y", "X2 Y", "X2-Y"},
		"--":           {"", "", "", "", "", "", ""},
	} {
		if diff := cmp.Diff(want, inflect.Spellings(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSingular goes through the rules, the odd ones included.
func TestSingular(t *testing.T) {
	for name, want := range map[string]string{
		"boxes": "Box", "classes": "Class", "class": "Class", "data": "Daum", "my_statuses": "MyStatuse", "bus": "Bu", "series": "Sery",
		"wives": "Wfe", "halves": "Haf", "heroes": "Her", "good_news": "GoodNew", "analysis": "Analysi", "bases": "Base", "queries": "Query",
		"keys": "Key", "media": "Medum", "axes": "Ax", "item": "Item",
	} {
		if got := inflect.Spellings(name)[1]; got != want {
			t.Errorf("class case of %s is %s, want %s", name, got, want)
		}
	}
}

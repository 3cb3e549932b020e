package lambda_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"
)

// TestPagesOfVersions deletes versions between two pages, before and behind the token.
func TestPagesOfVersions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for i := range 3 {
		if err := f.svc.Seed(seedRecord(i), nil, 3, ""); err != nil {
			t.Fatal(err)
		}
	}
	deletions := map[string]string{"f0:2": "f0:1", "f1:1": "f1:2"} // by the last item of a page
	var seen []string
	in := &api.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll, MaxItems: aws.Int32(3)}
	for {
		out := must[api.ListFunctionsOutput](f, account, in)
		for _, c := range out.Functions {
			seen = append(seen, strings.TrimPrefix(*c.FunctionArn, "arn:aws:lambda:us-east-1:100000000001:function:"))
		}
		if gone := deletions[seen[len(seen)-1]]; gone != "" {
			must[api.DeleteFunctionOutput](f, account, &api.DeleteFunctionInput{FunctionName: &gone})
		}
		if in.Marker = out.NextMarker; in.Marker == nil {
			break
		}
	}
	want := strings.Fields("f0:$LATEST f0:1 f0:2 f0:3 f1:$LATEST f1:1 f1:3 f2:$LATEST f2:1 f2:2 f2:3")
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.Marker = aws.String("nonsense")
	_, err := do[api.ListFunctionsOutput](f, account, in)
	wantError(t, err, "InvalidParameterValueException", "Marker")
}

func TestPagesOfLayerVersions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.layer(account, "a", 3)
	first := must[api.ListLayerVersionsOutput](f, account, &api.ListLayerVersionsInput{LayerName: aws.String("a"), MaxItems: aws.Int32(2)})
	f.layer(account, "a", 1) // newer than all of the first page
	second := must[api.ListLayerVersionsOutput](f, account, &api.ListLayerVersionsInput{LayerName: aws.String("a"), Marker: first.NextMarker})
	var seen []int64
	for _, v := range append(first.LayerVersions, second.LayerVersions...) {
		seen = append(seen, v.Version)
	}
	if diff := cmp.Diff([]int64{3, 2, 1}, seen); diff != "" || second.NextMarker != nil {
		t.Errorf("then %v (-want +got):\n%s", second.NextMarker, diff)
	}
}

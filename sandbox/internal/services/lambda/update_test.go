package lambda

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestPermissionsOfAChange(t *testing.T) {
	for _, tt := range []struct {
		name   string
		role   *string
		layers []string
		want   []string
	}{
		{name: "neither", want: []string{""}},
		{name: "a role", role: aws.String("arn:aws:iam::100000000001:role/r"), want: []string{"", "iam:PassRole"}},
		{name: "a malformed role is the operation's matter", role: aws.String("arn:aws:iam::1:role/r"), want: []string{""}},
		{name: "layers", layers: []string{"a", "b"}, want: []string{"", "lambda:GetLayerVersion", "lambda:GetLayerVersion"}},
	} {
		var got []string
		for _, n := range changePermissions("arn", tt.role, tt.layers) {
			got = append(got, n.Action)
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
	}
}

// TestPartitionOfALayer has the ARN of a layer version name one only in the partition of its Region.
func TestPartitionOfALayer(t *testing.T) {
	for arn, want := range map[string]bool{
		"arn:aws:lambda:us-east-1:100000000001:layer:a:1":     true,
		"arn:aws-cn:lambda:us-east-1:100000000001:layer:a:1":  false,
		"arn:aws-cn:lambda:cn-north-1:100000000001:layer:a:1": false, // of another Region
	} {
		a, err := parseLayerVersion(arn, "layers")
		if err != nil {
			t.Errorf("%s: %v", arn, err)
			continue
		}
		if got := a.in("us-east-1"); got != want {
			t.Errorf("%s in us-east-1: %v", arn, got)
		}
	}
}

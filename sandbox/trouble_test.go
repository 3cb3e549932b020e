package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox"
)

func TestParseBreak(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sandbox.Break{
		"common-runtime:7=0.05": {Layer: "common-runtime", Version: 7, Share: 0.05},
		"common-runtime:7=5%":   {Layer: "common-runtime", Version: 7, Share: 0.05},
		"arn:aws:lambda:eu-west-1:100000000000:layer:observability:6=100%": {Layer: "arn:aws:lambda:eu-west-1:100000000000:layer:observability", Version: 6, Share: 1},
	} {
		got, err := sandbox.ParseBreak(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"":               `"" is not LAYER:VERSION=SHARE`,
		"common:7":       `"common:7" is not LAYER:VERSION=SHARE, such as common-runtime:7=5%`,
		"common=5%":      "is not LAYER:VERSION=SHARE",
		"common:x=5%":    "is not LAYER:VERSION=SHARE",
		"common:7=":      `common:7=: "" is not a share, such as 0.05 or 5%`,
		"common:7=0":     "a share of 0 is not above 0 and at most 1",
		"common:7=5":     "a share of 5 is not above 0 and at most 1",
		"common:7=NaN":   "a share of NaN is not above 0 and at most 1",
		"common:0=5%":    "layer versions count from 1: there is no common:0",
		"a/b:7=5%":       `"a/b" is neither the name of a layer nor the ARN of one without a version`,
		"common:6:7=50%": `"common:6" is neither the name of a layer`,
	} {
		if _, err := sandbox.ParseBreak(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestParseOutage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sandbox.Outage{
		"us-east-1@90m+30m=20%":  {Region: "us-east-1", Start: 90 * time.Minute, Length: 30 * time.Minute, Share: 0.2},
		"eu-west-1@-2h+1h30m=1":  {Region: "eu-west-1", Start: -2 * time.Hour, Length: 90 * time.Minute, Share: 1},
		"eu-west-1@0s+10m=0.001": {Region: "eu-west-1", Length: 10 * time.Minute, Share: 0.001},
	} {
		got, err := sandbox.ParseOutage(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"us-east-1":          `"us-east-1" is not REGION@START+LENGTH=SHARE, such as us-east-1@90m+30m=20%`,
		"us-east-1@1h=20%":   "is not REGION@START+LENGTH=SHARE",
		"us-east-1@1+1h=20%": "missing unit in duration",
		"us-east-1@1h+0s=5%": "an outage takes some time",
		"@1h+1h=5%":          "an outage needs a Region",
		"us-east-1@1h+1h=2":  "a share of 2 is not above 0 and at most 1",
	} {
		if _, err := sandbox.ParseOutage(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestTroublesAreChecked(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]sandbox.Options{
		"an outage of eu-west-1, which is none of the sandbox's Regions us-east-1": {Regions: []string{"us-east-1"}, Outages: []sandbox.Outage{{Region: "eu-west-1", Share: 1}}},
		"a share of 0 is not above 0 and at most 1":                                {Breaks: []sandbox.Break{{Layer: "l", Version: 1}}},
	} {
		if sb, err := sandbox.Start(t.Context(), o); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
			if err == nil {
				_ = sb.Close()
			}
		}
	}
}

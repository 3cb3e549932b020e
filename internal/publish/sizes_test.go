package publish

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
)

func TestOver(t *testing.T) {
	const mb = 1 << 20
	agent := layer.ARN{Account: "100000000000", Name: "agent"}.WithRegion("us-east-1").At(3)
	c := &catalog.Catalog{}
	c.Add("agent").Put(&catalog.Release{Name: "1.0.0", Unzipped: 10 * mb, Regions: map[string]layer.VersionARN{"us-east-1": agent}})
	row := func(code string, layers ...string) json.RawMessage {
		return json.RawMessage(`{"accountId":"100000000001","awsRegion":"us-east-1","configuration":{"functionName":"f","codeSize":` + code + `,"layers":[` + strings.Join(layers, ",") + `]}}`)
	}
	const (
		ours    = `{"arn":"arn:aws:lambda:us-east-1:100000000000:layer:deps:1","codeSize":1.0E8}`
		theirs  = `{"arn":"arn:aws:lambda:us-east-1:999999999999:layer:deps:1","codeSize":30000000}`
		known   = `{"arn":"arn:aws:lambda:us-east-1:100000000000:layer:agent:3","codeSize":30000000.0}`
		unknown = `{"arn":"arn:aws:lambda:us-east-1:100000000000:layer:agent:4","codeSize":30000000.0}`
	)
	tests := []struct {
		name        string
		row         json.RawMessage
		found, sure bool
		bytes       int64
	}{
		{name: "not a user", row: row("250000000", theirs)},
		{name: "fits", row: row("1000000", ours)},
		{name: "its own old version does not count", row: row("1000000", ours, known)},
		{name: "surely over", row: row("130000000.0", ours, theirs), found: true, sure: true, bytes: 100*mb + 160000000},
		{name: "by estimate", row: row("30000000", ours, unknown), found: true, bytes: 100*mb + 180000000},
		{name: "with a size that is known", row: row("30000000", ours, known)},
		{name: "broken", row: json.RawMessage(`{`)},
	}
	l := &LayerPlan{Name: "deps", Unzipped: 100 * mb}
	for _, tt := range tests {
		o, found := l.over(c, "100000000000", tt.row)
		if found != tt.found || found && (o.Sure != tt.sure || o.Bytes != tt.bytes || o.Function != "f" || o.AccountID != "100000000001") {
			t.Errorf("%s: %v %+v", tt.name, found, o)
		}
	}
}

package prune

import (
	"strings"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
)

// TestTheFirstReasonIsGiven takes the reasons that keep a version away, one by one.
func TestTheFirstReasonIsGiven(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	at := layer.ARN{Account: "100000000000", Name: "deps"}.WithRegion("us-east-1").At(1)
	c := &catalog.Catalog{}
	l := c.Add("deps")
	l.Put(&catalog.Release{Name: "1.0.0", Regions: map[string]layer.VersionARN{"us-east-1": at}})
	if _, err := l.Promote("1.0.0", "stable", now, nil); err != nil {
		t.Fatal(err)
	}
	pairs := []fleet.Pair{{AccountID: "1", Region: "a"}, {AccountID: "1", Region: "b"}, {AccountID: "1", Region: "c"}, {AccountID: "2", Region: "a"}}
	v, place := Version{Created: now, Release: "1.0.0", at: at}, 1
	j := judge{
		options:   Options{Keep: 2, OlderThan: 24 * time.Hour},
		protected: map[layer.VersionARN]string{at: "stack set x moves functions to it"},
		now:       now.Add(24*time.Hour - time.Second), catalog: c, organization: org.Single("100000000000"),
		uses: map[layer.VersionARN]*use{at: {latest: 1, versions: 2, example: "x"}}, unseen: pairs,
	}
	tests := []struct {
		name   string
		relent func()
		code   Code
		reason string
	}{
		{name: "everything speaks for it", relent: func() {}, code: InUse, reason: "it is used by 1 function and 2 published versions, such as x"},
		{name: "published versions only", relent: func() { j.uses[at].latest = 0 }, code: InUse, reason: "it is used by 2 published versions, such as x"},
		{name: "unused", relent: func() { j.uses = nil }, code: InChannel, reason: "channel stable names its release 1.0.0"},
		{name: "unknown to the catalog", relent: func() { v.Release = "" }, code: Enforced, reason: "stack set x moves functions to it"},
		{name: "not enforced", relent: func() { j.protected = nil }, code: Newest, reason: "it is among the 2 newest versions in us-east-1"},
		{name: "older ones are there", relent: func() { place = 2 }, code: TooYoung, reason: "it was published on 2026-06-01, less than 1d ago"},
		{name: "undated", relent: func() { v.Created = time.Time{} }, code: TooYoung, reason: "when it was published is not known"},
		{name: "old", relent: func() { v.Created, j.now = now, now.Add(24*time.Hour) }, code: NotSeen, reason: "functions of 1/a, 1/b, 1/c and 1 more pair could not be seen, and may use it"},
		{name: "covered", relent: func() { j.unseen = nil }},
	}
	for _, tt := range tests {
		tt.relent()
		if code, reason := j.keeps(v, place); code != tt.code || reason != tt.reason {
			t.Errorf("%s: %s: %q", tt.name, code, reason)
		}
	}

	// An account in no organization has no id to share with.
	for grants, want := range map[string]string{"": "", "100000000000": "", "*": "every AWS account", "o-abcdefghij 111111111111": "o-abcdefghij, 111111111111 may use it"} {
		if _, reason := j.shared(at, strings.Fields(grants), nil); !strings.HasPrefix(reason, want) || want == "" && reason != "" {
			t.Errorf("%s: %q", grants, reason)
		}
	}
}

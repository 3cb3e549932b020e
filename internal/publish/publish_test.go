package publish_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/internal/rehearsal/rehearsaltest"
	"github.com/layerfleet/layerfleet/internal/versions"
	"github.com/layerfleet/layerfleet/sandbox"
)

// TestSeventeenRegions loses one Region twice, and completes it by a repeat.
func TestSeventeenRegions(t *testing.T) {
	w := start(t, seventeen...)
	const broken = "eu-west-3"
	for try := range 2 {
		remove := w.sb.Inject(sandbox.Fault{Service: "lambda", Operation: "PublishLayerVersion", Region: broken, Status: 500, Code: "ServiceException", Message: fmt.Sprintf("try %d", try)})
		got := w.publish()
		remove()
		if len(got.Failed) != 1 || got.Failed[0].Region != broken || !strings.Contains(got.Failed[0].Reason, fmt.Sprint("try ", try)) || len(got.Regions) != 16 {
			t.Fatalf("try %d: %+v", try, got)
		}
		if r := w.recorded(); !slices.Equal(r.Missing, []string{broken}) || len(r.Regions) != 16 {
			t.Fatalf("try %d: the catalog says %+v", try, r)
		}
		if _, err := must(catalog.Load(w.catalog)).Layer("deps").Promote("1.0.0", "stable", w.a.Clock().Now(), nil); err == nil {
			t.Error("a release that is not complete is promoted")
		}
	}
	got := w.publish()
	if !slices.Equal(got.Published, []string{broken}) || len(got.Unchanged) != 16 || len(got.Failed) > 0 || len(got.Verified) != 17 {
		t.Fatalf("the repeat: %+v", got)
	}
	for region, n := range w.count() {
		if n != 1 {
			t.Errorf("%s has %d versions", region, n)
		}
	}
	if p, err := w.prepare(); err != nil || !p.Nothing() {
		t.Errorf("there is something left to do: %v", err)
	}
	if r := w.recorded(); len(r.Missing) > 0 || len(r.Regions) != 17 {
		t.Errorf("the catalog says %+v", r)
	}
}

// TestPassingFaultsAreMended throttles and breaks publication for a while.
func TestPassingFaultsAreMended(t *testing.T) {
	w := start(t, "us-east-1", "eu-west-1")
	w.sb.Inject(sandbox.Fault{Operation: "PublishLayerVersion", Region: "us-east-1", Times: 2, Status: 500, Code: "ServiceException", Message: "soon over"})
	w.sb.Inject(sandbox.Fault{Operation: "PublishLayerVersion", Region: "eu-west-1", Times: 1, Status: 429, Code: "TooManyRequestsException", Message: "Rate exceeded"})
	if got := w.publish(); len(got.Failed) > 0 {
		t.Fatalf("%+v", got.Failed)
	}
	if counts := w.count(); counts["us-east-1"] != 1 || counts["eu-west-1"] != 1 {
		t.Errorf("versions %v", counts)
	}
}

// TestLostAnswer breaks the connection after Lambda has published: the next attempt
// finds the version by its content instead of making another.
func TestLostAnswer(t *testing.T) {
	w := start(t, "us-east-1")
	target, err := url.Parse(w.sb.URL())
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, "/versions") && lost.Add(1) == 1 {
			return errors.New("the line is cut")
		}
		return nil
	}
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	server := httptest.NewServer(proxy)
	defer server.Close()
	w.a = rehearsaltest.Open(t, w.sb, w.sb.Management(), server.URL)
	got := w.publish()
	if len(got.Failed) > 0 || lost.Load() == 0 {
		t.Fatalf("%+v, %d answers lost", got.Failed, lost.Load())
	}
	if n := w.count()["us-east-1"]; n != 1 {
		t.Errorf("there are %d versions", n)
	}
}

// TestLayersAtOnce publishes two layers, with progress for all of their Regions.
func TestLayersAtOnce(t *testing.T) {
	w := start(t, "us-east-1", "eu-west-1", "eu-west-2")
	twin := w.layer
	twin.Name, twin.Regions = "twin", []string{"us-east-1", "eu-west-1"}
	heard := map[string]int{}
	progress := func(job string, done, total int) {
		if strings.HasSuffix(job, "Regions") && total != 5 {
			t.Errorf("%s: %d of %d", job, done, total)
		}
		heard[job] = max(heard[job], done)
	}
	p, err := publish.Prepare(t.Context(), w.a, publish.Options{Layers: []policy.Layer{w.layer, twin}, Catalog: w.catalog}, progress)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Apply(t.Context(), w.a, progress)
	if err != nil || !r.Complete() || len(r.Layers[0].Published) != 3 || len(r.Layers[1].Published) != 2 {
		t.Errorf("%+v %v", r, err)
	}
	if heard["looking at Regions"] != 5 || heard["publishing"] != 5 {
		t.Errorf("progress %v", heard)
	}
}

// TestWhoMayUseIt has a member account and a stranger attach the layer.
func TestWhoMayUseIt(t *testing.T) {
	w := start(t, "us-east-1")
	w.layer.Share = policy.Share{Accounts: []string{member, "999999999999"}}
	first := w.publish()
	if first.Regions["us-east-1"] == "" {
		t.Fatalf("%+v", first)
	}
	v, err := layer.ParseVersionARN(first.Regions["us-east-1"])
	if err != nil {
		t.Fatal(err)
	}
	read := func(account string) error {
		_, err := versions.GetAs(t.Context(), w.a, fleet.Pair{AccountID: account, Region: "us-east-1"}, v)
		return err
	}
	if err := read(member); err != nil {
		t.Error(err)
	}
	if err := read("100000000002"); !access.Denied(err) {
		t.Errorf("an account that it is not shared with reads it: %v", err)
	}
	w.layer.Share = policy.Share{Organization: true}
	if got := w.publish(); !slices.Equal(got.Shared, []string{"us-east-1"}) || len(got.Published) > 0 {
		t.Errorf("%+v", got)
	}
	if err := read("100000000002"); err != nil {
		t.Error(err)
	}
	grants, err := versions.Grants(t.Context(), w.a, v)
	if err != nil || len(grants) != 3 {
		t.Errorf("earlier grants are lost: %v %v", grants, err)
	}
	if got := w.recorded().Grants; !slices.Equal(got, grants) {
		t.Errorf("the catalog says %v, Lambda %v", got, grants)
	}
}

// TestNotShared leaves a Region missing when its version could not be shared, and shares it by a repeat.
func TestNotShared(t *testing.T) {
	w := start(t, "us-east-1", "eu-west-1")
	remove := w.sb.Inject(sandbox.Fault{Operation: "AddLayerVersionPermission", Region: "eu-west-1", Status: 403, Code: "AccessDeniedException", Message: "no"})
	got := w.publish()
	if len(got.Failed) != 1 || got.Failed[0].Reason != "version 1 is there, but not shared: AccessDeniedException: no" {
		t.Fatalf("%+v", got.Failed)
	}
	if r := w.recorded(); !slices.Equal(r.Missing, []string{"eu-west-1"}) {
		t.Errorf("the catalog misses %v", r.Missing)
	}
	remove()
	if got := w.publish(); len(got.Failed) > 0 || !slices.Equal(got.Shared, []string{"eu-west-1"}) || w.count()["eu-west-1"] != 1 {
		t.Errorf("%+v", got)
	}
}

// TestImportIsPublishBackwards makes the same catalog from what Lambda has.
func TestImportIsPublishBackwards(t *testing.T) {
	regions := []string{"eu-west-1", "us-east-1"}
	w := start(t, regions...)
	w.publish()
	w.layer.Regions = regions[1:] // 1.1.0 is number 2 in one Region only
	w.layer.Release = "1.1.0"
	w.write("python/deps.py", "version = 2\n")
	w.publish()
	w.layer.Regions = regions
	w.layer.Release = "2.0.0"
	w.write("python/deps.py", "version = 3\n")
	w.publish()
	if r := w.recorded(); r.Regions["eu-west-1"].Version != 2 || r.Regions["us-east-1"].Version != 3 {
		t.Fatalf("the numbers are %v", r.Regions)
	}
	found, err := live.Import{Layers: []string{"deps"}, Regions: regions, Download: true}.Look(t.Context(), w.a, &catalog.Catalog{}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	imported := &catalog.Catalog{}
	if err := found.Into(imported); err != nil {
		t.Fatal(err)
	}
	if published := must(os.ReadFile(w.catalog)); !bytes.Equal(published, imported.Bytes()) {
		t.Errorf("published\n%s\nimported\n%s", published, imported.Bytes())
	}
	v, err := live.Verify(t.Context(), w.a, imported, nil, quiet)
	if err != nil || v.Checked != 5 || len(v.Differences) > 0 {
		t.Errorf("%+v %v", v, err)
	}
}

// TestVerifyFindsDifferences changes what AWS has behind the catalog's back.
func TestVerifyFindsDifferences(t *testing.T) {
	w := start(t, "us-east-1", "eu-west-1", "eu-west-2", "eu-west-3")
	w.publish()
	release := w.recorded()
	client := func(region string) *lambda.Client {
		return w.a.Lambda(fleet.Pair{AccountID: publisher, Region: region})
	}
	number := aws.Int64(1)
	_, err := client("us-east-1").DeleteLayerVersion(t.Context(), &lambda.DeleteLayerVersionInput{LayerName: &w.layer.Name, VersionNumber: number})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client("eu-west-1").RemoveLayerVersionPermission(t.Context(), &lambda.RemoveLayerVersionPermissionInput{
		LayerName: &w.layer.Name, VersionNumber: number, StatementId: aws.String("layerfleet-" + release.Grants[0]),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := versionsGrant(w, "eu-west-2", "999999999999"); err != nil {
		t.Fatal(err)
	}
	w.sb.Inject(sandbox.Fault{Operation: "GetLayerVersionByArn", Region: "eu-west-3", Status: 403, Code: "AccessDeniedException", Message: "no"})
	v, err := live.Verify(t.Context(), w.a, must(catalog.Load(w.catalog)), nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]live.Problem{}
	for _, d := range v.Differences {
		got[d.Region] = d.Problem
	}
	if err := v.Repair(w.catalog); err != nil || !v.Open() {
		t.Errorf("repaired: %v, open %v", err, v.Open())
	}
	if _, there := w.recorded().Regions["us-east-1"]; there || len(w.recorded().Regions) != 3 {
		t.Errorf("repaired: %+v", w.recorded().Regions)
	}
	want := map[string]live.Problem{"us-east-1": live.Gone, "eu-west-1": live.GrantMissing, "eu-west-2": live.GrantExtra, "eu-west-3": live.Unreadable}
	if !maps.Equal(got, want) || v.Readable() {
		t.Errorf("got %v, want %v", got, want)
	}
}

func versionsGrant(w *world, region, account string) error {
	_, err := versions.Grant(w.Context(), w.a, w.recorded().Regions[region], []string{account})
	return err
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
		want   string
	}{
		{name: "other content", want: "release 1.0.0 is published with other content", change: func(w *world) { w.write("python/deps.py", "changed\n") }},
		{name: "other release", want: "this content is release 1.0.0 already", change: func(w *world) { w.layer.Release = "1.0.1" }},
		{name: "no source", want: "no such file", change: func(w *world) { w.layer.Source = "/nonexistent/layer" }},
		{name: "too many accounts", want: "100 principals make a policy of about", change: func(w *world) {
			w.layer.Share = policy.Share{}
			for i := range 100 {
				w.layer.Share.Accounts = append(w.layer.Share.Accounts, fmt.Sprintf("2%011d", i))
			}
		}},
		{name: "no such unit", want: `the organization has no OU "Nope"`, change: func(w *world) { w.layer.Share.Units = []string{"Nope"} }},
		{name: "other partition", want: "region cn-north-1 is in partition aws-cn", change: func(w *world) { w.layer.Regions = []string{"cn-north-1"} }},
		{name: "machine code", want: `lib/x.so is for arm64, but the layer declares x86_64`, change: func(w *world) {
			w.layer.Release = "9.0.0"
			w.write("lib/x.so", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\xb7\x00")
		}},
	}
	w := start(t, "us-east-1")
	w.publish()
	standing := w.layer
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.T, w.layer = t, standing
			defer func() { // as it was
				w.layer = standing
				w.write("python/deps.py", "version = 1\n")
				_ = os.RemoveAll(filepath.Join(w.layer.Source, "lib"))
			}()
			tt.change(w)
			if _, err := w.prepare(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v (hints %q), want %q", err, hint.Of(err), tt.want)
			}
		})
	}
}

// TestPublisherIsAMember publishes from an account that may not list the organization's accounts.
func TestPublisherIsAMember(t *testing.T) {
	w := start(t, "us-east-1")
	w.a = rehearsaltest.As(t, w.sb, member)
	plan := func() (*publish.Plan, error) {
		return publish.Prepare(t.Context(), w.a, publish.Options{Layers: []policy.Layer{w.layer}, Catalog: w.catalog}, quiet)
	}
	p, err := plan()
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Apply(t.Context(), w.a, quiet)
	if err != nil || !r.Complete() || r.Layers[0].Regions["us-east-1"] != "arn:aws:lambda:us-east-1:"+member+":layer:deps:1" {
		t.Fatalf("%+v %v", r, err)
	}
	remove := w.sb.Inject(sandbox.Fault{Operation: "ListLayerVersions", Status: 403, Code: "AccessDeniedException", Message: "no"})
	w.layer.Release = "2.0.0"
	w.write("python/deps.py", "version = 2\n")
	if _, err := plan(); !errors.Is(err, access.ErrDenied) {
		t.Errorf("nothing may be looked at: %v", err)
	}
	remove()
	w.layer.Share = policy.Share{Units: []string{"Canary"}}
	if _, err := plan(); !errors.Is(err, access.ErrDenied) {
		t.Errorf("units are looked up without the right to: %v", err)
	}
}

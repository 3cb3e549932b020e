package enforce_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/sandbox"
)

// TestNarrowerSelection refuses to change a part of what a set stands in where the rest would change too, and lets
// through what leaves the rest as it is.
func TestNarrowerSelection(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 40, Clean: true})
	all := w.to(5)
	all.Selection.Regions = nil
	w.deploy(all)
	before, sent := w.layers(), w.operations("layerfleet")

	tests := []struct {
		name   string
		change func(*enforce.Options)
	}{
		{name: "another version in one account", change: func(*enforce.Options) {}},
		{name: "detection only in one account", change: func(o *enforce.Options) { o.Wishes, o.DetectOnly = w.to(5).Wishes, true }},
	}
	for _, tt := range tests {
		o := w.to(6)
		o.Name, o.Selection = "layerfleet", enforce.Selection{Accounts: w.sb.Accounts()[1:2], Regions: []string{home}}
		tt.change(&o)
		_, err := enforce.Prepare(t.Context(), w.a, o, quiet)
		if err == nil || !strings.Contains(err.Error(), w.sb.Accounts()[2]+"/"+home) {
			t.Errorf("%s: error %v, want one that names what else would change", tt.name, err)
		}
	}
	if w.operations("layerfleet") != sent {
		t.Error("something was sent")
	}

	s := w.deploy(w.to(6)) // the whole home Region: the other one keeps its version
	if w.off(6, "") > 0 || s.Total.Open > 0 {
		t.Errorf("%d functions left, %+v", w.off(6, ""), s.Total)
	}
	for arn, layers := range w.layers() {
		if strings.Contains(arn, ":"+other+":") && !slices.Equal(layers, before[arn]) {
			t.Errorf("%s has %v, had %v", arn, layers, before[arn])
		}
	}
}

// TestFromDetectionToAutomatic finds first, with nothing open, and goes to automatic stage by stage.
func TestFromDetectionToAutomatic(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 40, Clean: true})
	o := w.to(6)
	o.Selection.Regions, o.Canary = nil, home
	detect := o
	detect.DetectOnly = true
	before := w.layers()
	s := w.deploy(detect)
	if s.Total.Findings == 0 || s.Total.Open > 0 || s.Total.Findings < w.off(6, "") {
		t.Errorf("detection only: %+v, %d functions are on other versions", s.Total, w.off(6, ""))
	}
	for arn, layers := range w.layers() {
		if !slices.Equal(layers, before[arn]) {
			t.Fatalf("%s changed", arn)
		}
	}
	if p := w.prepare(detect); !p.Nothing() {
		t.Errorf("the repeat would %s", p.Action)
	}

	free := w.busy(w.sb.Accounts()[1])
	o.Wait = time.Minute
	p := w.prepare(o)
	if len(p.Stages) != 2 {
		t.Errorf("stages %+v", p.Stages)
	}
	if _, err := p.Apply(t.Context(), w.a, quiet); !errors.Is(err, enforce.ErrNotFinished) {
		t.Errorf("error %v", err)
	}
	w.sb.Advance(time.Hour)
	for arn, layers := range w.layers() {
		if strings.Contains(arn, ":"+other+":") && !slices.Equal(layers, before[arn]) {
			t.Errorf("%s changed before the first stage was through", arn)
		}
	}
	free()
	o.Wait = limit
	if s := w.deploy(o); !s.Automatic || s.Total.Open+s.Total.Findings > 0 || w.off(6, "") > 0 {
		t.Errorf("%d functions left, %+v", w.off(6, ""), s.Total)
	}
}

// TestOneOldVersion counts functions on versions that are neither old nor new as what they are.
func TestOneOldVersion(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 60, Clean: true, Regions: []string{home}})
	o := w.to(6)
	o.Wishes[0].Old = w.version(5)
	on := map[string]int{}
	for _, layers := range w.layers() {
		for _, l := range layers {
			on[l]++
		}
	}
	others := on[w.version(1)] + on[w.version(2)] + on[w.version(3)] + on[w.version(4)]
	if p := w.prepare(o); len(p.Functions) != on[w.version(5)] || others == 0 {
		t.Errorf("the plan moves %d functions, %d are on version 5, %d on others", len(p.Functions), on[w.version(5)], others)
	}
	s := w.deploy(o)
	if s.Total.OtherVersion != others || s.Total.Right != on[w.version(5)]+on[w.version(6)] || s.Total.NotUsing+s.Total.Using() != 60 {
		t.Errorf("%+v; version 5 had %d, 6 had %d, others %d", s.Total, on[w.version(5)], on[w.version(6)], others)
	}
}

// content is the SHA-256 of a layer version, as Lambda states it.
func (w world) content(arn string) string {
	w.Helper()
	out, err := lambda.NewFromConfig(w.sb.AWSConfig(w.sb.Management(), home)).GetLayerVersionByArn(w.Context(), &lambda.GetLayerVersionByArnInput{Arn: &arn})
	if err != nil {
		w.Fatal(err)
	}
	return aws.ToString(out.Content.CodeSha256)
}

func (w world) root() string {
	w.Helper()
	out, err := w.a.Organizations().ListRoots(w.Context(), &organizations.ListRootsInput{})
	if err != nil {
		w.Fatal(err)
	}
	return aws.ToString(out.Roots[0].Id)
}

// TestSetOfTheReleaseBefore reads, shows, updates and removes a set that the release before made.
func TestSetOfTheReleaseBefore(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 40, Clean: true, Regions: []string{home}})
	text, err := os.ReadFile("../runbook/testdata/1.0/several.yaml")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.NewReplacer("c2hhIG9mIHJlbGVhc2U=", w.content(w.version(6)), "b25lIGNvbnRlbnQ=", w.content(w.sb.LayerVersionARN(sandbox.LayerObserve, home, 6))).Replace(string(text))
	cf := w.a.CloudFormation(w.a.Home())
	root := w.root()
	if _, err := cf.CreateStackSet(t.Context(), &cloudformation.CreateStackSetInput{
		StackSetName: aws.String("layerfleet"), TemplateBody: &body, Capabilities: []types.Capability{types.CapabilityCapabilityIam},
		PermissionModel: types.PermissionModelsServiceManaged, AutoDeployment: &types.AutoDeployment{Enabled: aws.Bool(false)},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := cf.CreateStackInstances(t.Context(), &cloudformation.CreateStackInstancesInput{
		StackSetName: aws.String("layerfleet"), Regions: []string{home}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{root}},
	}); err != nil {
		t.Fatal(err)
	}
	s, err := enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil || len(s.Moves) != 2 || s.Total.Open > 0 || s.Total.Right == 0 || w.off(6, "") > 0 {
		t.Fatalf("%d functions left, status %+v, error %v", w.off(6, ""), s.Total, err)
	}
	for _, p := range s.Pairs { // two of its targets are in no organization of ours
		if outside := strings.HasPrefix(p.AccountID, "0000000000"); outside != (p.Code == fleet.OutsideOrganization) {
			t.Errorf("%s: %q", p.Pair, p.Code)
		}
	}
	if s := w.deploy(w.to(5)); s.Revision != 1 || len(s.Moves) != 2 || s.Total.Open > 0 || w.off(5, "") > 0 {
		t.Errorf("%d functions left after the update: revision %d, %v, %+v", w.off(5, ""), s.Revision, enforce.Lines(s.Moves), s.Total)
	}
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// TestSetMadeByHandIsUpdated deploys under the name of a set that was made from deploy/lambdalayer.yaml.
func TestSetMadeByHandIsUpdated(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 40, Clean: true, Regions: []string{home}})
	body, err := os.ReadFile("../../deploy/lambdalayer.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cf := w.a.CloudFormation(w.a.Home())
	if _, err := cf.CreateStackSet(t.Context(), &cloudformation.CreateStackSetInput{
		StackSetName: aws.String("layerfleet"), TemplateBody: aws.String(string(body)), Capabilities: []types.Capability{types.CapabilityCapabilityIam},
		Parameters: []types.Parameter{
			{ParameterKey: aws.String("OldLayerArn"), ParameterValue: aws.String(strings.TrimSuffix(w.version(5), ":5"))},
			{ParameterKey: aws.String("NewLayerArn"), ParameterValue: aws.String(w.version(5))},
		},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := cf.CreateStackInstances(t.Context(), &cloudformation.CreateStackInstancesInput{
		StackSetName: aws.String("layerfleet"), Accounts: w.sb.Accounts()[1:], Regions: []string{home},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet); err != nil || w.off(5, "") > 0 {
		t.Fatalf("%d functions left, %v", w.off(5, ""), err)
	}
	o := w.to(6)
	o.Selection = enforce.Selection{Accounts: w.sb.Accounts()[1:], Regions: []string{home}, SelfManaged: true}
	if s := w.deploy(o); s.Revision != 1 || s.Total.Open > 0 || !s.Covered() || w.off(6, "") > 0 {
		t.Errorf("%d functions left, revision %d, %+v", w.off(6, ""), s.Revision, s.Total)
	}
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// TestPairsOutOfReach are listed with the reason, and never count as right.
func TestPairsOutOfReach(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 6, Functions: 30, Regions: []string{home}})
	management := w.sb.Management()
	o := w.to(6)
	o.Selection = enforce.Selection{Accounts: w.sb.Accounts(), Regions: []string{home}}
	reasons := map[fleet.Code]int{}
	for _, p := range w.deploy(o).Pairs {
		reasons[p.Code]++
		if p.AccountID == management && (p.Code != fleet.ManagementAccount || p.Status != "NONE") {
			t.Errorf("%+v", p)
		}
		if p.Code == fleet.DeploymentFailed && !strings.Contains(p.Detail, "recorder") {
			t.Errorf("the account without a recorder: %q", p.Detail)
		}
		if p.Code != "" && p.Using() > 0 && p.Right == p.Using() {
			t.Errorf("%s is not covered, and all right", p.Pair)
		}
	}
	if reasons[fleet.ManagementAccount] != 1 || reasons[fleet.AccountSuspended] != 1 || reasons[fleet.DeploymentFailed] != 1 {
		t.Errorf("%v", reasons)
	}
}

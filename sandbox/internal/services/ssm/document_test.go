package ssm_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"
)

func TestCreateDocument(t *testing.T) {
	f := setup(t)
	with := func(change func(*api.CreateDocumentInput)) *api.CreateDocumentInput {
		in := &api.CreateDocumentInput{
			Name: aws.String("Rotation"), Content: aws.String(scripted), DocumentType: types.DocumentTypeAutomation,
			DocumentFormat: types.DocumentFormatYaml, TargetType: aws.String("/AWS::Lambda::Function"),
			Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("platform")}},
		}
		change(in)
		return in
	}
	d := must[api.CreateDocumentOutput](f, account, with(func(*api.CreateDocumentInput) {})).DocumentDescription
	if d.Status != types.DocumentStatusCreating || *d.DocumentVersion != "1" || *d.DefaultVersion != "1" || *d.Description != "rotate" {
		t.Errorf("description %+v", d)
	}
	var parameters []string
	for _, p := range d.Parameters {
		parameters = append(parameters, *p.Name+" "+string(p.Type)+" "+aws.ToString(p.DefaultValue))
	}
	if diff := cmp.Diff([]string{"AutomationAssumeRole AWS::IAM::Role::Arn ", "Name String f"}, parameters); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		name, code, text string
		change           func(*api.CreateDocumentInput)
	}{
		{"the name is taken", "DocumentAlreadyExists", "Rotation", func(*api.CreateDocumentInput) {}},
		{"a short name", "ValidationException", "name", func(in *api.CreateDocumentInput) { in.Name = aws.String("x") }},
		{"a reserved name", "ValidationException", "reserved", func(in *api.CreateDocumentInput) { in.Name = aws.String("AWS-Rotation") }},
		{"another type", "SandboxUnsupported", "Command", func(in *api.CreateDocumentInput) { in.DocumentType = "" }},
		{"attachments", "SandboxUnsupported", "Attachments", func(in *api.CreateDocumentInput) { in.Attachments = []types.AttachmentsSource{{}} }},
		{"bad content", "InvalidDocumentContent", "python3.8", func(in *api.CreateDocumentInput) {
			in.Content = aws.String(strings.Replace(scripted, "python3.11", "python3.8", 1))
		}},
		{"an old schema", "InvalidDocumentSchemaVersion", "2.2", func(in *api.CreateDocumentInput) {
			in.Content = aws.String(strings.Replace(scripted, `"0.3"`, `"2.2"`, 1))
		}},
		{"YAML that is called JSON", "InvalidDocumentContent", "JSON", func(in *api.CreateDocumentInput) { in.DocumentFormat = "" }},
		{"too long", "MaxDocumentSizeExceeded", "64 KB", func(in *api.CreateDocumentInput) {
			in.Content = aws.String(scripted + "#" + strings.Repeat("x", 64*1024))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := do[api.CreateDocumentOutput](f, account, with(tt.change))
			fails(t, err, tt.code)
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v does not name %q", err, tt.text)
			}
		})
	}
}

func TestDocumentVersions(t *testing.T) {
	f := setup(t)
	f.create("Rotation", scripted)
	update := func(content, version string) error {
		_, err := do[api.UpdateDocumentOutput](f, account, &api.UpdateDocumentInput{
			Name: aws.String("Rotation"), Content: &content, DocumentFormat: types.DocumentFormatYaml,
			DocumentVersion: &version, VersionName: aws.String("v" + strings.TrimPrefix(version, "$")),
		})
		return err
	}
	second := strings.Replace(scripted, "description: rotate", "description: rotate more", 1)
	if err := update(second, "$LATEST"); err != nil {
		t.Fatal(err)
	}
	fails(t, update(second, "$LATEST"), "DuplicateDocumentContent")
	fails(t, update(scripted, "1"), "InvalidDocumentVersion")
	fails(t, update(scripted, "$LATEST"), "DuplicateDocumentVersionName")
	describe := func(version string) *types.DocumentDescription {
		return must[api.DescribeDocumentOutput](f, account, &api.DescribeDocumentInput{Name: aws.String("Rotation"), DocumentVersion: optional(version)}).Document
	}
	if d := describe(""); *d.DocumentVersion != "1" || *d.LatestVersion != "2" || d.Status != types.DocumentStatusActive {
		t.Errorf("default is %s of %s, %s", *d.DocumentVersion, *d.LatestVersion, d.Status)
	}
	must[api.UpdateDocumentDefaultVersionOutput](f, account, &api.UpdateDocumentDefaultVersionInput{Name: aws.String("Rotation"), DocumentVersion: aws.String("2")})
	if d := describe("$DEFAULT"); *d.Description != "rotate more" {
		t.Errorf("default is %q", *d.Description)
	}
	got := must[api.GetDocumentOutput](f, account, &api.GetDocumentInput{Name: aws.String("Rotation"), DocumentVersion: aws.String("1"), DocumentFormat: types.DocumentFormatYaml})
	if *got.Content != scripted {
		t.Error("the content in its own format is not what was sent")
	}
	got = must[api.GetDocumentOutput](f, account, &api.GetDocumentInput{Name: aws.String("Rotation"), VersionName: aws.String("vLATEST")})
	if got.DocumentFormat != types.DocumentFormatJson || !strings.Contains(*got.Content, `"description": "rotate more"`) {
		t.Errorf("content in %s: %s", got.DocumentFormat, *got.Content)
	}
	versions := must[api.ListDocumentVersionsOutput](f, account, &api.ListDocumentVersionsInput{Name: aws.String("Rotation")}).DocumentVersions
	if len(versions) != 2 || *versions[0].DocumentVersion != "2" || !versions[0].IsDefaultVersion || versions[1].IsDefaultVersion {
		t.Errorf("versions %+v", versions)
	}
	must[api.DeleteDocumentOutput](f, account, &api.DeleteDocumentInput{Name: aws.String("Rotation")})
	_, err := do[api.GetDocumentOutput](f, account, &api.GetDocumentInput{Name: aws.String("Rotation")})
	fails(t, err, "InvalidDocument")
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func TestSharing(t *testing.T) {
	f := setup(t)
	f.create("Rotation", scripted)
	const shared = "arn:aws:ssm:eu-west-1:100000000001:document/Rotation"
	read := func() error {
		_, err := do[api.GetDocumentOutput](f, other, &api.GetDocumentInput{Name: aws.String(shared)})
		return err
	}
	share := func(add, remove []string) error {
		_, err := do[api.ModifyDocumentPermissionOutput](f, account, &api.ModifyDocumentPermissionInput{
			Name: aws.String("Rotation"), PermissionType: types.DocumentPermissionTypeShare, AccountIdsToAdd: add, AccountIdsToRemove: remove,
		})
		return err
	}
	fails(t, read(), "InvalidDocument")
	if err := share([]string{other}, nil); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Errorf("a shared document: %v", err)
	}
	seen := must[api.DescribeDocumentPermissionOutput](f, account, &api.DescribeDocumentPermissionInput{Name: aws.String("Rotation"), PermissionType: types.DocumentPermissionTypeShare})
	if diff := cmp.Diff([]string{other}, seen.AccountIds); diff != "" || *seen.AccountSharingInfoList[0].SharedDocumentVersion != "$DEFAULT" {
		t.Errorf("shared with (-want +got):\n%s", diff)
	}
	names := func(acct, owner string) []string {
		var out []string
		for _, d := range must[api.ListDocumentsOutput](f, acct, &api.ListDocumentsInput{
			Filters: []types.DocumentKeyValuesFilter{{Key: aws.String("Owner"), Values: []string{owner}}},
		}).DocumentIdentifiers {
			out = append(out, *d.Name)
		}
		return out
	}
	if diff := cmp.Diff([]string{shared}, names(other, "Private")); diff != "" {
		t.Errorf("the other account lists (-want +got):\n%s", diff)
	}
	if got := names(other, "Self"); got != nil {
		t.Errorf("the other account owns %v", got)
	}
	_, err := do[api.DeleteDocumentOutput](f, account, &api.DeleteDocumentInput{Name: aws.String("Rotation")})
	fails(t, err, "InvalidDocumentOperation")
	_, err = do[api.ModifyDocumentPermissionOutput](f, other, &api.ModifyDocumentPermissionInput{Name: aws.String(shared), PermissionType: types.DocumentPermissionTypeShare})
	fails(t, err, "InvalidDocument")
	fails(t, share([]string{"x"}, nil), "ValidationException")
	if err := share(nil, []string{other}); err != nil {
		t.Fatal(err)
	}
	fails(t, read(), "InvalidDocument")
}

func TestTags(t *testing.T) {
	f := setup(t)
	f.create("Rotation", scripted)
	id := aws.String("Rotation")
	must[api.AddTagsToResourceOutput](f, account, &api.AddTagsToResourceInput{
		ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: id,
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}},
	})
	must[api.RemoveTagsFromResourceOutput](f, account, &api.RemoveTagsFromResourceInput{ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: id, TagKeys: []string{"a"}})
	tags := must[api.ListTagsForResourceOutput](f, account, &api.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: id}).TagList
	if len(tags) != 1 || *tags[0].Key != "b" {
		t.Errorf("tags %+v", tags)
	}
	_, err := do[api.ListTagsForResourceOutput](f, account, &api.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: aws.String("Missing")})
	fails(t, err, "InvalidResourceId")
	_, err = do[api.ListTagsForResourceOutput](f, account, &api.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingMaintenanceWindow, ResourceId: id})
	fails(t, err, "SandboxUnsupported")
	// A parameter of the same name has tags of its own.
	name := aws.String("Rotation")
	must[api.PutParameterOutput](f, account, &api.PutParameterInput{Name: name, Value: aws.String("v"), Type: types.ParameterTypeString})
	must[api.AddTagsToResourceOutput](f, account, &api.AddTagsToResourceInput{
		ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: name, Tags: []types.Tag{{Key: aws.String("p"), Value: aws.String("1")}},
	})
	of := &api.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: name}
	if tags := must[api.ListTagsForResourceOutput](f, account, of).TagList; len(tags) != 1 || *tags[0].Key != "p" {
		t.Errorf("tags of the parameter %v", tags)
	}
	of.ResourceId = aws.String("/no")
	_, err = do[api.ListTagsForResourceOutput](f, account, of)
	fails(t, err, "InvalidResourceId")
}

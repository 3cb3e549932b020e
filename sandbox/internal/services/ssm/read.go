package ssm

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

func (s *Service) readOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "DescribeDocument", s.describeDocument).Accepts("Name", "DocumentVersion", "VersionName").
			Permissions(call.On(func(c call.Caller, in *api.DescribeDocumentInput) string { return documentARN(c, in.Name) })),
		call.Operation("ssm", "GetDocument", s.getDocument).Accepts("Name", "DocumentFormat", "DocumentVersion", "VersionName").
			Permissions(call.On(func(c call.Caller, in *api.GetDocumentInput) string { return documentARN(c, in.Name) })),
		call.Operation("ssm", "ListDocumentVersions", s.listDocumentVersions).Accepts("Name", "MaxResults", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.ListDocumentVersionsInput) string { return documentARN(c, in.Name) })),
		call.Operation("ssm", "ListDocuments", s.listDocuments).Accepts("Filters", "MaxResults", "NextToken"),
	}
}

func (d *document) describe(v *version) *types.DocumentDescription {
	out := &types.DocumentDescription{
		Name: aws.String(d.name), Owner: aws.String(d.owner), CreatedDate: aws.Time(v.created), DisplayName: optional.Text(d.displayName),
		DefaultVersion: aws.String(d.defaultVersion()), LatestVersion: aws.String(d.versions[len(d.versions)-1].numberText()),
		DocumentVersion: aws.String(v.numberText()), VersionName: optional.Text(v.name), Description: optional.Text(v.parsed.Description),
		DocumentFormat: types.DocumentFormat(v.format), DocumentType: types.DocumentTypeAutomation, SchemaVersion: aws.String("0.3"),
		Hash: aws.String(v.hash), HashType: types.DocumentHashTypeSha256, Status: types.DocumentStatusActive,
		PlatformTypes: platforms(), TargetType: optional.Text(d.targetType), Tags: d.tags.List(),
	}
	for _, p := range v.parsed.Parameters {
		// The model's enum has String and StringList only, though documents declare more.
		dp := types.DocumentParameter{Name: aws.String(p.Name), Type: types.DocumentParameterType(p.Type), Description: optional.Text(p.Description)}
		if p.Default != nil {
			dp.DefaultValue = aws.String(automation.Text(p.Default))
		}
		out.Parameters = append(out.Parameters, dp)
	}
	return out
}

func platforms() []types.PlatformType {
	return []types.PlatformType{types.PlatformTypeWindows, types.PlatformTypeLinux, types.PlatformTypeMacos}
}

func (d *document) defaultVersion() string {
	return (&version{number: d.standard}).numberText()
}

func (s *Service) describeDocument(_ context.Context, c call.Caller, in *api.DescribeDocumentInput) (*api.DescribeDocumentOutput, error) {
	out := &api.DescribeDocumentOutput{}
	err := s.read(c, in.Name, in.DocumentVersion, in.VersionName, func(d *document, v *version) { out.Document = d.describe(v) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// getDocument returns the content in the requested format, JSON by default (API reference of GetDocument).
// UNCONFIRMED: that AWS converts a YAML document when the request has no format.
func (s *Service) getDocument(_ context.Context, c call.Caller, in *api.GetDocumentInput) (*api.GetDocumentOutput, error) {
	to := automation.Format(in.DocumentFormat)
	switch to {
	case "":
		to = automation.JSON
	case automation.JSON, automation.YAML:
	default:
		return nil, apierr.Unsupported("GetDocument in the format %s", to)
	}
	var out *api.GetDocumentOutput
	var from *version
	err := s.read(c, in.Name, in.DocumentVersion, in.VersionName, func(d *document, v *version) {
		from = v
		out = &api.GetDocumentOutput{
			Name: aws.String(aws.ToString(in.Name)), CreatedDate: aws.Time(v.created), DisplayName: optional.Text(d.displayName),
			DocumentFormat: types.DocumentFormat(to), DocumentType: types.DocumentTypeAutomation,
			DocumentVersion: aws.String(v.numberText()), VersionName: optional.Text(v.name), Status: types.DocumentStatusActive,
		}
	})
	if err != nil {
		return nil, err
	}
	content, err := automation.Convert(from.content, from.format, to)
	if err != nil {
		return nil, err
	}
	out.Content = &content
	return out, nil
}

func (s *Service) listDocumentVersions(_ context.Context, c call.Caller, in *api.ListDocumentVersionsInput) (*api.ListDocumentVersionsOutput, error) {
	var all []types.DocumentVersionInfo
	err := s.read(c, in.Name, nil, nil, func(d *document, _ *version) {
		for _, v := range slices.Backward(d.versions) {
			all = append(all, types.DocumentVersionInfo{
				Name: aws.String(d.name), DisplayName: optional.Text(d.displayName), CreatedDate: aws.Time(v.created),
				DocumentFormat: types.DocumentFormat(v.format), DocumentVersion: aws.String(v.numberText()),
				VersionName: optional.Text(v.name), IsDefaultVersion: v.number == d.standard, Status: types.DocumentStatusActive,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	const most = 50
	out := &api.ListDocumentVersionsOutput{}
	newestFirst := func(v types.DocumentVersionInfo) string {
		n, _ := strconv.Atoi(*v.DocumentVersion)
		return page.Descending(n)
	}
	out.DocumentVersions, out.NextToken, err = request.Page(all, newestFirst, in.NextToken, in.MaxResults, most)
	return out, err
}

func (s *Service) listDocuments(_ context.Context, c call.Caller, in *api.ListDocumentsInput) (*api.ListDocumentsOutput, error) {
	all := []types.DocumentIdentifier{}
	for _, k := range s.shards.Keys() {
		if k.Region != c.Region {
			continue
		}
		sh := s.shards.Get(k.Account, k.Region)
		sh.mu.Lock()
		for _, d := range sh.documents {
			v, err := d.version("", "")
			if err != nil || k.Account != c.Account && !d.sharedWith(c.Account) {
				continue
			}
			ok, err := d.listed(c, in.Filters)
			if err != nil {
				sh.mu.Unlock()
				return nil, err
			}
			if ok {
				all = append(all, d.identifier(c, v))
			}
		}
		sh.mu.Unlock()
	}
	name := func(d types.DocumentIdentifier) string { return *d.Name } // the ARN, for one of another account
	slices.SortFunc(all, func(a, b types.DocumentIdentifier) int { return cmp.Compare(name(a), name(b)) })
	const most = 50
	out := &api.ListDocumentsOutput{}
	var err error
	out.DocumentIdentifiers, out.NextToken, err = request.Page(all, name, in.NextToken, in.MaxResults, most)
	return out, err
}

// identifier is the entry of a list. The name of a document of another account is its ARN.
func (d *document) identifier(c call.Caller, v *version) types.DocumentIdentifier {
	name := d.name
	if d.owner != c.Account {
		name = arn(c, d.owner, "document/"+d.name)
	}
	return types.DocumentIdentifier{
		Name: aws.String(name), Owner: aws.String(d.owner), CreatedDate: aws.Time(d.created), DisplayName: optional.Text(d.displayName),
		DocumentFormat: types.DocumentFormat(v.format), DocumentType: types.DocumentTypeAutomation, DocumentVersion: aws.String(v.numberText()),
		VersionName: optional.Text(v.name), PlatformTypes: platforms(), SchemaVersion: aws.String("0.3"), TargetType: optional.Text(d.targetType),
		Tags: d.tags.List(),
	}
}

// listed says whether the document passes all filters of ListDocuments.
func (d *document) listed(c call.Caller, filters []types.DocumentKeyValuesFilter) (bool, error) {
	for _, f := range filters {
		var match func(want string) bool
		key := aws.ToString(f.Key)
		tag, isTag := strings.CutPrefix(key, "tag:")
		switch {
		case isTag:
			have, ok := d.tags[tag]
			match = func(want string) bool { return ok && have == want }
		case key == "Name":
			match = func(want string) bool { return strings.HasPrefix(d.name, want) }
		case key == "DocumentType":
			match = func(want string) bool { return want == string(types.DocumentTypeAutomation) }
		case key == "TargetType":
			match = func(want string) bool { return want == d.targetType }
		case key == "PlatformTypes":
			match = func(want string) bool { return slices.Contains(platforms(), types.PlatformType(want)) }
		case key == "Owner":
			match = func(want string) bool {
				_, public := d.shared[everybody]
				return want == "All" || want == "Self" && d.owner == c.Account ||
					want == "Private" && d.owner != c.Account && !public || want == "Public" && d.owner != c.Account && public
			}
		default:
			return false, apierr.Unsupported("the filter %s of ListDocuments", key)
		}
		if !slices.ContainsFunc(f.Values, match) {
			return false, nil
		}
	}
	return true, nil
}

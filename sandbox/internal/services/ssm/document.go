package ssm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

const (
	maxDocuments = 500  // in a pair (text of DocumentLimitExceeded)
	maxVersions  = 1000 // of a document (text of DocumentVersionLimitExceeded)
)

// document is one document with its versions. Its shard's lock guards it; a version never changes.
type document struct {
	name, owner string
	created     time.Time
	versions    []*version // ascending
	latest      int        // highest number so far
	standard    int        // the default version
	targetType  string
	displayName string
	tags        request.Tags
	shared      map[string]string // account, or "all", → version that is shared
}

// version is one version of a document.
type version struct {
	number  int
	name    string // VersionName
	content string
	format  automation.Format
	created time.Time
	hash    string
	parsed  *automation.Document
}

func (v *version) numberText() string { return strconv.Itoa(v.number) }

func (s *Service) documentOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "CreateDocument", s.createDocument).
			Accepts("Content", "Name", "DisplayName", "DocumentFormat", "DocumentType", "Tags", "TargetType", "VersionName").
			Permissions(call.On(func(c call.Caller, in *api.CreateDocumentInput) string { return documentARN(c, in.Name) })),
		call.Operation("ssm", "UpdateDocument", s.updateDocument).
			Accepts("Content", "Name", "DisplayName", "DocumentFormat", "DocumentVersion", "TargetType", "VersionName").
			Permissions(call.On(func(c call.Caller, in *api.UpdateDocumentInput) string { return documentARN(c, in.Name) })),
		call.Operation("ssm", "UpdateDocumentDefaultVersion", s.updateDocumentDefaultVersion).
			Accepts("Name", "DocumentVersion").
			Permissions(call.On(func(c call.Caller, in *api.UpdateDocumentDefaultVersionInput) string {
				return documentARN(c, in.Name)
			})),
		call.Operation("ssm", "DeleteDocument", s.deleteDocument).
			Accepts("Name", "Force"). // Force concerns only application configurations
			Permissions(call.On(func(c call.Caller, in *api.DeleteDocumentInput) string { return documentARN(c, in.Name) })),
	}
}

var (
	targetForm      = regexp.MustCompile(`^/[\w.\-:/]{0,199}$`)
	versionNameForm = regexp.MustCompile(`^[a-zA-Z0-9_\-.]{1,128}$`)
)

// newVersion checks the content and makes a version of it. Adding it sets its number and time.
func newVersion(content *string, format types.DocumentFormat, name *string) (*version, error) {
	v := &version{content: aws.ToString(content), format: automation.Format(format), name: aws.ToString(name)}
	if v.format == "" {
		v.format = automation.JSON
	}
	switch {
	case v.format != automation.JSON && v.format != automation.YAML && v.format != "TEXT":
		return nil, apierr.Constraint(v.format, "documentFormat", apierr.OneOf(automation.YAML, "TEXT", automation.JSON))
	case v.content == "":
		return nil, apierr.Constraint("", "content", apierr.MinLength(1))
	case len(v.content) > automation.MaxContent:
		return nil, &types.MaxDocumentSizeExceeded{Message: aws.String("The size limit of a document is 64 KB.")}
	case v.name != "" && !versionNameForm.MatchString(v.name):
		return nil, apierr.Constraint(v.name, "versionName", apierr.Pattern(`^[a-zA-Z0-9_\-.]{1,128}$`))
	}
	var err error
	if v.parsed, err = automation.Parse(v.content, v.format); err != nil {
		return nil, contentError(err)
	}
	sum := sha256.Sum256([]byte(v.content))
	v.hash = hex.EncodeToString(sum[:])
	return v, nil
}

func (s *Service) createDocument(_ context.Context, c call.Caller, in *api.CreateDocumentInput) (*api.CreateDocumentOutput, error) {
	name := aws.ToString(in.Name)
	if err := checkName(name, "name"); err != nil {
		return nil, err
	}
	lower := strings.ToLower(name)
	if slices.ContainsFunc(reserved, func(p string) bool { return strings.HasPrefix(lower, p) }) {
		// UNCONFIRMED: the error's type; the guide lists the prefixes as not allowed.
		return nil, apierr.Validation("The name %s begins with a prefix that is reserved for AWS", name)
	}
	if in.DocumentType != types.DocumentTypeAutomation {
		kind := in.DocumentType
		if kind == "" {
			kind = types.DocumentTypeCommand // AWS's default
		}
		return nil, apierr.Unsupported("documents of the type %s", kind)
	}
	v, err := newVersion(in.Content, in.DocumentFormat, in.VersionName)
	if err != nil {
		return nil, err
	}
	tags, err := request.Tags(nil).Change(in.Tags, nil)
	if err != nil {
		return nil, err
	}
	if err := checkTarget(in.TargetType); err != nil {
		return nil, err
	}
	d := &document{
		name: name, owner: c.Account, created: s.Clock.Now(), standard: 1, tags: tags, shared: map[string]string{},
		targetType: aws.ToString(in.TargetType), displayName: aws.ToString(in.DisplayName),
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	switch {
	case sh.documents[name] != nil:
		return nil, &types.DocumentAlreadyExists{Message: apierr.Text("Document with same name %s already exists", name)}
	case len(sh.documents) >= maxDocuments:
		return nil, &types.DocumentLimitExceeded{Message: apierr.Text("You can have at most %d active SSM documents.", maxDocuments)}
	}
	d.add(v, d.created)
	sh.documents[name] = d
	out := d.describe(v)
	out.Status = types.DocumentStatusCreating // as AWS answers; the next read shows an active document
	return &api.CreateDocumentOutput{DocumentDescription: out}, nil
}

func checkTarget(t *string) error {
	if t != nil && !targetForm.MatchString(*t) {
		return apierr.Constraint(*t, "targetType", apierr.Pattern(`^\/[\w\.\-\:\/]*$`))
	}
	return nil
}

// add adds a version to the document.
func (d *document) add(v *version, now time.Time) {
	d.latest++
	v.number, v.created = d.latest, now
	d.versions = append(d.versions, v)
}

func (s *Service) updateDocument(_ context.Context, c call.Caller, in *api.UpdateDocumentInput) (*api.UpdateDocumentOutput, error) {
	sh, d, err := s.own(c, in.Name)
	if err != nil {
		return nil, err
	}
	v, err := newVersion(in.Content, in.DocumentFormat, in.VersionName)
	if err != nil {
		return nil, err
	}
	if err := checkTarget(in.TargetType); err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	newest := d.versions[len(d.versions)-1]
	switch of := aws.ToString(in.DocumentVersion); {
	case of != "" && of != "$LATEST" && of != newest.numberText():
		return nil, &types.InvalidDocumentVersion{Message: aws.String("Only the latest version of a document can be updated.")}
	case v.hash == newest.hash && v.format == newest.format:
		return nil, &types.DuplicateDocumentContent{Message: aws.String("The content of the association document matches another document. Change the content of the document and try again.")}
	case v.name != "" && slices.ContainsFunc(d.versions, func(o *version) bool { return o.name == v.name }):
		return nil, &types.DuplicateDocumentVersionName{Message: aws.String("The version name has already been used in this document. Specify a different version name, and then try again.")}
	case len(d.versions) >= maxVersions:
		return nil, &types.DocumentVersionLimitExceeded{Message: apierr.Text("The document has too many versions. Delete one or more document versions and try again. The limit is %d.", maxVersions)}
	}
	if in.TargetType != nil {
		d.targetType = *in.TargetType
	}
	if in.DisplayName != nil {
		d.displayName = *in.DisplayName
	}
	d.add(v, s.Clock.Now())
	out := d.describe(v)
	out.Status = types.DocumentStatusUpdating
	return &api.UpdateDocumentOutput{DocumentDescription: out}, nil
}

func (s *Service) updateDocumentDefaultVersion(_ context.Context, c call.Caller, in *api.UpdateDocumentDefaultVersionInput) (*api.UpdateDocumentDefaultVersionOutput, error) {
	sh, d, err := s.own(c, in.Name)
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	v, err := d.version(aws.ToString(in.DocumentVersion), "")
	if err != nil {
		return nil, err
	}
	d.standard = v.number
	return &api.UpdateDocumentDefaultVersionOutput{Description: &types.DocumentDefaultVersionDescription{
		Name: aws.String(d.name), DefaultVersion: aws.String(v.numberText()), DefaultVersionName: optional.Text(v.name),
	}}, nil
}

func (s *Service) deleteDocument(_ context.Context, c call.Caller, in *api.DeleteDocumentInput) (*api.DeleteDocumentOutput, error) {
	sh, d, err := s.own(c, in.Name)
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(d.shared) > 0 {
		return nil, &types.InvalidDocumentOperation{Message: aws.String("You attempted to delete a document while it is still shared. You must stop sharing the document before you can delete it.")}
	}
	delete(sh.documents, d.name)
	return &api.DeleteDocumentOutput{}, nil
}

// own finds a document of the caller's account.
func (s *Service) own(c call.Caller, ref *string) (*shard, *document, error) {
	account, name, ok := where(c, aws.ToString(ref))
	if !ok || account != c.Account {
		return nil, nil, noDocument(aws.ToString(ref))
	}
	sh := s.shards.Get(account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	d := sh.documents[name]
	if d == nil {
		return nil, nil, noDocument(name)
	}
	return sh, d, nil
}

// read finds a version of a document of the caller's account, or one shared with it, and calls use with the shard
// locked. want and name are DocumentVersion and VersionName.
func (s *Service) read(c call.Caller, ref, want, name *string, use func(*document, *version)) error {
	account, short, ok := where(c, aws.ToString(ref))
	if !ok {
		return noDocument(aws.ToString(ref))
	}
	sh := s.shards.Get(account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	d := sh.documents[short]
	if d == nil {
		return noDocument(short)
	}
	v, err := d.version(aws.ToString(want), aws.ToString(name))
	if account != c.Account {
		if !d.sharedWith(c.Account) {
			return noDocument(aws.ToString(ref))
		}
		if err == nil && !d.sharesVersion(c.Account, v) {
			err = noVersion(v.numberText())
		}
	}
	if err != nil {
		return err
	}
	use(d, v)
	return nil
}

// version finds a version by DocumentVersion and VersionName.
func (d *document) version(want, name string) (*version, error) {
	for _, v := range d.versions {
		switch {
		case name != "" && v.name != name:
		case want == "$LATEST" && v.number != d.versions[len(d.versions)-1].number:
		case (want == "$DEFAULT" || want == "" && name == "") && v.number != d.standard:
		case want != "" && !strings.HasPrefix(want, "$") && v.numberText() != want:
		case strings.HasPrefix(want, "$") && want != "$LATEST" && want != "$DEFAULT":
		default:
			return v, nil
		}
	}
	if want == "" {
		want = name
	}
	return nil, noVersion(want)
}

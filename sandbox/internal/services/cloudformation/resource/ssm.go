package resource

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// document is AWS::SSM::Document.
type document struct {
	Content        any `property:"required"`
	DocumentFormat types.DocumentFormat
	DocumentType   types.DocumentType
	Name           *string
	Tags           []tag
	TargetType     *string
	UpdateMethod   string
	VersionName    *string
}

const maxDocumentName = 128

func ssmTypes() []*Type {
	return []*Type{define("AWS::SSM::Document", spec[document]{
		nameKey: "Name",
		replaces: func(old, next *document) bool {
			if !reflect.DeepEqual(old.Name, next.Name) || old.DocumentType != next.DocumentType {
				return true
			}
			changed := *next
			changed.Tags, changed.UpdateMethod = old.Tags, old.UpdateMethod
			// UpdateMethod Replace, the default, makes a new document of every other change.
			return next.UpdateMethod != "NewVersion" && !reflect.DeepEqual(*old, changed)
		},
		create: createDocument, update: updateDocument,
		remove: func(s *Step, m Made, _ *document) error {
			return does[ssm.DeleteDocumentOutput](s, &ssm.DeleteDocumentInput{Name: &m.ID})
		},
	})}
}

func createDocument(s *Step, p *document) (Made, error) {
	if p.UpdateMethod != "" && p.UpdateMethod != "NewVersion" && p.UpdateMethod != "Replace" {
		return Made{}, invalid("/UpdateMethod", "#: %s is not a valid enum value", p.UpdateMethod)
	}
	content, err := text(p.Content)
	if err != nil {
		return Made{}, err
	}
	name := s.named(p.Name, maxDocumentName)
	in := &ssm.CreateDocumentInput{
		Name: &name, Content: &content, DocumentFormat: p.DocumentFormat, DocumentType: p.DocumentType,
		TargetType: p.TargetType, VersionName: p.VersionName,
		Tags: tags(s, p.Tags, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
	}
	return unless(does[ssm.CreateDocumentOutput](s, in), Made{ID: name, Ref: name})
}

// updateDocument adds a version and makes it the default one, as UpdateMethod NewVersion does.
func updateDocument(s *Step, m Made, old, next *document) (Made, error) {
	changed := *next
	changed.Tags, changed.UpdateMethod = old.Tags, old.UpdateMethod
	if !reflect.DeepEqual(*old, changed) {
		content, err := text(next.Content)
		if err != nil {
			return m, err
		}
		out, err := do[ssm.UpdateDocumentOutput](s, &ssm.UpdateDocumentInput{
			Name: &m.ID, Content: &content, DocumentFormat: next.DocumentFormat, DocumentVersion: aws.String("$LATEST"),
			TargetType: next.TargetType, VersionName: next.VersionName,
		})
		if err != nil {
			return m, err
		}
		if err := does[ssm.UpdateDocumentDefaultVersionOutput](s, &ssm.UpdateDocumentDefaultVersionInput{
			Name: &m.ID, DocumentVersion: out.DocumentDescription.DocumentVersion,
		}); err != nil {
			return m, err
		}
	}
	set, removed := retagged(old.Tags, next.Tags)
	if len(set) > 0 {
		in := &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: &m.ID}
		for _, t := range set {
			in.Tags = append(in.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
		}
		if err := does[ssm.AddTagsToResourceOutput](s, in); err != nil {
			return m, err
		}
	}
	if len(removed) > 0 {
		return m, does[ssm.RemoveTagsFromResourceOutput](s, &ssm.RemoveTagsFromResourceInput{
			ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: &m.ID, TagKeys: removed,
		})
	}
	return m, nil
}

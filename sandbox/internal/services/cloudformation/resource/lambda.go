package resource

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// layerPermission is AWS::Lambda::LayerVersionPermission.
type layerPermission struct {
	Action          *string `property:"required"`
	LayerVersionArn string  `property:"required"`
	OrganizationId  *string //nolint:revive // AWS's spelling
	Principal       *string `property:"required"`
}

// lambdaTypes has neither LayerVersion nor Function: the templates of enforcement make none.
func lambdaTypes() []*Type {
	return []*Type{define("AWS::Lambda::LayerVersionPermission", spec[layerPermission]{
		attributes: []string{"Id"},
		create: func(s *Step, p *layerPermission) (Made, error) {
			layer, version, err := splitLayerVersion(p.LayerVersionArn)
			if err != nil {
				return Made{}, err
			}
			statement := s.name(maxStatementID)
			err = does[lambda.AddLayerVersionPermissionOutput](s, &lambda.AddLayerVersionPermissionInput{
				LayerName: &layer, VersionNumber: &version, StatementId: &statement,
				Action: p.Action, Principal: p.Principal, OrganizationId: p.OrganizationId,
			})
			id := p.LayerVersionArn + "#" + statement
			return unless(err, Made{ID: id, Ref: id, Attributes: map[string]any{"Id": id}})
		},
		remove: func(s *Step, m Made, p *layerPermission) error {
			layer, version, err := splitLayerVersion(p.LayerVersionArn)
			if err != nil {
				return err
			}
			_, statement, _ := strings.Cut(m.ID, "#")
			return does[lambda.RemoveLayerVersionPermissionOutput](s, &lambda.RemoveLayerVersionPermissionInput{
				LayerName: &layer, VersionNumber: &version, StatementId: aws.String(statement),
			})
		},
	})}
}

const maxStatementID = 100

// splitLayerVersion splits a layer version ARN into the layer's ARN and the version number.
func splitLayerVersion(arn string) (layer string, version int64, err error) {
	i := strings.LastIndexByte(arn, ':')
	if i >= 0 {
		version, err = strconv.ParseInt(arn[i+1:], 10, 64)
	}
	if i < 0 || err != nil {
		return "", 0, fmt.Errorf("LayerVersionArn %q is not a layer version ARN", arn)
	}
	return arn[:i], version, nil
}

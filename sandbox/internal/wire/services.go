package wire

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
)

// Services makes the codecs of all services of the sandbox. Values are independent of each other.
func Services() []*Service {
	return []*Service{
		newREST("lambda", "2015-03-31", schemaRoutes(lambdaOperations()), exceptions{}),
		newJSON("config", "2014-11-12", "StarlingDoveService", configOperations),
		newJSON("ssm", "2014-11-06", "AmazonSSM", ssmOperations),
		newJSON("organizations", "2016-11-28", "AWSOrganizationsV20161128", organizationsOperations),
		newQuery("cloudformation", "2010-05-15", "http://cloudformation.amazonaws.com/doc/2010-05-15/", cloudFormationOperations, exceptions{}),
		newQuery("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", stsOperations, exceptions{
			names: map[string]string{"PolicyDescriptorType.Arn": "arn"},
		}),
		newQuery("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", iamOperations, exceptions{
			names: map[string]string{"ListDelegationRequestsOutput.IsTruncated": "isTruncated"},
		}),
		newScheduler(),
		newAccount(),
		newS3(),
	}
}

// exceptions are the facts that a service without schemas needs beyond its Go types. Keys are "Type.Field".
type exceptions struct {
	names   map[string]string // API names that are not the Go name
	queries map[string]string // members that travel in the query string, and under which name

	bind func(*field, reflect.Type) // says all about a member, instead of the other two
}

// newScheduler is EventBridge Scheduler. Its SDK module has no schemas; the routes and names are those that its
// generated serializers write.
func newScheduler() *Service {
	return newREST("scheduler", "2021-06-30", routes(
		"CreateSchedule POST /schedules/{Name}",
		"CreateScheduleGroup POST /schedule-groups/{Name}",
		"DeleteSchedule DELETE /schedules/{Name}",
		"DeleteScheduleGroup DELETE /schedule-groups/{Name}",
		"GetSchedule GET /schedules/{Name}",
		"GetScheduleGroup GET /schedule-groups/{Name}",
		"ListScheduleGroups GET /schedule-groups",
		"ListSchedules GET /schedules",
		"ListTagsForResource GET /tags/{ResourceArn}",
		"TagResource POST /tags/{ResourceArn}",
		"UntagResource DELETE /tags/{ResourceArn}",
		"UpdateSchedule PUT /schedules/{Name}",
	), exceptions{
		names: map[string]string{
			"CapacityProviderStrategyItem.Base":             "base",
			"CapacityProviderStrategyItem.CapacityProvider": "capacityProvider",
			"CapacityProviderStrategyItem.Weight":           "weight",
			"NetworkConfiguration.AwsvpcConfiguration":      "awsvpcConfiguration",
			"PlacementConstraint.Expression":                "expression",
			"PlacementConstraint.Type":                      "type",
			"PlacementStrategy.Field":                       "field",
			"PlacementStrategy.Type":                        "type",
		},
		queries: map[string]string{
			"DeleteScheduleInput.ClientToken":      "clientToken",
			"DeleteScheduleInput.GroupName":        "groupName",
			"DeleteScheduleGroupInput.ClientToken": "clientToken",
			"GetScheduleInput.GroupName":           "groupName",
			"ListScheduleGroupsInput.MaxResults":   "MaxResults",
			"ListScheduleGroupsInput.NamePrefix":   "NamePrefix",
			"ListScheduleGroupsInput.NextToken":    "NextToken",
			"ListSchedulesInput.GroupName":         "ScheduleGroup",
			"ListSchedulesInput.MaxResults":        "MaxResults",
			"ListSchedulesInput.NamePrefix":        "NamePrefix",
			"ListSchedulesInput.NextToken":         "NextToken",
			"ListSchedulesInput.State":             "State",
			"UntagResourceInput.TagKeys":           "TagKeys",
		},
	})
}

// newAccount is AWS Account Management: every operation is a POST to its own name in lower camel case.
func newAccount() *Service {
	var lines []string
	for name := range strings.FieldsSeq(`AcceptPrimaryEmailUpdate DeleteAlternateContact DisableRegion EnableRegion
		GetAccountInformation GetAlternateContact GetContactInformation GetGovCloudAccountInformation GetPrimaryEmail
		GetRegionOptStatus ListRegions PutAccountName PutAlternateContact PutContactInformation StartPrimaryEmailUpdate`) {
		lines = append(lines, name+" POST /"+strings.ToLower(name[:1])+name[1:])
	}
	s := newREST("account", "2021-02-01", routes(lines...), exceptions{
		names: map[string]string{"ValidationExceptionField.Name": "name", "ValidationExceptionField.Message": "message"},
	})
	s.isoTime = true
	return s
}

func newJSON(name, version, prefix, operations string) *Service {
	return &Service{
		Name: name, Protocol: JSON11, Version: version, prefix: prefix,
		operations: named(operations), plans: newPlanner(exceptions{}, nil),
	}
}

func newQuery(name, version, namespace, operations string, x exceptions) *Service {
	return &Service{
		Name: name, Protocol: Query, Version: version, namespace: namespace,
		operations: named(operations), plans: newPlanner(x, nil),
	}
}

func newREST(name, version string, ops []*operation, x exceptions) *Service {
	s := &Service{Name: name, Protocol: RESTJSON, Version: version, operations: map[string]*operation{}}
	for _, op := range ops {
		s.operations[op.name] = op
	}
	s.routes = newRouteTable(ops)
	s.plans = newPlanner(x, s.operations)
	return s
}

// named makes operations of a list of names.
func named(list string) map[string]*operation {
	m := map[string]*operation{}
	for name := range strings.FieldsSeq(list) {
		m[name] = &operation{name: name, code: http.StatusOK}
	}
	return m
}

// routes reads lines of "Operation METHOD /path".
func routes(lines ...string) []*operation {
	ops := make([]*operation, len(lines))
	for i, l := range lines {
		f := strings.Fields(l)
		ops[i] = &operation{name: f[0], method: f[1], path: parsePattern(f[2]), code: http.StatusOK}
	}
	return ops
}

// schemaRoutes takes method, path and status from the http trait of operation schemas.
func schemaRoutes(schemas []*smithy.Schema) []*operation {
	ops := make([]*operation, 0, len(schemas))
	for _, s := range schemas {
		if h, ok := smithy.SchemaTrait[*traits.HTTP](s); ok {
			ops = append(ops, &operation{name: s.ID().Name, method: h.Method, path: parsePattern(h.URI), code: h.Code})
		}
	}
	return ops
}

package ssm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
)

const (
	maxRunning = 100 // automations at once in a pair, without adaptive concurrency
	// maxQueued is how many more may wait. UNCONFIRMED: today's number.
	maxQueued = 1000

	maxParameters      = 200
	maxParameterName   = 50
	maxParameterValues = 50
	maxParameterText   = 512
)

// token is what a ClientToken was used for.
type token struct {
	request [sha256.Size]byte
	id      string
}

func (s *Service) startOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "StartAutomationExecution", s.startAutomationExecution).
			Accepts("DocumentName", "DocumentVersion", "Parameters", "ClientToken", "Mode").
			Permissions(call.For(s.startPermissions)),
	}
}

// startPermissions are the operation's own on the automation definition, and iam:PassRole on the role that the document
// assumes. UNCONFIRMED: which of the three resource types of the service authorization page AWS checks.
func (s *Service) startPermissions(c call.Caller, in *api.StartAutomationExecutionInput) []call.Permission {
	version := aws.ToString(in.DocumentVersion)
	if version == "" {
		version = "$DEFAULT"
	}
	resource := aws.ToString(in.DocumentName)
	if account, name, ok := where(c, resource); ok {
		resource = arn(c, account, "automation-definition/"+name)
	}
	own := call.On(func(call.Caller, *api.StartAutomationExecutionInput) string { return resource + ":" + version })
	pass := call.PassRole(Principal, func(in *api.StartAutomationExecutionInput) *string {
		_, role, err := s.plan(c, in)
		if err != nil {
			return nil
		}
		return optional.Text(role)
	})
	return own.And(pass)(c, in)
}

// plan makes the execution of a request, and the ARN of the role that it assumes.
func (s *Service) plan(c call.Caller, in *api.StartAutomationExecutionInput) (*execution, string, error) {
	e := &execution{caller: c, document: aws.ToString(in.DocumentName)}
	err := s.read(c, in.DocumentName, in.DocumentVersion, nil, func(_ *document, v *version) { e.version = v })
	var noVersion *types.InvalidDocumentVersion
	switch {
	case errors.As(err, &noVersion):
		return nil, "", &types.AutomationDefinitionVersionNotFoundException{Message: noVersion.Message}
	case err != nil:
		return nil, "", &types.AutomationDefinitionNotFoundException{Message: apierr.Text("Automation Definition not found: %s", e.document)}
	}
	e.doc = e.version.parsed
	if e.parameters, err = e.doc.Bind(in.Parameters); err != nil {
		return nil, "", badParameters("%v", err)
	}
	role, err := automation.Interpolate(e.doc.AssumeRole, func(r automation.Reference) (any, error) { return e.parameters[r.Parameter], nil })
	if err != nil {
		return nil, "", badParameters("%v", err)
	}
	e.role, _ = role.(string)
	return e, e.role, nil
}

func (s *Service) startAutomationExecution(ctx context.Context, c call.Caller, in *api.StartAutomationExecutionInput) (*api.StartAutomationExecutionOutput, error) {
	if err := checkStart(in); err != nil {
		return nil, err
	}
	e, role, err := s.plan(c, in)
	if err != nil {
		return nil, err
	}
	if role != "" {
		if !automation.ValidRole(role) {
			return nil, badParameters("The format of the supplied assume role ARN is invalid.")
		}
		if strings.Split(role, ":")[4] != c.Account {
			return nil, badParameters("The defined assume role is unable to be assumed.")
		}
	}
	request, err := json.Marshal(in) //nolint:gosec // the client token is no secret: it makes a repeat the same request
	if err != nil {
		return nil, err
	}
	use := token{request: sha256.Sum256(request)}
	sh := s.shards.Get(c.Account, c.Region)
	id, err := sh.used(in.ClientToken, use)
	if err != nil || id != "" {
		return &api.StartAutomationExecutionOutput{AutomationExecutionId: optional.Text(id)}, err
	}
	use.id = s.IDs.Next(c.Account, c.Region, "automation", e.document).UUID()
	e.prepare(s, use.id)
	if role != "" {
		if err := s.assume(ctx, e); err != nil {
			return nil, badParameters("The defined assume role is unable to be assumed.")
		}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.queue) >= maxQueued {
		return nil, &types.AutomationExecutionLimitExceededException{Message: aws.String("The number of simultaneously running Automation executions exceeded the allowable limit.")}
	}
	if in.ClientToken != nil {
		sh.tokens[*in.ClientToken] = use
	}
	sh.executions[e.id] = e
	e.number = len(sh.order)
	sh.order = append(sh.order, e)
	if sh.running < maxRunning {
		sh.running++
		s.launch(sh, e)
	} else {
		sh.queue = append(sh.queue, e)
	}
	return &api.StartAutomationExecutionOutput{AutomationExecutionId: aws.String(e.id)}, nil
}

// checkStart checks the members against the model's limits.
func checkStart(in *api.StartAutomationExecutionInput) error {
	if name := aws.ToString(in.DocumentName); !refPattern.MatchString(name) {
		return apierr.Constraint(name, "documentName", apierr.Pattern(`^[a-zA-Z0-9_\-.:/]{3,128}$`))
	}
	if in.Mode != "" && in.Mode != types.ExecutionModeAuto {
		return apierr.Unsupported("the automation mode %s", in.Mode)
	}
	if in.ClientToken != nil && !tokenForm.MatchString(*in.ClientToken) {
		return apierr.Constraint(*in.ClientToken, "clientToken", apierr.Pattern(tokenPattern))
	}
	if len(in.Parameters) > maxParameters {
		return apierr.Constraint(len(in.Parameters), "parameters", apierr.MaxLength(maxParameters))
	}
	for name, values := range in.Parameters {
		if rule := apierr.Length(len(name), 1, maxParameterName); rule != "" {
			return apierr.Constraint(name, "parameters", "Map keys must satisfy constraint: ["+rule+"]")
		}
		if len(values) > maxParameterValues {
			return apierr.Constraint(len(values), "parameters."+name, apierr.MaxLength(maxParameterValues))
		}
		for _, v := range values {
			if rule := apierr.Length(utf8.RuneCountInString(v), 1, maxParameterText); rule != "" {
				return apierr.Constraint(v, "parameters."+name, rule)
			}
		}
	}
	return nil
}

// used is the id of the execution that the client token started before, or "".
func (sh *shard) used(clientToken *string, now token) (string, error) {
	if clientToken == nil {
		return "", nil
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	before, ok := sh.tokens[*clientToken]
	if ok && before.request != now.request {
		return "", &types.IdempotentParameterMismatch{Message: aws.String("Error returned when an idempotent operation is retried and the parameters don't match the original call to the API with the same idempotency token.")}
	}
	return before.id, nil
}

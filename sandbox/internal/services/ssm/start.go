package ssm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
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

// token remembers what a ClientToken was used for.
type token struct {
	request [sha256.Size]byte
	id      string
}

func (s *Service) startOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "StartAutomationExecution", s.startAutomation).
			Accepts("DocumentName", "DocumentVersion", "Parameters", "ClientToken", "Mode").
			Permissions(call.For(s.startNeeds)),
	}
}

// startNeeds are ssm:StartAutomationExecution on the automation definition, and iam:PassRole on the role that the
// document assumes. UNCONFIRMED: which of the three resource types of the service authorization page AWS asks for.
func (s *Service) startNeeds(c call.Caller, in *api.StartAutomationExecutionInput) []call.Permission {
	version := aws.ToString(in.DocumentVersion)
	if version == "" {
		version = "$DEFAULT"
	}
	resource := aws.ToString(in.DocumentName)
	if account, name, ok := where(c, resource); ok {
		resource = arn(c, account, "automation-definition/"+name)
	}
	needs := []call.Permission{{Action: "ssm:StartAutomationExecution", Resource: resource + ":" + version}}
	if _, role, err := s.plan(c, in); err == nil && role != "" {
		needs = append(needs, call.Permission{
			Action: "iam:PassRole", Resource: role, Context: map[string][]string{"iam:PassedToService": {Principal}},
		})
	}
	return needs
}

// plan makes the execution that a request asks for, and the ARN of the role that it assumes.
func (s *Service) plan(c call.Caller, in *api.StartAutomationExecutionInput) (*execution, string, error) {
	e := &execution{caller: c, document: aws.ToString(in.DocumentName)}
	err := s.read(c, in.DocumentName, in.DocumentVersion, nil, func(_ *document, v *version) { e.version = v })
	var noVersion *types.InvalidDocumentVersion
	switch {
	case errors.As(err, &noVersion):
		return nil, "", &types.AutomationDefinitionVersionNotFoundException{Message: noVersion.Message}
	case err != nil:
		return nil, "", &types.AutomationDefinitionNotFoundException{Message: text("Automation Definition not found: %s", e.document)}
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

func (s *Service) startAutomation(ctx context.Context, c call.Caller, in *api.StartAutomationExecutionInput) (*api.StartAutomationExecutionOutput, error) {
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
		return &api.StartAutomationExecutionOutput{AutomationExecutionId: optional(id)}, err
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

// checkStart holds the members against the model's limits.
func checkStart(in *api.StartAutomationExecutionInput) error {
	if name := aws.ToString(in.DocumentName); !refPattern.MatchString(name) {
		return request.Constraint(name, "documentName", `Member must satisfy regular expression pattern: ^[a-zA-Z0-9_\-.:/]{3,128}$`)
	}
	if in.Mode != "" && in.Mode != types.ExecutionModeAuto {
		return apierr.Unsupported("the automation mode %s", in.Mode)
	}
	if in.ClientToken != nil && !tokenForm.MatchString(*in.ClientToken) {
		return request.Constraint(*in.ClientToken, "clientToken", "Member must be a UUID")
	}
	if len(in.Parameters) > maxParameters {
		return request.Constraint(len(in.Parameters), "parameters", "Member must have length less than or equal to 200")
	}
	for name, values := range in.Parameters {
		switch {
		case len(name) < 1 || len(name) > maxParameterName:
			return request.Constraint(name, "parameters", "Map keys must have length between 1 and 50")
		case len(values) > maxParameterValues:
			return request.Constraint(len(values), "parameters."+name, "Member must have length less than or equal to 50")
		}
		for _, v := range values {
			if n := len([]rune(v)); n < 1 || n > maxParameterText {
				return request.Constraint(v, "parameters."+name, "Member must have length between 1 and 512")
			}
		}
	}
	return nil
}

// used is the execution that the client token started before.
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

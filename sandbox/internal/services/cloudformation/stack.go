package cloudformation

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
)

// stack is one stack. Its shard's lock guards it.
type stack struct {
	account, region, name, id string

	status                    types.StackStatus
	reason                    string
	created, updated, deleted time.Time
	desired
	onFailure       types.OnFailure
	disableRollback bool
	protected       bool

	members map[string]*member
	outputs []cfn.OutputValue
	events  []event // oldest first
	changes []*changeSet
	running *run // the last operation

	changeSets int           // made so far
	done       chan struct{} // closed when it ended
}

// event is one event and the properties that it shows, which become JSON only for those who read them.
type event struct {
	types.StackEvent
	props map[string]any
}

// desired is the state that an operation brings a stack to.
type desired struct {
	body         string
	template     *cfn.Template
	bound        *cfn.Bound
	tags         map[string]string
	capabilities []types.Capability
	roleARN      *string
}

// member is one resource of a stack.
type member struct {
	logicalID string
	kind      *resource.Type
	made      resource.Made
	props     map[string]any
	metadata  string
	needs     []string // logical ids
	onDelete  cfn.Policy
	onReplace cfn.Policy

	status types.ResourceStatus
	reason string
	at     time.Time
}

// find is a stack by name or id, or a deleted one by id. The shard is locked.
func (sh *shard) find(nameOrID string) (*stack, error) {
	if st := sh.stacks[stackName(nameOrID)]; st != nil && (st.name == nameOrID || st.id == nameOrID) {
		return st, nil
	}
	for _, st := range sh.deleted {
		if st.id == nameOrID {
			return st, nil
		}
	}
	return nil, request.Invalid("Stack with id %s does not exist", nameOrID)
}

// stackName is the name in a stack id, or the name itself.
func stackName(nameOrID string) string {
	if _, path, ok := strings.Cut(nameOrID, ":stack/"); ok {
		name, _, _ := strings.Cut(path, "/")
		return name
	}
	return nameOrID
}

// stackARN is the resource of a permission on a stack.
func (s *Service) stackARN(c call.Caller, nameOrID *string) string {
	name := aws.ToString(nameOrID)
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if st := sh.stacks[name]; st != nil {
		return st.id
	}
	return arnPrefix(c) + "stack/" + name + "/*"
}

func arnPrefix(c call.Caller) string {
	return "arn:" + function.Partition(c.Region) + ":cloudformation:" + c.Region + ":" + c.Account + ":"
}

// env is the environment of the stack's template.
func (st *stack) env() cfn.Env {
	partition := function.Partition(st.region)
	suffix := "amazonaws.com"
	if partition == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	return cfn.Env{AccountID: st.account, Region: st.region, Partition: partition, URLSuffix: suffix, StackID: st.id, StackName: st.name}
}

// busy says whether an operation runs.
func (st *stack) busy() bool {
	return strings.HasSuffix(string(st.status), "_IN_PROGRESS") && st.status != types.StackStatusReviewInProgress
}

// set gives the stack a status and records the event. The shard is locked.
func (st *stack) set(s *Service, status types.StackStatus, reason, token string) {
	st.status, st.reason = status, reason
	st.record(s, nil, types.StackEvent{
		LogicalResourceId: aws.String(st.name), PhysicalResourceId: aws.String(st.id), ResourceType: aws.String("AWS::CloudFormation::Stack"),
		ResourceStatus: types.ResourceStatus(status), ResourceStatusReason: optional.Text(reason), ClientRequestToken: optional.Text(token),
	})
}

// record adds an event. The shard is locked.
func (st *stack) record(s *Service, props map[string]any, e types.StackEvent) {
	now := s.Clock.Now()
	e.Timestamp, e.StackId, e.StackName = &now, aws.String(st.id), aws.String(st.name)
	e.EventId = aws.String(s.IDs.Next(st.account, st.region, "stack-event", st.id).UUID())
	st.events = append(st.events, event{e, props})
}

// mark gives a member a status and records the event. The shard is locked.
func (st *stack) mark(s *Service, m *member, status types.ResourceStatus, reason, token string) {
	m.status, m.reason, m.at = status, reason, s.Clock.Now()
	st.record(s, m.props, types.StackEvent{
		LogicalResourceId: aws.String(m.logicalID), PhysicalResourceId: aws.String(m.made.ID), ResourceType: aws.String(m.kind.Name),
		ResourceStatus: status, ResourceStatusReason: optional.Text(reason), ClientRequestToken: optional.Text(token),
	})
}

// sorted are the members by logical id.
func (st *stack) sorted() []*member {
	out := make([]*member, 0, len(st.members))
	for _, m := range st.members {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b *member) int { return strings.Compare(a.logicalID, b.logicalID) })
	return out
}

package organizations

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// creation is how long it takes to make an account. UNCONFIRMED: it says only that it may take several minutes.
const creation = 30 * time.Second

// accessRole is the role that AWS makes when CreateAccount names none.
const accessRole = "OrganizationAccountAccessRole"

// request is one CreateAccount.
type request struct {
	id, name, account string
	state             types.CreateAccountState
	failure           types.CreateAccountFailureReason
	requested, ended  time.Time
}

func (s *Service) createOps() []*call.Op {
	return []*call.Op{
		call.Operation("organizations", "CreateAccount", s.createAccount).Accepts("AccountName", "Email", "RoleName"),
		call.Operation("organizations", "DescribeCreateAccountStatus", s.describeCreateAccountStatus).Accepts("CreateAccountRequestId"),
	}
}

func (r *request) view() *types.CreateAccountStatus {
	v := &types.CreateAccountStatus{
		Id: aws.String(r.id), AccountName: aws.String(r.name), State: r.state, FailureReason: r.failure, RequestedTimestamp: aws.Time(r.requested),
	}
	if r.account != "" {
		v.AccountId = aws.String(r.account)
	}
	if !r.ended.IsZero() {
		v.CompletedTimestamp = aws.Time(r.ended)
	}
	return v
}

func (s *Service) createAccount(_ context.Context, c call.Caller, in *api.CreateAccountInput) (*api.CreateAccountOutput, error) {
	email, err := matching(in.Email, emailPattern)
	if err != nil {
		return nil, err
	}
	role := accessRole
	if in.RoleName != nil {
		if !rolePattern.MatchString(*in.RoleName) {
			return nil, invalid(types.InvalidInputExceptionReasonInvalidRoleName, "You provided a role name that isn't valid.")
		}
		role = *in.RoleName
	}
	name, err := upTo(50, in.AccountName)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writer(c); err != nil {
		return nil, err
	}
	r := &request{
		id: "car-" + s.IDs.Next(s.Management, "", "create-account", email).Alnum(32), name: name,
		state: types.CreateAccountStateInProgress, requested: s.Clock.Now(),
	}
	s.requests[r.id] = r
	view := r.view()
	var t *clock.Timer
	t = s.Clock.AfterFunc(creation, func() {
		s.mu.Lock()
		delete(s.timers, t)
		closed := s.closed
		s.mu.Unlock()
		if !closed {
			s.finish(r, email, role)
		}
	})
	s.timers[t] = struct{}{}
	return &api.CreateAccountOutput{CreateAccountStatus: view}, nil
}

// finish makes the account of a request: first the account, which is not seen yet, then its role, then the rest.
func (s *Service) finish(r *request, email, role string) {
	s.mu.Lock()
	if s.emails[email] {
		r.end(s.Clock.Now(), types.CreateAccountStateFailed, types.CreateAccountFailureReasonEmailAlreadyExists)
		s.mu.Unlock()
		return
	}
	s.emails[email] = true
	id := s.freeID()
	s.accounts[id] = &account{id: id, name: r.name, email: email, parent: s.root, state: string(types.AccountStatePendingActivation), created: true}
	s.mu.Unlock()

	// The role is made before the listeners are notified: they may enter the account at once.
	err := s.Prepare(context.Background(), id, role)

	s.mu.Lock()
	if err != nil {
		delete(s.accounts, id)
		delete(s.emails, email)
		r.end(s.Clock.Now(), types.CreateAccountStateFailed, types.CreateAccountFailureReasonInternalFailure)
		s.mu.Unlock()
		return
	}
	a := s.accounts[id]
	a.state = active
	s.insert(a)
	r.account = id
	r.end(s.Clock.Now(), types.CreateAccountStateSucceeded, "")
	s.mu.Unlock()
	s.notify(id)
}

// freeID is the account id after the highest. The service is locked.
func (s *Service) freeID() string {
	highest := s.Management
	for id := range s.accounts {
		highest = max(highest, id)
	}
	n, err := strconv.ParseInt(highest, 10, 64)
	if err != nil {
		panic("account id " + highest + " is not a number") // ids come from the generator and from here
	}
	return strconv.FormatInt(n+1, 10)
}

func (r *request) end(at time.Time, state types.CreateAccountState, failure types.CreateAccountFailureReason) {
	r.state, r.failure, r.ended = state, failure, at
}

func (s *Service) describeCreateAccountStatus(_ context.Context, c call.Caller, in *api.DescribeCreateAccountStatusInput) (*api.DescribeCreateAccountStatusOutput, error) {
	id, unlock, err := s.lockToRead(c, in.CreateAccountRequestId, requestPattern)
	if err != nil {
		return nil, err
	}
	defer unlock()
	r := s.requests[id]
	if r == nil {
		return nil, &types.CreateAccountStatusNotFoundException{Message: aws.String("You specified a create account request that doesn't exist.")}
	}
	return &api.DescribeCreateAccountStatusOutput{CreateAccountStatus: r.view()}, nil
}

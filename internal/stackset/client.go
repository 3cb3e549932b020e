// Package stackset speaks to CloudFormation StackSets: sets, their instances, operations and targets. It knows nothing
// of layers; what a set's template means is its callers' matter.
package stackset

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/internal/access"
)

// Errors that callers tell apart.
var (
	// ErrNotFound says that the set does not exist in the caller's account and Region.
	ErrNotFound = errors.New("there is no such stack set")
	// ErrChanged says that the set is no longer as it was read: somebody else changed it, and nothing was sent.
	ErrChanged = errors.New("the stack set was changed meanwhile")
	// ErrDuplicate says that an operation of this id was sent already, by this program before an answer was lost or by
	// somebody who started from the same state.
	ErrDuplicate = errors.New("an operation of this id was sent already")
	// ErrBusy says that another operation of the set is running, so AWS refuses this one.
	ErrBusy = errors.New("another operation of the stack set is running")
	// ErrStopped says that an operation was stopped before its end.
	ErrStopped = errors.New("the operation was stopped")
)

// Client reaches the stack sets of one account and Region.
type Client struct {
	access *access.Access
	cf     *cloudformation.Client
	callAs types.CallAs
}

// New is a client of the access's home account and Region. A delegated administrator of StackSets says so with every
// call (docs: stacksets-orgs-delegated-admin); the management account does not.
func New(a *access.Access, delegated bool) *Client {
	c := &Client{access: a, cf: a.CloudFormation(a.Home()), callAs: types.CallAsSelf}
	if delegated {
		c.callAs = types.CallAsDelegatedAdmin
	}
	return c
}

// Delegated says whether the client calls as a delegated administrator.
func (c *Client) Delegated() bool { return c.callAs == types.CallAsDelegatedAdmin }

// wrap says what was tried on which set, and which of the package's errors AWS's answer is.
func wrap(err error, what, set string) error {
	if err == nil {
		return nil
	}
	kind := error(nil)
	// By code: the models do not list every error that an operation has, such as StackSetNotFoundException of
	// DeleteStackSet, and the SDK makes types of the listed ones only.
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		switch answer.ErrorCode() {
		case "StackSetNotFoundException", "OperationNotFoundException":
			kind = ErrNotFound
		case "OperationIdAlreadyExistsException":
			kind = ErrDuplicate
		case "OperationInProgressException":
			kind = ErrBusy
		}
	}
	if kind != nil {
		return fmt.Errorf("%s stack set %s: %w", what, set, kind)
	}
	return fmt.Errorf("%s stack set %s: %w", what, set, err)
}

// pages reads all pages of a list.
func pages[Out any](ctx context.Context, more func() bool, next func(context.Context, ...func(*cloudformation.Options)) (*Out, error), each func(*Out)) error {
	for more() {
		page, err := next(ctx)
		if err != nil {
			return err
		}
		each(page)
	}
	return nil
}

func capabilities(named bool) []types.Capability {
	if named {
		return []types.Capability{types.CapabilityCapabilityNamedIam}
	}
	return []types.Capability{types.CapabilityCapabilityIam}
}

// preferences let an operation reach all of its targets at once and not end at the first failure: judging an
// operation is the caller's matter, and one account without a recorder must not leave the others unprotected.
func preferences() *types.StackSetOperationPreferences {
	return &types.StackSetOperationPreferences{
		RegionConcurrencyType:      types.RegionConcurrencyTypeParallel,
		FailureTolerancePercentage: aws.Int32(100),
		MaxConcurrentPercentage:    aws.Int32(100),
		ConcurrencyMode:            types.ConcurrencyModeSoftFailureTolerance,
	}
}

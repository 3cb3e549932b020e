// Package access reaches the accounts of an organization: credentials from the
// ordinary AWS chain, a role assumed in every other account, one client per pair and
// service, and one limiter per pair for Lambda, whose quota all callers share.
package access

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Identity is who the credentials belong to.
type Identity struct {
	Account   string
	ARN       string
	Partition string
}

// Access is a way into the accounts of one organization, through one role. It is
// safe for concurrent use.
type Access struct {
	*session
	role string

	mu      sync.Mutex
	creds   map[string]aws.CredentialsProvider // by account
	clients map[clientKey]any
}

// session is what siblings made by WithRole share.
type session struct {
	cfg    aws.Config
	caller Identity
	clock  Clock
	limits *limits
}

// Open loads credentials and Region and asks AWS which account they belong to. Without valid
// credentials the error is ErrDenied.
func Open(ctx context.Context, s Settings) (*Access, error) {
	s = s.withDefaults()
	clock := s.clock()
	cfg, err := s.load(ctx, clock)
	if err != nil {
		return nil, hint.With(fmt.Errorf("%w: %w", ErrDenied, err), "check AWS_PROFILE, --profile and the AWS configuration files")
	}
	if cfg.Region == "" {
		return nil, hint.With(fmt.Errorf("no Region is configured"), "set AWS_REGION, or give --region")
	}
	if err := checkEndpoint(aws.ToString(cfg.BaseEndpoint)); err != nil {
		return nil, err
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, hint.With(fmt.Errorf("%w: no credentials: %w", ErrDenied, err), "sign in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID")
	}
	sess := &session{cfg: cfg, clock: clock, limits: newLimits(s.Rate, clock)}
	out, err := sts.NewFromConfig(at(cfg, cfg.Region)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, AtStart(fmt.Errorf("asking AWS which account the credentials belong to: %w", err))
	}
	sess.caller = Identity{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn), Partition: layer.PartitionOf(cfg.Region)}
	if parts := strings.SplitN(sess.caller.ARN, ":", 3); len(parts) == 3 {
		sess.caller.Partition = parts[1]
	}
	return newAccess(sess, s.Role), nil
}

func newAccess(s *session, role string) *Access {
	return &Access{session: s, role: role, creds: map[string]aws.CredentialsProvider{}, clients: map[clientKey]any{}}
}

// WithRole is the same access through another role, sharing limits and clock.
func (a *Access) WithRole(role string) *Access { return newAccess(a.session, role) }

// Caller is who the credentials belong to.
func (a *Access) Caller() Identity { return a.caller }

// Region is the home Region: where the aggregator and the stack sets are.
func (a *Access) Region() string { return a.cfg.Region }

// Role is the name of the role assumed in other accounts.
func (a *Access) Role() string { return a.role }

// Clock is the time that waits and polls follow.
func (a *Access) Clock() Clock { return a.clock }

// config is the SDK configuration for a pair: the caller's own credentials in the
// caller's account, those of the assumed role in every other.
func (a *Access) config(p fleet.Pair) aws.Config {
	cfg := at(a.cfg, p.String())
	cfg.Region = p.Region
	if p.AccountID == a.caller.Account {
		return cfg
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	provider, ok := a.creds[p.AccountID]
	if !ok {
		arn := "arn:" + a.caller.Partition + ":iam::" + p.AccountID + ":role/" + a.role
		provider = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(at(a.cfg, a.Home().String())), arn,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "layerfleet" }))
		a.creds[p.AccountID] = provider
	}
	cfg.Credentials = provider
	return cfg
}

func (s Settings) load(ctx context.Context, clock Clock) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 64
	})
	var cfg aws.Config
	if s.Credentials != nil {
		// Given outright, as by the demo: nothing of the user's AWS settings applies.
		cfg = aws.Config{Region: s.Region, Credentials: aws.NewCredentialsCache(s.Credentials), HTTPClient: client}
	} else {
		var err error
		cfg, err = config.LoadDefaultConfig(ctx, config.WithHTTPClient(client),
			config.WithSharedConfigProfile(s.Profile), config.WithRegion(s.Region))
		if err != nil {
			return aws.Config{}, err
		}
	}
	if s.Endpoint != "" {
		cfg.BaseEndpoint = aws.String(s.Endpoint)
	}
	cfg.APIOptions = append(cfg.APIOptions, userAgent(s.Version))
	// The SDK would write to standard error, next to the status lines, about matters
	// that it has already dealt with. What goes wrong is in the errors.
	cfg.Logger = logging.Nop{}
	if cfg.RetryMode == "" || cfg.RetryMode == aws.RetryModeStandard {
		cfg.Retryer = retryer(cfg.RetryMaxAttempts, clock)
	}
	return cfg, nil
}

// Reach assumes the role in an account, and returns why AWS refuses it. The
// caller's own account is always within reach.
func (a *Access) Reach(ctx context.Context, accountID string) error {
	if accountID == a.caller.Account {
		return nil
	}
	_, err := a.config(fleet.Pair{AccountID: accountID, Region: a.cfg.Region}).Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("account %s: assuming %s: %w", accountID, a.role, err)
	}
	return nil
}

// Package sandbox is a local AWS organization: many accounts and Regions behind one loopback port, speaking AWS's own
// wire protocols, to rehearse layer rollouts and to test Guard policies and runbooks on.
//
//	sb, err := sandbox.Start(ctx, sandbox.Options{Accounts: 4, Regions: []string{"us-east-1"}, Functions: 50})
//	if err != nil { … }
//	defer sb.Close()
//	client := lambda.NewFromConfig(sb.AWSConfig("100000000001", "us-east-1"))
//
// Everything lives in memory, but for S3 objects and what Lambda took from them, which lie in a temporary directory
// until Close. What is not supported is refused by name, never stored and ignored.
package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
	"github.com/layerfleet/layerfleet/sandbox/internal/server"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

// DefaultSpeed is how many seconds of the sandbox pass in one: a minute a second.
const DefaultSpeed = 60

// MaxSpeed is the fastest clock that leaves timers room to tell moments apart.
const MaxSpeed = 10000

// DefaultRegions are the Regions of an organization that names none; the first is the home Region.
func DefaultRegions() []string {
	return []string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1"}
}

// Options size and place a sandbox. The zero value of each field means its default.
type Options struct {
	Listen    string   // loopback address; default 127.0.0.1:0, a free port
	Accounts  int      // with the management account; default 12
	Regions   []string // default [DefaultRegions]
	Functions int      // default none
	Seed      uint64
	Clean     bool    // nothing that cannot be covered or remediated
	Speed     float64 // default [DefaultSpeed]
	Python    string  // interpreter of runbook scripts; default python3 of the PATH
}

// Sandbox is a running organization.
type Sandbox struct {
	*services
	options Options
	plan    *seed.Organization
	secret  string
	url     string
	http    *http.Server

	closing sync.Once
	closed  error
}

// Start builds the organization and serves it until Close. It returns when the port answers.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	o = o.withDefaults()
	listener, err := listen(ctx, o.Listen)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{options: o, secret: rand.Text(), url: "http://" + listener.Addr().String()}
	if s.plan, err = seed.New(seed.Options{Accounts: o.Accounts, Regions: o.Regions, Functions: o.Functions, Seed: o.Seed, Clean: o.Clean}); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	var handler *server.Handler
	s.services = newServices(o, s.secret, s.url, func(sha string) string { return handler.BlobURL(sha) })
	handler = server.New(server.Config{
		Dispatcher: s.dispatcher, Services: wire.Services(), Credentials: s.sts, Regions: s.account, IDs: s.ids,
		Blob: s.lambda.Blob, Secret: s.secret, Base: func() string { return s.url },
	})
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.services.close(), listener.Close())
	}
	s.services.guard()
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // it ends by Close, with nothing to say
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Accounts == 0 {
		o.Accounts = 12
	}
	if len(o.Regions) == 0 {
		o.Regions = DefaultRegions()
	}
	if o.Speed == 0 {
		o.Speed = DefaultSpeed
	}
	return o
}

// listen opens a port, on loopback only.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen address %q is not on loopback: the sandbox stays on this machine", address)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

// Close ends the server and everything that runs in the background.
func (s *Sandbox) Close() error {
	s.closing.Do(func() { s.closed = errors.Join(s.http.Close(), s.services.close()) })
	return s.closed
}

// URL is the sandbox's address.
func (s *Sandbox) URL() string { return s.url }

// Speed is how many sandbox seconds pass in one.
func (s *Sandbox) Speed() float64 { return s.clock.Speed() }

// Home is the Region of the aggregator and the stack sets.
func (s *Sandbox) Home() string { return s.options.Regions[0] }

// Management is the id of the management account.
func (s *Sandbox) Management() string { return s.plan.Accounts[0].ID }

// Accounts are the ids of all accounts, the management account first.
func (s *Sandbox) Accounts() []string {
	out := make([]string, len(s.plan.Accounts))
	for i, a := range s.plan.Accounts {
		out[i] = a.ID
	}
	return out
}

// Outsider is an account of somebody else: it has an administrator's key like all others, but is in no organization.
// It shows what a layer's grants keep out.
const Outsider = "900000000001"

// Suspended says whether an account is suspended: its keys and roles cannot be used.
func (s *Sandbox) Suspended(account string) bool {
	a, ok := s.organization.Account(account)
	return ok && a.State != "ACTIVE"
}

// RoleNames are the names of an account's roles, in no order.
func (s *Sandbox) RoleNames(account string) []string { return s.iam.RoleNames(account) }

// Variable is one environment variable.
type Variable struct{ Name, Value string }

// Env are the variables that point AWS's clients and layerfleet to the sandbox, as the management account's
// administrator. The session token is emptied, so that one of the caller's own does not go along.
func (s *Sandbox) Env() []Variable {
	return []Variable{
		{"AWS_ENDPOINT_URL", s.url},
		{"AWS_ACCESS_KEY_ID", s.Management()},
		{"AWS_SECRET_ACCESS_KEY", s.secret},
		{"AWS_SESSION_TOKEN", ""},
		{"AWS_REGION", s.Home()},
		{"AWS_DEFAULT_REGION", s.Home()},
		{"LAYERFLEET_AGGREGATOR", Aggregator},
		{"LAYERFLEET_SPEED", fmt.Sprintf("%g", s.Speed())},
	}
}

// AWSConfig is an SDK configuration for the administrator of an account.
func (s *Sandbox) AWSConfig(account, region string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(s.url),
		Credentials: credentials.NewStaticCredentialsProvider(account, s.secret, ""),
	}
}

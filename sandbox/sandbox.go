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

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
	"github.com/layerfleet/layerfleet/sandbox/internal/server"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

// Sandbox is a running organization.
type Sandbox struct {
	*services
	options Options
	plan    *seed.Organization
	secret  string
	url     string
	clockAt string
	http    *http.Server

	closing sync.Once
	closed  error
}

// Start builds the organization and serves it until Close. It returns when the port answers.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	listener, err := listen(ctx, o.Listen)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{options: o, secret: rand.Text(), url: "http://" + listener.Addr().String()}
	if s.plan, err = seed.New(seed.Options{Accounts: o.Accounts, Regions: o.Regions, Functions: o.Functions, Seed: o.Seed, Clean: o.Clean, Empty: o.Empty}); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	quirks, err := quirk.New(o.Quirks)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	var handler *server.Handler
	clk := clock.New(o.Speed)
	if o.Stepped {
		clk = clock.NewStepped(o.Begin)
	}
	s.services = newServices(o, quirks, clk, s.secret, s.url, func(sha string) string { return handler.BlobURL(sha) })
	handler = server.New(server.Config{
		Dispatcher: s.dispatcher, Clock: s.clock, Services: wire.Services(), Credentials: s.sts, Regions: s.account, IDs: s.ids,
		Blob: s.lambda.Blob, Secret: s.secret, Base: func() string { return s.url },
	})
	s.clockAt = handler.ClockURL()
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.services.close(), listener.Close())
	}
	s.services.guard()
	if o.OnCall != nil {
		s.dispatcher.Observe(func(e call.Entry) { o.OnCall(finished(e)) })
	}
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // it ends by Close, with nothing to say
	return s, nil
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

// Speed is how many sandbox seconds pass in one; it is 0 if the sandbox's time stands still.
func (s *Sandbox) Speed() float64 { return s.clock.Speed() }

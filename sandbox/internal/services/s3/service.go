// Package s3 is the sandbox's Amazon S3, as much of it as publishing a Lambda layer over 50 MB takes: buckets, objects and
// multipart uploads.
//
// There are no versions, no bucket policies and no access lists: a bucket serves the identities of its own account, as far
// as IAM lets them. Objects lie in the temporary directory of a [spool.Spool]. Rules and texts follow the Amazon S3 API
// reference and its list of error codes.
package s3

import (
	"context"
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

// Config is what the service gets from the sandbox.
type Config struct {
	Clock *clock.Clock
	IDs   *ids.Source
	Spool *spool.Spool
	// May asks for a permission whose lack changes what an answer says; nil allows everything.
	May func(context.Context, call.Caller, call.Permission) error
}

// Service is the state of all partitions.
type Service struct {
	Config

	mu      sync.RWMutex
	buckets map[bucketName]*bucket
}

// bucketName is a bucket's name, which nobody else in the partition may have.
type bucketName struct{ partition, name string }

// bucket is one bucket. The service's lock guards it.
type bucket struct {
	name, account, region string
	created               time.Time
	objects               map[string]*object
	uploads               map[string]*upload
}

// New makes an empty service.
func New(c Config) *Service {
	if c.May == nil {
		c.May = func(context.Context, call.Caller, call.Permission) error { return nil }
	}
	return &Service{Config: c, buckets: map[bucketName]*bucket{}}
}

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{s.bucketOps(), s.objectOps(), s.multipartOps()} {
		ops = append(ops, group...)
	}
	return ops
}

func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Second) }

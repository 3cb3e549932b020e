// Package function is the record of one Lambda function, shared by the lambda service and the Config recorder.
package function

import "time"

// Layer is one element of a function's layer list.
type Layer struct {
	ARN      string // layer version ARN
	CodeSize int64  // zipped bytes
}

// Record is one state of a function's $LATEST. It is immutable: a change makes a new Record, so that lambda and the
// recorder share it without copying or locking. Nothing in it, nor in what it points to, may be written to.
type Record struct {
	Account, Region, Name string

	Runtime     string // empty for container images
	Role        string
	Handler     string
	Description string
	PackageType string // Zip or Image
	Arch        string // x86_64 or arm64
	CodeSha256  string // base64
	CodeSize    int64  // zipped bytes
	CodeUnzip   int64  // unzipped bytes, counted against the 250 MB of function and layers
	MemoryMB    int32
	TimeoutSec  int32
	Layers      []Layer // merge order; nil for none
	LayersUnzip int64   // unzipped bytes of all layers together

	Created    time.Time
	Modified   time.Time
	RevisionID string

	State                      string // Pending, Active, Inactive, Failed
	StateReason                string
	StateReasonCode            string
	LastUpdateStatus           string // Successful, InProgress, Failed, or empty while creating
	LastUpdateStatusReason     string
	LastUpdateStatusReasonCode string

	Tags  map[string]string
	Extra *Extra // nil when none of it is set
}

// Extra is what few functions set, so that the others stay small.
type Extra struct {
	Environment      map[string]string // never recorded by Config
	KMSKeyARN        string
	DeadLetterARN    string
	TracingMode      string
	EphemeralMB      int32
	SubnetIDs        []string
	SecurityGroupIDs []string
	ImageURI         string
}

// ARN is the unqualified function ARN.
func (r *Record) ARN() string {
	return "arn:" + Partition(r.Region) + ":lambda:" + r.Region + ":" + r.Account + ":function:" + r.Name
}

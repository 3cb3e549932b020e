package access

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"

	"github.com/layerfleet/layerfleet/internal/hint"
)

// ReadRole is the role that finding uses in member accounts unless told otherwise:
// the one of deploy/prerequisites.yaml, which may read and nothing else.
const ReadRole = "LayerfleetReadRole"

// OperatorRole may, beyond reading, clear remediation exceptions, start remediations and ask for evaluations; it is
// made by deploy/prerequisites.yaml and used by `enforce retry` alone.
const OperatorRole = "LayerfleetOperatorRole"

// DefaultRate is how many Lambda control-plane calls a second go to one pair. AWS
// allows 15 for everything and everyone together; the rest is left to the owners.
const DefaultRate = 10

// Settings say how to reach AWS. The zero value means the ordinary AWS chain.
type Settings struct {
	// Profile of the shared AWS configuration files; empty for the default.
	Profile string
	// Region is the home Region; empty for the chain's.
	Region string
	// Endpoint replaces the address of every service; empty for the chain's
	// (AWS_ENDPOINT_URL), and in the end AWS's own.
	Endpoint string
	// Credentials replace the whole chain, environment and files included.
	Credentials aws.CredentialsProvider
	// Role is the name of the role to assume in other accounts; empty for ReadRole.
	Role string
	// Rate is the number of Lambda calls a second and pair; 0 for DefaultRate.
	Rate float64
	// Speed is how many seconds of the other side pass in one of ours: 1 on AWS,
	// what the sandbox announces there. 0 means 1.
	Speed float64
	// Time is the other side's clock where it is at hand; Speed does not count then.
	Time Time
	// Version of the program, for the user agent of every call.
	Version string
}

func (s Settings) withDefaults() Settings {
	if s.Role == "" {
		s.Role = ReadRole
	}
	if s.Rate <= 0 {
		s.Rate = DefaultRate
	}
	if s.Speed <= 0 {
		s.Speed = 1
	}
	if s.Version == "" {
		s.Version = "devel"
	}
	return s
}

// checkEndpoint refuses what the SDK would try, and fail, to call.
func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	if text == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return hint.With(fmt.Errorf("the endpoint %q is not an http or https URL", text), "AWS_ENDPOINT_URL looks like http://127.0.0.1:4599; unset it to reach AWS")
}

// userAgent makes calls say layerfleet/VERSION, which CloudTrail records.
func userAgent(version string) func(*middleware.Stack) error {
	return awsmiddleware.AddUserAgentKeyValue("layerfleet", version)
}

// attempts is more than the SDK's three: a fleet has pairs that are throttled by
// their own owners for a while, and giving up means a hole in the answer.
const attempts = 6

// retryer is the SDK's standard one with its waits in the other side's time.
func retryer(maxAttempts int, clock Clock) func() aws.Retryer {
	if maxAttempts == 0 {
		maxAttempts = attempts
	}
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return clock.delay(backoff(attempt))
			})
		})
	}
}

// backoff is full jitter under a ceiling that doubles from one second to twenty.
func backoff(attempt int) time.Duration {
	const longest = 20 * time.Second
	ceiling := longest
	if attempt < 5 {
		ceiling = time.Second << attempt
	}
	return time.Duration(rand.Float64() * float64(ceiling)) //nolint:gosec // jitter is no secret
}

// Package rehearsaltest starts a sandbox for a test of the tool and opens the tool's way into it. Only tests import it:
// the tool itself meets the sandbox over the wire.
package rehearsaltest

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// Home is the home Region of the access that Start opens.
const Home = "us-east-1"

// Start makes an organization with the tool's roles that ends with the test, and an access as the administrator of its
// management account. Without a Speed its time stands still but for the waits of the test and of the access. Without
// Quirks, all are turned, to the sides that need little waiting: a test about what AWS does slowly chooses them.
func Start(t testing.TB, o sandbox.Options) (*sandboxtest.Sandbox, *access.Access) {
	t.Helper()
	o.Roles = append(o.Roles, rehearsal.Roles()...)
	if o.Quirks == nil {
		o.Quirks = sandbox.TurnedQuirks()
		for _, q := range sandbox.Quirks() {
			// These need no waiting, and on their other sides less is for the tool to do.
			if q.Name == "changed-rule-evaluates" || q.Name == "queued-remediation-when-off" || q.Name == "failed-deletion-in-cleanup" {
				o.Quirks[q.Name] = q.Values[0]
			}
		}
	}
	sb := sandboxtest.Start(t, o)
	return sb, As(t, sb, sb.Management())
}

// As is an access as the administrator of another account.
func As(t testing.TB, sb *sandboxtest.Sandbox, account string) *access.Access {
	t.Helper()
	return Open(t, sb, account, sb.URL())
}

// Open is an access at an address such as that of a proxy before the sandbox, as the administrator of an account.
func Open(t testing.TB, sb *sandboxtest.Sandbox, account, url string) *access.Access {
	t.Helper()
	a, err := access.Open(t.Context(), access.Settings{
		Region: Home, Endpoint: url, Time: sb.Clock(), Credentials: sb.AWSConfig(account, Home).Credentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

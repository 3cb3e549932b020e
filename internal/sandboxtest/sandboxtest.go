// Package sandboxtest starts a sandbox for a test of the tool and opens the way into
// it. Only tests import it: the tool itself meets the sandbox over the wire.
package sandboxtest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/sandbox"
)

// Home is the home Region of the access that Start opens.
const Home = "us-east-1"

// Speed is how fast the sandbox's time passes unless the options say otherwise.
const Speed = 300

// Start makes an organization that ends with the test, and an access as the
// administrator of its management account.
func Start(t testing.TB, o sandbox.Options) (*sandbox.Sandbox, *access.Access) {
	t.Helper()
	t.Setenv("AWS_CA_BUNDLE", "")
	if o.Speed == 0 {
		o.Speed = Speed
	}
	sb, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	return sb, Open(t, sb, sb.URL())
}

// Open is another access to a sandbox, at an address such as that of a proxy before it.
func Open(t testing.TB, sb *sandbox.Sandbox, url string) *access.Access {
	t.Helper()
	return open(t, sb, url, sb.Management())
}

// As is an access as the administrator of another account.
func As(t testing.TB, sb *sandbox.Sandbox, account string) *access.Access {
	t.Helper()
	return open(t, sb, sb.URL(), account)
}

// open signs with an administrator's key, which is the account's id.
func open(t testing.TB, sb *sandbox.Sandbox, url, account string) *access.Access {
	t.Helper()
	a, err := access.Open(t.Context(), access.Settings{
		Region: Home, Endpoint: url, Speed: Speed,
		Credentials: credentials.NewStaticCredentialsProvider(account, Env(sb)["AWS_SECRET_ACCESS_KEY"], ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Env is the environment that clients of the sandbox need, by name.
func Env(sb *sandbox.Sandbox) map[string]string {
	env := map[string]string{}
	for _, v := range sb.Env() {
		env[v.Name] = v.Value
	}
	return env
}

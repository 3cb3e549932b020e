package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// reader is a role as a tool under test would deploy it.
func reader() sandbox.Role {
	return sandbox.Role{Name: "Reader", Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:List*","Resource":"*"}]}`}
}

// TestStaysHome sends what a browser, a rebound name and a stranger would send.
func TestStaysHome(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 2, Regions: []string{"us-east-1"}})
	tests := []struct {
		name   string
		change func(*http.Request)
		want   string
	}{
		{name: "unsigned", change: func(*http.Request) {}, want: "MissingAuthenticationToken"},
		{name: "foreign host", change: func(r *http.Request) { r.Host = "evil.example" }, want: "loopback names only"},
		{name: "browser", change: func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1") }, want: "does not answer browsers"},
	}
	for _, tt := range tests {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, sb.URL()+"/2015-03-31/functions", nil)
		if err != nil {
			t.Fatal(err)
		}
		tt.change(r)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s: %d %s, want 403 with %q", tt.name, resp.StatusCode, body, tt.want)
		}
	}
	if _, err := sandbox.Start(t.Context(), sandbox.Options{Listen: "0.0.0.0:0", Accounts: 1}); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("listening everywhere: %v", err)
	}
}

// TestKeys signs with keys that are not right.
func TestKeys(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 6, Regions: []string{"us-east-1"}})
	accounts := sb.Accounts()
	env := map[string]string{}
	for _, v := range sb.Env() {
		env[v.Name] = v.Value
	}
	secret := env["AWS_SECRET_ACCESS_KEY"]
	tests := []struct {
		name, key, secret, token, region, want string
	}{
		{name: "right", key: accounts[1], secret: secret, region: "us-east-1"},
		{name: "wrong secret", key: accounts[1], secret: "x", region: "us-east-1", want: "InvalidSignature"},
		{name: "unknown account", key: "999999999999", secret: secret, region: "us-east-1", want: "UnrecognizedClient"},
		{name: "suspended account", key: sb.With(sandbox.Suspended), secret: secret, region: "us-east-1", want: "UnrecognizedClient"},
		{name: "token that is not the key's", key: accounts[1], secret: secret, token: "t", region: "us-east-1", want: "UnrecognizedClient"},
		{name: "Region that is off", key: accounts[1], secret: secret, region: "ap-south-1", want: "UnrecognizedClient"},
	}
	for _, tt := range tests {
		client := lambda.NewFromConfig(aws.Config{
			Region: tt.region, BaseEndpoint: aws.String(sb.URL()),
			Credentials: credentials.NewStaticCredentialsProvider(tt.key, tt.secret, tt.token),
		})
		_, err := client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestClockURL asks for the time from elsewhere, and lets it pass.
func TestClockURL(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	stepped := sandboxtest.Start(t, sandbox.Options{Empty: true, Stepped: true, Begin: begin})
	running := sandboxtest.Start(t, sandbox.Options{Empty: true, Speed: 100})
	for _, tt := range []struct {
		name, method, url string
		status            int
		want              string
	}{
		{"the time", http.MethodGet, stepped.ClockURL(), 200, `{"now":"2026-03-01T00:00:00Z","speed":0}`},
		{"an hour later", http.MethodPost, stepped.ClockURL() + "?sleep=1h", 200, `{"now":"2026-03-01T01:00:00Z","speed":0}`},
		{"no duration", http.MethodPost, stepped.ClockURL() + "?sleep=long", 400, "sleep: "},
		{"another's address", http.MethodGet, stepped.URL() + running.ClockURL()[len(running.URL()):], 403, "not signed"},
		{"a running clock", http.MethodPost, running.ClockURL() + "?sleep=1s", 200, `"speed":100}`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s: %d %s %v, want %d %s", tt.name, resp.StatusCode, body, err, tt.status, tt.want)
		}
	}
	if got := stepped.Clock().Now().Sub(begin); got != time.Hour {
		t.Errorf("it is %s later", got)
	}
}

package access_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// service records who calls what and answers as told.
type service struct {
	mu     sync.Mutex
	calls  []string
	answer func(w http.ResponseWriter, call string)
}

var credential = regexp.MustCompile(`Credential=([A-Z0-9]+)/[0-9]+/([a-z0-9-]+)/`)

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	_ = r.ParseForm()
	call := who[1] + " " + who[2] + " " + r.Form.Get("Action") + r.URL.Path + " " + r.Form.Get("RoleArn")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, strings.TrimSpace(call))
	if s.answer != nil {
		s.answer(w, call)
		return
	}
	switch r.Form.Get("Action") {
	case "GetCallerIdentity":
		fmt.Fprint(w, `<R><GetCallerIdentityResult><Account>111122223333</Account><Arn>arn:aws-cn:iam::111122223333:root</Arn></GetCallerIdentityResult></R>`)
	case "AssumeRole":
		fmt.Fprint(w, `<R><AssumeRoleResult><Credentials><AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></R>`)
	default:
		fmt.Fprint(w, `{}`)
	}
}

func open(t *testing.T, s *service, settings access.Settings) (*access.Access, error) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	settings.Endpoint, settings.Region, settings.Speed = server.URL, "cn-north-1", 1000
	settings.Credentials = credentials.NewStaticCredentialsProvider("OWN", "secret", "")
	return access.Open(t.Context(), settings)
}

func TestOtherAccountsAreReachedThroughTheRole(t *testing.T) {
	s := &service{}
	a, err := open(t, s, access.Settings{Role: "team/Reader"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []fleet.Pair{
		{AccountID: "111122223333", Region: "cn-northwest-1"},
		{AccountID: "444455556666", Region: "cn-north-1"},
		{AccountID: "444455556666", Region: "cn-north-1"},
		{AccountID: "444455556666", Region: "cn-northwest-1"},
	} {
		if _, err := a.Lambda(p).ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Join(s.calls, "\n")
	want := strings.Join([]string{
		"OWN cn-north-1 GetCallerIdentity/",
		"OWN cn-northwest-1 /2015-03-31/functions",
		"OWN cn-north-1 AssumeRole/ arn:aws-cn:iam::444455556666:role/team/Reader",
		"ASSUMED cn-north-1 /2015-03-31/functions",
		"ASSUMED cn-north-1 /2015-03-31/functions",
		"ASSUMED cn-northwest-1 /2015-03-31/functions",
	}, "\n")
	if got != want {
		t.Errorf("calls were\n%s\nwant\n%s", got, want)
	}
	here := fleet.Pair{AccountID: "444455556666", Region: "cn-north-1"}
	if first, again := a.Lambda(here), a.Lambda(here); first != again {
		t.Error("a pair has two clients")
	}
	if a.WithRole("Writer").Role() != "Writer" || a.Role() != "team/Reader" {
		t.Error("the role of a sibling is not its own")
	}
}

func TestBadCredentialsAreDeniedAtTheStart(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, _ string) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no such key</Message></Error></ErrorResponse>`)
	}}
	if _, err := open(t, s, access.Settings{}); !errors.Is(err, access.ErrDenied) {
		t.Errorf("error is %v", err)
	}
}

func TestThrottlesAreRetried(t *testing.T) {
	tries := 0
	s := &service{}
	a, err := open(t, s, access.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	s.answer = func(w http.ResponseWriter, _ string) {
		if tries++; tries < 5 {
			w.Header().Set("X-Amzn-ErrorType", "TooManyRequestsException")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		fmt.Fprint(w, `{}`)
	}
	if _, err := a.Lambda(a.Home()).ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err != nil {
		t.Errorf("after %d tries: %v", tries, err)
	}
}

func TestDenied(t *testing.T) {
	denied := fmt.Errorf("wrapped: %w", &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"})
	other := &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "gone"}
	if !access.Denied(denied) || access.Denied(other) || access.Denied(errors.New("x")) || access.Denied(nil) {
		t.Error("a denial is not told from other errors")
	}
	if got := access.Message(denied); got != "AccessDenied: no" {
		t.Errorf("message is %q", got)
	}
	if !errors.Is(access.AtStart(denied), access.ErrDenied) || errors.Is(access.AtStart(other), access.ErrDenied) {
		t.Error("AtStart does not tell a denial")
	}
}

func TestClockFollowsTheSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := access.NewClock(60)
		start, began := time.Now(), c.Now()
		if err := c.Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("an hour took %s", d)
		}
		if d := c.Now().Sub(began); d != time.Hour {
			t.Errorf("the clock moved %s", d)
		}
	})
}

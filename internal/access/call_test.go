package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// deny answers a call as AWS does.
func deny(w http.ResponseWriter, code, message string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.Header().Set("X-Amzn-RequestId", "3c1f")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, `{"message": %q}`, message)
}

func TestText(t *testing.T) {
	pair := fleet.Pair{AccountID: "444455556666", Region: "cn-northwest-1"}
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, call string) bool // whether it answered
		wrap   string
		want   string
	}{
		{
			name:   "a refusal",
			answer: func(w http.ResponseWriter, _ string) bool { deny(w, "AccessDeniedException", "no"); return true },
			wrap:   "reading: %w",
			want:   "reading: ListFunctions in 444455556666/cn-northwest-1: AccessDeniedException: no",
		},
		{
			name:   "the sentence names the pair",
			answer: func(w http.ResponseWriter, _ string) bool { deny(w, "AccessDeniedException", "no"); return true },
			wrap:   "account 444455556666, cn-northwest-1: %w (and more)",
			want:   "account 444455556666, cn-northwest-1: ListFunctions: AccessDeniedException: no (and more)",
		},
		{
			name:   "no message",
			answer: func(w http.ResponseWriter, _ string) bool { deny(w, "AccessDeniedException", ""); return true },
			wrap:   "%w",
			want:   "ListFunctions in 444455556666/cn-northwest-1: AccessDeniedException",
		},
		{
			name: "the role is refused",
			answer: func(w http.ResponseWriter, call string) bool {
				if !strings.Contains(call, "AssumeRole") {
					return false
				}
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>`)
				return true
			},
			wrap: "%w",
			want: "ListFunctions in 444455556666/cn-northwest-1: AssumeRole in 111122223333/cn-north-1: AccessDenied: not you",
		},
		{
			name: "what is no answer",
			answer: func(w http.ResponseWriter, _ string) bool {
				fmt.Fprint(w, `{"Functions": [`)
				return true
			},
			wrap: "%w",
			want: "ListFunctions in 444455556666/cn-northwest-1: the answer cannot be read: ",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{}
			a, err := open(t, s, access.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			if tt.name != "the role is refused" { // have the role before answers change
				if err := a.Reach(t.Context(), pair.AccountID); err != nil {
					t.Fatal(err)
				}
			}
			s.answer = func(w http.ResponseWriter, call string) { tt.answer(w, call) }
			_, err = a.Lambda(pair).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
			got := access.Text(fmt.Errorf(tt.wrap, err))
			if exact := !strings.HasSuffix(tt.want, ": "); exact && got != tt.want || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, raw := range []string{"operation error", "StatusCode", "RequestID", "api error"} {
				if strings.Contains(got, raw) {
					t.Errorf("%q is in %s", raw, got)
				}
			}
		})
	}
}

func TestTextOfSeveralCalls(t *testing.T) {
	s := &service{}
	a, err := open(t, s, access.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	s.answer = func(w http.ResponseWriter, _ string) { deny(w, "AccessDeniedException", "no") }
	_, one := a.Lambda(a.Home()).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
	_, two := a.Lambda(a.Home()).ListLayers(t.Context(), &lambda.ListLayersInput{})
	got := access.Text(errors.Join(one, hint.With(two, "stop")))
	want := "ListFunctions in 111122223333/cn-north-1: AccessDeniedException: no\nListLayers: AccessDeniedException: no"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNothingAnswers(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // its port is free now
	settings := access.Settings{Endpoint: server.URL, Region: "us-east-1", Speed: 1e6, Credentials: credentials.NewStaticCredentialsProvider("x", "x", "")}
	_, err := access.Open(t.Context(), settings)
	if err == nil {
		t.Fatal("a closed port answered")
	}
	host := strings.TrimPrefix(server.URL, "http://")
	want := "asking AWS which account the credentials belong to: GetCallerIdentity in us-east-1: no answer from " + host + ": connection refused (tried 6 times)"
	if got := access.Text(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if hints := hint.Of(err); len(hints) != 1 || !strings.Contains(hints[0], "AWS_ENDPOINT_URL") {
		t.Errorf("hints are %q", hints)
	}
	for _, endpoint := range []string{"localhost:4599", "127.0.0.1", "ftp://x", "http://"} {
		settings.Endpoint = endpoint
		if _, err := access.Open(t.Context(), settings); err == nil || !strings.Contains(err.Error(), "is not an http or https URL") || len(hint.Of(err)) != 1 {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

func TestInterruptedCall(t *testing.T) {
	s := &service{}
	a, err := open(t, s, access.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = a.Lambda(a.Home()).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if got, want := access.Text(err), "ListFunctions in 111122223333/cn-north-1: interrupted"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, context.Canceled) || len(hint.Of(err)) > 0 {
		t.Errorf("%v has hints %q", err, hint.Of(err))
	}
}

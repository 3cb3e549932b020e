package sigv4_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/layerfleet/layerfleet/sandbox/internal/sigv4"
)

// The SDK's signer is the witness: what it signs must verify, and nothing else.
func TestVerify(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		method string
		url    string
		body   string
		secret string
		age    time.Duration
		tamper func(*http.Request)
		want   error
	}{
		{name: "json post", method: "POST", url: "/", body: `{"a":1}`},
		{name: "encoded label", method: "GET", url: "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af"},
		{name: "query", method: "GET", url: "/2018-10-31/layers?find=LayerVersion&Arn=arn%3Aaws%3Alambda%3A1%3Alayer%3Aa+b"},
		{name: "trailing slash", method: "GET", url: "/2015-03-31/functions/"},
		{name: "other secret", method: "POST", url: "/", body: `{}`, secret: "no", want: sigv4.ErrMismatch},
		{name: "other body", method: "POST", url: "/", body: `{}`, want: sigv4.ErrMismatch, tamper: func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "00")
		}},
		{name: "other header", method: "POST", url: "/", body: `{}`, want: sigv4.ErrMismatch, tamper: func(r *http.Request) {
			r.Header.Set("X-Amz-Target", "Evil")
		}},
		{name: "old", method: "POST", url: "/", body: `{}`, age: 16 * time.Minute, want: sigv4.ErrSkew},
		{name: "unsigned", method: "POST", url: "/", body: `{}`, want: sigv4.ErrMissing, tamper: func(r *http.Request) {
			r.Header.Del("Authorization")
		}},
		{name: "other algorithm", method: "POST", url: "/", body: `{}`, want: sigv4.ErrFormat, tamper: func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer x")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "http://127.0.0.1:4599"+tt.url, bytes.NewReader([]byte(tt.body)))
			r.RequestURI = tt.url
			r.Header.Set("X-Amz-Target", "StarlingDoveService.DescribeConfigRules")
			sum := sha256.Sum256([]byte(tt.body))
			creds := aws.Credentials{AccessKeyID: "100000000000", SecretAccessKey: "secret"}
			err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hex.EncodeToString(sum[:]), "config", "us-east-1", now)
			if err != nil {
				t.Fatal(err)
			}
			if tt.tamper != nil {
				tt.tamper(r)
			}
			q, err := sigv4.Parse(r)
			if err == nil {
				if q.AccessKey != "100000000000" || q.Region != "us-east-1" || q.Service != "config" {
					t.Errorf("scope = %+v", q)
				}
				secret := "secret"
				if tt.secret != "" {
					secret = tt.secret
				}
				err = q.Verify(r, []byte(tt.body), secret, now.Add(tt.age))
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/config/aws4_request, SignedHeaders=host, Signature=00", "20261123T000000Z", "/a?b=c")
	f.Fuzz(func(_ *testing.T, auth, date, uri string) {
		r := &http.Request{Method: "GET", RequestURI: uri, Header: http.Header{"Authorization": {auth}, "X-Amz-Date": {date}}}
		if q, err := sigv4.Parse(r); err == nil {
			_ = q.Verify(r, nil, "secret", time.Time{})
		}
	})
}

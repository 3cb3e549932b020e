// Package sigv4 checks the signature of AWS requests (Signature Version 4, header form).
//
// It follows "Create a signed AWS API request" of the IAM User Guide. Presigned query strings are not accepted:
// no operation of the sandbox needs them.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Errors of a request's signature. The server turns them into the codes of its protocol.
var (
	ErrMissing  = errors.New("request carries no signature")
	ErrFormat   = errors.New("authorization header is malformed")
	ErrMismatch = errors.New("signature does not match")
	ErrSkew     = errors.New("signature time is too far from now")
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	timeForm  = "20060102T150405Z"
	// maxSkew is how far the time of a request may lie from the server's.
	maxSkew = 15 * time.Minute
)

// Request is the signature of a request, taken apart but not yet checked.
type Request struct {
	AccessKey, Date, Region, Service string

	signedHeaders []string
	signature     string
	at            string
}

// Parse reads the Authorization header.
func Parse(r *http.Request) (Request, error) {
	var q Request
	auth := r.Header.Get("Authorization")
	if auth == "" {
		return q, ErrMissing
	}
	rest, ok := strings.CutPrefix(auth, algorithm+" ")
	if !ok {
		return q, fmt.Errorf("%w: want %s", ErrFormat, algorithm)
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			f := strings.Split(value, "/")
			if len(f) != 5 || f[4] != "aws4_request" {
				return q, fmt.Errorf("%w: credential scope %q", ErrFormat, value)
			}
			q.AccessKey, q.Date, q.Region, q.Service = f[0], f[1], f[2], f[3]
		case "SignedHeaders":
			q.signedHeaders = strings.Split(value, ";")
		case "Signature":
			q.signature = value
		}
	}
	q.at = r.Header.Get("X-Amz-Date")
	switch {
	case q.AccessKey == "" || q.signature == "" || len(q.signedHeaders) == 0:
		return q, fmt.Errorf("%w: it wants Credential, SignedHeaders and Signature", ErrFormat)
	case !slices.Contains(q.signedHeaders, "host"):
		return q, fmt.Errorf("%w: host is not signed", ErrFormat)
	case !strings.HasPrefix(q.at, q.Date):
		return q, fmt.Errorf("%w: X-Amz-Date %q is not of the credential scope's day", ErrFormat, q.at)
	}
	return q, nil
}

// Unsigned is what a request says instead of its body's hash when the signature leaves the body out.
const Unsigned = "UNSIGNED-PAYLOAD"

// Verify checks the signature with the key's secret, at the real time now. body is the whole request body.
func (q Request) Verify(r *http.Request, body []byte, secret string, now time.Time) error {
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	if sent := r.Header.Get("X-Amz-Content-Sha256"); sent != "" && sent != payload {
		if sent != Unsigned {
			return ErrMismatch
		}
		payload = sent
	}
	return q.VerifyHash(r, payload, secret, now)
}

// VerifyHash is [Request.Verify] for a body that is still to come: payload is the hash that the request declares for it
// (X-Amz-Content-Sha256), to be compared by whoever reads the body, or [Unsigned].
func (q Request) VerifyHash(r *http.Request, payload, secret string, now time.Time) error {
	at, err := time.Parse(timeForm, q.at)
	if err != nil {
		return fmt.Errorf("%w: X-Amz-Date %q", ErrFormat, q.at)
	}
	if d := now.Sub(at); d > maxSkew || d < -maxSkew {
		return ErrSkew
	}
	canonical := sha256.Sum256([]byte(q.canonical(r, payload)))
	toSign := algorithm + "\n" + q.at + "\n" + q.Date + "/" + q.Region + "/" + q.Service + "/aws4_request\n" + hex.EncodeToString(canonical[:])
	key := []byte("AWS4" + secret)
	for _, part := range [...]string{q.Date, q.Region, q.Service, "aws4_request", toSign} {
		key = sign(key, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(key)), []byte(q.signature)) {
		return ErrMismatch
	}
	return nil
}

func sign(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonical is the canonical request.
func (q Request) canonical(r *http.Request, payload string) string {
	var b strings.Builder
	path, query, _ := strings.Cut(r.RequestURI, "?")
	b.WriteString(r.Method + "\n" + q.path(path) + "\n" + canonicalQuery(query) + "\n")
	for _, name := range q.signedHeaders {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(q.signedHeaders, ";") + "\n" + payload)
	return b.String()
}

// path is the request's path as it was sent, encoded once more; S3 alone signs it as it is.
func (q Request) path(sent string) string {
	if sent == "" {
		sent = "/"
	}
	if q.Service == "s3" {
		return sent
	}
	return escape(sent, true)
}

func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := r.Header.Values(name)
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ",")
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, reescape(name)+"="+reescape(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func reescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return escape(s, false)
}

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string, keepSlash bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		switch {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9',
			ch == '-', ch == '_', ch == '.', ch == '~', ch == '/' && keepSlash:
			b.WriteByte(ch)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[ch>>4])
			b.WriteByte(hexDigits[ch&15])
		}
	}
	return b.String()
}

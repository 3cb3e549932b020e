package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/sigv4"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

// serveStream answers a request whose body may be of any size: it goes from the wire to its reader, and is
// compared with the signed hash on the way.
func (h *Handler) serveStream(w http.ResponseWriter, r *http.Request, sig sigv4.Request, svc *wire.Service, requestID string) {
	_ = http.NewResponseController(w).EnableFullDuplex() // where it cannot be, the answer waits for the body
	defer drain(w, r)
	declared := r.Header.Get("X-Amz-Content-Sha256")
	err := checkDeclared(declared)
	if err == nil && r.ContentLength < 0 {
		err = apierr.New(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	if err != nil {
		svc.EncodeError(w, "", err, requestID)
		return
	}
	c, err := h.caller(r, sig, svc, func(secret string) error { return sig.VerifyHash(r, declared, secret, time.Now()) })
	if err != nil {
		svc.EncodeError(w, "", err, requestID)
		return
	}
	name, err := svc.Route(r, nil)
	if err != nil {
		svc.EncodeError(w, "", err, requestID)
		return
	}
	var body io.Reader = r.Body
	if declared != sigv4.Unsigned {
		body = &hashedBody{Reader: r.Body, hash: sha256.New(), declared: declared}
	}
	h.answer(w, r, c, svc, name, requestID, func(in any) error { return svc.DecodeStream(name, r, body, in) })
}

// drainFor is how long the rest of a refused body is read, in real time.
const drainFor = 5 * time.Second

// drain sends the answer and reads what is left of the body: a connection that is closed with bytes unread is reset,
// and the client loses the answer that says what was wrong.
func drain(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if c.Flush() != nil || c.SetReadDeadline(time.Now().Add(drainFor)) != nil {
		return // not a connection, as in a test
	}
	_, _ = io.Copy(io.Discard, r.Body) // whatever ends it, the answer is on its way
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// checkDeclared checks X-Amz-Content-Sha256. The forms with chunked encoding (STREAMING-…) are refused: boto3, the
// AWS CLI and the Go SDK use them over TLS only, where a trailer saves them from reading the body twice; over HTTP,
// which the sandbox speaks, they send the hash (seen with boto3 1.43.11, AWS CLI 1.45.11 and service/s3 v1.114.8).
func checkDeclared(declared string) error {
	switch {
	case declared == "":
		return apierr.New(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	case declared == sigv4.Unsigned, sha256Hex.MatchString(declared):
		return nil
	case strings.HasPrefix(declared, "STREAMING-"):
		return apierr.Unsupported("the payload form %s: over HTTP, sign the payload's hash", declared)
	default:
		return apierr.New(http.StatusBadRequest, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
	}
}

// hashedBody is a body that must have the hash that its request declares: its end is an error otherwise.
type hashedBody struct {
	io.Reader
	hash     hash.Hash
	declared string
}

func (b *hashedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.hash.Write(p[:n])
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if want, err := hex.DecodeString(b.declared); err != nil || !bytes.Equal(b.hash.Sum(nil), want) {
		return n, apierr.New(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.").
			With("ClientComputedContentSHA256", b.declared).With("S3ComputedContentSHA256", hex.EncodeToString(b.hash.Sum(nil)))
	}
	return n, err
}

// s3SignatureError words a signature problem as S3 does ("Error responses" of the S3 API reference).
func s3SignatureError(err error) error {
	switch {
	case errors.Is(err, sigv4.ErrFormat):
		return apierr.New(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; %s", err)
	case errors.Is(err, sigv4.ErrSkew):
		return apierr.New(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
	case errors.Is(err, errExpired):
		return apierr.New(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
	case errors.Is(err, errUnknownKey):
		return apierr.New(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	default:
		return apierr.New(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	}
}

// Package server is the sandbox's HTTP side: it reads requests, checks who sent them, and passes them
// through the dispatcher.
//
// It stays home (design §4.7): requests must be signed, must name a loopback host, and must not come from a page in
// a browser.
package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/sigv4"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

// maxBody is the largest request that Lambda accepts (70,167,211 bytes: a 50 MB archive in base64); no other service
// accepts more.
const maxBody = 70167211

// Config is what a handler gets from the sandbox.
type Config struct {
	Dispatcher  *call.Dispatcher
	Clock       *clock.Clock
	Services    []*wire.Service
	Credentials ports.Credentials
	Regions     ports.Regions
	IDs         *ids.Source
	// Blob opens an archive by its base64 SHA-256 and Secret signs the addresses made by [Handler.BlobURL].
	Blob   func(sha string) (io.ReadCloser, bool)
	Secret string
	// Base is the sandbox's own address, without a slash at the end.
	Base func() string
}

// Handler serves all services of all accounts and Regions on one port.
type Handler struct {
	Config
	services map[string]*wire.Service
}

// New makes a handler.
func New(c Config) *Handler {
	h := &Handler{Config: c, services: map[string]*wire.Service{}}
	for _, s := range c.Services {
		h.services[s.Name] = s
	}
	return h
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := h.IDs.Next("", "", "request", "").UUID()
	if err := stayHome(r); err != nil {
		plainError(w, err, requestID)
		return
	}
	if strings.HasPrefix(r.URL.Path, clockPath) && r.Header.Get("Authorization") == "" {
		h.serveClock(w, r)
		return
	}
	defer h.Clock.Begin()() // a stepped clock stands still meanwhile
	if sha, ok := strings.CutPrefix(r.URL.Path, blobPath); ok && r.Header.Get("Authorization") == "" {
		h.serveBlob(w, r, sha)
		return
	}
	sig, err := sigv4.Parse(r)
	if err != nil {
		err = signatureError(nil, err)
		if r.URL.Query().Has("X-Amz-Signature") {
			err = apierr.Unsupported("presigned addresses: sign the header")
		}
		plainError(w, err, requestID)
		return
	}
	svc := h.services[sig.Service]
	if svc == nil {
		plainError(w, apierr.Unsupported("the service %q", sig.Service), requestID)
		return
	}
	svc = svc.For(r)
	if svc.Streams() && !isCall(r) {
		h.serveStream(w, r, sig, svc, requestID)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		plainError(w, apierr.New(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "Request must be smaller than %d bytes", maxBody), requestID)
		return
	}
	caller, err := h.caller(r, sig, svc, func(secret string) error { return sig.Verify(r, body, secret, time.Now()) })
	if err != nil {
		svc.EncodeError(w, "", err, requestID)
		return
	}
	if isCall(r) {
		h.serveCall(w, r, body, caller, svc, requestID)
		return
	}
	h.serveRequest(w, r, body, caller, svc, requestID)
}

// serveRequest answers a request in the service's own protocol.
func (h *Handler) serveRequest(w http.ResponseWriter, r *http.Request, body []byte, c call.Caller, svc *wire.Service, requestID string) {
	name, err := svc.Route(r, body)
	if err != nil {
		svc.EncodeError(w, "", err, requestID)
		return
	}
	h.answer(w, r, c, svc, name, requestID, func(in any) error { return svc.Decode(name, r, body, in) })
}

// answer makes the call and writes what comes of it; decode fills the input.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, c call.Caller, svc *wire.Service, name, requestID string, decode func(in any) error) {
	op, in, err := h.operation(svc.Name, name)
	if err == nil {
		err = decode(in)
	}
	var out any
	if err == nil {
		out, err = h.Dispatcher.Do(r.Context(), c, op, in)
	}
	if err == nil {
		err = svc.Encode(w, name, out, requestID)
	}
	if err != nil {
		svc.EncodeError(w, name, err, requestID)
	}
}

// caller checks the signature and says who sent the request.
func (h *Handler) caller(r *http.Request, sig sigv4.Request, svc *wire.Service, verify func(secret string) error) (call.Caller, error) {
	cred, ok := h.Credentials.Credential(sig.AccessKey)
	if !ok {
		return call.Caller{}, signatureError(svc, errUnknownKey)
	}
	if err := verify(cred.Secret); err != nil {
		return call.Caller{}, signatureError(svc, err)
	}
	if r.Header.Get("X-Amz-Security-Token") != cred.Token {
		return call.Caller{}, signatureError(svc, errUnknownKey)
	}
	if !cred.Expires.IsZero() && time.Now().After(cred.Expires) {
		return call.Caller{}, signatureError(svc, errExpired)
	}
	if !global(svc.Name) && !h.Regions.Enabled(cred.Caller.Account, sig.Region) {
		// A Region that the account has not opted into does not know the account's keys.
		return call.Caller{}, signatureError(svc, errUnknownKey)
	}
	c := cred.Caller
	c.Region = sig.Region
	return c, nil
}

// global says whether a service has one address for all Regions: its requests are signed for us-east-1, whatever
// Regions the account uses (reference sheet §1.1).
func global(service string) bool {
	return service == "iam" || service == "organizations" || service == "account"
}

var (
	errUnknownKey = errors.New("access key is not known")
	errExpired    = errors.New("session is over")
)

// signatureError words a signature problem as the service's protocol does (botocore and the SDKs know both forms).
// svc is nil where the request did not even name one.
func signatureError(svc *wire.Service, err error) error {
	if svc != nil && svc.Streams() {
		return s3SignatureError(err)
	}
	query := svc != nil && svc.Query()
	code := func(json, xml string) string {
		if query {
			return xml
		}
		return json
	}
	switch {
	case errors.Is(err, sigv4.ErrMissing):
		return apierr.New(http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
	case errors.Is(err, sigv4.ErrFormat):
		return apierr.New(http.StatusBadRequest, code("IncompleteSignatureException", "IncompleteSignature"), "%s", err)
	case errors.Is(err, sigv4.ErrSkew):
		return apierr.New(http.StatusForbidden, code("InvalidSignatureException", "SignatureDoesNotMatch"), "Signature expired: the request's time is more than 15 min from the sandbox's.")
	case errors.Is(err, errExpired):
		return apierr.New(http.StatusForbidden, code("ExpiredTokenException", "ExpiredToken"), "The security token included in the request is expired")
	case errors.Is(err, errUnknownKey):
		return apierr.New(http.StatusForbidden, code("UnrecognizedClientException", "InvalidClientTokenId"), "The security token included in the request is invalid.")
	default:
		return apierr.New(http.StatusForbidden, code("InvalidSignatureException", "SignatureDoesNotMatch"), "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
}

// stayHome refuses a foreign Host (a rebound DNS name) and any Origin (a page in a browser).
func stayHome(r *http.Request) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return apierr.New(http.StatusForbidden, "AccessDenied", "the sandbox answers to loopback names only, not to %q", r.Host)
	}
	if r.Header.Get("Origin") != "" {
		return apierr.New(http.StatusForbidden, "AccessDenied", "the sandbox does not answer browsers")
	}
	return nil
}

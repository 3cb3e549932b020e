package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

const (
	// callPath is the path of calls by operation name, with the API's plain JSON: POST callPath + OPERATION, signed for the
	// service. The stand-in for boto3 uses it.
	callPath = "/layerfleet/call/"
	blobPath = "/layerfleet/blob/"
)

// isCall distinguishes a call by name from a request for an object of a bucket that is named as the path begins: S3 has no POST
// for an object without a query.
func isCall(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, callPath) && r.Method == http.MethodPost && r.URL.RawQuery == ""
}

// operation finds a claimed operation and makes an empty input for it.
func (h *Handler) operation(service, name string) (*call.Op, any, error) {
	op, ok := h.Dispatcher.Operation(service, name)
	if !ok {
		return nil, nil, apierr.Unsupported("the operation %s of %s", name, service)
	}
	return op, reflect.New(op.In).Interface(), nil
}

// serveCall answers a call by name.
func (h *Handler) serveCall(w http.ResponseWriter, r *http.Request, body []byte, c call.Caller, svc *wire.Service, requestID string) {
	name := strings.TrimPrefix(r.URL.Path, callPath)
	op, in, err := h.operation(svc.Name, name)
	if err == nil {
		err = svc.DecodeJSON(name, body, in)
	}
	var out any
	if err == nil {
		out, err = h.Dispatcher.Do(r.Context(), c, op, in)
	}
	var data []byte
	if err == nil {
		data, err = svc.EncodeJSON(name, out)
	}
	if err != nil {
		plainError(w, err, requestID)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", requestID)
	_, _ = w.Write(data) // the client went away
}

// plainError answers where no protocol is known yet, in JSON with both forms of the code.
func plainError(w http.ResponseWriter, err error, requestID string) {
	status, code, message := http.StatusInternalServerError, "InternalFailure", "the sandbox failed"
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		status, code, message = wire.StatusOf(err), ae.ErrorCode(), ae.ErrorMessage()
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Requestid", requestID)
	h.Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
}

// BlobURL is the address of an archive. Its signature takes the place of the query string of a presigned S3 address.
func (h *Handler) BlobURL(sha string) string {
	return h.Base() + blobPath + url.PathEscape(sha) + "?signature=" + h.signature(sha)
}

// signature signs what an address stands for.
func (h *Handler) signature(what string) string {
	mac := hmac.New(sha256.New, []byte(h.Secret))
	mac.Write([]byte(what))
	return hex.EncodeToString(mac.Sum(nil))
}

func (h *Handler) serveBlob(w http.ResponseWriter, r *http.Request, sha string) {
	if !hmac.Equal([]byte(r.URL.Query().Get("signature")), []byte(h.signature(sha))) {
		http.Error(w, "the address is not signed by this sandbox", http.StatusForbidden)
		return
	}
	data, ok := h.Blob(sha)
	if !ok {
		http.NotFound(w, r)
		return
	}
	defer func() { _ = data.Close() }() // it was only read
	w.Header().Set("Content-Type", "application/zip")
	_, _ = io.Copy(w, data) // the client went away
}

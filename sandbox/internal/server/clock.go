package server

import (
	"crypto/hmac"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// clockPath is the sandbox's clock for those in other processes. A signature that keeps others off ends it.
const clockPath = "/layerfleet/clock/"

// ClockURL is the address of the clock. It has no character that a shell would expand.
func (h *Handler) ClockURL() string { return h.Base() + clockPath + h.signature(clockPath) }

// serveClock answers what time it is and how fast it passes. With sleep=DURATION it lets so much pass first. Who asks is
// outside: the request is not in flight.
func (h *Handler) serveClock(w http.ResponseWriter, r *http.Request) {
	if !hmac.Equal([]byte(strings.TrimPrefix(r.URL.Path, clockPath)), []byte(h.signature(clockPath))) {
		http.Error(w, "the address is not signed by this sandbox", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodPost {
		d, err := time.ParseDuration(r.URL.Query().Get("sleep"))
		if err != nil {
			http.Error(w, "sleep: "+err.Error(), http.StatusBadRequest)
			return
		}
		if h.Clock.Outside().Sleep(r.Context(), d) != nil {
			return // who asked went away
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"now": h.Clock.Now(), "speed": h.Clock.Speed()}) // as above
}

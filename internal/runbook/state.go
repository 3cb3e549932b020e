package runbook

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxState is how many bytes of a state are read, so that a damaged one does not fill the memory.
const maxState = 16 << 20

// state writes content down: JSON, deflated, in base64. Revisions are alike, and cost little after the first.
func (c Content) state() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("writing the state down: %w", err)
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", fmt.Errorf("writing the state down: %w", err)
	}
	var lines []string
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(b.Bytes())), 116) {
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n"), nil
}

func readState(text string) (Content, error) {
	fail := func(err error) (Content, error) {
		return Content{}, fmt.Errorf("the state in the template is damaged: %w", err)
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return fail(err)
	}
	data, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxState))
	if err != nil {
		return fail(err)
	}
	var c Content
	if err := json.Unmarshal(data, &c); err != nil {
		return fail(err)
	}
	return c, nil
}

package secret_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer/secret"
)

// drawn is a text that is as random as a secret; no real one stands in this file.
func drawn(letters string, n int) string {
	r := rand.New(rand.NewPCG(7, uint64(n))) //nolint:gosec // runs repeat
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

const (
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

func scanner(t testing.TB) *secret.Scanner {
	t.Helper()
	s, err := secret.NewScanner()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContent(t *testing.T) {
	s := scanner(t)
	key := "-----BEGIN RSA PRIVATE KEY-----\n" + drawn(alnum, 64) + "\n" + drawn(alnum, 64) + "\n-----END RSA PRIVATE KEY-----\n"
	tests := []struct {
		name, text, rule string
		line             int
		sure             bool
	}{
		{name: "nothing", text: "x = 1\n"},
		{name: "AWS", text: "a\nb\nkey = 'AKIA" + drawn(upper, 16) + "'\n", rule: "aws-access-token", line: 3, sure: true},
		{name: "AWS's example", text: "key = 'AKIAIOSFODNN7EXAMPLE'\n"},
		{name: "private key", text: key, rule: "private-key", line: 1, sure: true},
		{name: "private key far in", text: strings.Repeat("# nothing to see\n", 10000) + key, rule: "private-key", line: 10001, sure: true},
		{name: "public key", text: strings.ReplaceAll(key, "PRIVATE", "PUBLIC")},
		{name: "GitHub", text: "token: ghp_" + drawn(alnum, 36), rule: "github-pat", line: 1, sure: true},
		{name: "GitHub, too plain", text: "token: ghp_" + strings.Repeat("a", 36)},
		{name: "Slack", text: "xoxb-" + drawn("0123456789", 12) + "-" + drawn("0123456789", 12) + "-" + drawn(alnum, 24), rule: "slack-bot-token", line: 1, sure: true},
		{name: "a key of whatever", text: "api_key = \"" + drawn(alnum, 40) + "\"", rule: "generic-api-key", line: 1},
		{name: "binary", text: "\x00key = 'AKIA" + drawn(upper, 16) + "'\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.Content("python/a.py", []byte(tt.text))
			if tt.rule == "" {
				if len(got) > 0 {
					t.Errorf("found %+v", got)
				}
				return
			}
			i := slices.IndexFunc(got, func(m secret.Match) bool { return m.Rule == tt.rule })
			if i < 0 || got[i].Line != tt.line || got[i].Sure != tt.sure {
				t.Errorf("found %+v", got)
			}
		})
	}
}

func TestName(t *testing.T) {
	tests := map[string]bool{
		"python/.env": true, ".env.production": true, ".env.example": false, "python/env.py": false, ".git/config": true, "a/.git/objects/x": true, "python/.gitignore": false,
		".github/workflows/x.yml": false, ".aws/credentials": true, "python/botocore/credentials.py": false, "id_rsa": true, "id_rsa.pub": false, "certs/server.p12": true,
		"certs/cacert.pem": false, "a/.netrc": true, "node_modules/.bin/x": false, "terraform.tfstate": true, "config.json": false, ".docker/config.json": true, ".npmrc": false,
	}
	for name, want := range tests {
		if got := secret.Name(name); (got != "") != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestRulesCompile holds an update of the rules to what the scanner can do.
func TestRulesCompile(t *testing.T) {
	data, err := os.ReadFile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Source string
		Rules  []struct {
			ID, Regex, Path string
			Keywords        []string
			Allow           []struct{ Regexes []string }
		}
		Allow struct{ Regexes []string }
	}
	if err := json.Unmarshal(data, &file); err != nil || !strings.Contains(file.Source, "gitleaks v") || len(file.Rules) < 200 {
		t.Fatalf("%v, from %q, %d rules", err, file.Source, len(file.Rules))
	}
	texts := file.Allow.Regexes
	for _, r := range file.Rules {
		texts = append(texts, r.Regex, r.Path)
		for _, k := range r.Keywords {
			if k != strings.ToLower(k) || k == "" {
				t.Errorf("%s: keyword %q", r.ID, k)
			}
		}
		for _, a := range r.Allow {
			texts = append(texts, a.Regexes...)
		}
	}
	for _, text := range texts {
		if _, err := regexp.Compile(text); err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkContent scans a megabyte of code, in which common keywords are.
func BenchmarkContent(b *testing.B) {
	s := scanner(b)
	var text strings.Builder
	for i := 0; text.Len() < 1<<20; i++ {
		fmt.Fprintf(&text, "def function_%d(self, key, access=None, *args):\n    return self._token[key].api(access or %d)\n", i, i)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s.Content("a.py", data)
	}
}

func FuzzContent(f *testing.F) {
	s := scanner(f)
	f.Add("a.py", []byte("key = 'AKIA"+drawn(upper, 16)+"'\n"))
	f.Add("x.tf", []byte("-----BEGIN PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		secret.Name(name)
		for _, m := range s.Content(name, data) {
			if m.Rule == "" || m.Line < 1 || m.Line > 1+strings.Count(string(data), "\n") {
				t.Errorf("%+v", m)
			}
		}
	})
}

// Package secret finds what must stay secret in files: by what they are called, and by
// what is in them. It says where something is and of which kind, and never its value.
//
// The rules for contents are those of gitleaks (see rules.json, whose source is named in
// it, and gitleaks-LICENSE). A keyword has to be there before a rule's regular expression
// runs, and then it runs around the keyword alone.
package secret

import (
	"bytes"
	_ "embed" // for the rules
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Match is something in a file that looks like a secret.
type Match struct {
	Rule  string // its id
	About string // what it looks like, such as "private key"
	Line  int    // from 1; of the first, where there are several
	// Sure says that the form is one that nothing but secrets has.
	Sure bool
}

//go:embed rules.json
var file []byte

type (
	rules struct {
		Source string  `json:"source"`
		Allow  allow   `json:"allow"`
		Rules  []*rule `json:"rules"`
	}
	rule struct {
		ID       string   `json:"id"`
		Regex    string   `json:"regex"`
		Keywords []string `json:"keywords"`
		Entropy  float64  `json:"entropy"`
		Path     string   `json:"path"`  // of files to look into; empty for all
		Never    string   `json:"never"` // of files not to look into
		Group    int      `json:"group"`
		Noted    bool     `json:"noted"`
		Allow    []allow  `json:"allow"`

		compile func() *regexp.Regexp
		paths   func() *regexp.Regexp // nil for all
		never   func() *regexp.Regexp // nil for none
	}
	allow struct {
		Regexes   []string `json:"regexes"`
		Stopwords []string `json:"stopwords"`
		Target    string   `json:"target"` // match, line, or the secret

		compile func() []*regexp.Regexp
	}
)

// Scanner looks for secrets. It may be used by several goroutines at once.
type Scanner struct {
	rules rules
	words *automaton // of keywords; its values are places in rules
}

// NewScanner reads the rules. Regular expressions are compiled when they are needed.
func NewScanner() (*Scanner, error) {
	s := &Scanner{}
	if err := json.Unmarshal(file, &s.rules); err != nil {
		return nil, fmt.Errorf("rules.json: %w", err)
	}
	keywords := map[string][]int{}
	after, valued := make([]int, len(s.rules.Rules)), make([]bool, len(s.rules.Rules))
	for i, r := range s.rules.Rules {
		for _, k := range r.Keywords {
			keywords[k] = append(keywords[k], i)
		}
		r.compile = lazy(r.Regex)
		after[i] = r.after()
		valued[i] = r.Noted && after[i] == afterLine
		if r.Path != "" {
			r.paths = lazy(r.Path)
		}
		if r.Never != "" {
			r.never = lazy(r.Never)
		}
		for j := range r.Allow {
			r.Allow[j].prepare()
		}
	}
	s.rules.Allow.prepare()
	s.words = newAutomaton(keywords, after, valued)
	return s, nil
}

// after is how much of a file a rule looks at after its keyword.
func (r *rule) after() int {
	for _, lines := range []string{`(?s`, `\s\S`, `\n`} {
		if strings.Contains(r.Regex, lines) {
			return afterMany
		}
	}
	return afterLine
}

func lazy(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) }) // a test compiles all
}

func (a *allow) prepare() {
	a.compile = sync.OnceValue(func() []*regexp.Regexp {
		list := make([]*regexp.Regexp, len(a.Regexes))
		for i, text := range a.Regexes {
			list[i] = regexp.MustCompile(text)
		}
		return list
	})
}

// binaryHead is how many bytes tell a binary file: a zero byte, as git does.
const binaryHead = 8000

// Content looks into a file, and gives a match for each rule that it breaks. Binary
// files are not looked into.
func (s *Scanner) Content(name string, data []byte) []Match {
	if bytes.IndexByte(data[:min(len(data), binaryHead)], 0) >= 0 {
		return nil
	}
	var found []Match
	for i, spans := range s.words.find(data) {
		r := s.rules.Rules[i]
		if r.paths != nil && !r.paths().MatchString(name) || r.never != nil && r.never().MatchString(name) {
			continue
		}
		if at := s.first(r, data, spans); at >= 0 {
			found = append(found, Match{Rule: r.ID, About: about(r.ID), Line: 1 + bytes.Count(data[:at], []byte("\n")), Sure: !r.Noted})
		}
	}
	slices.SortFunc(found, func(a, b Match) int { return strings.Compare(a.Rule, b.Rule) })
	return found
}

// first is where a rule's first secret begins; -1 without one.
func (s *Scanner) first(r *rule, data []byte, spans []span) int {
	for _, sp := range spans {
		part := data[sp.from:sp.to]
		for _, m := range r.compile().FindAllSubmatchIndex(part, -1) {
			if secret := r.secret(part, m); r.strong(secret) && !s.allowed(r, secret, part[m[0]:m[1]], line(part, m[0])) {
				return sp.from + m[0]
			}
		}
	}
	return -1
}

// secret is the part of a match that is the secret itself.
func (r *rule) secret(part []byte, m []int) string {
	group := r.Group
	for g := 1; group == 0 && g < len(m)/2; g++ {
		if m[2*g] >= 0 && m[2*g+1] > m[2*g] {
			group = g
		}
	}
	if group >= len(m)/2 || m[2*group] < 0 {
		group = 0
	}
	return string(part[m[2*group]:m[2*group+1]])
}

// strong reports whether a text is as random as the rule asks for.
func (r *rule) strong(secret string) bool { return r.Entropy == 0 || entropy(secret) > r.Entropy }

// entropy is Shannon's, in bits for each letter.
func entropy(s string) (bits float64) {
	counts := map[rune]int{}
	n := 0
	for _, r := range s {
		counts[r]++
		n++
	}
	for _, c := range counts {
		p := float64(c) / float64(n)
		bits -= p * math.Log2(p)
	}
	return bits
}

// line is the one that a place is in, as far as the part has it.
func line(part []byte, at int) []byte {
	from := bytes.LastIndexByte(part[:at], '\n') + 1
	to := bytes.IndexByte(part[at:], '\n')
	if to < 0 {
		return part[from:]
	}
	return part[from : at+to]
}

func (s *Scanner) allowed(r *rule, secret string, match, line []byte) bool {
	return s.rules.Allow.has(secret, match, line) || slices.ContainsFunc(r.Allow, func(a allow) bool { return a.has(secret, match, line) })
}

func (a allow) has(secret string, match, line []byte) bool {
	target := []byte(secret)
	switch a.Target {
	case "match":
		target = match
	case "line":
		target = line
	}
	lower := strings.ToLower(secret)
	return slices.ContainsFunc(a.compile(), func(r *regexp.Regexp) bool { return r.Match(target) }) ||
		slices.ContainsFunc(a.Stopwords, func(w string) bool { return strings.Contains(lower, strings.ToLower(w)) })
}

// about turns a rule's id into words.
func about(id string) string { return strings.ReplaceAll(id, "-", " ") }

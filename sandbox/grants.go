package sandbox

import "github.com/layerfleet/layerfleet/sandbox/internal/services/iam"

// GrantUse is one Allow statement of a role's policies with how often each of its patterns allowed a call.
// Of several statements that allow the same call the first is counted, so a grant that repeats another stays at 0.
type GrantUse struct {
	Policy    string // name of an inline policy, or ARN of a managed one
	Statement int    // index in the document
	Sid       string
	Actions   []PatternUse
	Resources []PatternUse
}

// PatternUse is an action or resource pattern with its count.
type PatternUse struct {
	Pattern string
	Uses    uint64
}

// Grants says which permissions of a role were used so far, and how often: a test's proof that a role holds none that
// nobody needs. It answers false when there is no such role.
func (s *Sandbox) Grants(account, role string) ([]GrantUse, bool) {
	have, ok := s.iam.Grants(account, role)
	out := make([]GrantUse, len(have))
	for i, g := range have {
		out[i] = GrantUse{Policy: g.Policy, Statement: g.Statement, Sid: g.Sid, Actions: uses(g.Actions), Resources: uses(g.Resources)}
	}
	return out, ok
}

func uses(have []iam.PatternUse) []PatternUse {
	out := make([]PatternUse, len(have))
	for i, p := range have {
		out[i] = PatternUse(p)
	}
	return out
}

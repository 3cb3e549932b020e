package iampolicy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

const currentVersion = "2012-10-17"

var (
	vendorPattern = regexp.MustCompile(`^[a-zA-Z0-9-]+$`)
	sidPattern    = regexp.MustCompile(`^[a-zA-Z0-9]*$`)
)

// Parse reads and compiles a document. Its error is a [*MalformedError] or an [*UnsupportedError].
//
// The reasons are from users' reports of CreateRole, CreatePolicy and PutRolePolicy; AWS does not document them.
func Parse(text string, kind Kind) (*Policy, error) {
	if !json.Valid([]byte(text)) {
		return nil, malformed("This policy contains invalid Json")
	}
	top, err := object(json.RawMessage(text))
	if err != nil {
		return nil, malformed("Syntax errors in policy.")
	}
	p := &Policy{Version: "2008-10-17"}
	var statements json.RawMessage
	for _, m := range top {
		switch m.name {
		case "Version":
			if json.Unmarshal(m.value, &p.Version) != nil || p.Version != currentVersion && p.Version != "2008-10-17" {
				return nil, malformed("Syntax errors in policy.")
			}
		case "Id":
			if json.Unmarshal(m.value, &p.ID) != nil {
				return nil, malformed("Syntax errors in policy.")
			}
		case "Statement":
			statements = m.value
		default:
			return nil, unknownField(kind, m.name)
		}
	}
	items, err := list(statements)
	if err != nil || len(statements) == 0 || len(items) == 0 {
		return nil, malformed("Syntax errors in policy.")
	}
	sids := map[string]bool{}
	for _, raw := range items {
		st, err := parseStatement(raw, kind, p.Version == currentVersion)
		if err != nil {
			return nil, err
		}
		if st.Sid != "" && sids[st.Sid] {
			return nil, malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[st.Sid] = true
		p.Statements = append(p.Statements, st)
	}
	return p, nil
}

func unknownField(kind Kind, name string) error {
	if kind == Trust {
		return malformed("Unknown field %s", name)
	}
	return malformed("Syntax errors in policy.")
}

func parseStatement(raw json.RawMessage, kind Kind, variables bool) (Statement, error) {
	var st Statement
	members, err := object(raw)
	if err != nil {
		return st, malformed("Syntax errors in policy.")
	}
	var actions, resources, principal, condition *member
	effect := ""
	for i := range members {
		m := &members[i]
		slot := &condition
		switch m.name {
		case "Sid":
			if json.Unmarshal(m.value, &st.Sid) != nil || kind != Resource && !sidPattern.MatchString(st.Sid) {
				return st, malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
			}
			continue
		case "Effect":
			if json.Unmarshal(m.value, &effect) != nil || effect != "Allow" && effect != "Deny" {
				return st, malformed("Syntax errors in policy.")
			}
			continue
		case "Action", "NotAction":
			slot = &actions
		case "Resource", "NotResource":
			if kind == Trust {
				return st, malformed("Has prohibited field %s", m.name)
			}
			slot = &resources
		case "Principal", "NotPrincipal":
			if kind == Identity {
				return st, malformed("Policy document should not specify a principal.")
			}
			slot = &principal
		case "Condition":
		default:
			return st, unknownField(kind, m.name)
		}
		if *slot != nil { // Action next to NotAction, and so on
			return st, malformed("Syntax errors in policy.")
		}
		*slot = m
	}
	switch {
	case effect == "":
		return st, malformed("Syntax errors in policy.")
	case principal == nil && kind != Identity:
		return st, malformed("Missing required field Principal")
	}
	st.Deny = effect == "Deny"
	if err := st.setActions(actions, kind); err != nil {
		return st, err
	}
	if err := st.setResources(resources, kind, variables); err != nil {
		return st, err
	}
	if principal != nil {
		if st.principals, err = parsePrincipals(principal.value, principal.name == "NotPrincipal"); err != nil {
			return st, err
		}
	}
	if condition != nil {
		st.conditions, err = parseConditions(condition.value, variables)
	}
	return st, err
}

var trustActions = []string{"sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:*"}

func (st *Statement) setActions(m *member, kind Kind) error {
	if m == nil {
		return malformed("Policy statement must contain actions.")
	}
	values, err := stringList(m.value)
	if err != nil {
		return malformed("Syntax errors in policy.")
	}
	if len(values) == 0 {
		return malformed("Policy statement must contain actions.")
	}
	st.Actions, st.NotActions = values, m.name == "NotAction"
	for _, v := range values {
		if v != "*" {
			vendor, _, ok := strings.Cut(v, ":")
			if !ok {
				return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
			}
			if !vendorPattern.MatchString(vendor) {
				return malformed("Vendor %s is not valid", vendor)
			}
		}
		lower := strings.ToLower(v)
		if kind == Trust && !slices.Contains(trustActions, lower) {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
		p, err := compilePattern(lower, false, true)
		if err != nil {
			return err
		}
		st.actions = append(st.actions, p)
	}
	return nil
}

func (st *Statement) setResources(m *member, kind Kind, variables bool) error {
	if m == nil {
		if kind == Trust {
			return nil
		}
		return malformed("Policy statement must contain resources.")
	}
	values, err := stringList(m.value)
	if err != nil {
		return malformed("Syntax errors in policy.")
	}
	if len(values) == 0 {
		return malformed("Policy statement must contain resources.")
	}
	st.Resources, st.NotResources = values, m.name == "NotResource"
	for _, v := range values {
		if v != "*" && !strings.HasPrefix(v, "arn:") {
			return malformed(`Resource %s must be in ARN format or "*".`, v)
		}
		p, err := compilePattern(v, variables, true)
		if err != nil {
			return err
		}
		st.resources = append(st.resources, p)
	}
	return nil
}

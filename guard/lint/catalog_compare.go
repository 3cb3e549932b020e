package lint

// comparisons are the codes about what an operator asks.
func comparisons() []Entry {
	return []Entry{
		{
			Code: IgnoredNot, Title: "a 'not' before a comparison or call is ignored",
			Why: `
A leading "not" or "!" is read and then forgotten, unless the clause asks "exists",
"empty" or for a type, or names a rule. Before "==", "in", "<" and the like, and before
the call of a parameterized rule, it changes nothing: the clause means its opposite.
Negate the operator instead: "!=", "not in", ">=" for "<".`,
			Avoid: `
rule not_root when configuration.user exists {
    not configuration.user == "root"
}
`,
			Prefer: `
rule not_root when configuration.user exists {
    configuration.user != "root"
}
`,
			Cases: []Case{
				{"runs as root", `{"configuration": {"user": "root"}}`, VerdictPass, VerdictFail},
				{"runs as somebody else", `{"configuration": {"user": "app"}}`, VerdictFail, VerdictPass},
			},
		},
		{
			Code: QueryInequality, Title: "'!=' between two queries compares sets, and almost always fails",
			Why: `
If the right-hand side is a query too, or a variable that holds the result of one, both
sides are taken as sets. For "!=" the engines first take what the longer side has and the
shorter has not (the right side is the longer if they are equal), and then want every
value of the left side to be in that difference. Unless the left side selects more values
than the right one, nothing can satisfy this. The rule for outdated layers that AWS
publishes is of this kind: a function with a single layer can never comply, whatever the
layer is. "not in" asks what was meant.`,
			Avoid: `
rule no_old_layer when configuration.layers !empty {
    some configuration.layers[*].arn != CONFIG_RULE_PARAMETERS.OldLayerArn
}
`,
			Prefer: `
rule no_old_layer when configuration.layers !empty {
    configuration.layers[*].arn not in CONFIG_RULE_PARAMETERS.OldLayerArn
}
`,
			Cases: []Case{
				{"the old layer", layers(`{"arn": "old"}`), VerdictFail, VerdictFail},
				{"the new layer", layers(`{"arn": "new"}`), VerdictFail, VerdictPass},
				{"the new layer and another", layers(`{"arn": "new"}, {"arn": "other"}`), VerdictPass, VerdictPass},
				{"the old layer and another", layers(`{"arn": "old"}, {"arn": "other"}`), VerdictFail, VerdictFail},
			},
		},
		{
			Code: QueryEquality, Title: "'==' between two queries compares sets",
			Why: `
If the right-hand side is a query too, both sides are taken as sets, and the clause
fails for every value of the longer side that the shorter does not have. With several
values on the right it fails although all values on the left are among them; repeated
values do not count. "in" asks whether every value on the left is one on the right.`,
			Avoid: `
rule allowed_subnets {
    used[*] == allowed[*]
}
`,
			Prefer: `
rule allowed_subnets {
    used[*] in allowed[*]
}
`,
			Cases: []Case{
				{"uses one of the two", `{"used": ["a"], "allowed": ["a", "b"]}`, VerdictFail, VerdictPass},
				{"uses another", `{"used": ["c"], "allowed": ["a", "b"]}`, VerdictFail, VerdictFail},
				{"uses one twice", `{"used": ["a", "a", "b"], "allowed": ["a", "b"]}`, VerdictPass, VerdictPass},
			},
		},
		{
			Code: SomeInequality, Title: "'some … !=' passes as soon as one value differs",
			Why: `
"some" makes a clause pass if one of the values satisfies it. With "!=" or "not in" one
nearly always does: any second value is enough. To forbid a value, ask all of them, which
is what a query without "some" does.`,
			Avoid: `
rule no_old_layer when configuration.layers !empty {
    some configuration.layers[*].arn != "old"
}
`,
			Prefer: `
rule no_old_layer when configuration.layers !empty {
    configuration.layers[*].arn != "old"
}
`,
			Cases: []Case{
				{"the old layer alone", layers(`{"arn": "old"}`), VerdictFail, VerdictFail},
				{"the old layer and another", layers(`{"arn": "old"}, {"arn": "other"}`), VerdictPass, VerdictFail},
				{"the new layer", layers(`{"arn": "new"}`), VerdictPass, VerdictPass},
			},
		},
		{
			Code: SomeInQuery, Title: "'some … in' with a query on the right wants all values",
			Why: `
With a literal list on the right, "some a[*] in […]" passes if one value is in it. With a
query on the right the engines only collect the values that are not in it: one such value
fails the clause, and "some" does nothing. Select the values that are in the list, and ask
whether there are any.`,
			Avoid: `
let approved = approved
rule an_approved_group {
    some groups[*] in %approved
}
`,
			Prefer: `
let approved = approved
rule an_approved_group {
    groups[ this in %approved ] !empty
}
`,
			Cases: []Case{
				{"one of two is approved", `{"groups": ["a", "x"], "approved": ["a", "b"]}`, VerdictFail, VerdictPass},
				{"none is approved", `{"groups": ["x"], "approved": ["a", "b"]}`, VerdictFail, VerdictFail},
			},
		},
	}
}

// layers is a configuration item with layers, and the parameter of the rule.
func layers(list string) string {
	return `{"configuration": {"layers": [` + list + `]}, "CONFIG_RULE_PARAMETERS": {"OldLayerArn": "old"}}`
}

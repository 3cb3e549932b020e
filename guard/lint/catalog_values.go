package lint

// values are the codes about values of different kinds.
func values() []Entry {
	return []Entry{
		{
			Code: SubstringIn, Title: "'in' with a string asks for a part of it",
			Why: `
With a string on the right, "in" passes for every part of the string, also for the empty
one. For one value write "==", for several a list in brackets.`,
			Avoid: `
rule stage {
    tags.stage in "production"
}
`,
			Prefer: `
rule stage {
    tags.stage == "production"
}
`,
			Cases: []Case{
				{"another word that is part of it", `{"tags": {"stage": "prod"}}`, VerdictPass, VerdictFail},
				{"the empty string", `{"tags": {"stage": ""}}`, VerdictPass, VerdictFail},
				{"the word", `{"tags": {"stage": "production"}}`, VerdictPass, VerdictPass},
			},
		},
		{
			Code: ListInequality, Title: "'!= […]' fails for every value that is not a list",
			Why: `
A single value and a list of several cannot be compared, and what cannot be compared
fails, negated or not. To forbid several values write "not in".`,
			Avoid: `
rule not_outdated when configuration.runtime exists {
    configuration.runtime != ["python3.8", "nodejs16.x"]
}
`,
			Prefer: `
rule not_outdated when configuration.runtime exists {
    configuration.runtime not in ["python3.8", "nodejs16.x"]
}
`,
			Cases: []Case{
				{"a supported runtime", `{"configuration": {"runtime": "python3.13"}}`, VerdictFail, VerdictPass},
				{"an outdated runtime", `{"configuration": {"runtime": "python3.8"}}`, VerdictFail, VerdictFail},
			},
		},
		{
			Code: StringOrder, Title: "strings are ordered letter by letter",
			Why: `
"<", "<=", ">" and ">=" compare strings letter by letter: "python3.12" comes before
"python3.9". A string and a number cannot be compared at all, and the clause fails; the
parameters of an AWS Config rule are always strings. List what is allowed, or match it
with a pattern.`,
			Avoid: `
rule recent_python {
    configuration.runtime >= "python3.9"
}
`,
			Prefer: `
rule recent_python {
    configuration.runtime == /^python3\.(9|[1-9][0-9])$/
}
`,
			Cases: []Case{
				{"3.12, which is newer", `{"configuration": {"runtime": "python3.12"}}`, VerdictFail, VerdictPass},
				{"3.8, which is older", `{"configuration": {"runtime": "python3.8"}}`, VerdictFail, VerdictFail},
				{"something else", `{"configuration": {"runtime": "ruby3.3"}}`, VerdictPass, VerdictFail},
			},
		},
		{
			Code: IntFloat, Title: "a whole number and one with a fraction cannot be compared",
			Why: `
In a document 2 is a whole number, and 2.0 is a number with a fraction. A comparison of one
kind with the other fails whatever the numbers are. Where both may occur, ask for both.`,
			Avoid: `
rule low_threshold {
    threshold <= 1.5
}
`,
			Prefer: `
rule low_threshold {
    threshold <= 1.5 or threshold <= 1
}
`,
			Cases: []Case{
				{"a whole number below", `{"threshold": 1}`, VerdictFail, VerdictPass},
				{"a fraction below", `{"threshold": 0.5}`, VerdictPass, VerdictPass},
				{"a whole number above", `{"threshold": 2}`, VerdictFail, VerdictFail},
			},
		},
		{
			Code: VacuousPass, Title: "a comparison passes on an empty list",
			Why: `
A query that ends in a list without [*] gives the list as one value; "==", "<" and the
like then go through its elements, and "in" asks whether all are among those allowed. In
an empty list there is nothing that could fail, and the clause passes. With [*] an empty
list fails, as a missing one does. If an empty list is fine, say so in a "when".`,
			Avoid: `
rule protected {
    configuration.securityGroups in ["sg-1", "sg-2"]
}
`,
			Prefer: `
rule protected {
    configuration.securityGroups[*] in ["sg-1", "sg-2"]
}
`,
			Cases: []Case{
				{"no group at all", `{"configuration": {"securityGroups": []}}`, VerdictPass, VerdictFail},
				{"an allowed group", `{"configuration": {"securityGroups": ["sg-1"]}}`, VerdictPass, VerdictPass},
				{"another group", `{"configuration": {"securityGroups": ["sg-3"]}}`, VerdictFail, VerdictFail},
			},
		},
	}
}

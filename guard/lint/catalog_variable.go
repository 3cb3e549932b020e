package lint

// variables are the codes about variables and other names.
func variables() []Entry {
	return []Entry{
		{
			Code: VariableList, Title: "a variable that holds a list is one value",
			Why: `
"let v = a.list" binds the list as one value. In %v[*] the [*] goes through the values of
the variable, and there is only one, the list; a list has no properties, and the clause
fails. So does a block over the variable. Bind the elements: "let v = a.list[*]".`,
			Avoid: `
let layers = configuration.layers
rule approved {
    %layers[*].arn == /:layer:approved:/
}
`,
			Prefer: `
let layers = configuration.layers[*]
rule approved {
    %layers[*].arn == /:layer:approved:/
}
`,
			Cases: []Case{
				{"an approved layer", layers(`{"arn": "x:layer:approved:1"}`), VerdictFail, VerdictPass},
				{"another layer", layers(`{"arn": "x:layer:other:1"}`), VerdictFail, VerdictFail},
			},
		},
		{
			Code: VariableEmpty, Title: "'empty' of a variable asks whether it has values",
			Why: `
"%v empty" does not ask whether what %v holds is empty, but whether the query behind it
found anything. "let v = a.list" finds the list, an empty one too: "%v !empty" passes.
Ask the query itself. (After a filter, "let v = a.list[ … ]", the variable has a value
for each element, and the question is right.)`,
			Avoid: `
let layers = configuration.layers
rule has_a_layer {
    %layers !empty
}
`,
			Prefer: `
rule has_a_layer {
    configuration.layers !empty
}
`,
			Cases: []Case{
				{"no layer", layers(``), VerdictPass, VerdictFail},
				{"a layer", layers(`{"arn": "new"}`), VerdictPass, VerdictPass},
			},
		},
		{
			Code: DuplicateName, Title: "a name is bound twice in the same scope",
			Why: `
Of several lets with the same name in a scope only one counts: a literal before a query,
otherwise the last. It counts for the lines above it as well, since the order of lets does
not matter. Give each its own name.`,
			Avoid: `
let allowed = ["python3.12", "python3.13"]
rule supported_python {
    configuration.runtime in %allowed
}
let allowed = ["nodejs22.x"]
`,
			Prefer: `
let allowed = ["python3.12", "python3.13"]
rule supported_python {
    configuration.runtime in %allowed
}
`,
			Cases: []Case{
				{"a supported Python", `{"configuration": {"runtime": "python3.13"}}`, VerdictFail, VerdictPass},
				{"something else", `{"configuration": {"runtime": "nodejs22.x"}}`, VerdictPass, VerdictFail},
			},
		},
		{
			Code: UndefinedName, Title: "an undefined name ends the evaluation",
			Why: `
Whether a variable, rule or function exists is found out only when it is used. If it does
not exist, or was bound in another rule or block, the engine gives up on the whole file:
no rule of it has a verdict. The "when" of a rule cannot see the lets in its body.`,
			Avoid: `
rule supported when %functions !empty {
    let functions = configuration.runtime
    %functions == /^python/
}
`,
			Prefer: `
rule supported when configuration.runtime exists {
    configuration.runtime == /^python/
}
`,
			Cases: []Case{
				{"a function", `{"configuration": {"runtime": "python3.13"}}`, VerdictNone, VerdictPass},
				{"another function", `{"configuration": {"runtime": "ruby3.3"}}`, VerdictNone, VerdictFail},
			},
		},
		{
			Code: Recursion, Title: "a rule or variable that refers to itself crashes the engine",
			Why: `
Nothing stops a rule that names itself, directly or through others, or a variable whose
value begins with the variable: the engine runs out of stack and crashes. A let in a block
hides the one of the same name around it, in its own value too.`,
			Avoid: `
let config = configuration
rule timeout {
    resource {
        let config = %config.limits
        %config.timeout <= 60
    }
}
`,
			Prefer: `
let config = configuration
rule timeout {
    resource {
        let limits = %config.limits
        %limits.timeout <= 60
    }
}
`,
			Cases: []Case{
				{"within the limit", `{"resource": {"id": 1}, "configuration": {"limits": {"timeout": 30}}}`, VerdictNone, VerdictPass},
				{"over the limit", `{"resource": {"id": 1}, "configuration": {"limits": {"timeout": 90}}}`, VerdictNone, VerdictFail},
			},
		},
	}
}

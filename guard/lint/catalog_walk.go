package lint

// walks are the codes about how a query walks.
func walks() []Entry {
	return []Entry{
		{
			Code: FilterAfterStar, Title: "a filter after [*] does not look at the elements",
			Why: `
A filter goes through the elements of a list by itself. After [*] its conditions are
evaluated on what is around the list instead, once for each element: the query selects
nothing, and the clause skips, or it selects everything because of a property of
something else. Leave out the [*]. (Over a map, "Resources.*[ … ]" is right.)`,
			Avoid: `
rule public_ports {
    rules[*][ source == "0.0.0.0/0" ].port == 443
}
`,
			Prefer: `
rule public_ports {
    rules[ source == "0.0.0.0/0" ].port == 443
}
`,
			Cases: []Case{
				{"port 22 is open", `{"rules": [{"source": "0.0.0.0/0", "port": 22}]}`, VerdictSkip, VerdictFail},
				{"port 443 is open", `{"rules": [{"source": "0.0.0.0/0", "port": 443}]}`, VerdictSkip, VerdictPass},
			},
		},
		{
			Code: FilterAfterFilter, Title: "a filter after a filter or an index crashes on maps",
			Why: `
After a filter or an index the current value is one element. If that is a map, which it
usually is, the engines cannot apply another filter to it: they crash, and there is no
verdict at all. Put the conditions into one filter, one after the other.`,
			Avoid: `
rule open_ssh {
    rules[ source == "0.0.0.0/0" ][ port == 22 ] empty
}
`,
			Prefer: `
rule open_ssh {
    rules[ source == "0.0.0.0/0" port == 22 ] empty
}
`,
			Cases: []Case{
				{"port 22 is open", `{"rules": [{"source": "0.0.0.0/0", "port": 22}]}`, VerdictNone, VerdictFail},
				{"port 443 is open", `{"rules": [{"source": "0.0.0.0/0", "port": 443}]}`, VerdictNone, VerdictPass},
			},
		},
		{
			Code: NegativeIndex, Title: "a negative index counts from the front",
			Why: `
The sign of an index is dropped: [-1] is the second element, not the last. There is no
way to name the last element. Ask all of them, or choose one by what it contains.`,
			Avoid: `
rule base_layer_is_last {
    layers[-1] == "base"
}
`,
			Prefer: `
rule base_layer_is_last {
    layers[0] exists
    when layers[1] !exists { layers[0] == "base" }
    when layers[1] exists layers[2] !exists { layers[1] == "base" }
    when layers[2] exists layers[3] !exists { layers[2] == "base" }
}
`,
			Cases: []Case{
				{"last of three", `{"layers": ["a", "b", "base"]}`, VerdictFail, VerdictPass},
				{"second of three", `{"layers": ["a", "base", "b"]}`, VerdictPass, VerdictFail},
			},
		},
		{
			Code: InterpolationIndex, Title: "an index after an interpolated name is applied twice",
			Why: `
In "map.%names[0]" the index picks one of the names, and is then applied again to the
value that was found under the name. If that is not a list, the clause fails. Bind the
one name to a variable of its own.`,
			Avoid: `
let wanted = wanted[*]
rule first_is_on {
    settings.%wanted[0].enabled == true
}
`,
			Prefer: `
let first = wanted[0]
rule first_is_on {
    settings.%first.enabled == true
}
`,
			Cases: []Case{
				{"the first is on", `{"wanted": ["a", "b"], "settings": {"a": {"enabled": true}, "b": {"enabled": false}}}`, VerdictFail, VerdictPass},
				{"the first is off", `{"wanted": ["b", "a"], "settings": {"a": {"enabled": true}, "b": {"enabled": false}}}`, VerdictFail, VerdictFail},
			},
		},
		{
			Code: KeysCapture, Title: "a name before 'keys' is never bound",
			Why: `
"[ name | … ]" captures the names of the members that a filter selects. Before a filter
on keys the name is read and then ignored, and the variable ends the evaluation: the
engine reports an error instead of a verdict. Capture the names with [ name ].`,
			Avoid: `
rule named_buckets {
    Resources[ id | keys == /Bucket$/ ] exists
    %id == /^Prod/
}
`,
			Prefer: `
rule named_buckets {
    Resources[ id ].Type exists
    %id == /^Prod/ or %id != /Bucket$/
}
`,
			Cases: []Case{
				{"a bucket with a good name", `{"Resources": {"ProdBucket": {"Type": "AWS::S3::Bucket"}}}`, VerdictNone, VerdictPass},
				{"a bucket with a bad name", `{"Resources": {"TestBucket": {"Type": "AWS::S3::Bucket"}}}`, VerdictNone, VerdictFail},
			},
		},
		{
			Code: RootInScope, Title: "what is at the root of the document is looked for further down",
			Why: `
In a filter or a block every query begins at the current value, also on the right-hand
side. CONFIG_RULE_PARAMETERS, Resources and supplementaryConfiguration are at the root, and
are not found there: the comparison fails for every element, the filter selects nothing,
and "… empty" passes. Bind the value to a variable at the top of the file; variables are
evaluated where they are bound.`,
			Avoid: `
rule no_old_layer {
    configuration.layers[ arn == CONFIG_RULE_PARAMETERS.OldLayerArn ] empty
}
`,
			Prefer: `
let old = CONFIG_RULE_PARAMETERS.OldLayerArn
rule no_old_layer {
    configuration.layers[ arn == %old ] empty
}
`,
			Cases: []Case{
				{"the old layer", layers(`{"arn": "old"}`), VerdictPass, VerdictFail},
				{"the new layer", layers(`{"arn": "new"}`), VerdictPass, VerdictPass},
			},
		},
	}
}

package doc

import "fmt"

// With makes a document with the members of this one and those of another, as
// "--input-parameters" of cfn-guard does: both must be maps that have no member in
// common. The parameters of a rule of AWS Config are such a member, called
// CONFIG_RULE_PARAMETERS.
func (d *Document) With(parameters *Document) (*Document, error) {
	out := &Document{Name: d.Name, files: map[string]string{}}
	var keys []string
	var members []*Value
	for _, from := range []*Document{d, parameters} {
		root := from.Root()
		if root.kind != Map {
			return nil, fmt.Errorf("%s cannot be merged with %s: one is %s, not a map", d.Name, parameters.Name, root.kind.WithArticle())
		}
		for i := range root.kids {
			v := &root.kids[i]
			if from == parameters {
				if d.root.Get(v.key) != nil {
					return nil, fmt.Errorf("%s and %s both have %s", d.Name, parameters.Name, v.key)
				}
				out.files[v.key] = parameters.Name
			}
			keys, members = append(keys, v.key), append(members, v)
		}
	}
	out.root = *NewMap(keys, members)
	adopt(&out.root)
	out.size = d.size + parameters.size - 1
	return out, nil
}

// File is the name of the file that a value of the document is in.
func (d *Document) File(v *Value) string {
	for v.parent != nil && v.parent.parent != nil || v.made {
		v = v.parent
	}
	if name, ok := d.files[v.key]; ok && v.parent != nil {
		return name
	}
	return d.Name
}

// Detach makes a document of a copy of a value with what is below it: paths begin
// there. Lines and columns stay.
func Detach(v *Value) *Document {
	d := &Document{root: *v.clone()}
	adopt(&d.root)
	d.size = count(&d.root)
	return d
}

// clone copies a value with what is below it; the copy is nowhere.
func (v *Value) clone() *Value {
	out := *v
	out.parent, out.key, out.made = nil, "", false
	out.kids = make([]Value, len(v.kids))
	for i := range v.kids {
		out.kids[i] = *v.kids[i].clone()
		out.kids[i].key = v.kids[i].key
	}
	for i := range out.kids {
		kid := &out.kids[i]
		for j := range kid.kids {
			kid.kids[j].parent = kid
		}
	}
	return &out
}

func count(v *Value) int {
	n := 1
	for i := range v.kids {
		n += count(&v.kids[i])
	}
	return n
}

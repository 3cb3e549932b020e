package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// s3Facts prints where botocore's model has the members of the coded operations.
const s3Facts = `
import json, sys, botocore.session
model = botocore.session.get_session().get_component('data_loader').load_service_model('s3', 'service-2')
facts = {}
def walk(name, shape):
    s = model['shapes'][shape]
    if s['type'] != 'structure' or name in facts: return
    facts[name] = {}
    for member, ref in s['members'].items():
        where = ref.get('location', 'payload' if s.get('payload') == member else 'body')
        target = model['shapes'][ref['shape']]
        item = ''
        if target['type'] == 'list':
            item = ('*' + ref.get('locationName', member)) if target.get('flattened') else target['member'].get('locationName', 'member')
            walk(target['member']['shape'], target['member']['shape'])
        walk(ref['shape'], ref['shape'])
        at = ref.get('locationName', member) if where not in ('body', 'payload') else ''
        facts[name][member] = [where, at.lower() if where == 'header' or where == 'headers' else at, item if where == 'body' else '']
for op in sys.argv[1:]:
    o = model['operations'][op]
    walk(op + 'Input', o['input']['shape']) if 'input' in o else None
    walk(op + 'Output', o['output']['shape']) if 'output' in o else None
print(json.dumps(facts))
`

func TestS3BindingsAgreeWithBotocore(t *testing.T) {
	out := needBotocore(t, nil, append([]string{"-c", s3Facts}, s3Coded...)...)
	var facts map[string]map[string][3]string
	if err := json.Unmarshal(out, &facts); err != nil {
		t.Fatal(err)
	}
	c, compared := s3Client(), 0
	compare := func(typ reflect.Type) {
		for _, f := range mustShape(t, c.service, typ).fields {
			want, ok := facts[typ.Name()][f.name]
			if !ok {
				continue // newer than botocore's model
			}
			compared++
			item := f.item
			if f.flat {
				item = "*" + item
			}
			got := [3]string{placeNames[f.in], f.location, item}
			if f.in == inHeader || f.in == inHeaders {
				got[1] = strings.ToLower(f.location)
			}
			if got != want {
				t.Errorf("%s.%s travels as %v, want %v", typ.Name(), f.name, got, want)
			}
		}
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || seen[typ] {
			return
		}
		seen[typ] = true
		compare(typ)
		for f := range typ.Fields() {
			if f.IsExported() && f.Name != "ResultMetadata" {
				walk(f.Type)
			}
		}
	}
	for _, op := range s3Coded {
		in, out := c.types(op)
		walk(in)
		walk(out)
	}
	t.Logf("%d members of S3 agree with botocore", compared)
	if compared < 250 {
		t.Errorf("only %d members compared", compared)
	}
}

var placeNames = map[place]string{
	inBody: "body", inLabel: "uri", inQuery: "querystring", inHeader: "header", inHeaders: "headers", inPayload: "payload",
}

package wire

import (
	"net/http"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// trail is the way from the input to the member that is being decoded.
type trail struct {
	at []*field
	// unknown are the names so far that the SDK's types do not have, by API names with dots. AWS ignores unknown members;
	// newer SDKs send some.
	unknown []string
}

func (t *trail) enter(f *field) { t.at = append(t.at, f) }

func (t *trail) leave() { t.at = t.at[:len(t.at)-1] }

func (t *trail) unknownMember(name string) { t.unknown = append(t.unknown, t.path(name)) }

// path is the dotted API name of the current member, with more behind it.
func (t *trail) path(more ...string) string {
	names := make([]string, 0, len(t.at)+len(more))
	for _, f := range t.at {
		names = append(names, f.name)
	}
	return strings.Join(append(names, more...), ".")
}

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// cannot is the SerializationException (400) for a value of the wrong type, naming the member.
func (t *trail) cannot(have string, sh *shape) error {
	if len(t.at) == 0 {
		return serialization("%s can not be converted to a Structure", have)
	}
	return serialization("the member %s: %s can not be converted to %s", t.path(), have, kindName(sh.kind))
}

// union refuses a member whose type is a union.
func (t *trail) union() error {
	return apierr.Unsupported("the union member %s", t.path())
}

func serialization(format string, args ...any) error {
	return apierr.New(http.StatusBadRequest, "SerializationException", format, args...)
}

func kindName(k kind) string {
	switch k {
	case kindString:
		return "a String"
	case kindBool:
		return "a Boolean"
	case kindInt:
		return "an Integer"
	case kindFloat:
		return "a Double"
	case kindBlob, kindStream:
		return "a Blob"
	case kindTime:
		return "a Timestamp"
	case kindList:
		return "a List"
	case kindMap:
		return "a Map"
	case kindUnion:
		return "a Union"
	default:
		return "a Structure"
	}
}

func unknownParameter(op, name string) error {
	return apierr.Validation("Unknown parameter in input of %s: %q", op, name)
}

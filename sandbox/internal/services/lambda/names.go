package lambda

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// ref is a function as a request names it.
type ref struct {
	account, region, name, qualifier string
}

func (r ref) arn() string {
	return "arn:" + function.Partition(r.region) + ":lambda:" + r.region + ":" + r.account + ":function:" + r.name
}

func (r ref) qualifiedARN() string {
	if r.qualifier == "" {
		return r.arn()
	}
	return r.arn() + ":" + r.qualifier
}

const maxFunctionName = 64

// parseRef reads a function name, partial ARN or full ARN, each with an optional qualifier.
func parseRef(c call.Caller, text string) (ref, error) {
	r := ref{account: c.Account, region: c.Region}
	rest := text
	if strings.HasPrefix(text, "arn:") {
		f := strings.SplitN(text, ":", 7)
		if len(f) < 7 || f[1] != function.Partition(f[3]) || f[2] != "lambda" || f[5] != "function" {
			return r, apierr.Constraint(text, "functionName", apierr.Pattern(functionPattern))
		}
		r.region, r.account, rest = f[3], f[4], f[6]
	} else if account, after, ok := strings.Cut(text, ":function:"); ok {
		r.account, rest = account, after
	}
	r.name, r.qualifier, _ = strings.Cut(rest, ":")
	switch {
	case !validName(r.name):
		return r, apierr.Constraint(text, "functionName", apierr.Pattern(functionPattern))
	case len(r.name) > maxFunctionName:
		return r, invalid("%s", apierr.ConstraintText(r.name, "functionName", apierr.MaxLength(maxFunctionName)))
	}
	return r, nil
}

// functionPattern is the model's pattern of FunctionName (botocore 1.43.11).
const functionPattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`

func validName(s string) bool {
	for i := range len(s) {
		switch ch := s[i]; {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9', ch == '-', ch == '_':
		default:
			return false
		}
	}
	return s != ""
}

// here is the ref of a request's FunctionName, which must lie in the caller's own account and Region.
// qualifier is the separate member, if the operation has one.
func here(c call.Caller, name, qualifier *string) (ref, error) {
	if aws.ToString(name) == "" {
		return ref{}, apierr.Constraint(aws.ToString(name), "functionName", apierr.MinLength(1))
	}
	r, err := parseRef(c, *name)
	if err != nil {
		return r, err
	}
	if r.region != c.Region {
		return r, notFound("Functions from '%s' are not reachable in this region ('%s')", r.region, c.Region)
	}
	if r.account != c.Account {
		return r, apierr.New(http.StatusForbidden, "AccessDeniedException", "")
	}
	if q := aws.ToString(qualifier); q != "" {
		if r.qualifier != "" && r.qualifier != q {
			return r, invalid("The derived qualifier from the function name does not match the specified qualifier.")
		}
		r.qualifier = q
	}
	return r, nil
}

// functionARN is the resource of a permission on a function; a malformed name is the operation's matter.
func functionARN(c call.Caller, name *string) string {
	r, err := parseRef(c, aws.ToString(name))
	if err != nil {
		return "*"
	}
	return r.arn()
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// find is the function that the ref names, or AWS's 404. The shard is locked.
func (sh *shard) find(r ref) (*fn, error) {
	f := sh.functions[r.name]
	if f == nil {
		return nil, notFound("Function not found: %s", r.qualifiedARN())
	}
	return f, nil
}

// lockedFunction is a function of the caller's with its shard locked for writing.
type lockedFunction struct {
	ref
	*fn
	sh *shard
}

// lock finds a function by name and locks its shard; call unlock.
func (s *Service) lock(c call.Caller, name, qualifier *string) (lockedFunction, error) {
	r, err := here(c, name, qualifier)
	if err != nil {
		return lockedFunction{}, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	f, err := sh.find(r)
	if err != nil {
		sh.mu.Unlock()
		return lockedFunction{}, err
	}
	return lockedFunction{ref: r, fn: f, sh: sh}, nil
}

func (f lockedFunction) unlock() { f.sh.mu.Unlock() }

// resolve is the record that a qualifier selects: $LATEST, a version or an alias. The shard is locked.
func (f *fn) resolve(r ref) (*function.Record, string, error) {
	switch q := r.qualifier; {
	case q == "" || q == latest:
		return f.latest, latest, nil
	case digits.MatchString(q):
		for _, v := range f.versions {
			if v.number() == q {
				return v.record, q, nil
			}
		}
	default:
		if a := f.aliases[q]; a != nil {
			return f.resolve(ref{account: r.account, region: r.region, name: r.name, qualifier: a.version})
		}
	}
	return nil, "", notFound("Function not found: %s", r.qualifiedARN())
}

const latest = "$LATEST"

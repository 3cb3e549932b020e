package lint

import (
	"strconv"
	"unicode/utf8"

	"github.com/layerfleet/layerfleet/guard/internal/rx"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// refused finds what the engine behind AWS Config cannot read.
func (l *linter) refused(node any, s *scope) {
	if l.dialect != syntax.DialectConfig {
		return
	}
	switch n := node.(type) {
	case *syntax.FuncCall:
		l.add(ConfigFunction, s, n.NameSpan, "functions came with cfn-guard 3: AWS Config refuses the policy", "")
	case *syntax.Check:
		if n.Op == syntax.OpIsNull || n.Op == syntax.OpIsFloat {
			l.add(ConfigOperator, s, n.OpSpan, n.Op.String()+" came with cfn-guard 3.0.1: AWS Config refuses the policy", "")
		}
	case *syntax.Literal:
		if n.Kind != syntax.LiteralRegex {
			return
		}
		if _, err := rx.Compile(n.Text, rx.Plain); err != nil {
			l.add(ConfigRegex, s, n.Span, "cfn-guard 2 accepts this pattern, and crashes when it has to match: "+err.Error(), "")
		}
	}
}

// mostCharacters is how long the text of a policy may be in AWS Config.
//
// https://docs.aws.amazon.com/config/latest/APIReference/API_CustomPolicyDetails.html
const mostCharacters = 10_000

func (l *linter) tooLong() {
	n := utf8.RuneCountInString(l.file.Source)
	if l.dialect != syntax.DialectConfig || n <= mostCharacters {
		return
	}
	off := 0
	for range mostCharacters {
		_, size := utf8.DecodeRuneInString(l.file.Source[off:])
		off += size
	}
	l.add(PolicyTooLong, l.root, syntax.Span{Start: off, End: off}, "the policy has "+strconv.Itoa(n)+" characters, AWS Config accepts at most "+
		strconv.Itoa(mostCharacters)+", comments and white space included", "")
}

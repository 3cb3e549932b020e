package secret

// span is a part of a file, of which a regular expression sees nothing else.
type span struct{ from, to int }

// What is looked at before and after a keyword, in bytes: rules have at most some fifty
// letters before it, and some two hundred after it; those of several lines more.
const (
	before    = 100
	afterLine = 400
	afterMany = 8192
)

// automaton finds many words in one pass, whatever their case (Aho and Corasick 1975),
// as a table: next[state*classes+class of byte].
type automaton struct {
	class   [256]uint8
	classes int
	next    []int32
	values  [][]int // by state
	after   []int   // by value: what is looked at after a word
	valued  []bool  // by value: whether something random has to follow a word
}

func newAutomaton(words map[string][]int, after []int, valued []bool) *automaton {
	a := &automaton{classes: 1, after: after, valued: valued} // class 0 is bytes of no word
	for w := range words {
		for i := range len(w) {
			if a.class[w[i]] == 0 {
				a.class[w[i]] = uint8(a.classes) //nolint:gosec // keywords have fewer letters than there are bytes
				a.classes++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.grow()
	for w, values := range words {
		state := 0
		for i := range len(w) {
			at := state*a.classes + int(a.class[w[i]])
			if a.next[at] == 0 {
				made := a.grow()         // which may move the table
				a.next[at] = int32(made) //nolint:gosec // a few thousand
			}
			state = int(a.next[at])
		}
		a.values[state] = append(a.values[state], values...)
	}
	a.link()
	return a
}

// grow adds a state, and returns it.
func (a *automaton) grow() int {
	a.next = append(a.next, make([]int32, a.classes)...)
	a.values = append(a.values, nil)
	return len(a.values) - 1
}

// link fills the table: where a word does not go on, what has been read may be the
// beginning of another.
func (a *automaton) link() {
	fail := make([]int32, len(a.values))
	var queue []int32
	for c := range a.classes {
		if to := a.next[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := int(queue[0])
		queue = queue[1:]
		a.values[state] = append(a.values[state], a.values[fail[state]]...)
		for c := range a.classes {
			at := state*a.classes + c
			other := a.next[int(fail[state])*a.classes+c]
			if to := a.next[at]; to != 0 {
				fail[to] = other
				queue = append(queue, to)
			} else {
				a.next[at] = other
			}
		}
	}
}

// find gives, for each value whose words are in the data, the parts around them.
func (a *automaton) find(data []byte) map[int][]span {
	found := map[int][]span{}
	state := int32(0)
	for i, b := range data {
		state = a.next[int(state)*a.classes+int(a.class[b])]
		for _, v := range a.values[state] {
			if a.valued[v] && !valued(data[i:min(len(data), i+afterLine/2)]) {
				continue
			}
			sp := span{max(0, i-before), min(len(data), i+a.after[v])}
			if spans := found[v]; len(spans) > 0 && spans[len(spans)-1].to >= sp.from {
				spans[len(spans)-1].to = sp.to
			} else {
				found[v] = append(spans, sp)
			}
		}
	}
	return found
}

// valued reports whether a text has a run of letters with a digit, as long as the
// shortest secret: names of variables and words have none.
func valued(text []byte) bool {
	const shortest = 10
	run, digit := 0, false
	for _, b := range text {
		switch {
		case '0' <= b && b <= '9':
			digit = true
			run++
		case 'a' <= b|0x20 && b|0x20 <= 'z', b == '_', b == '-', b == '.', b == '=':
			run++
		default:
			run, digit = 0, false
		}
		if run >= shortest && digit {
			return true
		}
	}
	return false
}

package inflect

import "strings"

// ending is a rule for words that end in one of some texts.
type ending struct {
	texts []string
	// whole replaces the whole word, as some rules of the original do;
	// otherwise the text at the end is cut and add put in its place.
	whole, add string
}

// singular guesses the singular of a capitalized word. The rules are tried in
// this order; some are plainly wrong ("Data" becomes "Daum"), and documents are
// looked up by them all the same. Rules of the original that want a small first
// letter cannot apply and are left out.
func singular(word string) string {
	if word == "" || !strings.ContainsRune("sai", rune(word[len(word)-1])) && !strings.HasSuffix(word, "mice") && !strings.HasSuffix(word, "lice") {
		return word
	}
	for _, e := range endings() {
		for _, text := range e.texts {
			if !strings.HasSuffix(word, text) {
				continue
			}
			if e.whole != "" {
				return e.whole
			}
			return word[:len(word)-len(text)] + e.add
		}
	}
	return bySound(word)
}

func endings() []ending {
	return []ending{
		{texts: []string{"databases"}, whole: "database"},
		{texts: []string{"quizzes"}, whole: "quiz"},
		{texts: []string{"matrices"}, whole: "matrix"},
		{texts: []string{"vertices"}, whole: "vertex"},
		{texts: []string{"indices"}, whole: "index"},
		{texts: []string{"alias", "aliases"}, whole: "alias"},
		{texts: []string{"status", "statuses"}, whole: "status"},
		{texts: []string{"octopus", "octopi"}, whole: "octopus"},
		{texts: []string{"virus", "viri"}, whole: "virus"},
		{texts: []string{"crisis", "crises"}, whole: "crisis"},
		{texts: []string{"testis", "testes"}, whole: "testis"},
		{texts: []string{"shoes"}, whole: "shoe"},
		{texts: []string{"bus", "buses"}, whole: "bus"},
		{texts: []string{"mice"}, whole: "mouse"},
		{texts: []string{"lice"}, whole: "louse"},
		{texts: []string{"xes"}, add: "x"},
		{texts: []string{"ches"}, add: "ch"},
		{texts: []string{"sses"}, add: "ss"},
		{texts: []string{"shes"}, add: "sh"},
		{texts: []string{"movies"}, whole: "movie"},
		{texts: []string{"series"}, whole: "series"},
	}
}

// bySound applies the rules that look at the letter before the ending.
func bySound(word string) string {
	if stem, ok := strings.CutSuffix(word, "ies"); ok && stem != "" {
		if strings.HasSuffix(stem, "qu") || !strings.ContainsRune("aeiouy", lastRune(stem)) {
			return stem + "y"
		}
	}
	for _, text := range []string{"lves", "rves"} {
		if stem, ok := strings.CutSuffix(word, text); ok {
			return stem + "f"
		}
	}
	for _, text := range []string{"tives", "hives"} {
		if stem, ok := strings.CutSuffix(word, text); ok {
			return stem
		}
	}
	if stem, ok := strings.CutSuffix(word, "ves"); ok && stem != "" && lastRune(stem) != 'f' {
		return stem[:len(stem)-len(string(lastRune(stem)))] + "fe"
	}
	for _, root := range []string{"analy", "ba", "diagno", "parenthe", "progno", "synop", "the"} {
		if strings.HasSuffix(word, root+"sis") || strings.HasSuffix(word, root+"ses") {
			return root + "sis"
		}
	}
	for _, e := range []struct{ text, add string }{{"ta", "um"}, {"ia", "um"}, {"oes", ""}} {
		if stem, ok := strings.CutSuffix(word, e.text); ok {
			return stem + e.add
		}
	}
	switch {
	case strings.HasSuffix(word, "news"):
		return "news"
	case strings.HasSuffix(word, "ss"):
		return word
	}
	return strings.TrimSuffix(word, "s")
}

func lastRune(s string) rune {
	r := []rune(s)
	return r[len(r)-1]
}

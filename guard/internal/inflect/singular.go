package inflect

import "strings"

// ending is a rule for words that end in a text.
type ending struct {
	text string
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
	for _, e := range endings {
		if stem, ok := strings.CutSuffix(word, e.text); ok {
			if e.whole != "" {
				return e.whole
			}
			return stem + e.add
		}
	}
	return bySound(word)
}

// endings are never changed.
var endings = [...]ending{
	{text: "databases", whole: "database"},
	{text: "quizzes", whole: "quiz"},
	{text: "matrices", whole: "matrix"},
	{text: "vertices", whole: "vertex"},
	{text: "indices", whole: "index"},
	{text: "alias", whole: "alias"},
	{text: "aliases", whole: "alias"},
	{text: "status", whole: "status"},
	{text: "statuses", whole: "status"},
	{text: "octopus", whole: "octopus"},
	{text: "octopi", whole: "octopus"},
	{text: "virus", whole: "virus"},
	{text: "viri", whole: "virus"},
	{text: "crisis", whole: "crisis"},
	{text: "crises", whole: "crisis"},
	{text: "testis", whole: "testis"},
	{text: "testes", whole: "testis"},
	{text: "shoes", whole: "shoe"},
	{text: "bus", whole: "bus"},
	{text: "buses", whole: "bus"},
	{text: "mice", whole: "mouse"},
	{text: "lice", whole: "louse"},
	{text: "xes", add: "x"},
	{text: "ches", add: "ch"},
	{text: "sses", add: "ss"},
	{text: "shes", add: "sh"},
	{text: "movies", whole: "movie"},
	{text: "series", whole: "series"},
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

package term

import (
	"io"
	"slices"
	"strings"
)

// Table lines up rows of cells. On a terminal no row is wider than it: the middle of
// long cells is left out, prose continues on further lines, and where that is not
// enough the columns that matter least are. In a pipe everything is there.
type Table struct {
	heads []string
	rows  [][]string
	right map[int]bool
	prose map[int]bool
	drop  []int
}

// NewTable begins a table with its column heads.
func NewTable(heads ...string) *Table {
	return &Table{heads: heads, right: map[int]bool{}, prose: map[int]bool{}}
}

// Right sets columns, counted from 0, flush right: those of numbers.
func (t *Table) Right(columns ...int) *Table {
	for _, c := range columns {
		t.right[c] = true
	}
	return t
}

// Prose names the columns that hold sentences or lists.
func (t *Table) Prose(columns ...int) *Table {
	for _, c := range columns {
		t.prose[c] = true
	}
	return t
}

// Drop names the columns that a narrow terminal can do without, the least useful first.
func (t *Table) Drop(columns ...int) *Table {
	t.drop = columns
	return t
}

// Row adds a row; missing cells are empty. A line break within a cell is a space.
func (t *Table) Row(cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "\n", " ")
	}
	t.rows = append(t.rows, cells)
}

// Sort puts the rows in the order of their cells, the first column first.
func (t *Table) Sort() *Table {
	slices.SortStableFunc(t.rows, slices.Compare)
	return t
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Write prints the table to the terminal's standard output, and says on standard error
// which columns are not there.
func (t *Table) Write(to *Terminal) error {
	columns, widths := t.fit(to.Width())
	var b strings.Builder
	t.write(&b, t.heads, columns, widths, func(s string) string { return to.Paint(Bold, s) })
	for _, row := range t.rows {
		t.write(&b, row, columns, widths, func(s string) string { return s })
	}
	if _, err := io.WriteString(to.Out(), b.String()); err != nil {
		return err
	}
	var left []string
	for i, h := range t.heads {
		if h != "" && !slices.Contains(columns, i) {
			left = append(left, h)
		}
	}
	if len(left) > 0 {
		to.Say("note: not shown in %d columns: %s; a wider terminal, a pipe and -o json have it all", to.Width(), strings.Join(left, ", "))
	}
	return nil
}

const (
	gap      = 2
	readable = 16 // columns that a name needs, and an account id has
	sentence = 24 // columns that prose needs
)

// fit says which columns are shown, and how wide; a limit of 0 is none.
func (t *Table) fit(limit int) (columns, widths []int) {
	drop := slices.Clone(t.drop)
	for i := range t.heads {
		columns = append(columns, i)
	}
	for {
		widths = t.natural(columns)
		t.shrink(columns, widths, limit, readable, sentence)
		switch {
		case limit == 0 || total(widths) <= limit:
			return columns, widths
		case len(drop) > 0:
			columns = slices.DeleteFunc(columns, func(c int) bool { return c == drop[0] })
			drop = drop[1:]
		case len(columns) > 1 && total(widths)-limit > t.slack(widths):
			columns = columns[:len(columns)-1] // there are too many for any width
		default:
			t.shrink(columns, widths, limit, readable/2, sentence/2)
			t.shrink(columns, widths, limit, 1, 1)
			return columns, widths
		}
	}
}

// slack is what can be taken from columns until each has a letter and an ellipsis.
func (t *Table) slack(widths []int) int {
	n := 0
	for _, w := range widths {
		n += max(0, w-2)
	}
	return n
}

func total(widths []int) int {
	n := gap * (len(widths) - 1)
	for _, w := range widths {
		n += w
	}
	return n
}

// natural is how wide columns are with nothing left out.
func (t *Table) natural(columns []int) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = Width(t.heads[c])
		for _, row := range t.rows {
			if c < len(row) {
				widths[i] = max(widths[i], Width(row[c]))
			}
		}
	}
	return widths
}

// shrink takes from the widest column, again and again, until the row fits or every
// column has the least that it needs.
func (t *Table) shrink(columns, widths []int, limit, least, leastProse int) {
	for limit > 0 && total(widths) > limit {
		widest := -1
		for i, w := range widths {
			need := least
			if t.prose[columns[i]] {
				need = leastProse
			}
			if w > need && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// write prints a row, on several lines where prose takes them.
func (t *Table) write(b *strings.Builder, cells []string, columns, widths []int, style func(string) string) {
	lines := make([][]string, len(columns))
	height := 1
	for i, c := range columns {
		switch {
		case c >= len(cells):
			lines[i] = []string{""}
		case t.prose[c]:
			lines[i] = wrap(cells[c], widths[i])
		default:
			lines[i] = []string{CutMiddle(cells[c], widths[i])}
		}
		height = max(height, len(lines[i]))
	}
	for n := range height {
		var line strings.Builder
		for i, c := range columns {
			cell := ""
			if n < len(lines[i]) {
				cell = lines[i][n]
			}
			pad := strings.Repeat(" ", max(0, widths[i]-Width(cell)))
			if cell != "" {
				cell = style(cell)
			}
			if t.right[c] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
			if i < len(columns)-1 {
				line.WriteString(strings.Repeat(" ", gap))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

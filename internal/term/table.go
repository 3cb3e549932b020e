package term

import (
	"io"
	"slices"
	"strings"
)

// Table lines up rows of cells. On a terminal the widest columns are shortened
// until a row fits; in a pipe nothing is.
type Table struct {
	heads []string
	rows  [][]string
	right map[int]bool
}

// NewTable begins a table with its column heads.
func NewTable(heads ...string) *Table { return &Table{heads: heads, right: map[int]bool{}} }

// Right sets columns, counted from 0, flush right: those of numbers.
func (t *Table) Right(columns ...int) *Table {
	for _, c := range columns {
		t.right[c] = true
	}
	return t
}

// Row adds a row; missing cells are empty.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Sort puts the rows in the order of their cells, the first column first.
func (t *Table) Sort() *Table {
	slices.SortStableFunc(t.rows, slices.Compare)
	return t
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Write prints the table to the terminal's standard output.
func (t *Table) Write(to *Terminal) error {
	widths := t.widths(to.Width())
	var b strings.Builder
	heads := make([]string, len(t.heads))
	for i, h := range t.heads {
		heads[i] = to.Paint(Bold, Cut(h, widths[i]))
	}
	t.line(&b, heads, widths)
	for _, row := range t.rows {
		t.line(&b, row, widths)
	}
	_, err := io.WriteString(to.Out(), b.String())
	return err
}

const gap = 2

// widths gives each column what it needs, then takes from the widest while the
// row is wider than limit (0: no limit) and that column has more than a few.
func (t *Table) widths(limit int) []int {
	const least = 8
	w := make([]int, len(t.heads))
	total := gap * (len(w) - 1)
	for i, h := range t.heads {
		w[i] = Width(h)
		for _, row := range t.rows {
			if i < len(row) {
				w[i] = max(w[i], Width(row[i]))
			}
		}
		total += w[i]
	}
	for limit > 0 && total > limit {
		widest := 0
		for i := range w {
			if w[i] > w[widest] {
				widest = i
			}
		}
		if w[widest] <= least {
			break
		}
		w[widest]--
		total--
	}
	return w
}

func (t *Table) line(b *strings.Builder, cells []string, widths []int) {
	var line strings.Builder
	for i, w := range widths {
		cell := ""
		if i < len(cells) {
			cell = Cut(cells[i], w)
		}
		pad := strings.Repeat(" ", max(0, w-Width(cell)))
		if t.right[i] {
			line.WriteString(pad + cell)
		} else {
			line.WriteString(cell + pad)
		}
		if i < len(widths)-1 {
			line.WriteString(strings.Repeat(" ", gap))
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

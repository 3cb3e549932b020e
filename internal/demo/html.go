package demo

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed report.gohtml
var reportTemplate string

// page is the report's data: numbers that the template only places.
type page struct {
	*Result
	Moves    []string
	Regions  []string
	Accounts []accountRow
	Curve    curve
}

type accountRow struct {
	ID, Name string
	Cells    []cell
}

// cell is one pair of the map.
type cell struct{ Class, Text, Title string }

// curve is the polyline of outdated functions over the run, in the coordinates of a 640×200 drawing.
type curve struct {
	Points   string
	Area     string
	Top      int
	Duration string
}

const (
	curveWidth  = 640.0
	curveHeight = 160.0
)

// WriteHTML writes the report as one self-contained page.
func (r *Result) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Parse(reportTemplate)
	if err != nil {
		return fmt.Errorf("report template: %w", err)
	}
	p := page{Result: r, Moves: r.moves, Curve: r.curve()}
	for _, l := range r.pairs {
		if !slices.Contains(p.Regions, l.Region) {
			p.Regions = append(p.Regions, l.Region)
		}
	}
	slices.Sort(p.Regions)
	for _, l := range r.pairs {
		i := slices.IndexFunc(p.Accounts, func(a accountRow) bool { return a.ID == l.AccountID })
		if i < 0 {
			p.Accounts = append(p.Accounts, accountRow{ID: l.AccountID, Name: l.account, Cells: make([]cell, len(p.Regions))})
			i = len(p.Accounts) - 1
		}
		p.Accounts[i].Cells[slices.Index(p.Regions, l.Region)] = l.cell()
	}
	return t.Execute(w, p)
}

func (l pairLine) cell() cell {
	switch {
	case l.notCovered != "":
		return cell{Class: "unknown", Text: "not covered", Title: l.notCovered}
	case l.left > 0:
		return cell{Class: "left", Text: fmt.Sprintf("%d left", l.left), Title: fmt.Sprintf("%d of %d outdated functions were moved", l.remediated, l.outdated)}
	case l.outdated == 0:
		return cell{Class: "none", Text: "–", Title: "no outdated function"}
	default:
		return cell{Class: "done", Text: fmt.Sprintf("%d", l.remediated), Title: fmt.Sprintf("all %d outdated functions were moved", l.outdated)}
	}
}

func (r *Result) curve() curve {
	c := curve{Top: r.OutdatedBefore, Duration: fmt.Sprintf("%.0f s", r.Seconds)}
	if len(r.points) == 0 || r.Seconds <= 0 || r.OutdatedBefore == 0 {
		return c
	}
	var b strings.Builder
	last := 0.0
	for _, p := range r.points {
		last = p.seconds / r.Seconds * curveWidth
		fmt.Fprintf(&b, "%.1f,%.1f ", last, curveHeight-float64(p.outdated)/float64(r.OutdatedBefore)*curveHeight)
	}
	c.Points = strings.TrimSpace(b.String())
	c.Area = fmt.Sprintf("0,%.0f %s %.1f,%.0f", curveHeight, c.Points, last, curveHeight)
	return c
}

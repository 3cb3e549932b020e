package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/term"
)

// Rows prints the answer to an advanced query as a table of the selected fields.
func Rows(t *term.Terminal, rows *inventory.Rows) error {
	table := term.NewTable(rows.Fields...)
	for _, row := range rows.Rows {
		var value any
		if err := json.Unmarshal(row, &value); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
		cells := make([]string, len(rows.Fields))
		for i, field := range rows.Fields {
			cells[i] = strings.Join(at(value, field), ", ")
		}
		table.Row(cells...)
	}
	if err := table.Write(t); err != nil {
		return err
	}
	t.Say("%s", count.Of(len(rows.Rows), "row"))
	return nil
}

// at collects the values of a field of a row. A field like COUNT(*) is a key of the
// row itself; a dotted one leads into objects, and into every element of lists.
func at(value any, field string) []string {
	if object, ok := value.(map[string]any); ok {
		if v, ok := object[field]; ok {
			return cell(v)
		}
		head, rest, dotted := strings.Cut(field, ".")
		if v, ok := object[head]; ok && dotted {
			return at(v, rest)
		}
		return nil
	}
	list, _ := value.([]any)
	var found []string
	for _, v := range list {
		found = append(found, at(v, field)...)
	}
	return found
}

func cell(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []any:
		var found []string
		for _, e := range v {
			found = append(found, cell(e)...)
		}
		return found
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil // what came out of JSON goes back in
	}
	return []string{string(text)}
}

package difftest

import (
	"encoding/json"
	"os"
)

// Recorded is a case with what a real engine said about it.
type Recorded struct {
	Rules     string    `json:"rules"`
	Documents []string  `json:"documents"`
	Outcomes  []Outcome `json:"outcomes"`
}

// ReadRecorded reads a file of recorded cases.
func ReadRecorded(name string) ([]Recorded, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []Recorded
	return out, json.Unmarshal(text, &out)
}

// WriteRecorded writes a file of recorded cases, a case a line.
func WriteRecorded(name string, cases []Recorded) error {
	out := []byte("[\n")
	for i, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if i > 0 {
			out = append(out, ",\n"...)
		}
		out = append(out, line...)
	}
	return os.WriteFile(name, append(out, "\n]\n"...), 0o600)
}

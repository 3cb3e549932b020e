package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/layerfleet/layerfleet/configsql"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// place is where a page of a query ended: after a resource, or after a number of results. NextToken is a place with a hash
// of the query that it belongs to.
type place struct {
	Query   []byte `json:"q"`
	Account string `json:"a,omitempty"`
	Region  string `json:"r,omitempty"`
	Name    string `json:"n,omitempty"`
	Offset  int    `json:"o,omitempty"`
}

const hashLength = 8

func hash(q *configsql.Query) []byte {
	sum := sha256.Sum256([]byte(q.String()))
	return sum[:hashLength]
}

func (p place) token(q *configsql.Query) *string {
	p.Query = hash(q)
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a number always encode
	}
	t := base64.RawURLEncoding.EncodeToString(b)
	return &t
}

// resume reads a token. It refuses one of another query.
func resume(q *configsql.Query, token *string) (place, error) {
	var p place
	if token = nonEmpty(token); token == nil {
		return p, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || json.Unmarshal(b, &p) != nil || !slices.Equal(p.Query, hash(q)) || p.Offset < 0 {
		return place{}, badToken()
	}
	return p, nil
}

// follows says whether the place is after a whole pair.
func (p place) follows(k pair.Key) bool {
	return cmp.Or(cmp.Compare(k.Account, p.Account), cmp.Compare(k.Region, p.Region)) < 0
}

// firstAfter is the index of the first resource with a greater name.
func firstAfter(list []*recording.Resource, name string) int {
	i, found := slices.BinarySearchFunc(list, name, func(r *recording.Resource, n string) int { return cmp.Compare(r.Name, n) })
	if found {
		i++
	}
	return i
}

package enforce

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
)

// countQuery counts the recorded functions of every pair: each is evaluated once when the rule appears.
const countQuery = "SELECT accountId, awsRegion, COUNT(*) WHERE resourceType = 'AWS::Lambda::Function' GROUP BY accountId, awsRegion"

// estimate says what AWS Config will charge, in words.
func (p *Plan) estimate(ctx context.Context, a *access.Access) (string, error) {
	rows, err := inventory.Query(ctx, a, p.options.Aggregator, countQuery, func(int) {})
	if err != nil {
		return "", fmt.Errorf("counting functions for the cost estimate: %w", err)
	}
	target := map[fleet.Pair]bool{}
	for _, s := range p.stages {
		for _, pair := range s.Pairs {
			target[pair] = true
		}
	}
	load := Load{Pairs: len(target), Changing: len(p.Functions)}
	for _, text := range rows.Rows {
		var row struct {
			AccountID string  `json:"accountId"`
			Region    string  `json:"awsRegion"`
			Count     float64 `json:"COUNT(*)"`
		}
		if err := json.Unmarshal(text, &row); err != nil {
			return "", fmt.Errorf("counting functions for the cost estimate: %w", err)
		}
		if target[fleet.Pair{AccountID: row.AccountID, Region: row.Region}] {
			load.Functions += int(row.Count)
		}
	}
	cost := Estimate(load)
	return fmt.Sprintf("about $%.2f once for AWS Config (%s evaluated, %s); later changes cost an item and an evaluation each; no schedule",
		cost.Once, count.Of(load.Functions, "function"), count.Of(load.Changing, "update")), nil
}

package lambda

import (
	"fmt"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// Seed puts a function into the service as it would be long after its creation: active, with published versions
// of the same content and, if name is not empty, an alias on the newest. It is for filling a sandbox at its start;
// IAM, quotas and the states of creation are passed by. Layer ARNs must name living versions.
func (s *Service) Seed(rec function.Record, layerARNs []string, published int, name string) error {
	sh := s.shards.Get(rec.Account, rec.Region)
	list, err := s.livingLayers(layerARNs)
	if err != nil {
		return fmt.Errorf("seed %s: %w", rec.ARN(), err)
	}
	if err := list.attachTo(&rec); err != nil {
		return fmt.Errorf("seed %s: %w", rec.ARN(), err)
	}
	rec.State, rec.LastUpdateStatus = "Active", "Successful"
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.functions[rec.Name] != nil {
		return fmt.Errorf("seed %s: it exists", rec.ARN())
	}
	f := &fn{changed: true}
	sh.functions[rec.Name] = f
	sh.sorted = nil
	s.put(sh, f, rec)
	for range published {
		f.changed = true // the versions differ in code that the sandbox does not run
		s.publish(sh, f, rec.Description)
	}
	if name != "" && published > 0 {
		v := f.versions[len(f.versions)-1]
		f.aliases = map[string]*alias{name: {name: name, version: v.number(), revision: s.revision(sh, f, rec.Name)}}
	}
	return nil
}

// livingLayers finds layers without asking who may use them.
func (s *Service) livingLayers(arns []string) (layerList, error) {
	var out layerList
	for _, arn := range arns {
		a, err := parseLayerVersion(arn, "layers")
		if err != nil {
			return out, err
		}
		v := s.layerVersion(a.account, a.region, a.name, a.n)
		if v == nil {
			return out, fmt.Errorf("no layer version %s", arn)
		}
		out.layers = append(out.layers, function.Layer{ARN: v.arn, CodeSize: v.size})
		out.unzipped += v.unzipped
	}
	return out, nil
}

// SeedArchive stores an archive that seeded functions share.
func (s *Service) SeedArchive(zip []byte) (sha string, unzipped int64, err error) {
	return s.blobs.keep(zip)
}

// SeedTime is the time that functions made at the start of a sandbox carry: a day before.
func (s *Service) SeedTime() time.Time { return s.clock.Now().Add(-24 * time.Hour) }

package sandboxtest

import "github.com/layerfleet/layerfleet/sandbox"

// Break breaks a layer version from now on; fix makes it whole again, from then on.
func (s *Sandbox) Break(b sandbox.Break) (fix func()) {
	s.t.Helper()
	fix, err := s.Sandbox.Break(b)
	s.check(err)
	return fix
}

// Outage lets an outage begin, now or later; end ends it before its time.
func (s *Sandbox) Outage(o sandbox.Outage) (end func()) {
	s.t.Helper()
	end, err := s.Sandbox.Outage(o)
	s.check(err)
	return end
}

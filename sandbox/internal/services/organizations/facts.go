package organizations

import (
	"fmt"

	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// ID implements [ports.Organization].
func (s *Service) ID() string { return s.id }

// Root is the id of the root.
func (s *Service) Root() string { return s.root }

// ManagementAccount implements [ports.Organization].
func (s *Service) ManagementAccount() string { return s.Management }

// Account implements [ports.Organization].
func (s *Service) Account(id string) (ports.Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, ok := s.accounts[id]
	if !ok {
		return ports.Account{}, false
	}
	return ports.Account{ID: a.id, State: a.state}, true
}

// Accounts implements [ports.Organization].
func (s *Service) Accounts() []ports.Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]ports.Account, len(s.order))
	for i, id := range s.order {
		a := s.accounts[id]
		out[i] = ports.Account{ID: a.id, State: a.state}
	}
	return out
}

// Under implements [ports.Organization].
func (s *Service) Under(parent string) ([]string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.units[parent] == nil {
		return nil, false
	}
	var out []string
	var walk func(string)
	walk = func(id string) {
		u := s.units[id]
		for _, a := range u.accounts {
			out = insertSorted(out, a)
		}
		for _, x := range u.units {
			walk(x)
		}
	}
	walk(parent)
	return out, true
}

// Path implements [ports.Organization].
func (s *Service) Path(account string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if a := s.accounts[account]; a != nil {
		return s.path(a.parent)
	}
	return ""
}

// path is o-…/r-…/ou-…/ of a unit. The service is locked.
func (s *Service) path(id string) string {
	if id == s.root {
		return s.id + "/" + s.root + "/"
	}
	return s.path(s.units[id].parent) + id + "/"
}

// ServiceAccess implements [ports.Organization].
func (s *Service) ServiceAccess(principal string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.access[principal]
	return ok
}

// Delegated says whether an account is a delegated administrator for a service principal.
func (s *Service) Delegated(account, principal string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.delegates[principal][account]
	return ok
}

// SubscribeAccounts implements [ports.Organization].
func (s *Service) SubscribeAccounts(f func(account string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, f)
}

// notify is called without the lock.
func (s *Service) notify(account string) {
	s.mu.RLock()
	listeners := s.listeners
	s.mu.RUnlock()
	for _, f := range listeners {
		f(account)
	}
}

// AddUnit makes an OU and returns its id: CreateOrganizationalUnit for the fleet generator.
func (s *Service) AddUnit(name, parent string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.addUnit(name, parent)
	if err != nil {
		return "", err
	}
	return u.id, nil
}

// AddAccount makes an account in a state (ACTIVE, SUSPENDED, …): CreateAccount for the fleet generator, without its
// role.
func (s *Service) AddAccount(id, name, parent, state string) error {
	s.mu.Lock()
	switch {
	case s.units[parent] == nil:
		s.mu.Unlock()
		return fmt.Errorf("account %s: there is no parent %s", id, parent)
	case s.accounts[id] != nil:
		s.mu.Unlock()
		return fmt.Errorf("account %s exists", id)
	}
	s.insert(&account{id: id, name: name, email: mail(name), parent: parent, state: state, created: true})
	s.mu.Unlock()
	s.notify(id)
	return nil
}

// SetState changes the state of an account, as closing it does.
func (s *Service) SetState(id, state string) error {
	s.mu.Lock()
	a := s.accounts[id]
	if a == nil {
		s.mu.Unlock()
		return fmt.Errorf("there is no account %s", id)
	}
	a.state = state
	s.mu.Unlock()
	s.notify(id)
	return nil
}

// SetServiceAccess turns trusted access on: EnableAWSServiceAccess for the fleet generator.
func (s *Service) SetServiceAccess(principal string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enable(principal)
}

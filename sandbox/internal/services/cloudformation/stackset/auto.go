package stackset

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

// autoTarget is an OU or root that a set was deployed to, with its Regions: accounts that join it get the stacks too.
// UNCONFIRMED: whether the account filter of the deployment applies to them; AWS's pages name OUs only.
type autoTarget struct {
	unit    string
	regions []string
}

// addAutoTargets adds OUs and Regions to the targets of automatic deployment, which it keeps sorted by OU.
func (x *set) addAutoTargets(units, regions []string) {
	for _, u := range units {
		i, found := slices.BinarySearchFunc(x.autoTargets, u, func(t autoTarget, u string) int { return strings.Compare(t.unit, u) })
		if !found {
			x.autoTargets = slices.Insert(x.autoTargets, i, autoTarget{unit: u})
		}
		t := &x.autoTargets[i]
		for _, r := range regions {
			if !slices.Contains(t.regions, r) {
				t.regions = append(t.regions, r)
			}
		}
	}
}

// removeAutoTargets removes OUs and Regions from the targets of automatic deployment.
func (x *set) removeAutoTargets(units, regions []string) {
	for i := range x.autoTargets {
		if slices.Contains(units, x.autoTargets[i].unit) {
			x.autoTargets[i].regions = slices.DeleteFunc(slices.Clone(x.autoTargets[i].regions), func(r string) bool { return slices.Contains(regions, r) })
		}
	}
	x.autoTargets = slices.DeleteFunc(x.autoTargets, func(t autoTarget) bool { return len(t.regions) == 0 })
}

// accountChanged is the notification of a new or moved account. It must be quick and make no calls: the work runs in the
// background.
func (s *Service) accountChanged(account string) {
	s.work.Go(func(context.Context) { s.followAccount(account) })
}

// followAccount updates the service-managed sets to the present OU of an account.
func (s *Service) followAccount(account string) {
	if account == s.Organization.ManagementAccount() || !s.Organization.ServiceAccess(trusted) {
		return
	}
	for _, k := range s.shards.Keys() {
		sh, ok := s.shards.Find(k.Account, k.Region)
		if !ok {
			continue
		}
		sh.mu.Lock()
		for _, x := range sh.sets {
			if x.status == types.StackSetStatusActive && x.auto != nil && aws.ToBool(x.auto.Enabled) {
				s.followSet(sh, x, account)
			}
		}
		sh.mu.Unlock()
	}
}

// followSet starts the operations of one set for an account. The shard is locked.
func (s *Service) followSet(sh *shard, x *set, account string) {
	wanted := map[string]string{} // Region → the OU that targets it
	for _, t := range x.autoTargets {
		under, ok := s.Organization.Under(t.unit)
		if !ok || !slices.Contains(under, account) {
			continue
		}
		for _, r := range t.regions {
			wanted[r] = t.unit
		}
	}
	var joined, left []target
	for _, t := range x.autoTargets {
		for _, r := range t.regions {
			if k := (pair.Key{Account: account, Region: r}); wanted[r] == t.unit && x.instances[k] == nil {
				joined = append(joined, target{Key: k, unit: t.unit})
			}
		}
	}
	for _, i := range x.sorted() {
		if i.Account == account && i.unit != "" && wanted[i.Region] == "" && !s.stillUnder(i) {
			left = append(left, target{Key: i.Key, unit: i.unit})
		}
	}
	if state, ok := s.account(account); !ok || state != "ACTIVE" {
		joined = nil
	}
	s.automatic(sh, x, types.StackSetOperationActionCreate, joined)
	s.automatic(sh, x, types.StackSetOperationActionDelete, left)
}

// stillUnder says whether the account is still in the OU of the instance.
func (s *Service) stillUnder(i *instance) bool {
	under, ok := s.Organization.Under(i.unit)
	return ok && slices.Contains(under, i.Account)
}

// automatic queues an operation of automatic deployment. The shard is locked.
func (s *Service) automatic(sh *shard, x *set, action types.StackSetOperationAction, targets []target) {
	if len(targets) == 0 {
		return
	}
	op := &operation{
		id:     s.IDs.Next(x.home.Account, x.home.Region, "stack-set-operation", x.id).UUID(),
		action: action, created: s.Clock.Now(), status: types.StackSetOperationStatusQueued,
		retain:      action == types.StackSetOperationActionDelete && aws.ToBool(x.auto.RetainStacksOnAccountRemoval),
		preferences: types.StackSetOperationPreferences{RegionConcurrencyType: types.RegionConcurrencyTypeParallel},
	}
	for _, t := range targets {
		op.results = append(op.results, &result{target: t, status: types.StackSetOperationResultStatusPending})
	}
	if action == types.StackSetOperationActionCreate {
		s.add(x, targets, op.id)
	}
	s.queue(sh, x, op)
}

package org

import (
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Selection picks accounts: those listed and those in the units listed, units
// below them included. Nothing listed picks every account.
type Selection struct {
	Accounts []string // account ids
	Units    []string // ids or names of organizational units; needs ReadTree
}

// All reports whether the selection picks every account.
func (s Selection) All() bool { return len(s.Accounts) == 0 && len(s.Units) == 0 }

// Select lists the accounts picked, by id. An account or unit that the organization
// does not have is an error, so that a typing error is not an empty answer.
func (o *Organization) Select(s Selection) ([]Account, error) {
	if s.All() {
		return o.Accounts, nil
	}
	wanted := map[string]bool{}
	for _, id := range s.Accounts {
		switch {
		case !layer.ValidAccount(id):
			return nil, fmt.Errorf("account %q is not twelve digits", id)
		case !slices.ContainsFunc(o.Accounts, func(a Account) bool { return a.ID == id }):
			return nil, hint.With(fmt.Errorf("account %s is not in the organization", id), "`aws organizations list-accounts` shows those that are")
		}
		wanted[id] = true
	}
	for _, name := range s.Units {
		unit, err := o.Unit(name)
		if err != nil {
			return nil, err
		}
		for _, a := range o.Accounts {
			if o.within(a.UnitID, unit.ID) {
				wanted[a.ID] = true
			}
		}
	}
	var picked []Account
	for _, a := range o.Accounts {
		if wanted[a.ID] {
			picked = append(picked, a)
		}
	}
	return picked, nil
}

// Unit finds a unit by id or by name, if no other has that name.
func (o *Organization) Unit(name string) (Unit, error) {
	var found []Unit
	for _, u := range o.Units {
		if u.ID == name {
			return u, nil
		}
		if u.Name == name {
			found = append(found, u)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		var names []string
		for _, u := range o.Units {
			names = append(names, u.Name)
		}
		advice := hint.DidYouMean(name, names)
		if advice == "" {
			advice = "its OUs are " + strings.Join(names, ", ")
		}
		return Unit{}, hint.With(fmt.Errorf("the organization has no OU %q", name), advice)
	}
	var ids []string
	for _, u := range found {
		ids = append(ids, u.ID)
	}
	return Unit{}, hint.With(fmt.Errorf("several OUs are called %q", name), "name one by its id: "+strings.Join(ids, ", "))
}

// Below reports whether an account is in one of the units, or below.
func (o *Organization) Below(a Account, units []string) bool {
	return slices.ContainsFunc(units, func(id string) bool { return o.within(a.UnitID, id) })
}

// within reports whether unit is ancestor or lies below it.
func (o *Organization) within(unit, ancestor string) bool {
	for unit != "" {
		if unit == ancestor {
			return true
		}
		i := slices.IndexFunc(o.Units, func(u Unit) bool { return u.ID == unit })
		if i < 0 {
			return false
		}
		unit = o.Units[i].ParentID
	}
	return false
}

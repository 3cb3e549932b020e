package ssm

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

const (
	everybody   = "all" // the account id that makes a document public; the API accepts "All" as well
	maxShares   = 1000  // accounts that a document can be shared with
	shareAtOnce = 20    // accounts in one call
)

var accountForm = regexp.MustCompile(`^\d{12}$`)

func (s *Service) shareOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "ModifyDocumentPermission", s.modifyDocumentPermission).
			Accepts("Name", "PermissionType", "AccountIdsToAdd", "AccountIdsToRemove", "SharedDocumentVersion").
			Permissions(call.On(func(c call.Caller, in *api.ModifyDocumentPermissionInput) string {
				return documentARN(c, in.Name)
			})),
		call.Operation("ssm", "DescribeDocumentPermission", s.describeDocumentPermission).
			Accepts("Name", "PermissionType", "MaxResults", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeDocumentPermissionInput) string {
				return documentARN(c, in.Name)
			})),
	}
}

func (s *Service) modifyDocumentPermission(_ context.Context, c call.Caller, in *api.ModifyDocumentPermissionInput) (*api.ModifyDocumentPermissionOutput, error) {
	sh, d, err := s.own(c, in.Name)
	if err != nil {
		return nil, err
	}
	if in.PermissionType != types.DocumentPermissionTypeShare {
		return nil, &types.InvalidPermissionType{Message: aws.String("The permission type is not supported. Share is the only supported permission type.")}
	}
	add, err := accounts(in.AccountIdsToAdd, "accountIdsToAdd")
	if err != nil {
		return nil, err
	}
	remove, err := accounts(in.AccountIdsToRemove, "accountIdsToRemove")
	if err != nil {
		return nil, err
	}
	version := aws.ToString(in.SharedDocumentVersion)
	if version == "" {
		version = "$DEFAULT"
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if version != "$ALL" {
		if _, err := d.version(version, ""); err != nil {
			return nil, err
		}
	}
	next := maps.Clone(d.shared)
	for _, id := range add {
		if id != d.owner {
			next[id] = version
		}
	}
	for _, id := range remove {
		delete(next, id)
	}
	if len(next) > maxShares {
		return nil, &types.DocumentPermissionLimit{Message: apierr.Text("The document cannot be shared with more Amazon Web Services accounts. You can share a document with a maximum of %d accounts.", maxShares)}
	}
	d.shared = next
	return &api.ModifyDocumentPermissionOutput{}, nil
}

// accounts checks account ids to share with, and writes "All" as [everybody].
func accounts(ids []string, member string) ([]string, error) {
	if len(ids) > shareAtOnce {
		return nil, apierr.Constraint(ids, member, apierr.MaxLength(shareAtOnce))
	}
	out := slices.Clone(ids)
	for i, id := range ids {
		if id == "All" {
			out[i] = everybody
		} else if id != everybody && !accountForm.MatchString(id) {
			return nil, apierr.Constraint(id, member, apierr.Pattern(`(?i)all|[0-9]{12}`))
		}
	}
	if len(ids) > 1 && slices.Contains(out, everybody) {
		return nil, apierr.Validation("A document is shared with all accounts or with some, not with both in one call")
	}
	return out, nil
}

func (s *Service) describeDocumentPermission(_ context.Context, c call.Caller, in *api.DescribeDocumentPermissionInput) (*api.DescribeDocumentPermissionOutput, error) {
	sh, d, err := s.own(c, in.Name)
	if err != nil {
		return nil, err
	}
	if in.PermissionType != types.DocumentPermissionTypeShare {
		return nil, &types.InvalidPermissionType{Message: aws.String("The permission type is not supported. Share is the only supported permission type.")}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	const most = 200
	ids, next, err := request.Page(slices.Sorted(maps.Keys(d.shared)), page.Self, in.NextToken, in.MaxResults, most)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeDocumentPermissionOutput{AccountIds: ids, NextToken: next}
	for _, id := range ids {
		out.AccountSharingInfoList = append(out.AccountSharingInfoList, types.AccountSharingInfo{
			AccountId: aws.String(id), SharedDocumentVersion: aws.String(d.shared[id]),
		})
	}
	return out, nil
}

func (d *document) sharedWith(account string) bool {
	_, named := d.shared[account]
	_, public := d.shared[everybody]
	return named || public
}

// sharesVersion says whether a share includes that version for the account.
func (d *document) sharesVersion(account string, v *version) bool {
	for _, id := range []string{account, everybody} {
		spec, ok := d.shared[id]
		if !ok {
			continue
		}
		if spec == "$ALL" {
			return true
		}
		if of, err := d.version(spec, ""); err == nil && of == v {
			return true
		}
	}
	return false
}

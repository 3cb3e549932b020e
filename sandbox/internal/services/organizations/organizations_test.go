package organizations_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/organizations"
)

const management, member, closed, outsider = "100000000000", "100000000001", "100000000002", "999999999999"

type world struct {
	*testing.T
	*organizations.Service
	dispatcher *call.Dispatcher
	prepared   []string
	workload   string // OU of member and closed
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t}
	clk := clock.New(1)
	w.Service = organizations.New(organizations.Config{
		Clock: clk, IDs: ids.New(1), Management: management, Name: "management",
		Prepare: func(_ context.Context, account, role string) error {
			w.prepared = append(w.prepared, account+" "+role)
			if role == "broken" {
				return errors.New("no role")
			}
			return nil
		},
	})
	w.dispatcher = call.New(clk)
	w.dispatcher.Register(w.Operations()...)
	var err error
	if w.workload, err = w.AddUnit("Workloads", w.Root()); err != nil {
		t.Fatal(err)
	}
	for id, state := range map[string]string{member: "ACTIVE", closed: "SUSPENDED"} {
		if err := w.AddAccount(id, "account "+id, w.workload, state); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// as makes a call and gives its output, and its error as code (reason) and text.
func as[O, I any](w *world, account string, in *I) (*O, string) {
	w.Helper()
	out, err := call.Do[O](w.Context(), w.dispatcher, call.Administrator(account, "us-east-1"), in)
	var ii *types.InvalidInputException
	var cv *types.ConstraintViolationException
	var ae smithy.APIError
	switch {
	case err == nil:
		return out, ""
	case errors.As(err, &ii):
		return nil, "InvalidInputException " + string(ii.Reason)
	case errors.As(err, &cv):
		return nil, "ConstraintViolationException " + string(cv.Reason)
	case errors.As(err, &ae):
		return nil, ae.ErrorCode() + ": " + ae.ErrorMessage()
	}
	return nil, "not an API error: " + err.Error()
}

func fails[O, I any](w *world, account string, in *I) string {
	w.Helper()
	_, e := as[O](w, account, in)
	return e
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	const denied = "AccessDeniedException: You don't have permissions to access this resource."
	child, err := w.AddUnit("A", w.workload)
	if err != nil {
		t.Fatal(err)
	}
	deep := child
	for _, n := range []string{"B", "C", "D"} {
		if deep, err = w.AddUnit(n, deep); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ name, got, want string }{
		{"outsider", fails[api.DescribeOrganizationOutput](w, outsider, &api.DescribeOrganizationInput{}), "AWSOrganizationsNotInUseException: Your account is not a member of an organization."},
		{"outsider lists", fails[api.ListAccountsOutput](w, outsider, &api.ListAccountsInput{}), "AWSOrganizationsNotInUseException: Your account is not a member of an organization."},
		{"member describes", fails[api.DescribeOrganizationOutput](w, member, &api.DescribeOrganizationInput{}), ""},
		{"member lists", fails[api.ListAccountsOutput](w, member, &api.ListAccountsInput{}), denied},
		{"member moves", fails[api.MoveAccountOutput](w, member, &api.MoveAccountInput{AccountId: aws.String(member), SourceParentId: &w.workload, DestinationParentId: &child}), denied},
		{"big page", fails[api.ListAccountsOutput](w, management, &api.ListAccountsInput{MaxResults: aws.Int32(21)}), "InvalidInputException MAX_VALUE_EXCEEDED"},
		{"no page", fails[api.ListRootsOutput](w, management, &api.ListRootsInput{MaxResults: aws.Int32(0)}), "InvalidInputException MIN_VALUE_EXCEEDED"},
		{"token", fails[api.ListAccountsOutput](w, management, &api.ListAccountsInput{NextToken: aws.String("%")}), "InvalidInputException INVALID_NEXT_TOKEN"},
		{"no parent given", fails[api.ListAccountsForParentOutput](w, management, &api.ListAccountsForParentInput{}), "InvalidInputException INPUT_REQUIRED"},
		{"parent pattern", fails[api.ListAccountsForParentOutput](w, management, &api.ListAccountsForParentInput{ParentId: aws.String("x")}), "InvalidInputException INVALID_PATTERN"},
		{"no such parent", fails[api.ListOrganizationalUnitsForParentOutput](w, management, &api.ListOrganizationalUnitsForParentInput{ParentId: aws.String("r-zzzzz")}), "ParentNotFoundException: You specified a parent that doesn't exist."},
		{"no such account", fails[api.DescribeAccountOutput](w, management, &api.DescribeAccountInput{AccountId: aws.String(outsider)}), "AccountNotFoundException: You specified an account that doesn't exist."},
		{"no such child", fails[api.ListParentsOutput](w, management, &api.ListParentsInput{ChildId: aws.String(outsider)}), "ChildNotFoundException: You specified a child that doesn't exist."},
		{"same OU again", fails[api.CreateOrganizationalUnitOutput](w, management, &api.CreateOrganizationalUnitInput{Name: aws.String("A"), ParentId: &w.workload}), "DuplicateOrganizationalUnitException: An OU with the same name already exists."},
		{"too deep", fails[api.CreateOrganizationalUnitOutput](w, management, &api.CreateOrganizationalUnitInput{Name: aws.String("E"), ParentId: &deep}), "ConstraintViolationException OU_DEPTH_LIMIT_EXCEEDED"},
		{"OU tags", fails[api.CreateOrganizationalUnitOutput](w, management, &api.CreateOrganizationalUnitInput{Name: aws.String("E"), ParentId: &child, Tags: []types.Tag{{}}}), "SandboxUnsupported: the layerfleet sandbox does not support the member Tags of organizations CreateOrganizationalUnit"},
		{"move from elsewhere", fails[api.MoveAccountOutput](w, management, &api.MoveAccountInput{AccountId: aws.String(member), SourceParentId: aws.String(w.Root()), DestinationParentId: &child}), "SourceParentNotFoundException: You specified a source parent that doesn't exist."},
		{"move to nowhere", fails[api.MoveAccountOutput](w, management, &api.MoveAccountInput{AccountId: aws.String(member), SourceParentId: &w.workload, DestinationParentId: aws.String("r-zzzzz")}), "DestinationParentNotFoundException: You specified a destination parent that doesn't exist."},
		{"move to the same", fails[api.MoveAccountOutput](w, management, &api.MoveAccountInput{AccountId: aws.String(member), SourceParentId: &w.workload, DestinationParentId: &w.workload}), "DuplicateAccountException: An account with the same ID already exists in the destination parent."},
		{"unknown service", fails[api.EnableAWSServiceAccessOutput](w, management, &api.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("ram.amazonaws.com")}), "SandboxUnsupported: the layerfleet sandbox does not support trusted access of ram.amazonaws.com"},
		{"delegate before access", fails[api.RegisterDelegatedAdministratorOutput](w, management, &api.RegisterDelegatedAdministratorInput{AccountId: aws.String(member), ServicePrincipal: aws.String("config.amazonaws.com")}), "ConstraintViolationException SERVICE_ACCESS_NOT_ENABLED"},
		{"enable", fails[api.EnableAWSServiceAccessOutput](w, management, &api.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("config.amazonaws.com")}), ""},
		{"delegate suspended", fails[api.RegisterDelegatedAdministratorOutput](w, management, &api.RegisterDelegatedAdministratorInput{AccountId: aws.String(closed), ServicePrincipal: aws.String("config.amazonaws.com")}), "ConstraintViolationException CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR"},
		{"delegate", fails[api.RegisterDelegatedAdministratorOutput](w, management, &api.RegisterDelegatedAdministratorInput{AccountId: aws.String(member), ServicePrincipal: aws.String("config.amazonaws.com")}), ""},
		{"delegate reads", fails[api.ListAccountsOutput](w, member, &api.ListAccountsInput{}), ""},
		{"delegate may not write", fails[api.CreateOrganizationalUnitOutput](w, member, &api.CreateOrganizationalUnitInput{Name: aws.String("X"), ParentId: &child}), denied},
		{"no such request", fails[api.DescribeCreateAccountStatusOutput](w, management, &api.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String("car-12345678")}), "CreateAccountStatusNotFoundException: You specified a create account request that doesn't exist."},
		{"role name", fails[api.CreateAccountOutput](w, management, &api.CreateAccountInput{AccountName: aws.String("x"), Email: aws.String("x@example.com"), RoleName: aws.String("a b")}), "InvalidInputException INVALID_ROLE_NAME"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestTree(t *testing.T) {
	w := newWorld(t)
	var changed []string
	w.SubscribeAccounts(func(account string) { changed = append(changed, account) })
	out, e := as[api.CreateOrganizationalUnitOutput](w, management, &api.CreateOrganizationalUnitInput{Name: aws.String("Prod"), ParentId: &w.workload})
	if e != "" {
		t.Fatal(e)
	}
	prod := out.OrganizationalUnit
	if e := fails[api.MoveAccountOutput](w, management, &api.MoveAccountInput{AccountId: aws.String(member), SourceParentId: &w.workload, DestinationParentId: prod.Id}); e != "" {
		t.Fatal(e)
	}
	if !slices.Equal(changed, []string{member}) {
		t.Errorf("changes of %v", changed)
	}
	path := w.ID() + "/" + w.Root() + "/" + w.workload + "/" + *prod.Id + "/"
	if *prod.Path != path || w.Path(member) != path {
		t.Errorf("paths %s and %s, want %s", *prod.Path, w.Path(member), path)
	}
	acc, _ := as[api.DescribeAccountOutput](w, management, &api.DescribeAccountInput{AccountId: aws.String(member)})
	if a := acc.Account; a.State != types.AccountStateActive || a.Status != types.AccountStatusActive || a.Paths[0] != path+member+"/" || a.JoinedMethod != types.AccountJoinedMethodCreated {
		t.Errorf("account %+v", a)
	}
	if a, _ := as[api.DescribeAccountOutput](w, management, &api.DescribeAccountInput{AccountId: aws.String(closed)}); a.Account.State != types.AccountStateSuspended || a.Account.Status != types.AccountStatusSuspended {
		t.Errorf("suspended account %+v", a.Account)
	}
	for parent, want := range map[string][]string{w.Root(): {management, member, closed}, w.workload: {member, closed}, *prod.Id: {member}} {
		if got, ok := w.Under(parent); !ok || !cmp.Equal(got, want) {
			t.Errorf("under %s: %v", parent, got)
		}
	}
	if _, ok := w.Under("ou-none"); ok {
		t.Error("a parent that is not there")
	}
	kids, _ := as[api.ListChildrenOutput](w, management, &api.ListChildrenInput{ParentId: &w.workload, ChildType: types.ChildTypeOrganizationalUnit})
	parents, _ := as[api.ListParentsOutput](w, management, &api.ListParentsInput{ChildId: prod.Id})
	if len(kids.Children) != 1 || *kids.Children[0].Id != *prod.Id || *parents.Parents[0].Id != w.workload || parents.Parents[0].Type != types.ParentTypeOrganizationalUnit {
		t.Errorf("children %v, parents %v", kids.Children, parents.Parents)
	}
	for id, pattern := range map[string]string{w.ID(): `^o-[a-z0-9]{10,32}$`, w.Root(): `^r-[0-9a-z]{4,32}$`, w.workload: `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`} {
		if !regexp.MustCompile(pattern).MatchString(id) {
			t.Errorf("id %s", id)
		}
	}
}

func TestPagesHoldTwenty(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		if err := w.AddAccount(fmt.Sprint(200000000000+i), "a", w.Root(), "ACTIVE"); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []string
	in := &api.ListAccountsInput{}
	for {
		out, e := as[api.ListAccountsOutput](w, management, in)
		if e != "" {
			t.Fatal(e)
		}
		if sizes = append(sizes, fmt.Sprint(len(out.Accounts))); out.NextToken == nil {
			break
		}
		in.NextToken = out.NextToken
	}
	if got := strings.Join(sizes, " "); got != "20 20 3" {
		t.Errorf("pages %s", got)
	}
}

func TestCreateAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		create := func(email, role string) *types.CreateAccountStatus {
			out, e := as[api.CreateAccountOutput](w, management, &api.CreateAccountInput{AccountName: aws.String("New"), Email: &email, RoleName: aws.String(role)})
			if e != "" {
				t.Fatal(e)
			}
			return out.CreateAccountStatus
		}
		status := func(id *string) *types.CreateAccountStatus {
			out, e := as[api.DescribeCreateAccountStatusOutput](w, management, &api.DescribeCreateAccountStatusInput{CreateAccountRequestId: id})
			if e != "" {
				t.Fatal(e)
			}
			return out.CreateAccountStatus
		}
		good := create("new@example.com", "Access")
		if good.State != types.CreateAccountStateInProgress || status(good.Id).AccountId != nil {
			t.Errorf("at once: %+v", good)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := status(good.Id); got.State != types.CreateAccountStateSucceeded || *got.AccountId != "100000000003" || got.CompletedTimestamp == nil {
			t.Errorf("later: %+v", got)
		}
		again, broken := create("new@example.com", "Access"), create("other@example.com", "broken")
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := status(again.Id); got.FailureReason != types.CreateAccountFailureReasonEmailAlreadyExists || got.State != types.CreateAccountStateFailed {
			t.Errorf("same address: %+v", got)
		}
		if got := status(broken.Id); got.FailureReason != types.CreateAccountFailureReasonInternalFailure {
			t.Errorf("no role: %+v", got)
		}
		if want := []string{"100000000003 Access", "100000000004 broken"}; !slices.Equal(w.prepared, want) {
			t.Errorf("prepared %v", w.prepared)
		}
		if n := len(w.Accounts()); n != 4 {
			t.Errorf("%d accounts", n)
		}
		create("late@example.com", "Access")
		w.Close()
		time.Sleep(time.Minute)
		if n := len(w.Accounts()); n != 4 {
			t.Errorf("%d accounts after Close", n)
		}
	})
}

"""AWS Organizations and Account Management: the tree, pages, new accounts, trusted access, Regions (reference sheet §6.1)."""

from world import expect, same


def listed(client, operation, key, **arguments):
    return [x for p in client.get_paginator(operation).paginate(**arguments) for x in p[key]]


def root_of(org):
    return org.list_roots()["Roots"][0]


def flow_tree(c):
    org = c.client("organizations")
    about = org.describe_organization()["Organization"]
    same((about["MasterAccountId"], about["FeatureSet"]), (c.management, "ALL"))
    same(
        c.client("organizations", c.members[0]).describe_organization()["Organization"]["Id"],
        about["Id"],
        "as a member sees it",
    )
    root = root_of(org)
    expect(root["Id"].startswith("r-") and f":root/{about['Id']}/" in root["Arn"], root)
    everyone = [a["Id"] for a in listed(org, "list_accounts", "Accounts")]

    def under(parent):
        found = [a["Id"] for a in listed(org, "list_accounts_for_parent", "Accounts", ParentId=parent)]
        same(
            sorted(x["Id"] for x in listed(org, "list_children", "Children", ParentId=parent, ChildType="ACCOUNT")),
            sorted(found),
        )
        for unit in listed(org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
            same(org.list_parents(ChildId=unit["Id"])["Parents"][0]["Id"], parent)
            same(
                org.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"]["Name"],
                unit["Name"],
            )
            found += under(unit["Id"])
        return found

    same(sorted(under(root["Id"])), sorted(everyone), "accounts below the root")
    account = org.describe_account(AccountId=c.members[0])["Account"]
    same((account["State"], account["Status"], account["JoinedMethod"]), ("ACTIVE", "ACTIVE", "CREATED"))
    expect(account["Arn"].startswith(f"arn:aws:organizations::{c.management}:account/{about['Id']}/"), account["Arn"])


def flow_pages(c):
    org = c.client("organizations")
    first = org.list_accounts()
    same(len(first["Accounts"]), 20, "accounts in a page")
    expect("NextToken" in first, "24 accounts fit into one page")
    same(len(org.list_accounts(MaxResults=3)["Accounts"]), 3)
    c.refused("InvalidInputException", org.list_accounts, status=400, MaxResults=21)
    c.refused("InvalidInputException", org.list_accounts, NextToken="nonsense")


def flow_units_and_moves(c):
    org = c.client("organizations")
    root = root_of(org)["Id"]
    unit = org.create_organizational_unit(ParentId=root, Name="Moves")["OrganizationalUnit"]["Id"]
    inner = org.create_organizational_unit(ParentId=unit, Name="Inner")["OrganizationalUnit"]["Id"]
    c.refused("DuplicateOrganizationalUnitException", org.create_organizational_unit, ParentId=root, Name="Moves")
    c.refused("ParentNotFoundException", org.create_organizational_unit, ParentId="ou-zzzz-00000000", Name="x")
    account = c.members[-1]
    before = org.list_parents(ChildId=account)["Parents"][0]["Id"]
    org.move_account(AccountId=account, SourceParentId=before, DestinationParentId=inner)
    same([a["Id"] for a in org.list_accounts_for_parent(ParentId=inner)["Accounts"]], [account])
    same(org.list_accounts_for_parent(ParentId=unit)["Accounts"], [], "an OU lists its own accounts only")
    c.refused(
        "SourceParentNotFoundException",
        org.move_account,
        AccountId=account,
        SourceParentId="ou-zzzz-00000000",
        DestinationParentId=before,
    )
    c.refused(
        "DestinationParentNotFoundException",
        org.move_account,
        AccountId=account,
        SourceParentId=inner,
        DestinationParentId="ou-zzzz-00000000",
    )
    c.refused(
        "AccountNotFoundException",
        org.move_account,
        AccountId="999999999999",
        SourceParentId=inner,
        DestinationParentId=before,
    )
    org.move_account(AccountId=account, SourceParentId=inner, DestinationParentId=before)
    c.refused("ChildNotFoundException", org.list_parents, ChildId="999999999999")
    c.refused(
        "OrganizationalUnitNotFoundException", org.describe_organizational_unit, OrganizationalUnitId="ou-zzzz-00000000"
    )
    c.refused("ParentNotFoundException", org.list_accounts_for_parent, ParentId="ou-zzzz-00000000")


def flow_members_may_not(c):
    org = c.client("organizations", c.members[0])
    for call, arguments in (
        ("list_accounts", {}),
        ("list_roots", {}),
        ("create_account", {"AccountName": "x", "Email": "x@example.com"}),
        ("create_organizational_unit", {"ParentId": root_of(c.client("organizations"))["Id"], "Name": "x"}),
        ("enable_aws_service_access", {"ServicePrincipal": "config.amazonaws.com"}),
    ):
        e = c.refused("AccessDeniedException", getattr(org, call), status=400, **arguments)
        same(c.message(e), "You don't have permissions to access this resource.")


def flow_new_account(c):
    org = c.client("organizations")
    asked = org.create_account(AccountName="newcomer", Email="newcomer@example.com")["CreateAccountStatus"]
    same(asked["State"], "IN_PROGRESS")

    def done():
        status = org.describe_create_account_status(CreateAccountRequestId=asked["Id"])["CreateAccountStatus"]
        return status["State"] != "IN_PROGRESS" and status

    got = c.until("the account", done)
    same(got["State"], "SUCCEEDED")
    same(org.list_parents(ChildId=got["AccountId"])["Parents"][0]["Type"], "ROOT")
    keys = c.assume(c.role_arn(got["AccountId"], "OrganizationAccountAccessRole"))
    same(c.client("sts", keys=keys).get_caller_identity()["Account"], got["AccountId"])
    again = org.create_account(AccountName="twin", Email="newcomer@example.com")["CreateAccountStatus"]["Id"]
    asked["Id"] = again
    got = c.until("the failure", done)
    same((got["State"], got["FailureReason"]), ("FAILED", "EMAIL_ALREADY_EXISTS"))
    c.refused(
        "CreateAccountStatusNotFoundException",
        org.describe_create_account_status,
        CreateAccountRequestId="car-" + "0" * 32,
    )


def flow_trusted_access(c):
    org = c.client("organizations")

    def trusted():
        return [
            s["ServicePrincipal"]
            for s in listed(org, "list_aws_service_access_for_organization", "EnabledServicePrincipals")
        ]

    expect("member.org.stacksets.cloudformation.amazonaws.com" in trusted(), trusted())
    ssm, member = "ssm.amazonaws.com", c.members[0]
    c.refused(
        "ConstraintViolationException", org.register_delegated_administrator, AccountId=member, ServicePrincipal=ssm
    )
    org.enable_aws_service_access(ServicePrincipal=ssm)
    expect(ssm in trusted(), trusted())
    org.register_delegated_administrator(AccountId=member, ServicePrincipal=ssm)
    c.refused(
        "AccountAlreadyRegisteredException",
        org.register_delegated_administrator,
        AccountId=member,
        ServicePrincipal=ssm,
    )
    same(
        [
            a["Id"]
            for a in listed(org, "list_delegated_administrators", "DelegatedAdministrators", ServicePrincipal=ssm)
        ],
        [member],
    )
    expect(c.client("organizations", member).list_accounts()["Accounts"], "a delegated administrator lists accounts")
    org.deregister_delegated_administrator(AccountId=member, ServicePrincipal=ssm)
    c.refused(
        "AccountNotRegisteredException", org.deregister_delegated_administrator, AccountId=member, ServicePrincipal=ssm
    )
    org.disable_aws_service_access(ServicePrincipal=ssm)
    expect(ssm not in trusted(), trusted())


def flow_regions(c):
    account = c.client("account", c.members[0])
    status = {r["RegionName"]: r["RegionOptStatus"] for r in listed(account, "list_regions", "Regions")}
    same(
        (status[c.home], status[c.away], status["eu-south-2"]), ("ENABLED_BY_DEFAULT", "ENABLED_BY_DEFAULT", "DISABLED")
    )
    same(account.get_region_opt_status(RegionName=c.home)["RegionOptStatus"], "ENABLED_BY_DEFAULT")
    same(len(account.list_regions(MaxResults=2)["Regions"]), 2)
    c.refused("ValidationException", account.list_regions, MaxResults=51)
    central, org = c.client("account"), c.client("organizations")
    org.disable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    c.refused("AccessDeniedException", central.list_regions, status=403, AccountId=c.members[0])
    org.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    expect(central.list_regions(AccountId=c.members[0])["Regions"], "Regions of a member")

"""What the flows act in: clients of any account, a record of every answer, and expectations about refusals.

Everything goes through boto3 and its own copy of AWS's models, so that no mistake of the Go code is repeated here.
"""

import collections
import io
import json
import os
import time
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SPEED = float(os.environ.get("LAYERFLEET_SPEED", "1"))
PATIENCE = 20.0  # real seconds that anything in the background may take
POLL = 0.02
QUOTA = 15  # calls of Lambda's control plane a second, in each account and Region

# One try each, since a flow wants to see the refusal itself.
ONCE = {"total_max_attempts": 1, "mode": "standard"}


class Unmet(AssertionError):
    """An expectation that the sandbox does not meet."""


def expect(condition, *what):
    """Fails with the given values unless the condition holds."""
    if not condition:
        raise Unmet(" ".join(str(w) for w in what) or "expectation")


def same(got, want, what=""):
    """Fails unless two values are equal."""
    expect(got == want, what, "is", repr(got), "and not", repr(want))


def archive(text="def handler(event, context):\n    return event\n", path="main.py", size=0):
    """A zip file with one file, and another of so many zero bytes, which take next to no room in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        z.writestr(path, text)
        if size:
            with z.open("zeros", "w") as f:
                block = bytes(1 << 20)
                for _ in range(size >> 20):
                    f.write(block)
    return out.getvalue()


class World:
    """The organization as its management account sees it."""

    def __init__(self):
        self.answers = collections.Counter()  # (service, operation) that succeeded
        self.errors = collections.Counter()  # (service, operation, code) that were refused
        self.endpoint = os.environ["AWS_ENDPOINT_URL"]
        self.home = os.environ["AWS_REGION"]
        self.secret = os.environ["AWS_SECRET_ACCESS_KEY"]
        self.management = os.environ["AWS_ACCESS_KEY_ID"]
        self.aggregator = os.environ["LAYERFLEET_AGGREGATOR"]
        self.session = boto3.Session()
        self.session.events.register("after-call", self._answered)
        self._clients = {}
        pages = self.client("organizations").get_paginator("list_accounts").paginate()
        accounts = [a for p in pages for a in p["Accounts"]]
        same(accounts and self.management in [a["Id"] for a in accounts], True, "management account listed")
        self.suspended = [a["Id"] for a in accounts if a["State"] != "ACTIVE"]
        self.members = sorted(a["Id"] for a in accounts if a["State"] == "ACTIVE" and a["Id"] != self.management)
        self.unrecorded = [a for a in self.members if not self._records(a)]
        self.members = [a for a in self.members if a not in self.unrecorded]
        listed = (
            self.client("account")
            .get_paginator("list_regions")
            .paginate(RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"])
        )
        self.regions = [r["RegionName"] for p in listed for r in p["Regions"]]
        self.away = next(r for r in self.regions if r != self.home)  # a second Region
        self.organization = self.client("organizations").describe_organization()["Organization"]["Id"]

    def _records(self, account):
        status = self.client("config", account).describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        return bool(status) and status[0]["recording"]

    def _answered(self, http_response, parsed, model, **_):
        operation = (model.service_model.signing_name, model.name)
        if http_response.status_code < 300:
            self.answers[operation] += 1
        else:
            self.errors[(*operation, parsed.get("Error", {}).get("Code", ""))] += 1

    def client(self, service, account=None, region=None, keys=None, validate=True):
        """A client of an account's administrator, or of the session whose Credentials are given."""
        account, region = account or self.management, region or self.home
        mark = (service, keys["AccessKeyId"] if keys else account, region, validate)
        if mark not in self._clients:
            keys = keys or {"AccessKeyId": account, "SecretAccessKey": self.secret, "SessionToken": None}
            self._clients[mark] = self.session.client(
                service,
                region_name=region,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
                config=Config(retries=ONCE, parameter_validation=validate, connect_timeout=5, read_timeout=20),
            )
        return self._clients[mark]

    def assume(self, role, session="flow", caller=None, **more):
        """The credentials of a role's session."""
        return (caller or self.client("sts")).assume_role(RoleArn=role, RoleSessionName=session, **more)["Credentials"]

    def refused(self, code, call, text="", status=0, **arguments):
        """Makes a call that must be refused with this code, and a message that holds the text; returns the error."""
        name = getattr(call, "__name__", "call")
        try:
            call(**arguments)
        except ClientError as e:
            same(e.response["Error"]["Code"], code, f"code of {name} ({e})")
            expect(
                text in e.response["Error"].get("Message", ""), f"message of {name}", repr(str(e)), "lacks", repr(text)
            )
            if status:
                same(e.response["ResponseMetadata"]["HTTPStatusCode"], status, f"status of {name}")
            return e
        raise Unmet(f"{name} succeeded and should have been refused with {code}")

    def message(self, error):
        return error.response["Error"]["Message"]

    def until(self, what, check, patience=PATIENCE):
        """Waits until check returns something true, and returns it."""
        end = time.monotonic() + patience
        while True:
            got = check()
            if got:
                return got
            if time.monotonic() > end:
                raise Unmet(f"{what}: not in {patience} s")
            time.sleep(POLL)

    def sleep(self, seconds):
        """Lets so many seconds of the sandbox pass."""
        time.sleep(seconds / SPEED)

    def many(self, call, arguments):
        """Makes a call for each of many arguments, no faster than Lambda's quota allows.

        On a fast machine boto3 makes 1,200 calls a second, which are 20 in a second of the sandbox, and QUOTA are
        allowed after a burst.
        """
        for a in arguments:
            call(**a)
            self.sleep(1 / QUOTA)

    def fetch(self, url, **headers):
        """The body behind a presigned address."""
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as r:
            return r.read()

    def role_arn(self, account, name):
        return f"arn:aws:iam::{account}:role/{name}"

    def execution_role(self, account):
        """The role that the sandbox's functions run with."""
        return self.role_arn(account, "lambda-execution")

    def function(self, account, name, region=None, wait=True, **settings):
        """Creates a function and waits until it can be changed; returns its configuration."""
        lam = self.client("lambda", account, region)
        settings.setdefault("Role", self.execution_role(account))
        if settings.get("PackageType") != "Image":
            settings.setdefault("Code", {"ZipFile": archive()})
            settings.setdefault("Runtime", "python3.13")
            settings.setdefault("Handler", "main.handler")
        made = lam.create_function(FunctionName=name, **settings)
        if wait:
            self.active(lam, name)
        return made

    def active(self, lam, name):
        lam.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": POLL})

    def updated(self, lam, name):
        lam.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": POLL})

    def layers_of(self, lam, name):
        return [x["Arn"] for x in lam.get_function(FunctionName=name)["Configuration"].get("Layers", [])]

    def layer(self, account, name, text, region=None, share=True):
        """Publishes a layer version, shared with the organization, and returns its ARN."""
        lam = self.client("lambda", account, region)
        made = lam.publish_layer_version(LayerName=name, Content={"ZipFile": archive(text, "python/lib.py")})
        if share:
            lam.add_layer_version_permission(
                LayerName=name,
                VersionNumber=made["Version"],
                StatementId="organization",
                Action="lambda:GetLayerVersion",
                Principal="*",
                OrganizationId=self.organization,
            )
        return made["LayerVersionArn"]

    def role(self, account, name, service, *statements):
        """Makes a role that a service may assume, with an inline policy of the given statements; returns its ARN."""
        iam = self.client("iam", account)
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return arn


def policy(*statements):
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions, resources="*", **more):
    return {"Effect": "Deny", "Action": actions, "Resource": resources, **more}

"""What publish left in Lambda and Parameter Store, seen with boto3: published.py EXPORT.json"""

import base64
import hashlib
import io
import json
import os
import sys
import urllib.request
import zipfile

import boto3
from botocore.exceptions import ClientError

PUBLISHER, MEMBER, STRANGER = "100000000000", "100000000001", "900000000001"


def client(service, account, region):
    return boto3.client(service, region_name=region, aws_access_key_id=account,
                        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"])


def same(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def check(release, region, arn):
    publisher = client("lambda", PUBLISHER, region)
    got = publisher.get_layer_version_by_arn(Arn=arn)
    same(got["Content"]["CodeSha256"], release["sha256"])
    same(got["Content"]["CodeSize"], release["zipped"])
    same(sorted(got["CompatibleArchitectures"]), ["arm64", "x86_64"])
    same((got["Description"], got["LicenseInfo"], got["CompatibleRuntimes"]), ("1.0.0: ours", "MIT", ["python3.13"]))
    with urllib.request.urlopen(got["Content"]["Location"]) as answer:
        data = answer.read()
    same(base64.b64encode(hashlib.sha256(data).digest()).decode(), release["sha256"])
    same(zipfile.ZipFile(io.BytesIO(data)).read("python/deps.py"), b"version = 1\n")
    version = int(arn.rsplit(":", 1)[1])
    policy = json.loads(publisher.get_layer_version_policy(LayerName="deps", VersionNumber=version)["Policy"])
    same([s["Principal"] for s in policy["Statement"]], ["*"])
    if not release["grants"][0].startswith("o-") or release["grants"][0] not in json.dumps(policy):
        raise AssertionError(policy)

    # a member account uses it right away
    role = client("iam", MEMBER, region)
    name = "user-" + region
    made = role.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as z:
        z.writestr("app.py", "import deps\ndef handler(event, context): return deps.version\n")
    made = client("lambda", MEMBER, region).create_function(FunctionName="uses-it", Role=made, Runtime="python3.13",
                                                            Handler="app.handler", Code={"ZipFile": code.getvalue()}, Layers=[arn])
    same([layer["Arn"] for layer in made["Layers"]], [arn])

    # a stranger is refused
    try:
        client("lambda", STRANGER, region).get_layer_version_by_arn(Arn=arn)
    except ClientError as refused:
        same(refused.response["Error"]["Code"], "AccessDeniedException")
    else:
        raise AssertionError("a stranger reads the layer")

    parameter = client("ssm", PUBLISHER, region).get_parameter(Name="/layerfleet/deps/stable")["Parameter"]
    same((parameter["Value"], parameter["Type"]), (arn, "String"))


with open(sys.argv[1], encoding="utf-8") as f:
    (layer,) = json.load(f)["layers"]
(release,) = layer["releases"]
same(sorted(release["regions"]), ["eu-west-1", "us-east-1"])
for region, arn in release["regions"].items():
    check(release, region, arn)
print("2 Regions checked")

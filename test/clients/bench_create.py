"""Times 1,000 CreateFunction calls through boto3, one after the other, in one client.

usage: bench_create.py [--count N] [--account ID] with the environment that `layerfleet sandbox --env-file` writes.
A pair allows 15 calls a second of the sandbox's time. At the default speed of 60 that is 900 in a real one; calls over
it are throttled and tried again by boto3, as with AWS.
"""

import argparse
import os
import time

import boto3
from botocore.config import Config

from world import archive


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--account", default=os.environ["AWS_ACCESS_KEY_ID"])
    options = parser.parse_args()
    client = boto3.client(
        "lambda",
        aws_access_key_id=options.account,
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],  # all administrators of a sandbox have one secret
        config=Config(retries={"total_max_attempts": 10, "mode": "standard"}),
    )
    code = archive()
    client.list_functions()  # the connection and the model are not what is measured
    began = time.perf_counter()
    for i in range(options.count):
        client.create_function(
            FunctionName=f"bench-{i:06}",
            Runtime="python3.13",
            Handler="main.handler",
            Role=f"arn:aws:iam::{options.account}:role/lambda-execution",
            Code={"ZipFile": code},
        )
    seconds = time.perf_counter() - began
    print(f"{options.count} functions created in {seconds:.2f} s, {options.count / seconds:.0f} a second")


if __name__ == "__main__":
    main()

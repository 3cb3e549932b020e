"""What is loaded once, before any script is forked: boto3 with the models of the services that runbooks call.

A script that makes its client in a fresh process spends most of its time reading JSON models. Here they are read
once, and all sessions of all forks share them.
"""

import os
import sys

SERVICES = ("lambda", "ssm", "config", "sts")


def load(standin, refuse_boto3):
    """Load boto3, or the stand-in where it is missing. Returns what was loaded, with its version."""
    if not refuse_boto3:
        try:
            return load_boto3()
        except ImportError:
            pass
    for name in [n for n in sys.modules if n.partition(".")[0] in ("boto3", "botocore")]:
        del sys.modules[name]
    sys.path.insert(1, standin)  # position 0 is the script's own directory, see script.call
    import boto3

    return "standin " + boto3.__version__


def load_boto3():
    import boto3
    import botocore.loaders
    import botocore.session

    shared = botocore.loaders.create_loader()
    botocore.session.create_loader = lambda search_path_string=None: shared
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")
    session = boto3.session.Session(aws_access_key_id="warm", aws_secret_access_key="up", region_name="us-east-1")
    clients = [session.client(name, endpoint_url="http://127.0.0.1:9") for name in SERVICES]
    exercise(clients[0])
    for client in clients:
        client.close()
    first_session(botocore.session)
    return "boto3 " + boto3.__version__


def first_session(module):
    """Give the session that is made first, in each fork, from a stock of one: registering handlers takes a while.

    A session looks at the environment when it is asked for credentials or a Region, not when it is made.
    """
    make, prepared = module.get_session, None

    def get_session(env_vars=None):
        nonlocal prepared
        if env_vars is not None or prepared is None:
            return make(env_vars)
        session, prepared = prepared, None
        return session

    prepared = make()
    prepared.get_component("credential_provider")
    module.get_session = get_session


def exercise(client):
    """Make one call whose answer is made up on the spot: it loads what botocore imports and caches at first use."""
    from botocore.awsrequest import AWSResponse

    def answer(request, **_):
        response = AWSResponse(request.url, 200, {}, None)
        response._content = b"{}"
        return response

    "localhost".encode("idna")  # what a connection does to its host name
    client.meta.events.register("before-send.lambda", answer)
    client.get_function_configuration(FunctionName="warm")

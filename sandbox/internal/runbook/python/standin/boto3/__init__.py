"""A small stand-in for boto3 where that is not installed: clients that speak to the layerfleet sandbox, only to it.

A call client(SERVICE).some_operation(**members) becomes one signed POST of the members as JSON to
AWS_ENDPOINT_URL/layerfleet/call/SomeOperation, the service standing in the signature. It knows no API models: member names and types go as they
are given, timestamps come back as numbers, and what the sandbox does not support, the sandbox refuses by name.
Paginators follow the usual markers and the waiters of Lambda functions are here; resources are not.
"""

from boto3.session import Session

__version__ = "0"
__all__ = ["Session", "client", "resource", "session", "setup_default_session"]

DEFAULT_SESSION = None


def setup_default_session(**kwargs):
    global DEFAULT_SESSION
    DEFAULT_SESSION = Session(**kwargs)


def _default():
    if DEFAULT_SESSION is None:
        setup_default_session()
    return DEFAULT_SESSION


def client(*args, **kwargs):
    return _default().client(*args, **kwargs)


def resource(*args, **kwargs):
    return _default().resource(*args, **kwargs)

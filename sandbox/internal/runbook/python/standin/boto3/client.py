"""Client: methods by name, retries as botocore's legacy mode makes them, exceptions by error code."""

import base64
import json
import random
import time

from botocore.exceptions import ClientError

from boto3.paginate import Paginator
from boto3.transport import Transport
from boto3.wait import waiter

THROTTLING = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
    "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded",
    "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
    "EC2ThrottledException",
}  # fmt: skip
RETRIED_STATUS = {500, 502, 503, 504}


class Client:
    def __init__(self, service, region, endpoint, keys, config):
        self._service, self._transport = service, Transport(service, region, endpoint, keys, config)
        self._attempts = attempts(config)
        self.exceptions = Exceptions()
        self.meta = Meta(service, region, endpoint)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(part[:1].upper() + part[1:] for part in name.split("_"))

        def call(*args, **members):
            if args:
                raise TypeError(f"{name}() only accepts keyword arguments.")
            return self._call(operation, members)

        call.__name__ = name
        return call

    def _call(self, operation, members):
        body = json.dumps(members, default=encode).encode()
        for attempt in range(1, self._attempts + 1):
            status, headers, answer = self._transport.post(operation, body)
            if status < 300:
                answer["ResponseMetadata"] = metadata(status, headers, attempt)
                return answer
            code = answer.get("__type", str(status)).rpartition("#")[2].partition(":")[0]
            if attempt == self._attempts or not (code in THROTTLING or status in RETRIED_STATUS):
                break
            time.sleep(random.random() * 2 ** (attempt - 1))
        message = answer.get("message") or answer.get("Message") or ""
        response = {**answer, "Error": {"Code": code, "Message": message}}
        response["ResponseMetadata"] = metadata(status, headers, attempt)
        raise self.exceptions._of(code)(response, operation)

    def get_paginator(self, name):
        return Paginator(getattr(self, name))

    def get_waiter(self, name):
        return waiter(self, self._service, name)

    def can_paginate(self, name):
        return name.startswith("list_") or name.startswith("describe_")

    def close(self):
        self._transport.close()


class Meta:
    def __init__(self, service, region, endpoint):
        self.region_name, self.endpoint_url, self.service = region, endpoint, service


class Exceptions:
    """client.exceptions.SomeException: one class for each error code, made when it is first named."""

    def __init__(self):
        self._classes = {}
        self.ClientError = ClientError

    def _of(self, code):
        if code not in self._classes:
            self._classes[code] = type(code, (ClientError,), {})
        return self._classes[code]

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._of(name)


def attempts(config):
    """How often a call is sent at most: botocore's five, or what Config(retries=…) says."""
    retries = getattr(config, "retries", None) or {}
    if "total_max_attempts" in retries:
        return max(1, retries["total_max_attempts"])
    return 1 + retries.get("max_attempts", 4)


def encode(value):
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "timestamp"):
        return value.timestamp()
    raise TypeError(f"a value of type {type(value).__name__} cannot be sent")


def metadata(status, headers, attempt):
    return {
        "RequestId": headers.get("x-amzn-requestid", ""),
        "HTTPStatusCode": status,
        "HTTPHeaders": headers,
        "RetryAttempts": attempt - 1,
    }

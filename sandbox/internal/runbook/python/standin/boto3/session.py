"""Session: credentials and Region from arguments or the environment."""

import os

from botocore.exceptions import NoCredentialsError, NoRegionError

from boto3.client import Client


class Session:
    def __init__(self, aws_access_key_id=None, aws_secret_access_key=None, aws_session_token=None, region_name=None):
        env = os.environ.get
        if aws_access_key_id is None:
            aws_access_key_id = env("AWS_ACCESS_KEY_ID")
            aws_secret_access_key = env("AWS_SECRET_ACCESS_KEY")
            aws_session_token = env("AWS_SESSION_TOKEN")
        self._keys = (aws_access_key_id, aws_secret_access_key, aws_session_token)
        self.region_name = region_name or env("AWS_REGION") or env("AWS_DEFAULT_REGION")

    def client(
        self,
        service_name,
        region_name=None,
        endpoint_url=None,
        aws_access_key_id=None,
        aws_secret_access_key=None,
        aws_session_token=None,
        config=None,
    ):
        keys = self._keys
        if aws_access_key_id is not None:
            keys = (aws_access_key_id, aws_secret_access_key, aws_session_token)
        if not keys[0] or not keys[1]:
            raise NoCredentialsError()
        region = region_name or getattr(config, "region_name", None) or self.region_name
        if not region:
            raise NoRegionError()
        endpoint = endpoint_url or os.environ["AWS_ENDPOINT_URL"]
        return Client(service_name, region, endpoint, keys, config)

    def resource(self, service_name, **_):
        raise NotImplementedError(f"the stand-in for boto3 has no resources, so not {service_name}: install boto3")

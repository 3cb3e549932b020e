"""One kept-alive HTTP connection, requests signed with Signature Version 4.

Algorithm: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import datetime
import hashlib
import hmac
import http.client
import json
import urllib.parse

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError


class Transport:
    def __init__(self, service, region, endpoint, keys, config):
        url = urllib.parse.urlsplit(endpoint)
        if url.scheme != "http":
            raise ValueError(f"the stand-in for boto3 speaks to the sandbox over http, not to {endpoint}")
        self.endpoint, self.host, self.base = endpoint, url.netloc, url.path.rstrip("/")
        self.service, self.region, self.keys = service, region, keys
        self.timeout = getattr(config, "read_timeout", None) or 60
        self.connection = None

    def post(self, operation, body):
        """Send one call. Returns status, headers (lower-case names) and the decoded JSON."""
        path = f"{self.base}/layerfleet/call/{operation}"
        headers = self.sign(path, body)
        for fresh in (False, True):  # a kept connection may have been closed by the other side
            try:
                reused = self.connection is not None
                if not reused:
                    self.connection = http.client.HTTPConnection(self.host, timeout=self.timeout)
                self.connection.request("POST", path, body, headers)
                response = self.connection.getresponse()
                text = response.read()
                break
            except TimeoutError as error:
                self.close()
                raise ReadTimeoutError(endpoint_url=self.endpoint, error=error) from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if fresh or not reused:
                    raise EndpointConnectionError(endpoint_url=self.endpoint, error=error) from error
        return response.status, {k.lower(): v for k, v in response.getheaders()}, decode(text)

    def sign(self, path, body):
        key, secret, token = self.keys
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        digest = hashlib.sha256(body).hexdigest()
        signed = {"content-type": "application/json", "host": self.host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
        if token:
            signed["x-amz-security-token"] = token
        names = ";".join(sorted(signed))
        lines = "".join(f"{n}:{signed[n]}\n" for n in sorted(signed))
        # The path has only characters that stay as they are, however often they are encoded.
        canonical = f"POST\n{path}\n\n{lines}\n{names}\n{digest}"
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        chain = ("AWS4" + secret).encode()
        for part in (day, self.region, self.service, "aws4_request", text):
            chain = hmac.new(chain, part.encode(), hashlib.sha256).digest()
        signed["authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={chain.hex()}"
        return signed

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def decode(text):
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        value = {"message": text.decode("utf-8", "replace")}
    return value if isinstance(value, dict) else {"message": str(value)}

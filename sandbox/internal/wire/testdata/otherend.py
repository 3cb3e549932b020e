"""The other end of TestBotocore: botocore's own serializers and parsers, by its models.

Each line of standard input is a call: service, op, in and out as plain JSON, and the answer as the codec wrote it
(status, headers, body in base64). Each line of output is what botocore makes of it: the request that it would send,
the part of in that its model knows, and the differences between the answer as it reads it and out.
"""
import base64
import datetime
import json
import sys

import botocore.session
from botocore import awsrequest, parsers, serialize, utils

session = botocore.session.get_session()
models = {}


def typed(shape, value):
    """Plain JSON as botocore's values, without the members that the model does not know."""
    if shape.type_name == "structure":
        return {k: typed(shape.members[k], v) for k, v in value.items() if k in shape.members}
    if shape.type_name == "list":
        return [typed(shape.member, v) for v in value]
    if shape.type_name == "map":
        return {k: typed(shape.value, v) for k, v in value.items()}
    if shape.type_name == "blob":
        return base64.b64decode(value)
    if shape.type_name == "timestamp":
        return utils.parse_timestamp(value)
    return value


def whole_seconds(value):
    """botocore writes epoch seconds without a fraction, but in CBOR."""
    if isinstance(value, dict):
        return {k: whole_seconds(v) for k, v in value.items()}
    if isinstance(value, list):
        return [whole_seconds(v) for v in value]
    return value.replace(microsecond=0) if isinstance(value, datetime.datetime) else value


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (utc.microsecond // 1000)
    return value


def differences(want, got, path=""):
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            yield from differences(want.get(key), got.get(key), path + "." + key)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for one, other in zip(want, got):
            yield from differences(one, other, path)
    elif want != got:
        yield "%s: want %r, read %r" % (path, want, got)


for line in sys.stdin:
    call = json.loads(line)
    if call["service"] not in models:
        models[call["service"]] = session.get_service_model(call["service"])
    model = models[call["service"]]
    if call["op"] not in model.operation_names:
        print(json.dumps({"skipped": "not in the model"}))
        continue
    op = model.operation_model(call["op"])
    protocol = call["protocol"] or model.metadata["protocol"]

    params = whole_seconds(typed(op.input_shape, call["in"])) if op.input_shape else {}
    request = serialize.create_serializer(protocol, False).serialize_to_request(params, op)
    awsrequest.prepare_request_dict(request, "https://test.example.com")
    sent = awsrequest.create_request_object(request).prepare()
    body = sent.body or b""
    answer = {
        "method": sent.method, "url": sent.url, "headers": dict(sent.headers), "known": plain(params),
        "body": base64.b64encode(body.encode() if isinstance(body, str) else body).decode(),
    }

    if op.output_shape is not None and not op.has_streaming_output:
        read = parsers.create_parser(protocol).parse({
            "status_code": call["status"], "headers": awsrequest.HeadersDict(call["headers"]),
            "body": base64.b64decode(call["body"] or ""),
        }, op.output_shape)
        request_id = read.pop("ResponseMetadata")["RequestId"]
        want = typed(op.output_shape, call["out"])
        answer["differences"] = list(differences(plain(want), plain(read)))
        if request_id != "request":
            answer["differences"].append("request id %r" % request_id)
    print(json.dumps(answer))

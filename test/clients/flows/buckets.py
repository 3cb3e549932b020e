"""S3 buckets, objects and multipart uploads, and code that Lambda takes from them."""

import base64
import hashlib
import io
import urllib.parse
import zlib

from world import allow, archive, expect, policy, same

A, STRANGER = 19, 18  # indexes of the accounts that these flows use
MIB = 1 << 20
NO_MATCH = "At least one of the pre-conditions you specified did not hold"


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def etag(*parts):
    """The ETag of an object put in one piece, or of one made of parts."""
    sums = [hashlib.md5(p).digest() for p in parts]
    return f'"{sums[0].hex()}"' if len(parts) == 1 else f'"{hashlib.md5(b"".join(sums)).hexdigest()}-{len(parts)}"'


def bucket(c, name, account=None):
    """A bucket in the home Region, and the client of its owner."""
    s3 = c.client("s3", account or c.members[A])
    s3.create_bucket(Bucket=name)
    return s3


def reader(c, name, *statements):
    """The session of a role of account A with these permissions."""
    account = c.members[A]
    iam = c.client("iam", account)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{c.management}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
    return c.assume(c.role_arn(account, name))


def flow_buckets(c):
    account = c.members[A]
    s3, far, stranger = c.client("s3", account), c.client("s3", account, c.away), c.client("s3", c.members[STRANGER])
    same(s3.create_bucket(Bucket="flow-home")["Location"], "/flow-home")
    s3.create_bucket(Bucket="flow-home")  # once more is no error in us-east-1
    there = {"LocationConstraint": c.away}
    same(
        far.create_bucket(Bucket="flow-away", CreateBucketConfiguration=there)["Location"],
        "http://flow-away.s3.amazonaws.com/",
    )
    s3.create_bucket(Bucket="flow-global", CreateBucketConfiguration=there)  # us-east-1 is the global endpoint, too
    c.refused(
        "BucketAlreadyOwnedByYou", far.create_bucket, status=409, Bucket="flow-away", CreateBucketConfiguration=there
    )
    c.refused("BucketAlreadyExists", stranger.create_bucket, status=409, Bucket="flow-home")
    illegal = "IllegalLocationConstraintException"
    c.refused(illegal, far.create_bucket, text="The unspecified location", status=400, Bucket="flow-none")
    c.refused(
        illegal,
        far.create_bucket,
        text="The eu-central-1 location constraint is incompatible",
        status=400,
        Bucket="flow-none",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    for region in ("us-east-1", "nowhere-1"):
        c.refused(
            "InvalidLocationConstraint",
            s3.create_bucket,
            status=400,
            Bucket="flow-none",
            CreateBucketConfiguration={"LocationConstraint": region},
        )
    for name in ("Flow-Home", "fl", "flow..home", "192.168.0.1", "xn--flow", "flow-s3alias"):
        c.refused("InvalidBucketName", s3.create_bucket, status=400, Bucket=name)

    same(s3.head_bucket(Bucket="flow-home")["BucketRegion"], c.home)
    same(s3.get_bucket_location(Bucket="flow-home")["LocationConstraint"], None)
    same(s3.get_bucket_location(Bucket="flow-away")["LocationConstraint"], c.away)
    c.refused("404", s3.head_bucket, status=404, Bucket="flow-none")
    c.refused("403", stranger.head_bucket, status=403, Bucket="flow-home")
    c.refused("NoSuchBucket", s3.get_bucket_location, status=404, Bucket="flow-none")
    c.refused(
        "AccessDenied",
        s3.get_bucket_location,
        status=403,
        Bucket="flow-home",
        ExpectedBucketOwner=c.members[STRANGER],
    )

    mine = s3.list_buckets(Prefix="flow-")
    same([b["Name"] for b in mine["Buckets"]], ["flow-away", "flow-global", "flow-home"])
    same([b["BucketRegion"] for b in mine["Buckets"]], [c.away, c.away, c.home])
    same([b["Name"] for b in s3.list_buckets(BucketRegion=c.home, Prefix="flow-")["Buckets"]], ["flow-home"])
    pages = s3.get_paginator("list_buckets").paginate(Prefix="flow-", PaginationConfig={"PageSize": 2})
    same([len(p["Buckets"]) for p in pages], [2, 1])
    expect("flow-home" not in [b["Name"] for b in stranger.list_buckets()["Buckets"]], "a foreign bucket is listed")
    c.refused("InvalidArgument", s3.list_buckets, status=400, ContinuationToken="made-up")

    s3.put_object(Bucket="flow-home", Key="k", Body=b"x")
    c.refused("BucketNotEmpty", s3.delete_bucket, status=409, Bucket="flow-home")
    c.refused("AccessDenied", stranger.delete_bucket, status=403, Bucket="flow-home")
    s3.delete_object(Bucket="flow-home", Key="k")
    for name in ("flow-home", "flow-global", "flow-away"):
        s3.delete_bucket(Bucket=name)  # botocore follows the redirection to the buckets' Region
    c.refused("NoSuchBucket", s3.delete_bucket, status=404, Bucket="flow-home")
    same(s3.list_buckets(Prefix="flow-")["Buckets"], [])


def flow_objects(c):
    s3 = bucket(c, "flow-objects")
    at = {"Bucket": "flow-objects", "Key": "dir/a b+c/%41 ü.txt"}
    put = s3.put_object(**at, Body=b"hello", ContentType="text/plain", Metadata={"Made-By": "flow"})
    same((put["ETag"], put["ChecksumCRC32"]), (etag(b"hello"), crc32(b"hello")))
    got = s3.get_object(**at)
    same((got["Body"].read(), got["ETag"], got["ContentType"]), (b"hello", etag(b"hello"), "text/plain"))
    same((got["Metadata"], got["ChecksumCRC32"]), ({"made-by": "flow"}, crc32(b"hello")))
    head = s3.head_object(**at, ChecksumMode="ENABLED")
    same((head["ContentLength"], head["ETag"], head["ChecksumCRC32"]), (5, etag(b"hello"), crc32(b"hello")))
    expect("ChecksumCRC32" not in s3.head_object(**at), "a checksum that was not asked for")
    for algorithm in ("SHA1", "SHA256"):
        expect(s3.put_object(**at, Body=b"hello", ChecksumAlgorithm=algorithm)["Checksum" + algorithm])
        same(s3.get_object(**at)["Body"].read(), b"hello", "a body that botocore compared with its checksum")
    s3.put_object(Bucket="flow-objects", Key="empty")
    same(s3.get_object(Bucket="flow-objects", Key="empty")["Body"].read(), b"")
    s3.upload_fileobj(io.BytesIO(b"by the transfer manager"), "flow-objects", "transferred")

    def part(spec):
        got = s3.get_object(**at, Range=spec)
        return got["Body"].read(), got.get("ContentRange")

    same(part("bytes=1-3"), (b"ell", "bytes 1-3/5"))
    same(part("bytes=3-"), (b"lo", "bytes 3-4/5"))
    same(part("bytes=-2"), (b"lo", "bytes 3-4/5"))
    same(part("bytes=0-99"), (b"hello", "bytes 0-4/5"))
    same(part("lines=1-2"), (b"hello", None))
    c.refused("InvalidRange", s3.get_object, status=416, **at, Range="bytes=5-")
    c.refused("SandboxUnsupported", s3.get_object, text="several ranges", **at, Range="bytes=0-1,3-4")

    same(s3.get_object(**at, IfMatch=etag(b"hello"))["ContentLength"], 5)
    c.refused("PreconditionFailed", s3.get_object, text=NO_MATCH, status=412, **at, IfMatch='"other"')
    c.refused("412", s3.head_object, status=412, **at, IfMatch='"other"')
    c.refused("PreconditionFailed", s3.put_object, text=NO_MATCH, status=412, **at, Body=b"x", IfNoneMatch="*")

    bad = {"text": "did not match", "status": 400}
    c.refused("BadDigest", s3.put_object, **bad, **at, Body=b"x", ChecksumSHA256=sha256(b"y"))
    c.refused("BadDigest", s3.put_object, **bad, **at, Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode())
    c.refused("InvalidDigest", s3.put_object, status=400, **at, Body=b"x", ContentMD5="short")
    c.refused("InvalidRequest", s3.put_object, text="x-amz-checksum-sha1", **at, Body=b"x", ChecksumSHA1="short")
    c.refused(
        "InvalidRequest",
        s3.put_object,
        text="Expecting a single x-amz-checksum- header.",
        **at,
        Body=b"x",
        ChecksumSHA256=sha256(b"x"),
        ChecksumCRC32=crc32(b"x"),
    )
    same(s3.get_object(**at)["Body"].read(), b"hello", "the object after refused writes")

    missing = {"Bucket": "flow-objects", "Key": "none"}
    c.refused("NoSuchKey", s3.get_object, text="The specified key does not exist.", status=404, **missing)
    c.refused("404", s3.head_object, status=404, **missing)
    for call, more in ((s3.get_object, {}), (s3.put_object, {"Body": b"x"}), (s3.delete_object, {})):
        c.refused("NoSuchBucket", call, status=404, Bucket="flow-none", Key="k", **more)
        stranger = getattr(c.client("s3", c.members[STRANGER]), call.__name__)
        c.refused("AccessDenied", stranger, status=403, **at, **more)
    c.refused("KeyTooLongError", s3.put_object, status=400, Bucket="flow-objects", Key="k" * 1025)
    c.refused("MetadataTooLarge", s3.put_object, status=400, **at, Metadata={"m": "x" * 2048})
    s3.delete_object(**missing)  # deleting nothing succeeds
    s3.delete_object(**at)
    c.refused("NoSuchKey", s3.get_object, status=404, **at)


def flow_not_here(c):
    """What the sandbox has not is refused by the name of the operation, the member or the header."""
    s3 = bucket(c, "flow-not-here")
    at = {"Bucket": "flow-not-here", "Key": "k"}
    no = "SandboxUnsupported"
    for call, name, arguments in (
        (s3.put_bucket_policy, "PutBucketPolicy", {"Policy": "{}"}),
        (s3.put_bucket_versioning, "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        (s3.delete_objects, "DeleteObjects", {"Delete": {"Objects": [{"Key": "k"}]}}),
        (s3.list_objects, "ListObjects", {}),
        (s3.list_multipart_uploads, "ListMultipartUploads", {}),
    ):
        c.refused(no, call, text=f"the operation {name} of s3", Bucket="flow-not-here", **arguments)
    c.refused(no, s3.copy_object, text="the operation CopyObject of s3", **at, CopySource="flow-not-here/other")
    c.refused(no, s3.list_parts, text="the operation ListParts of s3", **at, UploadId="u")
    for member, value in (
        ("ACL", "public-read"),
        ("ServerSideEncryption", "aws:kms"),
        ("StorageClass", "GLACIER"),
        ("Tagging", "a=b"),
        ("ChecksumMD5", base64.b64encode(bytes(16)).decode()),
    ):
        c.refused(no, s3.put_object, text=f"the member {member} of s3 PutObject", **at, Body=b"x", **{member: value})
    c.refused(no, s3.get_object, text="the member VersionId of s3 GetObject", **at, VersionId="v")
    c.refused(
        no,
        s3.create_bucket,
        text="the member ObjectLockEnabledForBucket of s3 CreateBucket",
        Bucket="flow-locked",
        ObjectLockEnabledForBucket=True,
    )


def flow_list(c):
    s3 = bucket(c, "flow-list")
    keys = ["a", "a b", "dir/1", "dir/2", "dir/sub/3", "e&<f>", "ü/x"]
    for k in keys:
        s3.put_object(Bucket="flow-list", Key=k, Body=k.encode())

    def listed(**arguments):
        got = s3.list_objects_v2(Bucket="flow-list", **arguments)
        return [o["Key"] for o in got.get("Contents", [])], [p["Prefix"] for p in got.get("CommonPrefixes", [])]

    same(listed(), (keys, []))
    same(listed(Delimiter="/"), (["a", "a b", "e&<f>"], ["dir/", "ü/"]))
    same(listed(Prefix="dir/", Delimiter="/"), (["dir/1", "dir/2"], ["dir/sub/"]))
    same(listed(Prefix="dir/", StartAfter="dir/1"), (["dir/2", "dir/sub/3"], []))
    same(listed(Prefix="none"), ([], []))
    same(listed(MaxKeys=0), ([], []))
    one = s3.list_objects_v2(Bucket="flow-list", MaxKeys=1, FetchOwner=True)
    same((one["KeyCount"], one["IsTruncated"], one["Contents"][0]["Size"]), (1, True, 1))
    same((one["Contents"][0]["ETag"], one["Contents"][0]["StorageClass"]), (etag(b"a"), "STANDARD"))
    same(one["Contents"][0]["Owner"]["ID"], s3.list_buckets()["Owner"]["ID"])
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="flow-list", Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    seen = [[o.get("Key", o.get("Prefix")) for o in p.get("Contents", []) + p.get("CommonPrefixes", [])] for p in pages]
    same(seen, [["a", "a b"], ["e&<f>", "dir/"], ["ü/"]])
    raw = s3.list_objects_v2(Bucket="flow-list", Prefix="a b", EncodingType="url")
    same([urllib.parse.unquote_plus(o["Key"]) for o in raw["Contents"]], ["a b"])
    c.refused("InvalidArgument", s3.list_objects_v2, status=400, Bucket="flow-list", ContinuationToken="made-up")
    c.refused("InvalidArgument", s3.list_objects_v2, status=400, Bucket="flow-list", MaxKeys=-1)
    c.refused("NoSuchBucket", s3.list_objects_v2, status=404, Bucket="flow-none")
    stranger = c.client("s3", c.members[STRANGER])
    c.refused("AccessDenied", stranger.list_objects_v2, status=403, Bucket="flow-list")


def flow_multipart(c):
    s3 = bucket(c, "flow-multipart")
    at = {"Bucket": "flow-multipart", "Key": "big"}
    first, last = b"\x01" * (5 * MIB), b"end"

    def begin(**more):
        return {**at, "UploadId": s3.create_multipart_upload(**at, **more)["UploadId"]}

    def send(up, n, body):
        got = s3.upload_part(**up, PartNumber=n, Body=body)
        same((got["ETag"], got["ChecksumCRC32"]), (etag(body), crc32(body)))
        return {"PartNumber": n, "ETag": got["ETag"], "ChecksumCRC32": got["ChecksumCRC32"]}

    up = begin(ChecksumAlgorithm="CRC32", ContentType="application/zip", Metadata={"a": "b"})
    parts = [send(up, 2, first), send(up, 7, last)]
    c.refused("NoSuchKey", s3.get_object, status=404, **at)
    made = s3.complete_multipart_upload(**up, MultipartUpload={"Parts": parts})
    same(made["ETag"], etag(first, last))
    sums = b"".join(base64.b64decode(p["ChecksumCRC32"]) for p in parts)
    same((made["ChecksumCRC32"], made["ChecksumType"]), (crc32(sums) + "-2", "COMPOSITE"))
    got = s3.get_object(**at)
    same((got["ETag"], got["ContentType"], got["Metadata"]), (made["ETag"], "application/zip", {"a": "b"}))
    expect(got["Body"].read() == first + last, "the object is not its parts")
    c.refused("NoSuchUpload", s3.complete_multipart_upload, status=404, **up, MultipartUpload={"Parts": parts})

    up = begin()
    a, b, twice = send(up, 1, first), send(up, 2, last), send(up, 2, b"again")
    complete = s3.complete_multipart_upload
    for code, chosen in (
        ("InvalidPartOrder", [twice, a]),
        ("InvalidPart", [a, b]),  # part 2 was sent again
        ("InvalidPart", [a, {**twice, "PartNumber": 3}]),
        ("InvalidPart", [{**a, "ChecksumCRC32": crc32(b"")}]),
        ("MalformedXML", []),
    ):
        c.refused(code, complete, status=400, **up, MultipartUpload={"Parts": chosen})
    small = send(up, 3, b"small")
    e = c.refused(
        "EntityTooSmall",
        complete,
        text="Your proposed upload is smaller than the minimum allowed size",
        **up,
        MultipartUpload={"Parts": [twice, small]},
    )
    same((e.response["Error"]["ProposedSize"], e.response["Error"]["PartNumber"]), ("5", "2"))
    c.refused("PreconditionFailed", complete, status=412, **up, IfNoneMatch="*", MultipartUpload={"Parts": [a, twice]})
    same(complete(**up, MultipartUpload={"Parts": [a, twice]})["ChecksumType"], "FULL_OBJECT")
    same(s3.head_object(**at)["ContentLength"], 5 * MIB + 5)

    up = begin(ChecksumAlgorithm="SHA256")
    c.refused("InvalidRequest", s3.upload_part, text="Checksum Type mismatch", **up, PartNumber=1, Body=b"x")
    c.refused("BadDigest", s3.upload_part, **up, PartNumber=1, Body=b"x", ChecksumSHA256=sha256(b"y"))
    c.refused("InvalidArgument", s3.upload_part, status=400, **up, PartNumber=10001, Body=b"x")
    s3.abort_multipart_upload(**up)
    c.refused("NoSuchUpload", s3.abort_multipart_upload, status=404, **up)
    c.refused("NoSuchUpload", s3.upload_part, status=404, **up, PartNumber=1, Body=b"x")
    c.refused("NoSuchBucket", s3.create_multipart_upload, status=404, Bucket="flow-none", Key="k")
    stranger = c.client("s3", c.members[STRANGER])
    c.refused("AccessDenied", stranger.create_multipart_upload, status=403, **at)
    s3.create_multipart_upload(**at)
    s3.delete_object(**at)
    s3.delete_bucket(Bucket="flow-multipart")  # an upload that was never finished does not hold it


def flow_permissions(c):
    s3 = bucket(c, "flow-permissions")
    s3.put_object(Bucket="flow-permissions", Key="open/k", Body=b"x")
    arn = "arn:aws:s3:::flow-permissions"
    blind = c.client("s3", keys=reader(c, "BlindReader", allow("s3:GetObject", arn + "/open/*")))
    same(blind.get_object(Bucket="flow-permissions", Key="open/k")["Body"].read(), b"x")
    c.refused(
        "AccessDenied",
        blind.get_object,
        text=f"is not authorized to perform: s3:ListBucket on resource: {arn} because no identity-based policy allows",
        status=403,
        Bucket="flow-permissions",
        Key="open/none",
    )
    refused = {"code": "AccessDenied", "status": 403, "Bucket": "flow-permissions"}
    c.refused(call=blind.get_object, text=f"s3:GetObject on resource: {arn}/closed/k", Key="closed/k", **refused)
    put = f"s3:PutObject on resource: {arn}/open/k"
    c.refused(call=blind.put_object, text=put, Key="open/k", **refused)
    c.refused(call=blind.delete_object, text=f"s3:DeleteObject on resource: {arn}/open/k", Key="open/k", **refused)
    c.refused(call=blind.list_objects_v2, text=f"s3:ListBucket on resource: {arn} ", **refused)
    c.refused(call=blind.create_multipart_upload, text=put, Key="open/k", **refused)
    c.refused(
        call=blind.abort_multipart_upload,
        text=f"s3:AbortMultipartUpload on resource: {arn}/open/k",
        Key="open/k",
        UploadId="u",
        **refused,
    )
    c.refused(call=blind.delete_bucket, text=f"s3:DeleteBucket on resource: {arn} ", **refused)
    c.refused(call=blind.get_bucket_location, text=f"s3:GetBucketLocation on resource: {arn} ", **refused)
    c.refused("AccessDenied", blind.create_bucket, text="s3:CreateBucket", status=403, Bucket="flow-permissions-2")
    c.refused("AccessDenied", blind.list_buckets, text="s3:ListAllMyBuckets", status=403)
    c.refused("403", blind.head_bucket, status=403, Bucket="flow-permissions")

    wrong = {"AccessKeyId": c.members[A], "SecretAccessKey": "not-the-secret", "SessionToken": None}
    unknown = {"AccessKeyId": "AKIA0000000000000000", "SecretAccessKey": c.secret, "SessionToken": None}
    for keys, code in ((wrong, "SignatureDoesNotMatch"), (unknown, "InvalidAccessKeyId")):
        c._clients.clear()  # clients are kept by access key, and this one has two secrets
        c.refused(code, c.client("s3", keys=keys).list_buckets, status=403)
    c._clients.clear()


def flow_layer_from_object(c):
    account = c.members[A]
    s3, lam = bucket(c, "flow-code"), c.client("lambda", account)
    content = archive("x = 1", "python/x.py")
    s3.put_object(Bucket="flow-code", Key="layers/x.zip", Body=content)
    source = {"S3Bucket": "flow-code", "S3Key": "layers/x.zip"}
    made = lam.publish_layer_version(LayerName="from-s3", Content=source)
    same((made["Content"]["CodeSha256"], made["Content"]["CodeSize"]), (sha256(content), len(content)))
    direct = lam.publish_layer_version(LayerName="from-s3", Content={"ZipFile": content})
    same((direct["Version"], direct["Content"]["CodeSha256"]), (2, made["Content"]["CodeSha256"]))
    s3.delete_object(Bucket="flow-code", Key="layers/x.zip")
    location = lam.get_layer_version(LayerName="from-s3", VersionNumber=1)["Content"]["Location"]
    same(c.fetch(location), content, "the archive behind Content.Location, its object gone")

    def no(code, text, keys=None, region=None, **source):
        client = c.client("lambda", account, region, keys=keys)
        c.refused(code, client.publish_layer_version, text=text, LayerName="from-s3", Content=source)

    value = "InvalidParameterValueException"
    failed = "Error occurred while GetObject. S3 Error Code: "
    gone = failed + "NoSuchKey. S3 Error Message: The specified key does not exist."
    no(value, gone, **source)
    no(value, "S3 Error Code: NoSuchBucket.", S3Bucket="flow-none", S3Key="k")
    s3.put_object(Bucket="flow-code", Key="layers/x.zip", Body=content)
    no(
        value,
        f"{failed}PermanentRedirect. S3 Error Message: The bucket is in this region: {c.home}."
        " Please use this region to retry the request",
        region=c.away,
        **source,
    )
    s3.put_object(Bucket="flow-code", Key="text", Body=b"no archive")
    no(value, "Could not unzip uploaded file.", S3Bucket="flow-code", S3Key="text")
    s3.put_object(Bucket="flow-code", Key="bomb.zip", Body=archive(size=251 * MIB))
    no(value, "Unzipped size must be smaller than 262144000 bytes", S3Bucket="flow-code", S3Key="bomb.zip")
    no("SandboxUnsupported", "the member Content.S3ObjectVersion of lambda", **source, S3ObjectVersion="1")
    no(value, "Please do not provide other FunctionCode parameters", **source, ZipFile=content)
    denied = (
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
        "flow-code/layers/x.zip. S3 Error Code: AccessDenied. S3 Error Message: "
    )
    publisher = reader(c, "PublisherWithoutRead", allow("lambda:PublishLayerVersion"))
    no("AccessDeniedException", denied, keys=publisher, **source)
    c.refused(
        "AccessDeniedException",
        c.client("lambda", c.members[STRANGER]).publish_layer_version,
        text=denied + "Access Denied",
        status=403,
        LayerName="from-s3",
        Content=source,
    )
    enough = allow("s3:GetObject", "arn:aws:s3:::flow-code/layers/*")
    publisher = reader(c, "PublisherWithRead", allow("lambda:PublishLayerVersion"), enough)
    client = c.client("lambda", keys=publisher)
    same(client.publish_layer_version(LayerName="from-s3", Content=source)["Version"], 3)


def flow_function_from_object(c):
    account = c.members[A]
    s3, lam = bucket(c, "flow-functions"), c.client("lambda", account)
    one, two = archive("def handler(e, c): return 1"), archive("def handler(e, c): return 2")
    for key, data in (("one", one), ("two", two)):
        s3.put_object(Bucket="flow-functions", Key=key, Body=data)
    made = c.function(account, "from-object", Code={"S3Bucket": "flow-functions", "S3Key": "one"})
    same((made["CodeSha256"], made["CodeSize"]), (sha256(one), len(one)))
    changed = lam.update_function_code(FunctionName="from-object", S3Bucket="flow-functions", S3Key="two")
    same((changed["CodeSha256"], changed["LastUpdateStatus"]), (sha256(two), "InProgress"))
    c.updated(lam, "from-object")
    same(c.fetch(lam.get_function(FunctionName="from-object")["Code"]["Location"]), two)
    missing = {"S3Bucket": "flow-functions", "S3Key": "none"}
    text = "Error occurred while GetObject. S3 Error Code: NoSuchKey."
    value = "InvalidParameterValueException"
    c.refused(value, lam.update_function_code, text=text, FunctionName="from-object", **missing)
    c.refused(value, c.function, text=text, account=account, name="from-nothing", Code=missing)
    c.refused("ResourceNotFoundException", lam.update_function_code, status=404, FunctionName="none", **missing)
    c.refused(
        "SandboxUnsupported",
        lam.update_function_code,
        text="the member S3ObjectVersion of lambda UpdateFunctionCode",
        FunctionName="from-object",
        S3Bucket="flow-functions",
        S3Key="one",
        S3ObjectVersion="1",
    )

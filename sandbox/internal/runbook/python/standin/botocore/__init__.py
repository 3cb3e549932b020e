"""The parts of botocore that scripts name: config and exceptions. See the stand-in for boto3."""

__version__ = "0"

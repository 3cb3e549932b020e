"""Config: retries, read_timeout and region_name are honoured; what only tunes connections is accepted."""

KNOWN = {
    "region_name", "signature_version", "user_agent", "user_agent_extra", "connect_timeout", "read_timeout",
    "parameter_validation", "max_pool_connections", "retries", "tcp_keepalive",
}  # fmt: skip


class Config:
    def __init__(self, **options):
        for name, value in options.items():
            if name not in KNOWN:
                raise TypeError(f"the stand-in for botocore has no Config option {name!r}")
            if name == "signature_version" and value not in (None, "v4"):
                raise NotImplementedError(f"the stand-in for botocore signs with v4, not {value!r}")
            setattr(self, name, value)

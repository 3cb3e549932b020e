"""Paginator: follows the marker that an answer carries, whatever the API calls it."""

MARKERS = (("NextMarker", "Marker"), ("NextToken", "NextToken"), ("nextToken", "nextToken"), ("Marker", "Marker"))


class Paginator:
    def __init__(self, method):
        self.method = method

    def paginate(self, PaginationConfig=None, **members):
        config = PaginationConfig or {}
        unknown = set(config) - {"PageSize"}
        if unknown:
            raise NotImplementedError(f"the stand-in for boto3 has no PaginationConfig member {sorted(unknown)[0]}")
        if "PageSize" in config:
            raise NotImplementedError("the stand-in for boto3 does not know what this API calls PageSize; pass it by its own name")
        return self.pages(members)

    def pages(self, members):
        while True:
            page = self.method(**members)
            yield page
            for answered, sent in MARKERS:
                if page.get(answered):
                    members = {**members, sent: page[answered]}
                    break
            else:
                return

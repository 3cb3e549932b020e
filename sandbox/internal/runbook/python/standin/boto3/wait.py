"""Waiters of Lambda functions. Delays, attempts and conditions are those of AWS's waiter definitions."""

import time

from botocore.exceptions import ClientError, WaiterError

# name: (method, delay, attempts, path, success value, failure value, error code that means "not yet")
WAITERS = {
    "function_updated": ("get_function_configuration", 5, 60, ("LastUpdateStatus",), "Successful", "Failed", None),
    "function_updated_v2": ("get_function", 1, 300, ("Configuration", "LastUpdateStatus"), "Successful", "Failed", None),
    "function_active": ("get_function_configuration", 5, 60, ("State",), "Active", "Failed", None),
    "function_active_v2": ("get_function", 1, 300, ("Configuration", "State"), "Active", "Failed", None),
    "published_version_active": ("get_function_configuration", 5, 312, ("State",), "Active", "Failed", None),
    "function_exists": ("get_function", 1, 20, (), None, None, "ResourceNotFoundException"),
}


def waiter(client, service, name):
    if service != "lambda" or name not in WAITERS:
        raise ValueError(f"Waiter does not exist: {name}")
    return Waiter(client, name, *WAITERS[name])


class Waiter:
    def __init__(self, client, name, method, delay, attempts, path, success, failure, pending):
        self.call, self.delay, self.attempts = getattr(client, method), delay, attempts
        self.name = "".join(part.capitalize() for part in name.split("_"))  # as messages spell it
        self.path, self.success, self.failure, self.pending = path, success, failure, pending

    def wait(self, WaiterConfig=None, **members):
        config = WaiterConfig or {}
        delay, attempts = config.get("Delay", self.delay), config.get("MaxAttempts", self.attempts)
        for attempt in range(1, attempts + 1):
            try:
                response = self.call(**members)
                value = response
                for member in self.path:
                    value = value.get(member, {})
                if not self.path or value == self.success:
                    return
                if value == self.failure:
                    raise WaiterError(self.name, "Waiter encountered a terminal failure state", response)
            except ClientError as error:
                response = error.response
                if self.pending is None or response["Error"]["Code"] != self.pending:
                    raise WaiterError(self.name, f"An error occurred ({response['Error']['Code']}): {response['Error']['Message']}", response) from error
            if attempt < attempts:
                time.sleep(delay)
        raise WaiterError(self.name, "Max attempts exceeded", response)

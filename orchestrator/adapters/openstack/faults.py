"""What went wrong between us and the cloud, in the words of :mod:`orchestrator.domain.errors`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from orchestrator.domain.errors import OperationFailedError

ERRNO = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")
ADDRESS = re.compile(r"https?://[^\s'\")]+")
MAXIMUM_DETAIL = 600


@contextmanager
def asking(service: str, cloud: str) -> Iterator[None]:
    """Turn every error of the cloud inside the block into an OperationFailedError that names the service.

    Args:
        service: The service that is asked, for instance ``compute``.
        cloud: Name of the cloud's entry in clouds.yaml; for the hint.
    """
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415  loading the SDK takes more than a second
    from openstack.exceptions import SDKException  # noqa: PLC0415  as above

    try:
        yield
    except (ClientException, SDKException) as error:
        raise explain(service, cloud, error) from error


def ask_unless[Answer](harmless: Collection[int], service: str, cloud: str, ask: Callable[[], Answer]) -> Answer | None:
    """Ask the cloud; None when it answers with one of the HTTP statuses that are harmless here."""
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415  loading the SDK takes more than a second
    from openstack.exceptions import SDKException  # noqa: PLC0415  as above

    try:
        return ask()
    except (ClientException, SDKException) as error:
        if _status(error) in harmless:
            return None
        raise explain(service, cloud, error) from error


def explain(service: str, cloud: str, error: Exception) -> OperationFailedError:
    """Say which service failed, what the cloud said, and what to look at."""
    from keystoneauth1 import exceptions as keystone  # noqa: PLC0415  loading the SDK takes more than a second
    from openstack import exceptions as sdk  # noqa: PLC0415  as above

    status = _status(error)
    hint: str | None
    match error:
        case keystone.Unauthorized():
            summary, hint = (
                "the cloud refuses the account",
                f"check user and password of {_entry(cloud)} (the cloud answered 401)",
            )
        case keystone.ConnectTimeout():
            summary, hint = (f"{service} does not answer in time", _reach(error))
        case keystone.SSLError():
            summary, hint = (f"{service} shows a certificate that is not trusted", f"set cacert in {_entry(cloud)}")
        case keystone.ConnectFailure() | keystone.DiscoveryFailure():
            summary, hint = (f"{service} cannot be reached", _reach(error))
        case keystone.EndpointNotFound() | keystone.EmptyCatalog() | sdk.ServiceDisabledException():
            summary, hint = (
                f"the cloud's catalogue has no {service}",
                f"check region and interface of {_entry(cloud)}",
            )
        case sdk.ConfigException() | keystone.MissingRequiredOptions() | keystone.AuthPluginException():
            summary, hint = (f"{_entry(cloud)} is missing or incomplete", "name it in OS_CLOUD; see `tenure doctor`")
        case _ if status == 403:  # noqa: PLR2004  403 is the name of this status
            summary, hint = (
                f"{service} does not permit this to the account",
                f"{_entry(cloud)} must be the administrator of the cloud",
            )
        case _ if status is not None and status >= 500:  # noqa: PLR2004  the class of server errors
            summary, hint = (f"{service} failed with status {status}", f"look into the logs of {service}, then retry")
        case _:
            summary, hint = (f"{service} refused the request", None)
    return OperationFailedError(summary, detail=said(error), hint=hint)


def said(error: Exception) -> str:
    """Give what the cloud said: its own message and request id, without Python's object addresses."""
    text = str(getattr(error, "details", None) or error)
    reason = ERRNO.search(text)
    address = ADDRESS.search(text)
    if reason and address:
        text = f"{address.group().rstrip('.,:')}: {reason.group(1).strip()}"
    request = getattr(error, "request_id", None)
    text = " ".join(text.split())[:MAXIMUM_DETAIL]
    return f"{text} ({request})" if request else text


def _status(error: Exception) -> int | None:
    for field in ("status_code", "http_status"):
        value = getattr(error, field, None)
        if isinstance(value, int):
            return value
    return None


def _entry(cloud: str) -> str:
    return f"the entry {cloud!r} of clouds.yaml" if cloud else "the cloud of the environment (OS_…)"


def _reach(error: Exception) -> str:
    address = ADDRESS.search(str(error))
    where = address.group().rstrip(".,:") if address else "its address"
    return f"check that {where} is reachable from here; a local cloud: `tenure cloud status`"

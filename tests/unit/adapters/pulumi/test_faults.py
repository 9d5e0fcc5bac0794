"""What people read when the cloud refuses."""

from __future__ import annotations

import pytest

from orchestrator.adapters.pulumi.faults import Masker, cli_fault, fault, is_noise

QUOTA = (
    "1 error occurred:\n\t* Error creating OpenStack server: Expected HTTP response code [200 202] when accessing "
    '[POST http://cloud/v2.1/servers], but got 403 instead: {"forbidden": {"code": 403, "message": "Quota exceeded"}}\n'
)
ADDRESSES = (
    "Expected HTTP response code [201] when accessing [POST http://cloud/v2.0/floatingips], but got 409 instead: "
    '{"NeutronError": {"type": "IpAddressGenerationFailure", "message": "No more IP addresses", "detail": ""}}'
)
LOGGED = "sdk-v2/provider2.go:571: sdk.helper_schema: no such flavor: provider=openstack@5.5.3"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (QUOTA, "Quota exceeded (HTTP 403)"),
        (ADDRESSES, "No more IP addresses (HTTP 409)"),
        (LOGGED, "no such flavor"),
        ("Your query returned no results", "Your query returned no results"),
        ("dial tcp 127.0.0.1:9: connect: connection refused", "dial tcp 127.0.0.1:9: connect: connection refused"),
        ('got 500 instead: {"broken json', 'got 500 instead: {"broken json'),
    ],
)
def test_the_summary_names_the_resource_and_the_clouds_own_words(message: str, words: str) -> None:
    """Quotas, addresses, missing things, dead endpoints: one line, with the cloud's message when it sent one."""
    assert fault("server-web-1", "openstack:compute/instance:Instance", message).summary == f"server-web-1: {words}"


def test_the_bridges_log_line_and_its_error_are_one_fault() -> None:
    """Both forms of one error give equal diagnostics, so that it is told once."""
    told = "Error creating server: no such flavor"
    logged = f"sdk-v2/provider2.go:571: sdk.helper_schema: {told}: provider=openstack@5.5.3"
    listed = f"1 error occurred:\n\t* {told}\n\n"
    assert fault("a", "t", logged) == fault("a", "t", listed)


@pytest.mark.parametrize("message", ["update failed", "preview failed", "resource operation failed", "destroy failed"])
def test_echoes_are_no_faults(message: str) -> None:
    """The engine says once more that something failed; that is no finding of its own."""
    assert is_noise(message)


def test_secrets_are_masked_longest_first() -> None:
    """A secret that contains another one leaves no rest."""
    mask = Masker(("pass", "passphrase-1", ""))
    assert mask("x passphrase-1 y pass z") == "x [secret] y [secret] z"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("\n code: -9\n stdout: Updating\n stderr: ", "the Pulumi CLI was killed by signal 9"),
        ("\n code: 255\n stdout: \n stderr: error: failed to load checkpoint: EOF", "failed to load checkpoint: EOF"),
        ("\n code: 1\n stdout: \n stderr: error: update failed", "the Pulumi CLI failed"),
    ],
)
def test_the_clis_own_errors_are_told_when_no_resource_is_to_blame(text: str, summary: str) -> None:
    """A signal, a message, or nothing but that it failed."""
    assert cli_fault(RuntimeError(text), Masker(())).summary == summary

"""``tenure sender``: who may call the hook, and with which keys."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, tell, use_json
from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.records import Role, Scheme, Sender, SenderKey

if TYPE_CHECKING:
    from orchestrator.workflows.senders import Desk, GivenKey, Handover

type Place = TextIO | None
app = typer.Typer(no_args_is_help=True, help="Callers of the hook: add, list, rotate, revoke.")

Name = Annotated[str, typer.Argument(help="Name of the sender: lower-case letters, digits and hyphens.")]
SchemeOption = Annotated[
    Scheme, typer.Option("--scheme", help="v1a: Ed25519, we keep only the public half; v1: a shared secret.")
]
PublicKeyFile = Annotated[
    Path | None,
    typer.Option("--public-key", help="The sender's own public key: a file with whpk_… or PEM; - is standard input."),
]
SecretFile = Annotated[
    Path | None,
    typer.Option("--secret-file", help="Write the secret to this new file (mode 0600), not to standard output."),
]


@app.command("add")
def add(
    name: Name,
    sender_role: Annotated[Role, typer.Option("--role", help="The role that its events act in.")] = Role.OFFICE,
    scheme: SchemeOption = Scheme.V1A,
    public_key: PublicKeyFile = None,
    secret_file: SecretFile = None,
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Register a sender; its secret is shown this one time."""
    use_json(json)
    from orchestrator.workflows.senders import add_sender

    wanted = _wanted(scheme, public_key, secret_file)
    with _secret_place(secret_file) as place:
        made = add_sender(_desk(role), name, sender_role, wanted)
        _hand_over(made, place)
    suggest(f"tenure sender rotate {name}", "when the key is to change")


@app.command("rotate")
def rotate(
    name: Name,
    overlap_days: Annotated[
        int, typer.Option("--overlap-days", min=0, max=90, help="How long the older keys still count; 0 ends them now.")
    ] = 7,
    scheme: SchemeOption = Scheme.V1A,
    public_key: PublicKeyFile = None,
    secret_file: SecretFile = None,
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Give a sender a new key; older ones count until the overlap ends."""
    use_json(json)
    from orchestrator.workflows.senders import rotate_sender

    wanted = _wanted(scheme, public_key, secret_file)
    with _secret_place(secret_file) as place:
        made = rotate_sender(_desk(role), name, wanted, timedelta(days=overlap_days))
        _hand_over(made, place)


@app.command("revoke")
def revoke(
    name: Name,
    key: Annotated[str, typer.Option("--key", help="Only this key, key-…; without it the sender is gone.")] = "",
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Withdraw a key, or the whole sender, at once."""
    use_json(json)
    from orchestrator.workflows.senders import revoke_key, revoke_sender

    desk = _desk(role)
    _show((revoke_key(desk, name, key) if key else revoke_sender(desk, name),))


@app.command("list")
def list_senders(json: JsonFlag = False) -> None:
    """List senders and their keys; never a secret."""
    use_json(json)
    with open_installation().records.read() as tx:
        senders = tx.senders.list()
    _show(senders)


def _desk(role: Role) -> Desk:
    from orchestrator.workflows.senders import Desk

    installation = open_installation()
    return Desk(
        records=installation.records,
        vault=installation.vault,
        keys=installation.sender_keys,
        ids=installation.ports.ids,
        actor=actor(role),
        now=datetime.now(UTC),
    )


def _wanted(scheme: Scheme, public_key: Path | None, secret_file: Path | None) -> Scheme | GivenKey:
    from orchestrator.workflows.senders import GivenKey

    if public_key is None:
        return scheme
    if secret_file is not None:
        raise BadInputError("with a public key of your own there is no secret to write", field="--secret-file")
    if scheme is not Scheme.V1A:
        raise BadInputError("a public key belongs to scheme v1a", field="--public-key")
    try:
        text = sys.stdin.read() if str(public_key) == "-" else public_key.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{public_key} cannot be read", detail=str(error), field="--public-key") from None
    return GivenKey(text)


@contextmanager
def _secret_place(file: Path | None) -> Iterator[Place]:
    """Give what takes the secret: a new private file, or None for standard output.

    The file is made before the key, so that no key is registered whose secret has no place; a failure removes it.
    """
    if file is None:
        yield None
        return
    descriptor = _new_private_file(file)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            yield stream
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _new_private_file(file: Path) -> int:
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise ConflictError(f"{file} exists already", field="--secret-file", hint="name a new file") from None
    except OSError as error:
        raise BadInputError(f"{file} cannot be written", detail=str(error), field="--secret-file") from None


def _hand_over(made: Handover, place: Place) -> None:
    if place is not None and made.secret:
        place.write(made.secret + "\n")
    shown = made.secret if place is None else ""
    if is_json():
        emit("sender", {**_public(made.sender), "key": made.key.id, **({"secret": shown} if shown else {})})
        return
    _show((made.sender,))
    if shown:
        tell("The secret of the new key; it is shown this one time and kept nowhere in the clear:")
        say(shown)


def _show(senders: tuple[Sender, ...]) -> None:
    if is_json():
        for sender in senders:
            emit("sender", _public(sender))
        return
    rows = [
        (sender.name, str(sender.role), key.id, str(key.scheme), _state(sender, key), key.public)
        for sender in senders
        for key in sender.keys
    ]
    table(("sender", "role", "key", "scheme", "state", "public key"), rows, empty="no senders: tenure sender add NAME")


def _public(sender: Sender) -> dict[str, object]:
    return sender.model_dump(mode="json", exclude={"keys": {"__all__": {"sealed"}}})


def _state(sender: Sender, key: SenderKey) -> str:
    revoked = sender.revoked_at or key.revoked_at
    if revoked:
        return f"revoked {local(revoked)}"
    if not key.usable(datetime.now(UTC)):
        return f"ended {local(key.valid_until)}"
    return f"until {local(key.valid_until)}" if key.valid_until else "usable"

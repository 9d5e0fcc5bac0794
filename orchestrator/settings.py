"""Settings of an installation, from the environment (``TENURE_…``); read by bootstrap alone."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestrator.domain.forge import ForgeKind
from orchestrator.domain.plan_comment_words import Language


class HostEntry(StrEnum):
    """How hosts are entered."""

    SSH = "ssh"
    NONE = "none"
    """Not at all: the servers of this cloud exist at its API only."""


def default_home() -> Path:
    """Where an installation keeps its database, state and keys unless told otherwise."""
    return Path.home() / ".local" / "share" / "tenure"


def default_cache() -> Path:
    """Where downloaded or built parts are kept, per user and keyed by version."""
    return Path.home() / ".cache" / "tenure"


class Settings(BaseSettings):
    """Everything an installation may set.

    Attributes:
        home: Folder of the database, the Pulumi state, the keys and the logs (mode 0700).
        cache: Folder of the toolchain and of the local cloud's parts.
        database_url: SQLAlchemy URL; empty means SQLite in ``home``.
        state_backend: Pulumi backend URL (``file://…``, ``s3://…``); empty means ``file://`` in ``home``.
        secrets_provider: Pulumi secrets provider (``passphrase``, ``awskms://…``, ``hashivault://…``).
        passphrase: Protects the master key in ``home``; without one the key file's mode alone does.
        pulumi_passphrase: For the passphrase secrets provider; derived from the master key when not given.
        cloud: Entry of clouds.yaml that holds the provider's administrator; ``OS_CLOUD`` by default.
        plan_cloud: Entry of clouds.yaml for previews of pull requests, best with rights to read alone; empty means
            ``cloud``.
        rulebook: Name of a file in templates/rulebooks, or a path.
        ca_key: Where the key is that certifies who enters hosts: ``awskms://…``, ``hashivault://…``; empty for a file
            in ``home``, sealed.
        host_ca_key: The same for the key that certifies the hosts.
        host_entry: ``ssh``, or ``none`` on a cloud without real hosts.
        listen: Address of the web server.
        public_url: Where people reach the web server, for instance ``https://tenure.example.org``; without it comments
            have no link to the page of their plan.
        workers: How many operations may run at once (about 210 MB each).
        backup_store: Object store (S3) for backups, ``http(s)://host[:port]`` as this machine and the hosts reach it;
            empty means snapshots of volumes.
        backup_store_key: Id of the store's key that may make buckets and remove what is in them.
        backup_store_secret: That key.
        backup_store_region: The region in its signatures.
        backup_role: ARN of the role that jobs take on by STS, narrowed to one bucket and purpose, for an hour; empty
            where the store has no STS: then hosts get the store's own key while a job runs.
        backup_sts: Where STS answers, if not at the store itself.
        backup_lock_days: For how many days the store keeps objects from being removed (S3 object lock); 0 for none.
        drill_reach: What throw-away hosts may reach beside the object store (where packages come from), as
            ``10.0.0.5:443,10.0.0.0/28:80``; ranges of /24 and narrower.
        office_certificate: X.509 certificate (PEM, RSA) of the office: the keys of backups are sealed for it.
        forge: Which forge's pull requests are checked (``gitea``, ``github``, ``gitlab``); none when empty.
        forge_name: Its name in the path of the webhook and in the audit log; the kind by default.
        forge_url: Where people open it, for instance ``https://git.example.org``.
        forge_repository: ``owner/name``; on GitLab with every group.
        forge_branch: The branch whose files are desired state.
        forge_token: The service user's token: it may push, and set statuses.
        forge_secret: What the webhook is signed with; an old and a new one, with a space between, while it is changed.
        forge_certificates: PEM file of the authorities that the forge's certificate is checked against.
        forge_accounts: YAML file that says who the forge's accounts are: (``accounts`` with ``account``, ``name`` and
            ``roles`` each); without it nobody's approval there counts.
        forge_language: Of statuses and comments: ``zh`` or ``en``.
        forge_poll_seconds: Pause between two looks for what no webhook told.
        notice_channels: YAML file that says who is told of what by which channel (mode 0600: it holds passwords);
            without it notices are on record only.
        clock_file: A driven clock for demos and tests: business time is read from here when set.
    """

    model_config = SettingsConfigDict(env_prefix="TENURE_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(default_factory=default_home)
    cache: Path = Field(default_factory=default_cache)
    database_url: str = ""
    state_backend: str = ""
    secrets_provider: str = "passphrase"
    passphrase: SecretStr | None = None
    pulumi_passphrase: SecretStr | None = None
    ca_key: str = ""
    host_ca_key: str = ""
    host_entry: HostEntry = HostEntry.SSH
    cloud: str = Field(default="", validation_alias="OS_CLOUD")
    plan_cloud: str = ""
    rulebook: str = "default"
    listen: str = "127.0.0.1:8321"
    public_url: str = Field(default="", pattern=r"^(https?://[^\s?#@]+)?$")
    workers: int = Field(default=4, ge=1, le=64)
    backup_store: str = Field(default="", pattern=r"^(https?://[^/\s]+)?$")
    backup_store_key: str = ""
    backup_store_secret: SecretStr | None = None
    backup_store_region: str = "us-east-1"
    backup_role: str = ""
    backup_sts: str = ""
    backup_lock_days: int = Field(default=0, ge=0, le=3650)
    drill_reach: str = ""
    office_certificate: Path | None = None
    forge: ForgeKind | None = None
    forge_name: str = Field(default="", pattern=r"^([a-z][a-z0-9-]{1,39})?$")
    forge_url: str = Field(default="", pattern=r"^(https?://[^\s?#@]+)?$")
    forge_repository: str = Field(default="", pattern=r"^([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+)?$")
    forge_branch: str = Field(default="main", pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$")
    forge_token: SecretStr | None = None
    forge_secret: SecretStr | None = None
    forge_certificates: Path | None = None
    forge_accounts: Path | None = None
    forge_language: Language = Language.ZH
    forge_poll_seconds: float = Field(default=60, ge=1, le=3600)
    notice_channels: Path | None = None
    clock_file: Path | None = None

    @field_validator(
        *(
            "home",
            "cache",
            "clock_file",
            "office_certificate",
            "forge_certificates",
            "forge_accounts",
            "notice_channels",
        )
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().resolve()

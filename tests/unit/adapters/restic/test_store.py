"""What the store holds, what jobs may do there, and which repository is in use (Art. 30, 36)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_pem
from cryptography.x509.oid import NameOID

from orchestrator.adapters.restic import Repositories, Store, StoreSettings
from orchestrator.adapters.restic.keys import SEALED_KEY, sealed_for
from orchestrator.adapters.restic.repositories import Repository, bucket_name
from orchestrator.adapters.restic.store import Purpose, policy
from orchestrator.domain.errors import BadInputError, OperationFailedError
from orchestrator.domain.records import Backup, BackupItem
from tests.samples import START
from tests.unit.adapters.restic.conftest import BUCKET

HERE = Repository(BUCKET, "r1")


def a_backup(backup_id: str, snapshot: str, seal: str, place: str = HERE.place) -> Backup:
    """Give the record of a backup of one host."""
    item = BackupItem(volume="web-1-data", host="web-1", mount="/srv", size_gib=1, reference=f"{snapshot}/{seal}")
    return Backup(
        id=backup_id,
        subject="water-gauge-test@req-1",
        environment="water-gauge-test",
        final=False,
        taken_at=START,
        place=place,
        items=(item,),
    )


def stored(repositories: Repositories, backup: Backup) -> Backup:
    """Put what restic would have written for a backup."""
    for name in backup.items[0].reference.split("/"):
        repositories.store.put(BUCKET, f"r1/snapshots/{name}", b"snapshot")
    repositories.account_for(backup)
    return backup


def allowed(purpose: Purpose) -> dict[str, set[str]]:
    """Give the actions of a purpose's policy by the end of what they are about."""
    found: dict[str, set[str]] = {}
    for statement in policy(BUCKET, "r1", purpose)["Statement"]:
        for resource in statement["Resource"]:
            found.setdefault(resource.removeprefix(f"arn:aws:s3:::{BUCKET}"), set()).update(statement["Action"])
    return found


def test_a_backup_may_add_and_remove_nothing_but_its_locks() -> None:
    """Append-only: with the credentials of a backup no snapshot and no pack can be removed, nor anything elsewhere."""
    rights = allowed(Purpose.ADD)
    assert rights["/r1/*"] == {"s3:GetObject", "s3:PutObject"}
    assert rights["/r1/locks/*"] == {"s3:PutObject", "s3:DeleteObject"}
    assert set(rights) == {"", "/r1/*", "/r1/locks/*"}


def test_a_restore_may_read_and_a_check_may_mend() -> None:
    """Reading writes locks only; giving room back removes, inside the one repository."""
    assert allowed(Purpose.READ)["/r1/*"] == {"s3:GetObject"}
    assert allowed(Purpose.MEND)["/r1/*"] == {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}


def test_jobs_get_credentials_of_their_own_where_there_is_sts(store: Store, store_url: str) -> None:
    """With a role a job's key is another one, with a session; without, hosts get the store's own."""
    assert store.credentials(BUCKET, "r1", Purpose.ADD, "op-1") == {"key": "any", "secret": "any", "token": ""}
    settings = StoreSettings(url=store_url, key="any", secret="any", role="arn:aws:iam::123456789012:role/backups")
    given = Store(settings).credentials(BUCKET, "r1", Purpose.ADD, "op-1")
    assert given["key"] != "any"
    assert given["token"]


def test_a_secret_is_in_no_text(store: Store) -> None:
    """Art. 36: settings that are printed by mistake show no key."""
    assert "secret=" not in repr(store.settings)


def test_a_store_that_does_not_answer_is_named() -> None:
    """The error says which store, and where its setting is."""
    nobody = Store(StoreSettings(url="http://127.0.0.1:9", key="any", secret="any"))
    with pytest.raises(OperationFailedError, match=r"http://127\.0\.0\.1:9") as failure:
        nobody.sizes(BUCKET)
    assert "TENURE_BACKUP_STORE" in str(failure.value.diagnostic.hint)


def test_locked_objects_go_by_the_right_to_alone(store_url: str) -> None:
    """Object lock: every object is kept for days; the installation's own key may end it, as a release does."""
    locked = Store(StoreSettings(url=store_url, key="any", secret="any", lock_days=3))
    locked.remove_bucket(BUCKET)
    locked.provide(BUCKET)
    locked.provide(BUCKET)
    locked.put(BUCKET, "r1/config", b"one")
    locked.put(BUCKET, "r1/config", b"two")
    locked.remove(BUCKET, ("r1/config",))
    assert locked.sizes(BUCKET) == {}
    locked.remove_bucket(BUCKET)
    locked.remove_bucket(BUCKET)


def test_a_new_repository_is_told_from_one_that_lost_its_configuration(repositories: Repositories) -> None:
    """Nothing is ever made anew over data that somebody could still save."""
    repository = repositories.provide(BUCKET)
    assert repository == HERE
    assert repositories.is_new(repository)
    repositories.store.put(BUCKET, "r1/data/aa/aabb", b"a pack")
    with pytest.raises(OperationFailedError, match="has lost its configuration"):
        repositories.is_new(repository)
    repositories.store.put(BUCKET, "r1/config", b"config")
    assert not repositories.is_new(repository)


def test_a_repository_in_doubt_is_left_alone(repositories: Repositories) -> None:
    """After a fault the next backup begins another repository; all of the old one stays."""
    repositories.store.provide(BUCKET)
    repositories.store.put(BUCKET, "r1/config", b"config")
    repositories.doubt(HERE)
    repositories.doubt(HERE)
    assert repositories.provide(BUCKET) == Repository(BUCKET, "r2")
    assert "r1/config" in repositories.store.sizes(BUCKET)


def test_a_snapshot_that_is_lost_is_found_by_the_account(repositories: Repositories) -> None:
    """Restic does not miss a snapshot that somebody removed; the account of whole backups does."""
    repositories.provide(BUCKET)
    stored(repositories, a_backup("bak-1", "aa11", "bb22"))
    stored(repositories, a_backup("bak-2", "cc33", "dd44"))
    assert repositories.lost(HERE) == ((), 2)
    repositories.store.remove(BUCKET, ("r1/snapshots/cc33",))
    faults, noted = repositories.lost(HERE)
    assert (faults, noted) == (("backup bak-2: the store has lost snapshot cc33",), 2)
    assert repositories.lost(Repository(BUCKET, "r2")) == ((), 0)


def test_a_snapshot_that_the_store_does_not_list_is_no_backup(repositories: Repositories) -> None:
    """What the host says is not enough: the store is asked."""
    repositories.provide(BUCKET)
    stored(repositories, a_backup("bak-1", "aa11ff", "bb22ff"))
    assert repositories.whole(HERE, "aa11") == "aa11ff"
    with pytest.raises(OperationFailedError, match="ee55 is not in"):
        repositories.whole(HERE, "ee55")


def test_the_bucket_goes_with_its_last_backup(repositories: Repositories) -> None:
    """Dropping one leaves the others; with the last one nothing is left, and a repetition is harmless."""
    repositories.provide(BUCKET)
    first = stored(repositories, a_backup("bak-1", "aa11", "bb22"))
    second = stored(repositories, a_backup("bak-2", "cc33", "dd44"))
    repositories.remove(first)
    repositories.remove(first)
    assert set(repositories.store.sizes(BUCKET)) == {"r1/snapshots/cc33", "r1/snapshots/dd44", "tenure/backups/bak-2"}
    repositories.remove(second)
    repositories.remove(second)
    assert repositories.store.sizes(BUCKET) == {}


def test_locks_are_counted_and_removed(repositories: Repositories) -> None:
    """Locks of every repository go, and nothing else."""
    repositories.provide(BUCKET)
    for key in ("r1/locks/aa", "r2/locks/bb", "r1/config"):
        repositories.store.put(BUCKET, key, b"x")
    assert repositories.unlock(BUCKET) == 2
    assert repositories.unlock(BUCKET) == 0
    (opener,) = repositories.keys_of(BUCKET)
    assert (opener.place, opener.password) == (HERE.place, f"password of {BUCKET}")


def test_names_of_buckets_fit_s3() -> None:
    """The longest environment has a bucket of at most 63 characters, and another life has another bucket."""
    name = f"{'u' * 20}-{'s' * 20}-live"
    names = {bucket_name(name, f"{name}@{life}", final=final) for life in ("req-1", "req-2") for final in (True, False)}
    assert len(names) == 4
    assert max(map(len, names)) <= 63


def a_certificate(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Path:
    """Write a certificate of the office."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "office")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    path = folder / "office.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def test_the_office_opens_the_sealed_key_without_tenure(store: Store, tmp_path: Path) -> None:
    """Art. 36: the office holds the key passwords; what lies in the bucket opens with its private key, by openssl."""
    key = rsa.generate_private_key(65537, 2048)
    certificate = a_certificate(tmp_path, key)
    repositories = Repositories(store, lambda bucket: f"password of {bucket}", certificate)
    repositories.provide(BUCKET)
    sealed = store.get(BUCKET, SEALED_KEY)
    assert b"password of" not in sealed
    repositories.provide(BUCKET)
    assert store.get(BUCKET, SEALED_KEY) == sealed
    holder = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert pkcs7_decrypt_pem(sealed, holder, key, []) == f"password of {BUCKET}".encode()


def test_a_certificate_that_seals_nothing_is_refused(tmp_path: Path) -> None:
    """Another kind of key, or no certificate at all: the setting is named before any backup is made."""
    with pytest.raises(BadInputError, match="not RSA"):
        sealed_for(a_certificate(tmp_path, ec.generate_private_key(ec.SECP256R1())), "x")
    (tmp_path / "text").write_text("no certificate")
    with pytest.raises(BadInputError, match="no certificate"):
        sealed_for(tmp_path / "text", "x")

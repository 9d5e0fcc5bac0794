"""Databases of living hosts are dumped, brought back and compared table by table (Art. 16, 30)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.names import Stage
from orchestrator.ports import RestoreOrder
from tests.integration.restic.conftest import House
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

FILL = r"""
CREATE DATABASE `Wasserstände "a\b" ``c```; USE `Wasserstände "a\b" ``c```;
CREATE TABLE gauges (id int AUTO_INCREMENT PRIMARY KEY, level double, rounded float, hash varbinary(32), bits bit(9),
  name varchar(20) CHARACTER SET latin1, note text, twice int AS (bits * 2) VIRTUAL, seen timestamp(6) DEFAULT now(6));
INSERT INTO gauges (level, rounded, hash, bits, name, note)
  SELECT seq / 3, seq * 1.23456789, UNHEX(SHA2(seq, 256)), b'101', 'ä', CONCAT('水位 \\ ''"', CHAR(0, 10, 9), seq)
  FROM seq_1_to_500;
CREATE TABLE `ta``b\le` (x int) ENGINE=MyISAM; INSERT INTO `ta``b\le` VALUES (1), (NULL);
CREATE TABLE past (x int) WITH SYSTEM VERSIONING; INSERT INTO past VALUES (1), (2); UPDATE past SET x = 3 WHERE x = 2;
CREATE TABLE scans (scan longblob); INSERT INTO scans VALUES (REPEAT('x', 9000000));
CREATE VIEW low AS SELECT id FROM gauges WHERE level < 1;
CREATE DATABASE kinds;
CREATE TABLE kinds.kind (id int, gauge int, FOREIGN KEY (gauge) REFERENCES `Wasserstände "a\b" ``c```.gauges (id));
INSERT INTO kinds.kind VALUES (1, 1); CREATE PROCEDURE kinds.ask() SELECT 'asked';
CREATE ROLE readers; GRANT SELECT ON kinds.* TO readers;
CREATE USER app@localhost IDENTIFIED BY 'of-the-app'; GRANT EXECUTE ON PROCEDURE kinds.ask TO app@localhost;
GRANT readers TO app@localhost; SET DEFAULT ROLE readers FOR app@localhost;
"""
SPOIL = r"""
SET foreign_key_checks = 0; DELETE FROM `Wasserstände "a\b" ``c```.gauges WHERE id > 100; DROP DATABASE kinds;
DROP USER app@localhost; DROP ROLE readers; DROP TABLE `Wasserstände "a\b" ``c```.past;
"""
LEFT = r"""
SELECT count(*), max(twice) FROM `Wasserstände "a\b" ``c```.gauges; SELECT count(*) FROM `Wasserstände "a\b" ``c```.low;
SELECT count(*) FROM `Wasserstände "a\b" ``c```.past FOR SYSTEM_TIME ALL; SELECT @@GLOBAL.max_allowed_packet;
"""


@pytest.fixture
def databases(house: House) -> Iterator[None]:
    """Have the blueprint name both kinds of databases: a host that has none of a kind dumps none of it."""
    house.care = BlueprintCare.model_validate({"roles": {"web": {"databases": ["mysql", "postgresql"]}}})
    yield
    house.care = BlueprintCare()


@pytest.mark.usefixtures("databases")
def test_postgresql_is_dumped_with_an_account_of_every_table(house: House) -> None:
    """A dump and its tables' checksums are of one snapshot; a restore replaces the database whole."""
    fill = "INSERT INTO gauges SELECT n, n * 1.5 FROM generate_series(1, 500) n"
    sql = f"CREATE TABLE gauges (id int, level numeric); {fill}"
    house.on("web-2", f"runuser -u postgres -- psql -qc 'CREATE DATABASE water' && {psql(sql)}")
    backup = house.take("bak-postgresql")
    assert {item.volume for item in backup.items} >= {"web-2-dumps"}
    house.on("web-2", psql("DELETE FROM gauges WHERE id > 100; CREATE TABLE late (x int)"))
    comparison = house.restore(backup, hosts=("web-2",))
    assert comparison.equal, comparison.differences
    assert house.on("web-2", psql("SELECT count(*) FROM gauges")).split() == ["500"]


LOST = """
export DEBIAN_FRONTEND=noninteractive
apt-get purge -qy --autoremove 'postgresql*' 'mariadb*' >/dev/null
rm -rf /var/lib/postgresql /var/lib/mysql /var/lib/tenure/backup-tools /var/lib/tenure/dumps /usr/local/libexec/tenure
"""


@pytest.mark.usefixtures("databases")
def test_databases_come_back_on_a_throw_away_host(house: House) -> None:
    """Art. 30, 44: a host that was made to try a backup has no server; it gets those that the blueprint names."""
    house.on("web-2", "runuser -u postgres -- psql -qc 'CREATE DATABASE lakes'")
    house.on("web-2", psql("CREATE TABLE level AS SELECT 8 AS cm", "lakes"))
    backup = house.take("bak-for-a-trial")
    house.on("web-2", LOST, seconds=180)
    lost = house.environment.model_copy(update={"stage": Stage.DRILL})
    comparison = house.backups().restore(backup, lost, RestoreOrder(hosts=("web-2",)), Recorder().job())
    assert comparison.equal, comparison.differences
    assert house.on("web-2", psql("SELECT cm FROM level", "lakes")).split() == ["8"]
    assert house.on("web-2", "systemctl is-active mariadb").split() == ["active"]


def psql(statement: str, database: str = "water") -> str:
    """Give the command that asks a database."""
    return f'runuser -u postgres -- psql -d {database} -v ON_ERROR_STOP=1 -Atqc "{statement}"'


@pytest.mark.usefixtures("databases")
def test_mariadb_comes_back_with_its_history_and_its_accounts(house: House) -> None:
    """Names of any kind, long rows, keys across databases, versions of rows, and who may do what: all is as it was."""
    mariadb(house, FILL)
    backup = house.take("bak-mariadb")
    mariadb(house, SPOIL)
    comparison = house.restore(backup, hosts=("web-1",))
    assert comparison.equal, comparison.differences
    assert mariadb(house, LEFT).split() == ["500", "10", "2", "3", "16777216"]
    asked = mariadb(house, "SELECT * FROM kinds.kind; CALL kinds.ask()", "--user=app --password=of-the-app")
    assert asked.split() == ["1", "1", "asked"]


@pytest.mark.usefixtures("databases")
def test_a_database_that_does_not_answer_is_no_empty_one(house: House) -> None:
    """Its server is installed and does not run: that is told, and there is no backup."""
    house.on("web-1", "systemctl stop mariadb")
    try:
        with pytest.raises(OperationFailedError, match="web-1: a database could not be dumped"):
            house.take("bak-silent")
    finally:
        house.on("web-1", "systemctl start mariadb")


def mariadb(house: House, statements: str, account: str = "") -> str:
    """Ask the database on the first host."""
    client = f"mariadb {account} --batch --skip-column-names --default-character-set=utf8mb4"
    return house.on("web-1", f"{client} <<'END'\n{statements}\nEND")

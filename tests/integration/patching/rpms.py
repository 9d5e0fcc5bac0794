"""A signed RPM repository with advisories, built on the host itself by the tools that Debian has of that family."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/srv/rpms")
TOOLS = "dnf dnf-plugins-core rpm createrepo-c gnupg"
HIDDEN = ("apt-get", "dpkg")
"""Without them the host is one of the RPM family to every role."""

SPEC = """\
Name: {name}
Version: {version}
Release: 1
Summary: a small package of the tests
License: none
AutoReqProv: no
{header}
%description
A small package of the tests.
%install
mkdir -p %{{buildroot}}/usr/lib/{name} %{{buildroot}}/usr/lib/systemd/system
{{ cat /bin/sleep; echo {version}; }} >%{{buildroot}}/usr/lib/{name}/program
chmod 755 %{{buildroot}}/usr/lib/{name}/program
printf '%%s\\n' '[Service]' 'ExecStart=/usr/lib/{name}/program infinity' '[Install]' 'WantedBy=multi-user.target' \\
  >%{{buildroot}}/usr/lib/systemd/system/{name}.service
%files
/usr/lib/{name}
/usr/lib/systemd/system/{name}.service
{scriptlet}
"""
UPDATE = """\
<update from="tests@tests.invalid" status="final" type="{kind}" version="1"><id>{identity}</id><title>an update</title>
<release>1</release><issued date="2026-03-02 00:00:00"/><severity>{severity}</severity>
<description>of the tests</description>
<references>{references}</references><pkglist><collection short="tests"><name>tests</name>
<package name="{name}" version="{version}" release="1" epoch="0" arch="x86_64" src="{name}-{version}-1.src.rpm">
<filename>{name}-{version}-1.x86_64.rpm</filename></package></collection></pkglist></update>
"""
REFERENCE = '<reference href="https://tests.invalid/{0}" id="{0}" type="cve" title="{0}"/>'
BUILD = """
rpmbuild -bb --quiet --define '_topdir {folder}/build' --define '_rpmdir {folder}/repo' \
  --define 'debug_package %{{nil}}' --define '__os_install_post %{{nil}}' --define '_build_id_links none' \
  {folder}/{file}.spec
"""
BEGIN = """
set -e
export DEBIAN_FRONTEND=noninteractive HOME=/root GNUPGHOME={folder}/keys
if [ -d /root/debian ]; then rm -f /etc/apt/sources.list; cp -a /root/debian/. /etc/apt/; fi
apt-get update -q >/dev/null; apt-get install -qy --no-install-recommends {tools} >/dev/null
mkdir -p {folder}/keys {folder}/repo /etc/dnf/vars /etc/yum.repos.d; chmod 700 {folder}/keys
echo 1 >/etc/dnf/vars/releasever; printf '[main]\\nenabled=0\\n' >/etc/dnf/plugins/local.conf
gpg -q --batch --passphrase '' --quick-generate-key patches@tests.invalid rsa2048 sign never
gpg -q --armor --export >{folder}/key; rpm --import {folder}/key
cat >/etc/yum.repos.d/tests.repo <<END
[tests]
name=tests
baseurl=file://{folder}/repo
gpgcheck=1
repo_gpgcheck=1
gpgkey=file://{folder}/key
metadata_expire=1
END
"""
INDEX = """
rpmsign --define '__gpg /usr/bin/gpg' --define '_gpg_name patches@tests.invalid' --addsign {fresh} >/dev/null
createrepo_c -q {folder}/repo; modifyrepo_c {folder}/updateinfo.xml {folder}/repo/repodata >/dev/null
gpg -q --batch --yes --armor --detach-sign {folder}/repo/repodata/repomd.xml
"""


@dataclass(frozen=True)
class Rpm:
    """One small package with a program and a service that runs it.

    Attributes:
        header: A line of its own in the head of the specification.
        post: What runs when it is installed.
    """

    name: str
    version: str
    header: str = ""
    post: str = ""


@dataclass(frozen=True)
class Advisory:
    """Why a version of a package came out; one with a CVE is one of security."""

    identity: str
    rpm: Rpm
    cve: str = ""


def beginning() -> str:
    """Give the script that brings the tools, a key and an empty folder."""
    return BEGIN.format(folder=FOLDER, tools=TOOLS)


def publication(rpms: tuple[Rpm, ...], advisories: tuple[Advisory, ...]) -> str:
    """Give the script that adds packages to the repository, with all of its advisories."""
    info = "".join(map(_update, advisories))
    fresh = " ".join(f"{FOLDER}/repo/x86_64/{one.name}-{one.version}-1.x86_64.rpm" for one in rpms)
    return (
        f"set -e; export HOME=/root GNUPGHOME={FOLDER}/keys; cd {FOLDER}\n{''.join(map(_built, rpms))}"
        f"cat >updateinfo.xml <<'END'\n<updates>{info}</updates>\nEND\n{INDEX.format(folder=FOLDER, fresh=fresh)}"
    )


def _built(rpm: Rpm) -> str:
    scriptlet = f"%post\n{rpm.post}" if rpm.post else ""
    spec = SPEC.format(name=rpm.name, version=rpm.version, header=rpm.header, scriptlet=scriptlet)
    file = f"{rpm.name}-{rpm.version}"
    return f"cat >{file}.spec <<'END'\n{spec}\nEND\n{BUILD.format(folder=FOLDER, file=file)}"


def _update(advisory: Advisory) -> str:
    return UPDATE.format(
        identity=advisory.identity,
        kind="security" if advisory.cve else "bugfix",
        severity="Important" if advisory.cve else "None",
        references=REFERENCE.format(advisory.cve) if advisory.cve else "",
        name=advisory.rpm.name,
        version=advisory.rpm.version,
    )

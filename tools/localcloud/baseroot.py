"""The base root of all hosts: a Debian that boots in about a second."""

from __future__ import annotations

from pathlib import Path

from tools.localcloud import commands
from tools.localcloud.cache import Part, key
from tools.localcloud.progress import Progress

SUITE = "bookworm"
# Counts the changes of this module that the constants below do not show.
RECIPE = "1"
PACKAGES = """
openssh-server python3 python3-apt ca-certificates iproute2 procps gpgv systemd systemd-sysv dbus libpam-systemd sudo
cloud-init e2fsprogs iputils-ping curl nftables
"""

# Units that mean nothing in a container, or cost time: a half-working logind costs 25 s per login over SSH.
MASKED_UNITS = """
getty@tty1.service console-getty.service getty.target systemd-logind.service apt-daily.timer apt-daily-upgrade.timer
e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer systemd-tmpfiles-clean.timer
systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-sysusers.service
systemd-journal-flush.service systemd-firstboot.service sys-kernel-debug.mount dev-hugepages.mount
systemd-sysctl.service systemd-random-seed.service systemd-pstore.service modprobe@.service
unattended-upgrades.service networking.service cloud-init-hotplugd.socket
"""

SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
MaxStartups 200
PermitRootLogin prohibit-password
PasswordAuthentication no
"""
JOURNAL = "[Journal]\nStorage=volatile\nRuntimeMaxUse=4M\nForwardToConsole=no\n"
# cloud-init reads Nova's config-drive tree, which the driver puts in the seed folder; the network is up before it.
CLOUD_INIT = """\
datasource_list: [ConfigDrive, None]
network: {config: disabled}
ssh_deletekeys: false
ssh_genkeytypes: []
apt: {preserve_sources_list: true}
manage_etc_hosts: false
cloud_init_modules: [write-files, set_hostname, update_hostname, users-groups, ssh]
cloud_config_modules: [set-passwords, ntp, timezone, runcmd]
cloud_final_modules: [package-update-upgrade-install, scripts-per-boot, scripts-per-instance, scripts-user, \
final-message, power-state-change]
"""


def part(cache: Path) -> Part:
    """The base root of this recipe."""
    return Part(cache, "base", key(RECIPE, SUITE, PACKAGES, MASKED_UNITS, SSHD, JOURNAL, CLOUD_INIT))


def provide(cache: Path, progress: Progress) -> Path:
    """The base root's folder, made when it is not there."""
    wanted = part(cache)

    def make(folder: Path) -> None:
        progress(f"making the hosts' base root: Debian {SUITE}")
        commands.run_logged("making the base root", _command(folder), wanted.folder.with_name("base.log"))
        _prepare(folder)

    return wanted.provide(make, progress)


def _command(folder: Path) -> list[str | Path]:
    # Its own name spaces, so that a killed start leaves neither a mount nor a process.
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"]
    options = [
        "--mode=root",
        "--variant=minbase",
        f"--include={','.join(PACKAGES.split())}",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    ]
    return [*alone, "mmdebstrap", *options, SUITE, folder, *_sources()]


def _sources() -> list[str]:
    """This machine's own package sources where it is the same Debian, else Debian's."""
    release = Path("/etc/os-release")
    if release.exists() and f"VERSION_CODENAME={SUITE}" in release.read_text():
        for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
            if Path(path).exists():
                return [path]
    return []


def _prepare(root: Path) -> None:
    etc = root / "etc"
    (etc / "ssh/sshd_config.d/localcloud.conf").write_text(SSHD)
    for host_key in (etc / "ssh").glob("ssh_host_*"):
        host_key.unlink()
    # Empty, not "uninitialized": that would be a first boot, which applies unit presets.
    (etc / "machine-id").write_text("")
    for unit in MASKED_UNITS.split():
        _link("/dev/null", etc / "systemd/system" / unit)
    _link("/lib/systemd/system/multi-user.target", etc / "systemd/system/default.target")
    (etc / "systemd/journald.conf.d").mkdir(exist_ok=True)
    (etc / "systemd/journald.conf.d/localcloud.conf").write_text(JOURNAL)
    (etc / "cloud/cloud.cfg.d/90_localcloud.cfg").write_text(CLOUD_INIT)
    # Else systemd takes the first boot for an update.
    for stamp in (etc / ".updated", root / "var/.updated"):
        stamp.touch()
    root.chmod(0o755)


def _link(target: str, link: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)

"""One server as a real Linux host: systemd-nspawn on an overlay of the base root.

All state is on disk in hosts/<server>, so that the nova process may be restarted at any time: upper/ (the host's own
changes), m/ (the mounted root), pid (of the boot loop), console.log, host.json, volumes ("DEVICE FILE" lines).
"""

import glob
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from oslo_log import log as logging

from localcloud import net, settings

LOG = logging.getLogger(__name__)
BOOT = Path(__file__).parent.parent / "boot-host.sh"
MEMORY_FLOOR_MB = 256
POWER_OFF, REBOOT = signal.SIGRTMIN + 4, signal.SIGRTMIN + 5      # systemd's own signals
TAR = ["--xattrs", "--xattrs-include=trusted.overlay.opaque", "--xattrs-include=security.*", "--acls", "--numeric-owner"]


def wait(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def every():
    """Records of all hosts on this machine."""
    return [json.loads(path.read_text()) for path in sorted(settings.HOSTS.glob("*/host.json"))]


class Host:
    def __init__(self, uuid):
        self.uuid = uuid
        self.folder = settings.HOSTS / uuid
        self.root = self.folder / "m"
        self.space = net.host_space(uuid)

    # ---- what is on record ---------------------------------------------------------------------------------------
    def exists(self):
        return self.folder.exists()

    def record(self, **changes):
        """host.json, after these changes."""
        path = self.folder / "host.json"
        facts = json.loads(path.read_text()) if path.exists() else {}
        if changes:
            facts.update(changes)
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(facts))
            fresh.rename(path)
        return facts

    def volumes(self):
        """device name -> file"""
        path = self.folder / "volumes"
        return dict(line.split(" ", 1) for line in path.read_text().splitlines()) if path.exists() else {}

    def _keep_volumes(self, volumes):
        (self.folder / "volumes").write_text("".join(f"{device} {file}\n" for device, file in volumes.items()))

    def console(self, last_bytes):
        path = self.folder / "console.log"
        return path.read_bytes()[-last_bytes:] if path.exists() else b""

    # ---- what runs -----------------------------------------------------------------------------------------------
    def boot_loop(self):
        """pid of the boot loop, or None"""
        try:
            pid = int((self.folder / "pid").read_text())
            return pid if str(self.folder) in psutil.Process(pid).cmdline() else None
        except (OSError, ValueError, psutil.Error):
            return None

    def init(self):
        """pid of the host's own systemd (pid 1 in there), or None.

        Before its exec that process is still nspawn, on the machine's own root, hence the look at its name.
        """
        loop = self.boot_loop()
        try:
            for nspawn in psutil.Process(loop).children() if loop else []:
                for child in nspawn.children():
                    if child.name() == "systemd":
                        return child.pid
        except psutil.Error:
            return None
        return None

    # ---- life ----------------------------------------------------------------------------------------------------
    def prepare(self):
        for name in ("upper", "work", "m"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def mount(self):
        if not os.path.ismount(self.root):
            net.run("mount", "-t", "overlay", "localcloud", "-o",
                    f"lowerdir={settings.BASE_ROOT},upperdir={self.folder}/upper,workdir={self.folder}/work,"
                    "index=off,metacopy=off,redirect_dir=off", self.root)

    def plug(self):
        net.make_space(self.space)
        for vif in self.record()["vifs"]:
            net.plug(vif["net_id"], vif["port_id"], self.space, vif["dev"], vif["mac"], vif["mtu"], vif["addrs"],
                     vif["routes"])

    def start(self):
        if self.boot_loop():
            return
        self.mount()
        self.plug()
        (self.folder / "pid").unlink(missing_ok=True)
        _nspawn_folder()
        facts = self.record()
        # setsid -f: no child of nova, so it outlives nova's restart and leaves no zombie.
        subprocess.run(["setsid", "-f", "bash", BOOT, self.folder, facts["hostname"], self.space,
                        f"{settings.TAG}/{self.uuid}", str(max(MEMORY_FLOOR_MB, facts["memory_mb"]))],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        wait(self.init, 10)

    def stop(self, grace_seconds=0):
        """Clean shutdown for that long, then the plug is pulled."""
        loop, init = self.boot_loop(), self.init()
        if loop and init and grace_seconds:
            os.kill(init, POWER_OFF)
            wait(lambda: not self.boot_loop(), grace_seconds)
        if self.boot_loop():
            os.kill(loop, signal.SIGKILL)                        # first the loop, so that it can't boot again
            for pid in filter(None, {self.init(), init}):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    LOG.debug("pid %s ended by itself", pid)
        wait(lambda: not self._in_use(), 10)                     # nspawn itself ends after its init
        for file in self.volumes().values():
            release_loops(file)
        if os.path.ismount(self.root):
            wait(lambda: net.attempt("umount", self.root).returncode == 0, 5)

    def _in_use(self):
        return any(str(self.root) in (process.info["cmdline"] or [])
                   for process in psutil.process_iter(["cmdline"]))

    def reboot(self):
        """From inside, as an administrator would; by pulling the plug where that does not work."""
        init = self.init()
        if init:
            os.kill(init, REBOOT)
            if wait(lambda: self.init() not in (None, init), 30):
                return
        self.stop()
        self.start()

    def destroy(self):
        if not self.exists():
            return
        self.stop()
        net.delete_space(self.space)
        for vif in self.record().get("vifs", []):                # the name space goes a little later: not the tap
            net.unplug(vif["net_id"], vif["port_id"])
        for group in glob.glob(f"/sys/fs/cgroup/*/{settings.TAG}/{self.uuid}") + \
                glob.glob(f"/sys/fs/cgroup/{settings.TAG}/{self.uuid}"):
            _remove_cgroup(group)
        if not os.path.ismount(self.root):
            shutil.rmtree(self.folder)

    # ---- files ---------------------------------------------------------------------------------------------------
    def write_basics(self, hostname, nameservers):
        """What a host needs before its first boot and cloud-init does not do."""
        etc = self.root / "etc"
        (etc / "hostname").write_text(hostname + "\n")
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n")
        (etc / "resolv.conf").unlink(missing_ok=True)
        (etc / "resolv.conf").write_text("".join(f"nameserver {address}\n" for address in nameservers))
        if settings.APT_PROXY:
            (etc / "apt/apt.conf.d/01localcloud").write_text(
                f'Acquire::http::Proxy "{settings.APT_PROXY}"; Acquire::Check-Valid-Until "false";\n'
                'APT::Sandbox::User "root";\n')
        if not (etc / "ssh/ssh_host_ed25519_key").exists():
            net.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root@" + hostname,
                    "-f", etc / "ssh/ssh_host_ed25519_key")

    def pack(self):
        """An open file with the upper layer as tar.gz (tar's 1 means: changed while it was read, as in every live copy)."""
        file = tempfile.TemporaryFile(dir=self.folder)
        done = subprocess.run(["tar", "cz", *TAR, "--exclude=./var/lib/cloud/seed", "-C", self.folder / "upper", "."],
                              stdout=file, stderr=subprocess.DEVNULL)
        if done.returncode > 1:
            raise RuntimeError(f"tar ended with {done.returncode}")
        file.seek(0)
        return file

    def unpack(self, archive, own):
        """Starts this host from its own upper layer or another one's; what must differ between two hosts is left out."""
        upper = self.folder / "upper"
        net.run("tar", "xzf", archive, "-C", upper, "-p", *TAR)
        for path in [] if own else [*upper.glob("etc/ssh/ssh_host_*"), upper / "etc/machine-id"]:
            path.unlink(missing_ok=True)

    # ---- volumes: a cinder file is a loop device, in the host /dev/vdb ... ---------------------------------------------
    def offer_volume(self, device, file):
        """On record; the next boot attaches it."""
        self._keep_volumes({**self.volumes(), device: file})

    def attach_volume(self, device, file):
        init = self.init()
        self.offer_volume(device, file)
        if init and not os.path.exists(f"/proc/{init}/root/dev/{device}"):
            loop = net.run("losetup", "-f", "--show", file).strip()
            os.mknod(f"/proc/{init}/root/dev/{device}", stat.S_IFBLK | 0o660, os.stat(loop).st_rdev)

    def detach_volume(self, device, file):
        self._keep_volumes({name: path for name, path in self.volumes().items() if name != device})
        init = self.init()
        if init:
            # Still mounted in there: taken away as a pulled disk is. -p because umount reads /proc/self. The node is
            # a mount point itself when the volume was there at boot.
            net.run("nsenter", "-t", init, "-m", "-p", "sh", "-c",
                    f"findmnt -rno TARGET -S /dev/{device} | xargs -r -n1 umount -l; "
                    f"umount /dev/{device} 2>/dev/null; rm -f /dev/{device}; test ! -e /dev/{device}")
        release_loops(file)


def loops(file):
    return net.run("losetup", "-j", file, "-n", "-O", "NAME").split()


def release_loops(file):
    for device in loops(file):
        net.attempt("losetup", "-d", device)


def _nspawn_folder():
    """nspawn wants a tmpfs there, else it complains at its end."""
    with net.lock("nspawn"):
        os.makedirs("/run/systemd/nspawn", exist_ok=True)
        if not os.path.ismount("/run/systemd/nspawn"):
            net.run("mount", "-t", "tmpfs", "-o", "mode=755", "localcloud", "/run/systemd/nspawn")


def _remove_cgroup(group):
    for path, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(path)
        except OSError as error:
            LOG.warning("cgroup %s: %s", path, error)

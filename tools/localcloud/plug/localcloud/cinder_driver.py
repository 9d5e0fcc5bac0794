"""Cinder volume driver: a volume is a sparse file; a host gets it as a loop device. No iSCSI."""

import subprocess

from cinder.volume import driver

from localcloud import settings

CAPACITY_GIB, FREE_GIB = 1000000, 900000


class LocalCloudVolumeDriver(driver.VolumeDriver):
    VERSION = "1.0"

    def check_for_setup_error(self):
        settings.VOLUMES.mkdir(parents=True, exist_ok=True)

    def _fill(self, path, gib, source=None):
        if source:
            subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, path], check=True)
        with path.open("ab") as file:
            file.truncate(gib << 30)

    def create_volume(self, volume):
        self._fill(settings.VOLUMES / volume.name, volume.size)

    def delete_volume(self, volume):
        (settings.VOLUMES / volume.name).unlink(missing_ok=True)

    def create_snapshot(self, snapshot):
        self._fill(settings.VOLUMES / snapshot.name, snapshot.volume_size, settings.VOLUMES / snapshot.volume_name)

    def delete_snapshot(self, snapshot):
        (settings.VOLUMES / snapshot.name).unlink(missing_ok=True)

    def revert_to_snapshot(self, context, volume, snapshot):
        fresh = settings.VOLUMES / f"{volume.name}.new"
        self._fill(fresh, volume.size, settings.VOLUMES / snapshot.name)
        fresh.rename(settings.VOLUMES / volume.name)

    def create_volume_from_snapshot(self, volume, snapshot):
        self._fill(settings.VOLUMES / volume.name, volume.size, settings.VOLUMES / snapshot.name)

    def create_cloned_volume(self, volume, src_vref):
        self._fill(settings.VOLUMES / volume.name, volume.size, settings.VOLUMES / src_vref.name)

    def extend_volume(self, volume, new_size):
        self._fill(settings.VOLUMES / volume.name, new_size)

    def ensure_export(self, context, volume):
        """A file needs no export."""

    def create_export(self, context, volume, connector):
        """A file needs no export."""

    def remove_export(self, context, volume):
        """A file needs no export."""

    def initialize_connection(self, volume, connector, **options):
        return {"driver_volume_type": "local", "data": {"device_path": str(settings.VOLUMES / volume.name)}}

    def terminate_connection(self, volume, connector, **options):
        """Nova's driver releases the loop device."""

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        """"Cloned" at once, so that cinder needs neither qemu-img nor sudo."""
        with (settings.VOLUMES / volume.name).open("wb") as file:
            image_service.download(context, image_meta["id"], file)
        self._fill(settings.VOLUMES / volume.name, volume.size)
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        with (settings.VOLUMES / volume.name).open("r+b") as file:
            image_service.download(context, image_id, file)
        self._fill(settings.VOLUMES / volume.name, volume.size)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        with (settings.VOLUMES / volume.name).open("rb") as file:
            image_service.update(context, image_meta["id"], {}, file)

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": "localcloud", "vendor_name": "localcloud", "driver_version": self.VERSION,
            "storage_protocol": "local",
            "pools": [{"pool_name": "localcloud", "total_capacity_gb": CAPACITY_GIB, "free_capacity_gb": FREE_GIB,
                       "reserved_percentage": 0, "QoS_support": False, "thin_provisioning_support": True,
                       "max_over_subscription_ratio": 20, "multiattach": True}]}

    def get_volume_stats(self, refresh=False):
        if refresh or not self._stats:
            self._update_volume_stats()
        return self._stats

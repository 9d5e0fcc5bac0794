"""nova.virt.localcloud: Nova's words for what localcloud.host does."""

import os
import shutil
import tempfile

from nova import exception
from nova.api.metadata import base as instance_metadata
from nova.compute import power_state, task_states
from nova.image import glance
from nova.virt import configdrive, driver, fake, hardware

from localcloud import host, net, settings
from localcloud.host import Host

CONSOLE_BYTES = 102400


def _device(mountpoint):
    return os.path.basename(mountpoint)


def _file(connection_info):
    return connection_info["data"]["device_path"]


class ApiOnlyDriver(fake.FakeDriverWithoutFakeNodes):
    """Servers that exist at the API only, for a machine on which we may not make hosts."""

    vcpus, memory_mb, local_gb = 10000, 16000000, 1000000

    def _recall(self, instance):
        """A restarted process has forgotten its servers; what Nova's database says of them stays true."""
        if instance.uuid not in self.instances:
            self.instances[instance.uuid] = fake.FakeInstance(instance.name, instance.power_state, instance.uuid)

    def get_info(self, instance, use_cache=True):
        self._recall(instance)
        return super().get_info(instance, use_cache)

    def power_off(self, instance, timeout=0, retry_interval=0):
        self._recall(instance)
        super().power_off(instance, timeout, retry_interval)

    def power_on(self, context, instance, network_info, block_device_info=None, accel_info=None, share_info=None):
        self._recall(instance)
        super().power_on(context, instance, network_info, block_device_info, accel_info, share_info)

    def snapshot(self, context, instance, image_id, update_task_state):
        self._recall(instance)
        super().snapshot(context, instance, image_id, update_task_state)


class LocalCloudDriver(fake.FakeDriverWithoutFakeNodes):
    """Servers that are real hosts."""

    vcpus, memory_mb, local_gb = 10000, 16000000, 1000000

    # ---- network -------------------------------------------------------------------------------------------------
    def _vifs(self, network_info):
        vifs, has_default = [], False
        for index, vif in enumerate(network_info or []):
            addresses, routes, nameservers = [], [], []
            for subnet in vif["network"]["subnets"]:
                if subnet["version"] != 4:
                    continue
                addresses += [f"{ip['address']}/{subnet['cidr'].split('/')[1]}" for ip in subnet["ips"]]
                routes += [f"{route['cidr']} via {route['gateway']['address']}" for route in subnet["routes"]]
                nameservers += [server["address"] for server in subnet["dns"]]
                if subnet["gateway"] and subnet["gateway"]["address"] and not has_default:
                    routes.append(f"default via {subnet['gateway']['address']}")
                    has_default = True
            vifs.append({"net_id": vif["network"]["id"], "port_id": vif["id"], "mac": vif["address"],
                         "addrs": addresses, "routes": routes, "dns": nameservers, "dev": f"eth{index}",
                         "mtu": vif["network"]["meta"].get("mtu") or 1500})
        return vifs

    def attach_interface(self, context, instance, image_meta, vif):
        server = Host(instance.uuid)
        vifs, (new,) = server.record()["vifs"], self._vifs([vif])
        used = {known["dev"] for known in vifs}
        new["dev"] = next(f"eth{index}" for index in range(99) if f"eth{index}" not in used)
        if vifs:
            new["routes"] = [route for route in new["routes"] if not route.startswith("default")]
        server.record(vifs=[*vifs, new])
        server.plug()

    def detach_interface(self, context, instance, vif):
        server = Host(instance.uuid)
        if server.exists():                                     # the port's deletion may follow the server's
            net.unplug(vif["network"]["id"], vif["id"])
            server.record(vifs=[known for known in server.record().get("vifs", []) if known["port_id"] != vif["id"]])

    # ---- life ----------------------------------------------------------------------------------------------------
    def spawn(self, context, instance, image_meta, injected_files, admin_password, allocations, network_info=None,
              block_device_info=None, power_on=True, accel_info=None):
        server = Host(instance.uuid)
        server.prepare()
        server.record(name=instance.name, hostname=instance.hostname, uuid=instance.uuid,
                      memory_mb=instance.flavor.memory_mb, vifs=self._vifs(network_info))
        self._restore(context, server, image_meta)
        server.mount()
        self._seed(server, instance, injected_files, admin_password, network_info)
        for mapping in driver.block_device_info_get_mapping(block_device_info):
            server.offer_volume(_device(mapping["mount_device"]), _file(mapping["connection_info"]))
        if power_on:
            server.start()

    def _restore(self, context, server, image_meta):
        """An image made by snapshot() is a server's upper layer; every other image means the base root.

        The server itself gets its own identity back, as on any cloud; another one gets one of its own.
        """
        known = image_meta.obj_attr_is_set("id") and image_meta.id
        image = glance.API().get(context, image_meta.id) if known else {}
        if image.get("properties", {}).get("localcloud_format") == "upper.tar.gz":
            with tempfile.NamedTemporaryFile(dir=server.folder) as file:
                glance.API().download(context, image_meta.id, dest_path=file.name)
                server.unpack(file.name, own=image["properties"].get("instance_uuid") == server.uuid)

    def _seed(self, server, instance, files, password, network_info):
        """cloud-init inside reads Nova's own config-drive tree from its seed folder."""
        facts = server.record()
        metadata = instance_metadata.InstanceMetadata(instance, content=files, network_info=network_info,
                                                      extra_md={"admin_pass": password} if password else {})
        seed = server.root / "var/lib/cloud/seed/config_drive"
        shutil.rmtree(seed, ignore_errors=True)
        configdrive.ConfigDriveBuilder(instance_md=metadata)._write_md_files(str(seed))
        for path in seed.glob("openstack/*/network_data.json"):  # the network is up and static before the boot
            path.unlink()
        seed.parent.chmod(0o700)
        server.write_basics(facts["hostname"], [address for vif in facts["vifs"] for address in vif["dns"]])

    def destroy(self, context, instance, network_info, block_device_info=None, destroy_disks=True,
                destroy_secrets=True):
        Host(instance.uuid).destroy()

    def cleanup(self, context, instance, network_info, *rest, **options):
        Host(instance.uuid).destroy()

    def power_off(self, instance, timeout=0, retry_interval=0):
        Host(instance.uuid).stop(timeout)

    def power_on(self, context, instance, network_info, block_device_info=None, accel_info=None, share_info=None):
        Host(instance.uuid).start()

    def reboot(self, context, instance, network_info, reboot_type, block_device_info=None, bad_volumes_callback=None,
               accel_info=None, share_info=None):
        server = Host(instance.uuid)
        if reboot_type.upper() == "SOFT":
            server.reboot()
        else:
            server.stop()
            server.start()

    def resume_state_on_host_boot(self, context, instance, network_info, share_info, block_device_info=None):
        Host(instance.uuid).start()

    # ---- what Nova asks ------------------------------------------------------------------------------------------
    def get_info(self, instance, use_cache=True):
        server = Host(instance.uuid)
        if not server.exists():
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return hardware.InstanceInfo(state=power_state.RUNNING if server.boot_loop() else power_state.SHUTDOWN)

    def default_root_device_name(self, instance, image_meta, root_bdm):
        return "/dev/vda"                                       # so volumes become /dev/vdb ...

    def get_host_uptime(self):
        return net.run("uptime")

    def list_instance_uuids(self):
        return sorted(os.listdir(settings.HOSTS)) if settings.HOSTS.is_dir() else []

    def list_instances(self):
        return [facts["name"] for facts in host.every()]

    def instance_exists(self, instance):
        return Host(instance.uuid).exists()

    def get_console_output(self, context, instance):
        return Host(instance.uuid).console(CONSOLE_BYTES)

    # ---- resize on the same host: the same root, other limits ----------------------------------------------------------
    def migrate_disk_and_power_off(self, context, instance, dest, flavor, network_info, block_device_info=None,
                                   timeout=0, retry_interval=0):
        Host(instance.uuid).stop(timeout)
        return "[]"

    def finish_migration(self, context, migration, instance, disk_info, network_info, image_meta, resize_instance,
                         allocations, block_device_info=None, power_on=True, share_info=None):
        server = Host(instance.uuid)
        server.record(memory_mb=instance.flavor.memory_mb)
        if power_on:
            server.start()

    def finish_revert_migration(self, context, instance, network_info, migration, block_device_info=None,
                                power_on=True, share_info=None):
        server = Host(instance.uuid)
        server.stop()
        server.record(memory_mb=instance.flavor.memory_mb)
        if power_on:
            server.start()

    # ---- snapshots -----------------------------------------------------------------------------------------------
    def snapshot(self, context, instance, image_id, update_task_state):
        server = Host(instance.uuid)
        if not server.exists():
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        with server.pack() as archive:
            update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
            glance.API().update(context, image_id, {
                "disk_format": "raw", "container_format": "bare",
                "properties": {"localcloud_format": "upper.tar.gz", "image_state": "available",
                               "owner_id": instance.project_id}}, archive)

    # ---- volumes -------------------------------------------------------------------------------------------------
    def attach_volume(self, context, connection_info, instance, mountpoint, disk_bus=None, device_type=None,
                      encryption=None):
        Host(instance.uuid).attach_volume(_device(mountpoint), _file(connection_info))

    def detach_volume(self, context, connection_info, instance, mountpoint, encryption=None):
        Host(instance.uuid).detach_volume(_device(mountpoint), _file(connection_info))

    def extend_volume(self, context, connection_info, instance, requested_size):
        for device in host.loops(_file(connection_info)):
            net.run("losetup", "-c", device)

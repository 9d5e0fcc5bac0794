#!/bin/sh
# Mounts the data volumes of this host: /etc/tenure/volumes holds one "label size-in-GiB mount-point" a line, in the
# order of attachment. Volumes are attached after the first boot, so this waits for them. A disk gets a file system
# only when it has none at all; afterwards it is known by its label, whatever name the kernel gives it.
set -eu

disks() {
    for disk in /dev/vd[b-z] /dev/sd[b-z] /dev/xvd[b-z]; do
        [ -b "$disk" ] && echo "$disk"
    done
    return 0
}

labelled() {
    for disk in $(disks); do
        [ "$(blkid -p -s LABEL -o value "$disk" 2>/dev/null)" = "$1" ] && echo "$disk" && return 0
    done
    return 1
}

# blkid -p ends with 2 when it finds nothing on the disk; every other answer means: hands off.
empty() {
    bytes=$(($1 * 1024 * 1024 * 1024))
    for disk in $(disks); do
        [ "$(blockdev --getsize64 "$disk")" = "$bytes" ] || continue
        code=0
        blkid -p "$disk" >/dev/null 2>&1 || code=$?
        [ "$code" -eq 2 ] && echo "$disk" && return 0
    done
    return 1
}

volume() {
    label=$1 size=$2 mount=$3
    mountpoint -q "$mount" && return 0
    mkdir -p "$mount"
    until disk=$(labelled "$label"); do
        if fresh=$(empty "$size"); then
            mkfs.ext4 -q -L "$label" "$fresh"
        else
            sleep 1
        fi
    done
    mount -o nodev,nosuid "$disk" "$mount"
    # The volume may have grown since.
    resize2fs "$disk" >/dev/null || echo "$disk: its file system did not grow" >&2
}

while read -r label size mount; do
    volume "$label" "$size" "$mount"
done </etc/tenure/volumes

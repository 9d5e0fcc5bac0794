#!/bin/bash
# boot-host.sh FOLDER HOSTNAME NETNS CGROUP MEMORY_MB: boots one host, and boots it again after a reboot from inside
# (with --keep-unit systemd-nspawn exits with 133 on a reboot). Runs detached from nova; its pid is in FOLDER/pid.
folder=$1 hostname=$2 space=$3 group=$4 memory_mb=$5
echo $$ > "$folder/pid"

# A cgroup of its own in every hierarchy that nspawn touches: else all hosts share one and act on each other's units.
join() { mkdir -p "$1/$group" && echo $$ > "$1/$group/cgroup.procs"; }
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p "/sys/fs/cgroup/$group"
  echo +memory > /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
  echo +memory > "/sys/fs/cgroup/${group%/*}/cgroup.subtree_control" 2>/dev/null
  join /sys/fs/cgroup
  echo "${memory_mb}M" > "/sys/fs/cgroup/$group/memory.max" 2>/dev/null
else
  for hierarchy in systemd unified memory; do
    [ -d "/sys/fs/cgroup/$hierarchy" ] && join "/sys/fs/cgroup/$hierarchy"
  done
  [ -d "/sys/fs/cgroup/memory/$group" ] && echo "${memory_mb}M" > "/sys/fs/cgroup/memory/$group/memory.limit_in_bytes"
fi

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
while :; do
  binds=()
  while read -r device file; do                       # volumes, offered as real block devices
    loop=$(losetup -j "$file" -n -O NAME | head -1)
    [ -n "$loop" ] || loop=$(losetup -f --show "$file")
    binds+=("--bind=$loop:/dev/$device")
  done < <(cat "$folder/volumes" 2>/dev/null)
  # nsenter, not --network-namespace-path: that one leaves the machine's own devices in the host's /sys/class/net.
  nsenter --net="/run/netns/$space" systemd-nspawn -q -D "$folder/m" -M "$space" --hostname="$hostname" \
    --register=no --keep-unit --uuid="${group##*/}" --capability=CAP_NET_ADMIN --resolv-conf=off --timezone=off \
    --link-journal=no --console=read-only "${binds[@]}" -b systemd.show_status=1 systemd.log_color=0 \
    </dev/null >> "$folder/console.log" 2>&1
  [ $? = 133 ] || break
done

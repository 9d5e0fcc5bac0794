#!/bin/sh
# Prints this host's public keys on its console, between cloud-init's own marks: whoever enters it for the first time
# reads them there by the cloud's API, and trusts nobody who merely answers at its address.
set -eu

{
    echo '-----BEGIN SSH HOST KEY KEYS-----'
    cat /etc/ssh/ssh_host_*_key.pub
    echo '-----END SSH HOST KEY KEYS-----'
} >/dev/console

#!/bin/sh
# Logs who enters and leaves this host over SSH, and ends sessions whose right is over (Art. 36).
#
#   tenure-session              by pam_exec, at the begin and the end of every connection; of those that only pass, too
#   tenure-session end PID      ends a session with everything that it started
#   tenure-session take         reads an order of three lines from its input and prints the log: the revocation list
#                               (base64), the serial numbers whose sessions end, and the last line that is kept elsewhere
#
# A line of the log has tabs between number, seconds since 1970, "open" or "close", the session, the serial number of the
# certificate, the address that it came from, and the certificate's key id.
set -u

keep=/var/lib/tenure/sessions
running=/run/tenure/sessions
revoked=/etc/ssh/tenure_revoked
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 077
mkdir -p "$keep" "$running"

# note EVENT SESSION SERIAL FROM KEYID
note() {
    exec 9>>"$keep/lock"
    flock 9
    number=$(cat "$keep/next" 2>/dev/null || echo 1)
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$number" "$(date +%s)" "$1" "$2" "$3" "$4" "$5" >>"$keep/log"
    echo $((number + 1)) >"$keep/next"
    exec 9>&-
}

begin() {
    shown=$(printf '%s\n' "${SSH_AUTH_INFO_0:-}" | sed -n 's/^publickey //p' | head -n 1)
    facts=$(printf '%s\n' "$shown" | ssh-keygen -L -f - 2>/dev/null)
    serial=$(printf '%s\n' "$facts" | sed -n 's/^ *Serial: //p')
    if [ -n "$serial" ]; then
        key_id=$(printf '%s\n' "$facts" | sed -n 's/^ *Key ID: "\(.*\)"$/\1/p')
    else
        serial=0 key_id="no certificate: $(printf '%s\n' "$shown" | ssh-keygen -lf - 2>/dev/null | cut -d ' ' -f 2)"
    fi
    session=$(cut -c 1-8 /proc/sys/kernel/random/boot_id)-$PPID-$(date +%s)
    from=${PAM_RHOST:-unknown}
    printf '%s\n%s\n%s\n%s\n' "$session" "$serial" "$from" "$key_id" >"$running/.$PPID"
    mv "$running/.$PPID" "$running/$PPID"
    note open "$session" "$serial" "$from" "$key_id"
    case $key_id in gr-*) limit "$(printf '%s\n' "$facts" | sed -n 's/^ *Valid: from .* to //p')" ;; esac
}

# limit END: a person's session ends with the certificate, which ends with the grant; sshd alone would let it go on.
limit() {
    seconds=$(($(date -d "$1" +%s) - $(date +%s)))
    [ "$seconds" -gt 0 ] || seconds=1
    systemd-run --quiet --collect --unit="tenure-session-$PPID" --on-active="$seconds" "$0" end "$PPID" </dev/null
}

finish() {
    [ -e "$running/$1" ] || return 0
    { read -r session && read -r serial && read -r from && read -r key_id; } <"$running/$1"
    rm -f "$running/$1"
    note close "$session" "$serial" "$from" "$key_id"
    case $key_id in gr-*) systemctl stop "tenure-session-$1.timer" 2>/dev/null ;; esac
    return 0
}

# Those whose process is gone were not told of: somebody killed it.
tidy() {
    for file in "$running"/*; do
        process=${file##*/}
        [ -e "$file" ] && ! kill -0 "$process" 2>/dev/null && finish "$process"
    done
    return 0
}

descendants() {
    for child in $(ps -o pid= --ppid "$1"); do
        echo "$child"
        descendants "$child"
    done
}

end() {
    scope=$(sed -n 's#.*/\(session-[^/]*\.scope\)$#\1#p' "/proc/$1/cgroup" 2>/dev/null | head -n 1)
    started=$(descendants "$1")
    [ -n "$scope" ] && systemctl kill --signal=KILL "$scope" 2>/dev/null
    # shellcheck disable=SC2086  a list of numbers
    kill -KILL $started "$1" 2>/dev/null
    return 0
}

take() {
    read -r list
    read -r ended
    read -r kept
    printf '%s' "$list" | base64 -d >"$revoked.new"
    chmod 0644 "$revoked.new"
    mv "$revoked.new" "$revoked"
    for file in "$running"/*; do
        [ -e "$file" ] || continue
        case " $ended " in *" $(sed -n 2p "$file") "*) end "${file##*/}" ;; esac
    done
    sleep 0.2
    tidy
    exec 9>>"$keep/lock"
    flock 9
    [ -e "$keep/log" ] || return 0
    awk -F '\t' -v kept="$kept" '$1 > kept + 0' "$keep/log" >"$keep/log.new"
    mv "$keep/log.new" "$keep/log"
    cat "$keep/log"
}

case "${1:-}" in
end) end "$2" ;;
take) take ;;
*)
    case "${PAM_TYPE:-}" in
    open_session) begin ;;
    close_session) finish "$PPID" ;;
    esac
    ;;
esac

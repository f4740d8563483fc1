#!/bin/sh
# Installs packages of Debian and starts none of their services: nginx, Caddy and Varnish would take ports of
# this machine, and tests start each with settings of their own. Needs root.
#
#   sh scripts/install-debian.sh nginx caddy

set -eu
export DEBIAN_FRONTEND=noninteractive
# What Debian's scripts ask before they start a service; 101 says no. Where the machine has one, it stays.
policy=/usr/sbin/policy-rc.d
mark='AuraImage: only while its tests install packages'

# Serialized: the first process to finish must not delete the file of the next one.
exec 9</var/lib/dpkg
flock 9

if [ ! -e "$policy" ] || grep -qF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy"
  chmod 0755 "$policy"
fi

# A machine that was stopped in the middle of an installation refuses the next until this.
dpkg --configure -a
apt-get -q -o DPkg::Lock::Timeout=240 update
apt-get -q -o DPkg::Lock::Timeout=240 install -y --no-install-recommends "$@"

# Nor do they start with the machine. Not every package has a service of its name.
if [ -d /run/systemd/system ]; then
  for package in "$@"; do systemctl --quiet disable "$package" 2>/dev/null || :; done
fi

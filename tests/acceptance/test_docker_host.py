# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role remembers of a host before it, so that teardown can give it back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shlex import quote

import pytest

# A package is missing for a while.
pytestmark = pytest.mark.alone

MARKER = Path("/var/lib/classroom/docker_host.json")


@pytest.fixture
def remembered():
    """What the marker says, which is put back."""
    if not MARKER.exists():
        pytest.skip("the engine here is not the role's")
    content = MARKER.read_text()
    yield json.loads(content)
    MARKER.write_text(content)


def test_an_engines_own_policy_is_not_taken_for_the_hosts(new_class, remembered):
    """As where the role installed the engine before it looked at the firewall, and a package is missing since."""
    made = new_class("nina")
    MARKER.write_text(json.dumps({key: value for key, value in remembered.items() if key != "forward_policy"}))
    subprocess.run(["apt-get", "remove", "--yes", "docker-buildx"], check=True, capture_output=True)
    made.role("docker_host", "main").ok()
    assert json.loads(MARKER.read_text()) == {**remembered, "forward_policy": ""}


#: A network and folders that only this command and its children see, with what an engine leaves in the kernel. It ends with what is left of that.
APART = """
mount -t sysfs none /sys && mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/docker && ip link add docker0 type bridge &&
iptables -N DOCKER && iptables -A FORWARD -o docker0 -j DOCKER && echo 1 > /proc/sys/net/ipv4/ip_forward || exit
"$@"
code=$?
{ cat /proc/sys/net/ipv4/ip_forward; ls /sys/class/net /sys/fs/cgroup; iptables -S; } > %s
exit $code
"""


def test_what_is_in_the_kernel_stays_in_a_play_with_check_mode(new_class, tmp_path):
    """And not only where the command line has --check."""
    left = tmp_path / "left"
    made = new_class("nina")
    made.wrap = lambda *command: ["unshare", "--net", "--mount", "sh", "-c", APART % quote(str(left)), "sh", *command]
    seen = {}
    for dry in (True, False):
        run = made.role("docker_host", "teardown_kernel", play_check_mode=dry, __docker_host_marker_before={"ip_forward": "0"}).ok()
        seen[dry] = run.stats["changed"], left.read_text(encoding="utf-8").split()
    (announced, stays), (done, goes) = seen[True], seen[False]
    assert announced == done == 4
    assert stays.count("docker0") == 2 and "docker" in stays and "DOCKER" in stays and stays[0] == "1"
    assert not {"docker0", "docker", "DOCKER"} & set(goes) and goes[0] == "0"

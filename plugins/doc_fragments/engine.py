# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # The engine that is read
    DOCUMENTATION = r"""
options:
  docker_host:
    description:
      - The Unix socket of the Docker engine, as a URL such as V(unix:///var/run/docker.sock).
      - Without it, the environment variable E(DOCKER_HOST) of the target counts, and then V(unix:///var/run/docker.sock).
      - Only Unix sockets are taken, since the kernel's files are read on the engine's own host.
    type: str
  timeout:
    description:
      - Seconds that the engine may take for one answer, from 1 to 86400.
      - After two answers in a row that took longer, nothing more is asked of it.
    type: int
    default: 60
notes:
  - On the target, the module needs nothing of Python but its standard library, and permission to use the engine's socket (root, or the group of the socket).
"""

    # The host's kernel
    KERNEL = r"""
options:
  root:
    description:
      - The directory that the kernel's files are read under, where they are not under V(/).
      - Such as V(/host) in a container that has the host's C(/proc) and C(/sys) there, or a tree captured on another host.
    type: path
    default: /
"""

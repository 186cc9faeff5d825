# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # A module that looks into images, and for them at registries
    DOCUMENTATION = r"""
options:
  contents:
    description:
      - Names of images of which RV(classroom.containers.image_check#module:images[].files), RV(classroom.containers.image_check#module:images[].setuid) and
        RV(classroom.containers.image_check#module:images[].packages) are told, which takes reading their layers.
        Nothing is required of them, and one that is not there is left out.
      - They are told anyway of an image whose files are read for one of its requirements.
    type: list
    elements: str
    default: []
  secrets:
    description: >-
      Values that no image with O(classroom.containers.image_check#module:images[].no_secrets) may have anywhere, each of at least 6 characters, such as the
      passwords of a class.
    type: list
    elements: str
    default: []
  registry_username:
    description: The name at the registries of O(classroom.containers.image_check#module:images[].pushed_as), where they want one.
    type: str
  registry_password:
    description: The password of O(registry_username).
    type: str
  registry_ca:
    description:
      - The certificate of the CA that vouches for the registries, as a file in PEM on the target.
      - Without it, C(/etc/docker/certs.d/REGISTRY/ca.crt) is taken where it is there, and the system's CAs otherwise.
    type: path
notes:
  - A registry that wants a token of an authorization server, such as Docker Hub, is not supported, and its images could not be checked.
"""

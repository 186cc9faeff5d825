# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a container in words, and what wakes it."""

from __future__ import annotations

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._container_state import state_words, waking

NO_PROGRAM = 'failed to create shim task: OCI runtime: unable to start container process: exec: "pingg": executable file not found in $PATH: unknown'
PORT = "driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:80 failed: port is already allocated"

#: Fields of State, the words, what wakes it
STATES = [
    ({"Status": "running"}, "is running", ""),
    ({"Status": "paused", "Paused": True}, "is paused", "docker unpause x wakes it"),
    ({"Status": "created"}, "was created and never started", "docker start x starts it"),
    ({"Status": "created", "ExitCode": 127, "Error": NO_PROGRAM}, 'could not be started (exec: "pingg": executable file not found in $PATH)', "so make it"),
    ({"Status": "created", "ExitCode": 128, "Error": PORT}, "port is already allocated)", "docker start x starts it, once that is no more"),
    ({"Status": "created", "ExitCode": 1, "Error": "a\x1b[31m\nb " + "c" * 999}, "(a[31m b ccc", "docker start x"),
    ({"Status": "exited", "ExitCode": 0}, "exited with the code 0 (its program came to its end by itself)", "if its program ends again, make it"),
    ({"Status": "exited", "ExitCode": 1}, "exited with the code 1 (an error, as its program says)", "docker logs x says why"),
    ({"Status": "exited", "ExitCode": 127}, "(its image has no such program)", "docker logs x"),
    ({"Status": "exited", "ExitCode": 137}, "exited with the code 137 (SIGKILL, as docker kill sends", "docker start x"),
    ({"Status": "exited", "ExitCode": 137, "OOMKilled": True}, "(the kernel killed a process in it, which went over its memory limit)", "docker start x"),
    # Another process of it was killed, and its program came to its end later.
    ({"Status": "exited", "ExitCode": 143, "OOMKilled": True}, "(SIGTERM, as docker stop sends; before that, the kernel killed a process", "docker start x"),
    ({"Status": "exited", "ExitCode": 0, "OOMKilled": True}, "(its program came to its end by itself; before that, the kernel", "docker start x"),
    ({"Status": "exited", "ExitCode": 143}, "exited with the code 143 (SIGTERM, as docker stop sends)", "docker start x"),
    ({"Status": "exited", "ExitCode": 139}, "(SIGSEGV)", "docker logs x"),
    ({"Status": "exited", "ExitCode": 255}, "(an error, as its program says)", "docker logs x"),
    ({"Status": "exited", "ExitCode": 0, "Error": PORT}, "port is already allocated)", "docker start x"),
    ({"Status": "restarting", "ExitCode": 7}, "ends with the code 7 (an error, as its program says), and the engine restarted it 4 times", "docker logs x"),
    ({"Status": "dead"}, "is dead", "docker rm --force x takes it away; make it"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "words", "mend"), STATES)
def test_states(state, words, mend):
    container = {"State": {"Paused": False, **state}, "RestartCount": 4}
    assert words in state_words(container)
    assert len(state_words(container)) < 300 and state_words(container).isprintable()
    assert mend in waking(container, "x", "make it")

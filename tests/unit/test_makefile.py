# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Makefile does beyond calling a playbook."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

# A shell starts what runs in the background so that it is deaf to Ctrl-C, and the watch would be, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
#: Ends at Ctrl-C with a code of its own, as ansible-playbook does.
LOOK = """#!/usr/bin/python3
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(99))
open(__file__ + ".begun", "w").close()
time.sleep(60)
"""


def test_ctrl_c_ends_a_watch_in_the_middle_of_a_look(tmp_path):
    program = tmp_path / "ansible-playbook"
    program.write_text(LOOK, encoding="utf-8")
    program.chmod(0o755)
    with subprocess.Popen(
        ["make", "watch", f"BIN={tmp_path}", "EVERY=60"],
        cwd=Path(__file__).parents[2],
        env=dict(os.environ, TMPDIR=str(tmp_path)),
        start_new_session=True,
    ) as process:
        try:
            while not Path(f"{program}.begun").exists():
                assert process.poll() is None
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(10)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert list(tmp_path.glob("tmp.*")) == []

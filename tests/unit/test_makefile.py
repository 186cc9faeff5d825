# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Makefile does beyond calling a playbook."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
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
        cwd=ROOT,
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


def test_what_an_earlier_run_left_is_known_by_its_label_and_not_by_its_name():
    """A container of somebody else may have any name."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    label = re.search(r"^LEFT = label=(.*)$", makefile, re.MULTILINE)[1]
    assert "--filter 'name=" not in makefile
    made = re.compile(r"docker (?:run|create|network create) --(?!label " + re.escape(label) + " ).*")
    # What a hint tells a student to type.
    said = re.compile(r"search\(|reject\(|create_command:")
    files = sorted((ROOT / "tests/integration/targets").rglob("*.yml"))
    lines = [(file.name, line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if not said.search(line)]
    assert [(file, found[0]) for file, line in lines if (found := made.search(line))] == []
    assert sum(label in line for _file, line in lines) > 20

# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts on this machine: who gets in, what one can do then, and what is left of those who leave."""

from __future__ import annotations

import contextlib
import grp
import json
import os
import pty
import pwd
import re
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._account_tools import run as class_accounts
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

CLASS = "zzq-acceptance"
#: Names that no machine has. The last is not of the class.
ADA, BEN, BEA, EVE, FAY, FOREIGN = NAMES = "zzq-ada", "zzq.ben", "zzq.bea", "zzq_eve", "zzq-fay", "zzq-foreign"
HOMES = Path("/home")
STATE = Path(f"/var/lib/classroom/accounts/{CLASS}.json")
ARCHIVES = Path(f"/var/lib/classroom/homes/{CLASS}")
LIMITS = Path(f"/etc/security/limits.d/classroom-{CLASS}.conf")
SYSTEMD = Path("/run/systemd/system").is_dir()


def remove_all():
    """All that these tests can leave, with or without the module."""
    for name in NAMES:
        for pid in processes_of(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True)
        subprocess.run(["groupdel", name], check=False, capture_output=True)
        shutil.rmtree(HOMES / name, ignore_errors=True)
    shutil.rmtree(ARCHIVES, ignore_errors=True)
    for path in (STATE, LIMITS):
        path.unlink(missing_ok=True)
    for folder in (STATE.parent, ARCHIVES.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()


def processes_of(name):
    done = subprocess.run(["ps", "--no-headers", "-o", "pid,stat", "-u", name], check=False, capture_output=True, text=True)
    return [int(line.split()[0]) for line in done.stdout.splitlines() if not line.split()[1].startswith("Z")]


def as_user(name, command):
    """What a command says and ends with, in a login of that user."""
    done = subprocess.run(["su", "-", name, "-c", command], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.strip() + done.stderr.strip()


def enters(name, password):
    """Whether somebody who is nobody special gets in with a password, at a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        os.execve("/bin/su", ["su", "-", name, "-c", "id -un"], {"LC_ALL": "C"})
    said = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(terminal, 1000):
            if b"assword:" in (said := said + chunk) and password is not None:
                os.write(terminal, f"{password}\n".encode())
                password = None
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and said.decode().split()[-1] == name


def tool(arguments, data=None, binary_data=True):
    """As the module runs a program."""
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, input=data)
    return done.returncode, done.stdout, done.stderr


def entry(name):
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def shadow(name):
    """The line with the hash of the password."""
    return subprocess.run(["getent", "shadow", name], check=False, capture_output=True, text=True).stdout


def snapshot():
    """What the system says of all its accounts, and who is in the engine's group; but for those of Molecule's class, which runs beside."""
    files = [Path(f"/etc/{file}").read_text(encoding="utf-8") for file in ("passwd", "group", "shadow")]
    return [[line for line in text.splitlines() if not line.startswith("molecule-")] for text in files]


class Students:
    """The class, its accounts and its secrets."""

    def __init__(self, classroom, secrets, key):
        self.classroom, self.secrets, self.key = classroom, secrets, key
        self.eve = {"name": EVE, "authorized_keys": [key]}

    def of(self, *students):
        """The class has these students from now on."""
        self.classroom.variables["classroom_students"] = list(students)
        return self

    def play(self, *arguments, entry_point="main", during=None, **variables):
        return self.classroom.role("students", entry_point, *arguments, during=during, **variables)

    def call(self, check=False, home="keep", groups=(), accounts=None):
        """What the module alone changes, which takes a tenth of the time; passwords that are not there yet are made as by hand."""
        if accounts is None:
            accounts = [each if isinstance(each, dict) else {"name": each} for each in self.classroom.variables["classroom_students"]]
            accounts = [each if "authorized_keys" in each else dict(each, password=self._made(each["name"])) for each in accounts if "state" not in each]
        limits = {"tasks_max": 512, "memory_max": "1g"}
        params = {"class_name": CLASS, "accounts": accounts, "groups": list(groups), "shell": "/bin/bash", "home": home, **limits}
        return {(change["name"], change["attribute"]) for change in class_accounts(params, tool, check)["changes"]}

    def _made(self, name):
        if not self.file(name).exists():
            self.file(name).write_text(f"made-for-{name}\n", encoding="utf-8")
        return self.password(name)

    def file(self, name):
        return self.secrets / CLASS / "accounts" / name

    def password(self, name):
        return self.file(name).read_text(encoding="utf-8").strip()

    @property
    def cards(self):
        return self.secrets / CLASS / "cards" / "seat-cards.html"


def changed(run):
    """What was changed, by account."""
    # Where it is only looked whether they can be made, nothing is changed by it.
    lines = [line for line in run.of("ok") if line["task"].endswith((": Make the accounts", ": Remove the accounts of the class"))]
    return {(change["name"], change["attribute"]) for line in lines for change in line["result"]["changes"]}


def new(name, *attributes):
    return {(name, attribute) for attribute in ("account", "shell", "password", "limits", *attributes)}


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A private key, with the public one beside it."""
    path = tmp_path_factory.mktemp("key") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "eve's laptop", "-f", path], check=True)
    return path


@pytest.fixture(scope="module")
def students(new_class, tmp_path_factory, key):
    """Three students: two with passwords, one with a key. Nobody has an account yet."""
    secrets = tmp_path_factory.mktemp("secrets")
    remove_all()
    classroom = new_class(classroom_name=CLASS, classroom_secrets=str(secrets), students_accounts=True)
    it = Students(classroom, secrets, key.with_suffix(".pub").read_text(encoding="utf-8").strip())
    it.of(ADA, BEN, it.eve)
    try:
        yield it
    finally:
        remove_all()


@pytest.fixture(scope="module")
def foreign():
    """An account that the class did not make, though it says so."""
    subprocess.run(["useradd", "--create-home", "--comment", f"classroom {CLASS}", FOREIGN], check=True)
    return snapshot()


class Watch:
    """The arguments of all processes while a playbook runs."""

    def __init__(self):
        self.seen = set()

    def __call__(self, process):
        self._thread = threading.Thread(target=self._look, args=(process,))
        self._thread.start()

    def _look(self, process):
        while process.poll() is None:
            for path in Path("/proc").glob("[0-9]*"):
                for file in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        self.seen.add((path / file).read_bytes())
            time.sleep(0.005)

    def text(self):
        self._thread.join()
        return b"\n".join(self.seen).decode(errors="replace")


def test_what_is_not_the_class_s_is_refused_by_name_before_anything_changes(students, foreign):
    students.of(ADA, FOREIGN)
    # The very playbook, which would make the host ready otherwise.
    run = students.classroom.play("provision")
    assert "docker_host : Validating arguments against arg spec 'main'" not in " ".join(run.tasks)
    for refused in (run, students.classroom.play("validate")):
        refused.refused(f"'{FOREIGN}'", "an account of that name already", CLASS)
    students.of("docker", {"name": EVE, "authorized_keys": [students.key[:-40]]})
    assert "classroom_students[1].authorized_keys[0]" in students.play().errors
    assert snapshot() == foreign and not (students.secrets / CLASS).exists() and not STATE.exists()
    students.of(ADA, BEN, students.eve)


def test_a_dry_run_makes_nothing_and_tells_all(students, foreign):
    run = students.play("--check", "--diff").ok()
    assert changed(run) == new(ADA) | new(BEN) | new(EVE, "authorized_keys")
    assert snapshot() == foreign and not (students.secrets / CLASS).exists() and not STATE.exists()


@pytest.fixture(scope="module")
def made(students, foreign):
    """The accounts are there; the run that made them, and what else was seen meanwhile."""
    watch = Watch()
    run = students.play("-vvv", "--diff", during=watch).ok()
    return run, watch.text()


def test_every_student_gets_an_account(students, made):
    run, _seen = made
    assert changed(run) == new(ADA) | new(BEN) | new(EVE, "authorized_keys")
    for name in (ADA, BEN, EVE):
        assert (entry(name).pw_gecos, entry(name).pw_dir, entry(name).pw_shell) == (f"classroom {CLASS}", f"/home/{name}", "/bin/bash")
        home = (HOMES / name).stat()
        assert (home.st_uid, home.st_gid, home.st_mode & 0o777) == (entry(name).pw_uid, entry(name).pw_gid, 0o700)
        assert (HOMES / name / ".bashrc").exists()
    assert STATE.stat().st_mode & 0o777 == 0o600


def test_nothing_else_sees_the_passwords(students, made):
    run, seen = made
    files = sorted((students.secrets / CLASS / "accounts").iterdir())
    assert [(file.name, file.stat().st_mode & 0o777) for file in files] == [(ADA, 0o600), (BEN, 0o600)]
    assert (students.secrets / CLASS / "accounts").stat().st_mode & 0o777 == 0o700
    secrets = [students.password(ADA), students.password(BEN), *(shadow(name).split(":")[1] for name in (ADA, BEN))]
    assert all(re.fullmatch(r"[a-hjkmnp-z2-9]{12}|\$.{20,}", secret) for secret in secrets)
    for secret in secrets:
        for place in (run.output, json.dumps(run.record), seen, STATE.read_text(encoding="utf-8")):
            assert secret not in place


def test_each_gets_in_with_the_own_password_and_no_other(students, made):
    assert enters(ADA, students.password(ADA)) and enters(BEN, students.password(BEN))
    assert not enters(ADA, students.password(BEN))
    assert not enters(EVE, "") and shadow(EVE).split(":")[1] == "*"


@pytest.fixture
def ssh(made, tmp_path):
    """Log in to an SSH server that only this test has, as it comes from Debian."""
    if not shutil.which("sshd"):
        pytest.skip("there is no sshd")
    host_key, askpass = tmp_path / "host", tmp_path / "askpass"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host_key], check=True)
    askpass.write_text('#!/bin/sh\necho "$PASSWORD"\n', encoding="utf-8")
    askpass.chmod(0o700)
    # It runs as whoever starts it until somebody is in, and wants this folder.
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ["-o", "ListenAddress=127.0.0.1", "-o", "UsePAM=yes", "-o", "PidFile=none", "-p", port, "-h", host_key]
    command = ["ssh", "-p", port, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1"]

    def log_in(name, program, key="none", password=""):
        environment = dict(os.environ, SSH_ASKPASS=str(askpass), SSH_ASKPASS_REQUIRE="force", PASSWORD=password)
        environment.pop("SSH_AUTH_SOCK", None)
        run = [*command, "-o", "IdentitiesOnly=yes", "-i", key, f"{name}@127.0.0.1", program]
        done = subprocess.run(run, check=False, capture_output=True, text=True, env=environment, timeout=30)
        return done.stdout.strip() if done.returncode == 0 else None

    with subprocess.Popen([shutil.which("sshd"), "-D", "-f", "/etc/ssh/sshd_config", *options], stderr=subprocess.DEVNULL) as server:
        try:
            for _attempt in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(port))):
                    break
                time.sleep(0.05)
            yield log_in
        finally:
            server.terminate()


def test_ssh_by_key_and_by_password(students, ssh, key):
    assert ssh(EVE, "id -un", key=str(key)) == EVE
    assert ssh(ADA, "id -un; ulimit -u", password=students.password(ADA)) == (f"{ADA}\n512" if not SYSTEMD else ADA)
    assert ssh(ADA, "id -un", password="wrong") is None
    assert ssh(ADA, "id -un", key=str(key)) is None
    assert ssh(EVE, "id -un", password=students.password(ADA)) is None


def test_a_student_without_the_group_has_no_engine_and_cannot_look_at_others(students, made, docker):
    code, said = as_user(ADA, "docker ps")
    assert code != 0 and "permission denied" in said
    assert as_user(ADA, f"ls /home/{BEN}")[0] != 0
    assert as_user(ADA, f"cat {students.file(ADA)} {STATE}")[0] != 0


@pytest.mark.skipif(SYSTEMD, reason="systemd limits the slice and not the login")
def test_without_systemd_processes_are_limited_at_login_and_the_rest_is_said(made):
    run, _seen = made
    assert as_user(ADA, "ulimit -u") == (0, "512")
    assert sorted(LIMITS.read_text(encoding="utf-8").splitlines()[1:]) == sorted(f"{name} - nproc 512" for name in (ADA, BEN, EVE))
    assert "memory_max is not enforced" in str(run.record)


def test_a_second_run_changes_nothing(students, made):
    before = snapshot()
    for arguments in ((), ("--check", "--diff")):
        run = students.play(*arguments).ok()
        assert run.stats["changed"] == 0 and changed(run) == set()
    assert snapshot() == before


def test_membership_in_the_group_of_the_engine_is_a_choice(students, made, docker):
    every = {(name, "groups") for name in (ADA, BEN, EVE)}
    assert students.call(groups=["docker"]) == every
    assert as_user(ADA, "docker ps --quiet --filter name=nothing-of-this-name") == (0, "")
    assert students.call() == every
    assert as_user(ADA, "docker ps")[0] != 0
    assert not {ADA, BEN, EVE} & set(grp.getgrnam("docker").gr_mem)


def test_whoever_comes_and_goes_touches_nobody_else(students, made):
    """Ben is Bea now, Eve left, Fay came; Ada has chosen another password and another shell, and brought a key."""
    subprocess.run(["chpasswd"], input=f"{ADA}:chosen-by-ada\n", text=True, check=True)
    subprocess.run(["usermod", "--shell", "/bin/sh", ADA], check=True)
    as_user(ADA, "mkdir -p .ssh && echo '# mine' >> .ssh/authorized_keys")
    as_user(BEN, "echo of ben > notes; ln -s /etc/shadow link")
    Path(f"/var/mail/{BEN}").touch()
    # One who does not go by a word.
    with subprocess.Popen(["su", "-", BEN, "-c", "trap '' TERM HUP; sleep 1000 & wait; sleep 1000"], stderr=subprocess.DEVNULL) as busy:
        others = [shadow(ADA), entry(ADA), shadow(FOREIGN)]
        students.of(ADA, BEA, {"name": EVE, "state": "absent"}, FAY)
        gone = {(name, attribute) for name in (BEN, EVE) for attribute in ("account", "home")}
        assert students.call(check=True) == new(BEA) | new(FAY) | gone
        assert entry(BEN) and not entry(FAY)
        assert changed(students.play().ok()) == new(BEA) | new(FAY) | gone
        assert [shadow(ADA), entry(ADA), shadow(FOREIGN)] == others
        assert busy.wait(timeout=10) != 0
    assert not entry(EVE) and not Path(f"/var/mail/{BEN}").exists()
    assert SYSTEMD or f"{BEN} " not in LIMITS.read_text(encoding="utf-8")
    home = (HOMES / BEN).stat()
    assert (home.st_uid, home.st_gid, home.st_mode & 0o777) == (0, 0, 0o700)
    assert (HOMES / ADA / ".ssh/authorized_keys").read_text(encoding="utf-8") == "# mine\n"
    assert enters(BEA, students.password(BEA)) and enters(ADA, "chosen-by-ada")
    assert students.call() == set()


def test_who_comes_back_has_the_home_folder_and_others_do_not(students, made):
    assert as_user(BEA, f"ls /home/{BEN}")[0] != 0
    system = [Path("/etc/shadow").stat().st_uid, (HOMES / ADA).stat().st_uid]
    # By password this time, and the keys of that day are no way in.
    students.of(ADA, BEN, EVE, FAY)
    assert students.call() == new(BEN, "home") | new(EVE, "home") | {(BEA, "account"), (BEA, "home")}
    assert (HOMES / EVE / ".ssh/authorized_keys").read_text(encoding="utf-8") == ""
    students.of(ADA, BEN, students.eve, FAY)
    assert students.call() == {(EVE, "password"), (EVE, "authorized_keys")}
    assert as_user(BEN, "cat notes && echo more >> notes && ls -ld . | cut -d' ' -f1") == (0, "of ben\ndrwx------")
    # The number may be another now, and what a link leads to belongs to whom it did.
    assert {path.lstat().st_uid for path in (HOMES / BEN).iterdir()} == {entry(BEN).pw_uid}
    assert [Path("/etc/shadow").stat().st_uid, (HOMES / ADA).stat().st_uid] == system
    assert students.call() == set()


def test_a_removal_that_was_cut_short_is_no_loss(students, made):
    """Fay's account is locked already and the home folder written down when the run ends; then Fay is to stay after all."""
    as_user(FAY, "echo of fay > notes")
    state = json.loads(STATE.read_text(encoding="utf-8"))
    state["homes"][FAY] = {"uid": entry(FAY).pw_uid, "gid": entry(FAY).pw_gid}
    STATE.write_text(json.dumps(state), encoding="utf-8")
    subprocess.run(["usermod", "--lock", "--expiredate", "1", FAY], check=True)
    assert not enters(FAY, students.password(FAY))
    assert {name for name, _attribute in students.call()} == {FAY}
    assert enters(FAY, students.password(FAY)) and as_user(FAY, "cat notes") == (0, "of fay")


def test_another_password_comes_with_another_file(students, made):
    before = students.password(ADA)
    students.file(ADA).unlink()
    dry = students.play("--check").ok()
    run = students.play().ok()
    assert changed(dry) == changed(run) == {(ADA, "password")}
    # Four students now, and three then.
    assert run.tasks == made[0].tasks
    assert students.password(ADA) != before
    assert enters(ADA, students.password(ADA)) and not enters(ADA, "chosen-by-ada")


def test_what_a_student_put_in_the_way_keeps_no_other_out(students, made, tmp_path):
    """A link at the place of the keys leads nowhere where root alone may write, and a pipe keeps nobody waiting."""
    target = tmp_path / "target"
    target.write_text("", encoding="utf-8")
    target.chmod(0o600)
    for put in (f"ln -sfn {target} .ssh/authorized_keys", "rm -f .ssh/authorized_keys; mkfifo .ssh/authorized_keys"):
        as_user(EVE, put)
        students.of(ADA, BEN, students.eve, {"name": FAY, "authorized_keys": [students.key]})
        with pytest.raises(ClassroomError, match=f"the keys were not written: {EVE}: "):
            students.call()
        assert target.read_text(encoding="utf-8") == ""
        assert students.key in (HOMES / FAY / ".ssh/authorized_keys").read_text(encoding="utf-8")
    as_user(EVE, "rm .ssh/authorized_keys")
    assert students.call() == {(EVE, "authorized_keys")}
    # Of one who has a password alone, there is nothing to write.
    as_user(ADA, "rm -f .ssh/authorized_keys; mkdir -p .ssh/authorized_keys")
    assert students.call() == set()
    assert f"{ADA}: {HOMES / ADA}/.ssh/authorized_keys cannot be read: it stays as it is." in str(students.play().ok().of("ok"))
    as_user(ADA, "rmdir .ssh/authorized_keys")
    # By password again, and by key no more.
    students.of(ADA, BEN, students.eve, FAY)
    assert students.call() == {(FAY, "password"), (FAY, "authorized_keys")}
    assert enters(FAY, students.password(FAY)) and (HOMES / FAY / ".ssh/authorized_keys").read_text(encoding="utf-8") == ""


def test_cards_have_the_passwords_and_nothing_else_has(students, made):
    shutil.copytree(students.secrets / CLASS / "accounts", students.secrets / CLASS / "registry")
    (students.secrets / CLASS / "registry" / EVE).write_text("registry-of-eve\n", encoding="utf-8")
    dry = students.classroom.play("cards", "--check", "--diff").ok()
    assert dry.stats["changed"] == 2 and not students.cards.exists()
    run = students.classroom.play("cards", "-vvv", "--diff").ok()
    page = students.cards.read_text(encoding="utf-8")
    assert (students.cards.stat().st_mode & 0o777, students.cards.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for secret in (students.password(ADA), students.password(BEN), "registry-of-eve"):
        assert secret in page
        assert secret not in run.output + dry.output + json.dumps(run.record) + json.dumps(dry.record)
    assert page.count('<article class="card">') == 4
    again = students.classroom.play("cards").ok()
    assert again.stats["changed"] == 0 and again.tasks == run.tasks
    students.file(BEN).rename(students.file("aside"))
    lacking = students.classroom.play("cards")
    assert f"no password of the account '{BEN}'" in re.sub(r"\s+", " ", lacking.output).replace("''", "'")
    students.file("aside").rename(students.file(BEN))


def test_teardown_keeps_then_archives_then_removes(students, made):
    dry = students.play("--check", "--diff", entry_point="teardown").ok()
    assert entry(ADA) and students.file(ADA).exists()
    run = students.play(entry_point="teardown").ok()
    assert changed(dry) == changed(run) == {(name, attribute) for name in (ADA, BEN, EVE, FAY) for attribute in ("account", "home")}
    assert not any(map(entry, (ADA, BEN, EVE, FAY))) and not LIMITS.exists()
    assert not (students.secrets / CLASS / "accounts").exists() and not (students.secrets / CLASS / "cards").exists()
    assert (HOMES / BEN / "notes").read_text(encoding="utf-8") == "of ben\nmore\n"
    assert students.play(entry_point="teardown").ok().stats["changed"] == 0
    # What was kept before goes, too, but not what is somebody else's by now.
    os.chown(HOMES / EVE, entry(FOREIGN).pw_uid, entry(FOREIGN).pw_gid)
    homes = {(name, "home") for name in (ADA, BEN, BEA, EVE, FAY)}
    assert changed(students.play(entry_point="teardown", students_home="archive").ok()) == homes
    assert [name for name, _home in homes if (HOMES / name).exists()] == [EVE]
    assert (ARCHIVES.stat().st_mode & 0o777, ARCHIVES.parent.stat().st_mode & 0o777) == (0o700, 0o700)
    (archive,) = ARCHIVES.glob(f"{BEN}-*.tar.gz")
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as tar:
        assert tar.extractfile(f"{BEN}/notes").read() == b"of ben\nmore\n"
        assert tar.getmember(f"{BEN}/link").issym()
    assert students.call(home="archive", accounts=[]) == set() and not STATE.exists()


def test_teardown_removes(students, made, foreign):
    students.of(ADA)
    archives = set(ARCHIVES.iterdir())
    students.secrets.joinpath(CLASS, "accounts").mkdir(parents=True)
    students.call(home="remove")
    as_user(ADA, "echo kept nowhere > notes")
    assert students.call(home="remove", accounts=[]) == {(ADA, "account"), (ADA, "home")}
    assert not (HOMES / ADA).exists() and set(ARCHIVES.iterdir()) == archives and not STATE.exists()
    assert students.call(home="remove", accounts=[]) == set()
    # As the machine was before.
    assert entry(FOREIGN) and snapshot()[:2] == foreign[:2]

# Copyright (c) 2026, Classroom Containers contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This module utility is private to the collection.

"""Accounts made and removed with the distribution's own tools: the flow of the module class_accounts."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import stat
import time
from typing import Any, Callable

from ansible_collections.classroom.containers.plugins.module_utils._accounts import (
    HOMES,
    UNREAD,
    Asked,
    Change,
    Found,
    asked_accounts,
    check_class_name,
    comment_of,
    is_own,
    keys_in,
    limits_line,
    refuse,
    sealed,
    slice_text,
    wanted_changes,
    with_keys,
)
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError

ACCOUNT_ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "password": {"type": "str", "no_log": True},
    "authorized_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
}
ARGUMENTS = {
    "class_name": {"type": "str", "required": True},
    "accounts": {"type": "list", "elements": "dict", "required": True, "options": ACCOUNT_ARGUMENTS},
    "groups": {"type": "list", "elements": "str", "default": []},
    "shell": {"type": "path", "default": "/bin/bash"},
    "tasks_max": {"type": "int", "default": 0},
    "memory_max": {"type": "str", "default": ""},
    "home": {"type": "str", "default": "keep", "choices": list(HOMES)},
}
_STATE = "/var/lib/classroom/accounts"
_ARCHIVES = "/var/lib/classroom/homes"
#: Seconds that processes have to end by themselves, and to be gone once they are killed.
_GRACE, _KILLED = 3.0, 10.0
#: The largest authorized_keys that is read (bytes).
_KEYS_MAX = 1024 * 1024
_TOOLS = ("getent", "useradd", "usermod", "userdel", "chpasswd", "tar", "chown")


class AccountsError(ClassroomError):
    """Something did not come about.

    :param changes: what was done before
    """

    def __init__(self, message: str, changes: list) -> None:
        super().__init__(message)
        self.changes = changes


class Host:
    """What there is on a host of accounts, and what makes and removes them.

    :param command: runs a program, as AnsibleModule.run_command does
    """

    def __init__(self, command: Callable, class_name: str) -> None:
        self._command = command
        self.class_name = class_name
        self.systemd = os.path.isdir("/run/systemd/system")
        self.limits_file = f"/etc/security/limits.d/classroom-{class_name}.conf"
        self.state_file = f"{_STATE}/{class_name}.json"

    def run(self, *arguments: str, data: str | None = None, fine: tuple = (0,)) -> str:
        """The output of a program.

        :raises ClassroomError: it ended with another code than those that are fine
        """
        code, output, errors = self._command(list(arguments), data=data, binary_data=True)
        if code not in fine:
            raise ClassroomError(f"{arguments[0]}: {(errors or output).strip() or f'exit {code}'}")
        return output

    def check_tools(self, shell: str) -> None:
        """Refuse a host that lacks what is needed.

        :raises ClassroomError: it does
        """
        lacking = [name for name in _TOOLS if not shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")]
        if lacking:
            raise ClassroomError(f"this host has no {', '.join(lacking)}: Debian has them in passwd and tar")
        if shell and not (os.path.isfile(shell) and os.access(shell, os.X_OK)):
            raise ClassroomError(f"shell: {shell!r}: this host has no such program")

    def state(self) -> dict:
        """What was written down of the class: C(accounts) that it has, and C(homes) that it left, each by name."""
        try:
            with open(self.state_file, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {"accounts": {}, "homes": {}}
        except ValueError as exc:
            raise ClassroomError(f"{self.state_file} on this host is damaged ({exc}), and says which accounts are the class's: mend it") from exc

    def remember(self, state: dict) -> None:
        """Write down what the class has; forget the class where that is nothing."""
        if not any(state.values()):
            for remove, path in ((os.unlink, self.state_file), (os.rmdir, _STATE), (os.rmdir, os.path.dirname(_STATE))):
                try:
                    remove(path)
                except OSError:
                    # It is not there, or holds something of others.
                    pass
            return
        _private_folder(_STATE)
        _write(self.state_file, json.dumps(state, indent=2, sort_keys=True) + "\n", 0o600)

    def entries(self, database: str, names: list) -> dict:
        """Lines of the system's databases by name, each in its fields; those of a directory service, too."""
        output = self.run("getent", database, *names, fine=(0, 2)) if names else ""
        return {line.split(":", 1)[0]: line.split(":") for line in output.splitlines()}

    def groups_of(self) -> dict:
        """By name of an account, the supplementary groups."""
        found: dict = {}
        for line in self.run("getent", "group").splitlines():
            group, members = line.split(":")[0], line.split(":")[3]
            for member in filter(None, members.split(",")):
                found.setdefault(member, set()).add(group)
        return found

    def accounts(self, names: list, state: dict) -> dict:
        """The accounts of these names that the host has, as :class:`Found`. Of foreign ones, nothing more than the entry is read."""
        members = self.groups_of() if names else {}
        lines = _lines(self.limits_file)
        found = {}
        for name, (_name, _password, uid, gid, comment, home, _shell) in self.entries("passwd", names).items():
            account = Found(name, int(uid), int(gid), comment, home, tuple(sorted(members.get(name, ()))))
            if is_own(account, state, self.class_name):
                keys, error = _as_user(account, lambda text: (None, [_printable(key) for key in keys_in(text, self.class_name)]))
                limits = _text(_slice_file(account.uid)) if self.systemd else "\n".join(line for line in lines if line.split()[:1] == [name])
                own = tuple(keys or ()) if not error else UNREAD
                account = Found(name, account.uid, account.gid, comment, home, account.groups, own, limits)
            found[name] = account
        return found

    def limits_of(self, asked: Asked) -> str:
        return slice_text(asked, self.class_name) if self.systemd else limits_line(asked)

    def write_limits(self, asked: list, found: dict) -> None:
        """Limit the accounts."""
        if self.systemd:
            for account in asked:
                path, text = _slice_file(found[account.name].uid), self.limits_of(account)
                os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
                _write(path, text, 0o644)
                _remove_empty(os.path.dirname(path))
            self.run("systemctl", "daemon-reload")
        else:
            self._write_lines([self.limits_of(account) for account in asked])

    def forget_limits(self, accounts: list) -> None:
        """Forget the limits of accounts that are gone."""
        names = {account.name for account in accounts}
        if self.systemd:
            for account in accounts:
                _write(_slice_file(account.uid), "", 0o644)
                _remove_empty(os.path.dirname(_slice_file(account.uid)))
            self.run("systemctl", "daemon-reload")
        else:
            self._write_lines([line for line in _lines(self.limits_file) if not line.startswith("#") and line.split()[0] not in names])

    def _write_lines(self, lines: list) -> None:
        head = f"# {comment_of(self.class_name)}: written by the module class_accounts.\n"
        lines = [f"{line}\n" for line in lines if line]
        if lines:
            os.makedirs(os.path.dirname(self.limits_file), 0o755, exist_ok=True)
        _write(self.limits_file, "".join([head, *lines]) if lines else "", 0o644)

    def end_processes(self, accounts: list) -> None:
        """End all processes of accounts that are to go, which nobody can enter meanwhile.

        :raises ClassroomError: some do not end
        """
        for account in accounts:
            self.run("usermod", "--lock", "--expiredate", "1", account.name)
            if self.systemd:
                for deed in ("disable-linger", "terminate-user"):
                    # Of one who is not logged in it knows nothing.
                    self._command(["loginctl", deed, account.name])
        uids = {account.uid: account.name for account in accounts}
        for signals, patience in (((signal.SIGHUP, signal.SIGTERM, signal.SIGCONT), _GRACE), ((signal.SIGKILL,), _KILLED)):
            deadline = time.monotonic() + patience
            told: set = set()
            while running := processes(set(uids)):
                for pid in running:
                    if pid not in told or signal.SIGKILL in signals:
                        _signal(pid, signals)
                        told.add(pid)
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
        if running:
            raise ClassroomError("processes do not end: " + ", ".join(f"{pid} of {uids[uid]}" for pid, uid in sorted(running.items())))

    def remove(self, account: Found) -> None:
        """Remove an account without processes, and all that the system keeps for it but the home folder, which is closed to everybody."""
        for path in (f"/var/mail/{account.name}", f"/var/spool/cron/crontabs/{account.name}", f"/var/lib/systemd/linger/{account.name}"):
            if os.path.isfile(path):
                os.unlink(path)
        for folder in ("/var/spool/cron/atjobs", "/var/spool/cron/atspool"):
            for entry in os.scandir(folder) if os.path.isdir(folder) else ():
                if entry.stat(follow_symlinks=False).st_uid == account.uid and entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)
        if _is_home(account.name):
            # The next account may get the number of this one.
            os.chown(home_of(account.name), 0, 0)
            os.chmod(home_of(account.name), 0o700)
        self.run("userdel", account.name)

    def create(self, asked: Asked, kept: dict | None) -> None:
        """Make an account, with the home folder that was kept for it, or a new one.

        :param kept: what was written down of the home folder
        """
        groups = ["--groups", ",".join(asked.groups)] if asked.groups else []
        options = ["--create-home", "--home-dir", home_of(asked.name), "--user-group", "--shell", asked.shell, *groups]
        # Others of the class need not see what one does.
        self.run("useradd", *options, "--key", "HOME_MODE=0700", "--comment", comment_of(self.class_name), asked.name)
        if kept:
            _name, _password, uid, gid = self.entries("passwd", [asked.name])[asked.name][:4]
            for before in [*kept.get("earlier", ()), kept]:
                self.run("chown", "--recursive", "--no-dereference", f"--from={before['uid']}", uid, home_of(asked.name))
                self.run("chown", "--recursive", "--no-dereference", f"--from=:{before['gid']}", f":{gid}", home_of(asked.name))
            os.chown(home_of(asked.name), int(uid), int(gid))

    def archive(self, name: str) -> str:
        """Put a home folder into an archive that only root can read; its path."""
        folder = f"{_ARCHIVES}/{self.class_name}"
        _private_folder(_ARCHIVES)
        _private_folder(folder)
        path = f"{folder}/{name}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.tar.gz"
        descriptor = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.close(descriptor)
        try:
            # It ends with 1 where a file changed meanwhile, which is in the archive all the same.
            self.run("tar", "--create", "--gzip", "--sparse", "--one-file-system", f"--file={path}.part", "--directory=/home", "--", name, fine=(0, 1))
            os.rename(f"{path}.part", path)
        except (ClassroomError, OSError):
            os.unlink(f"{path}.part")
            raise
        return path


def _noted_home(account: Found, kept: dict | None) -> dict:
    """What is written down of the home folder of an account that goes: whose the files in it are.

    :param kept: what was written down of it before. Where a return was cut short, files are still those of the numbers of that time.
    """
    now = {"uid": account.uid, "gid": account.gid}
    earlier = [*kept.get("earlier", ()), {key: kept[key] for key in now}] if kept else []
    earlier = [each for each in earlier if each != now]
    return {**now, "earlier": earlier} if earlier else now


def home_of(name: str) -> str:
    """The home folder of an account."""
    return f"/home/{name}"


def _is_home(name: str) -> bool:
    """Whether the home folder is there, and is no link to somewhere else."""
    return os.path.isdir(home_of(name)) and not os.path.islink(home_of(name))


def _is_closed(name: str) -> bool:
    """Whether it is still as it was kept: root's."""
    return _is_home(name) and os.stat(home_of(name)).st_uid == 0


def run(params: dict, command: Callable, check_mode: bool) -> dict:
    """Make, change and remove accounts until the class has exactly those that are asked.

    :param params: the options of the module
    :param command: runs a program, as :class:`Host` takes it
    :raises ClassroomError: an option is wrong, or something has the name of an account that is not the class's; nothing was changed
    :raises AccountsError: a tool refused; the changes before are kept
    """
    asked = asked_accounts(params["accounts"], params["groups"], params["shell"], params["tasks_max"], params["memory_max"])
    host = Host(command, check_class_name(params["class_name"]))
    if os.geteuid() != 0:
        raise ClassroomError("accounts are made by root alone, and this runs as another user: set become")
    state = host.state()
    if not asked and not any(state.values()):
        return {"changed": False, "changes": [], "notes": [], "diff": {"before": {}, "after": {}}}
    host.check_tools(params["shell"] if asked else "")
    work = _Work(host, asked, state, params["home"])
    if not check_mode:
        work.do()
    changes = [change.as_dict() for change in work.changes]
    before: dict = {}
    after: dict = {}
    for change in work.changes:
        for side, value in ((before, change.before), (after, change.after)):
            side.setdefault(change.name, {}).update({change.attribute: value} if value else {})
    return {"changed": bool(changes), "changes": changes, "notes": work.notes, "diff": {"before": before, "after": after}}


class _Work:
    """What is to be done, told before it is done.

    :param policy: what becomes of the home folders of those who leave
    """

    def __init__(self, host: Host, asked: list, state: dict, policy: str) -> None:
        self.host, self.asked, self.state, self.policy = host, asked, state, policy
        self.notes: list = []
        self.done: list = []
        wanted = {account.name for account in asked}
        self.found = host.accounts(sorted(wanted | set(state["accounts"])), state)
        homes = {name for name in wanted if os.path.lexists(home_of(name))}
        groups = host.entries("group", sorted(wanted | {group for account in asked for group in account.groups}))
        own = {name for name, account in self.found.items() if is_own(account, state, host.class_name)}
        #: Home folders that are written down as kept, and are gone, or somebody else's by now.
        self.gone = sorted(name for name in state["homes"] if not (_is_closed(name) or (name in own and _is_home(name))))
        kept = {name: its for name, its in state["homes"].items() if name not in self.gone}
        refuse(asked, self.found, groups, homes, dict(state, homes=kept), host.class_name)
        #: Of one who is asked and whose home folder is written down as left, a removal or a creation was cut short: it is made anew.
        self.leaving = [self.found[name] for name in sorted(own) if name not in wanted or name in state["homes"]]
        for account in [self.found[name] for name in sorted(set(self.found) - own)]:
            self.notes.append(f"{account.name}: the account of that name is not the class's any more (its comment is {account.comment!r}): it stays.")
        for account in asked:
            if account.name in own and self.found[account.name].keys == UNREAD and not account.keys:
                self.notes.append(f"{account.name}: {home_of(account.name)}/.ssh/authorized_keys cannot be read: it stays as it is.")
        #: Those of which something becomes.
        self.homes = sorted(name for name in (self._leavers | set(kept)) - wanted if _is_home(name)) if policy != "keep" else []
        _check_mounts(self.homes)
        self.changes = self._changes()
        if not host.systemd and any(account.memory_max for account in asked):
            self.notes.append(
                "This host has no systemd: memory_max is not enforced. tasks_max is, for all processes of an account, by pam_limits from its next login on."
            )

    def _changes(self) -> list:
        changes = [Change(account.name, "account", "present", "absent") for account in self.leaving]
        becomes = {"keep": "kept", "archive": "archived", "remove": "removed"}[self.policy]
        left = self._leavers - {account.name for account in self.asked}
        acted = {name for name in left if _is_home(name)} if self.policy == "keep" else self.homes
        changes += [Change(name, "home", home_of(name), becomes) for name in sorted(acted)]
        changes += [Change(name, "home", "kept", "not there any more") for name in self.gone]
        for account in self.asked:
            found = None if account.name in self._leavers else self.found.get(account.name)
            if account.name in self.state["homes"] and account.name not in self.gone:
                changes.append(Change(account.name, "home", "kept", home_of(account.name)))
            changes += wanted_changes(account, found, self.state["accounts"].get(account.name, {}), self.host.limits_of(account))
        return changes

    @property
    def _leavers(self) -> set:
        return {account.name for account in self.leaving}

    def do(self) -> None:
        """Do it.

        :raises AccountsError: a tool refused
        """
        before = json.dumps(self.state, sort_keys=True)
        try:
            self._remove()
            self._make()
        except (ClassroomError, OSError) as exc:
            raise AccountsError(str(exc), [change.as_dict() for change in self.done]) from exc
        if json.dumps(self.state, sort_keys=True) != before:
            self.host.remember(self.state)

    def _tell(self, names: set, *attributes: str) -> None:
        """What of the changes is done now."""
        self.done += [change for change in self.changes if change.name in names and change.attribute in attributes and change not in self.done]

    def _remove(self) -> None:
        state, host = self.state, self.host
        for name in self.gone:
            del state["homes"][name]
        # Before anything goes: a run that is cut short must not lose whose the home folders are.
        state["homes"].update({account.name: _noted_home(account, state["homes"].get(account.name)) for account in self.leaving})
        if self.leaving:
            host.remember(state)
            host.end_processes(self.leaving)
        for account in self.leaving:
            host.remove(account)
            if not _is_closed(account.name):
                del state["homes"][account.name]
            self._tell({account.name}, "account")
        if self.leaving:
            host.forget_limits(self.leaving)
        for name in (set(state["accounts"]) - {account.name for account in self.asked}) | self._leavers:
            del state["accounts"][name]
        if self.policy == "keep":
            self._tell(self._leavers, "home")
        for name in self.homes:
            if self.policy == "archive":
                self._archived(name, host.archive(name))
            shutil.rmtree(home_of(name))
            del state["homes"][name]
            host.remember(state)
            self._tell({name}, "home")

    def _archived(self, name: str, path: str) -> None:
        """Tell where it is."""
        self.changes = [Change(name, "home", change.before, path) if (change.name, change.attribute) == (name, "home") else change for change in self.changes]

    def _make(self) -> None:
        host, state = self.host, self.state
        new = [account for account in self.asked if account.name not in self.found or account.name in self._leavers]
        # Before they are made: a run that is cut short must know them for its own.
        state["accounts"].update({account.name: {} for account in new})
        if new:
            host.remember(state)
        back = [account for account in new if account.name in state["homes"]]
        for account in new:
            host.create(account, state["homes"].pop(account.name, None))
            state["accounts"][account.name]["shell"] = account.shell
            self._tell({account.name}, "account", "home", "groups", "shell")
        self._set_passwords(self._with("password"))
        names = {account.name for account in new}
        for account in [each for each in self._with("groups") if each.name not in names]:
            host.run("usermod", "--groups", ",".join(account.groups), account.name)
            self._tell({account.name}, "groups")
        for account in [each for each in self._with("shell") if each.name not in names]:
            host.run("usermod", "--shell", account.shell, account.name)
            state["accounts"][account.name]["shell"] = account.shell
            self._tell({account.name}, "shell")
        found = host.accounts([account.name for account in self.asked], state) if self.changes else {}
        if limited := self._with("limits"):
            host.write_limits(self.asked, found)
            self._tell({account.name for account in limited}, "limits")
        # A home folder that was kept may have keys of another day.
        self._write_keys([account for account in self.asked if account in back or account in self._with("authorized_keys")], found)

    def _with(self, attribute: str) -> list:
        """The accounts of which an attribute is to be changed."""
        names = {change.name for change in self.changes if change.attribute == attribute}
        return [account for account in self.asked if account.name in names]

    def _set_passwords(self, accounts: list) -> None:
        """Set passwords, all in one call, and never as an argument, which others could see."""
        for account in accounts:
            if account.password == "":
                raise ClassroomError(f"accounts: the password of {account.name!r} is empty")
        plain = [f"{account.name}:{account.password}\n" for account in accounts if account.password is not None]
        # With * nobody can enter by password; unlike !, it does not lock the account for those who have a key.
        none = [f"{account.name}:*\n" for account in accounts if account.password is None]
        for options, lines in (((), plain), (("--encrypted",), none)):
            if lines:
                self.host.run("chpasswd", *options, data="".join(lines))
        for account in accounts:
            self.state["accounts"][account.name]["password"] = sealed(account.password, secrets.token_bytes(16))
        if accounts:
            self.host.remember(self.state)
            self._tell({account.name for account in accounts}, "password")

    def _write_keys(self, accounts: list, found: dict) -> None:
        """Write the keys of each; what one student did to the file must not keep the others out.

        :raises ClassroomError: of some it was not possible
        """
        errors = []
        for account in accounts:
            _none, error = _as_user(found[account.name], lambda text, keys=account.keys: (with_keys(text, keys, self.host.class_name), None))
            # Where no key is asked, none need be written.
            errors += [f"{account.name}: {error}"] if error and account.keys else []
            self._tell({account.name} if not error else set(), "authorized_keys")
        if errors:
            raise ClassroomError("the keys were not written: " + "; ".join(errors))


def processes(uids: set) -> dict:
    """The processes of users by their ids, with the user's; not those inside containers, whose root is another, as userdel counts them."""
    root = os.stat("/")
    found = {}
    for entry in os.listdir("/proc"):
        try:
            if not entry.isdigit() or not uids.intersection(owners := _owners(entry)):
                continue
            its = os.stat(f"/proc/{entry}/root/.")
        except OSError:
            # It has ended meanwhile.
            continue
        if (its.st_dev, its.st_ino) == (root.st_dev, root.st_ino):
            found[int(entry)] = next(uid for uid in owners if uid in uids)
    return found


def _owners(pid: str) -> list:
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    # What has ended and waits for its parent holds nothing.
    if any(line.startswith("State:\tZ") for line in lines):
        return []
    return [int(number) for line in lines if line.startswith("Uid:") for number in line.split()[1:]]


def _signal(pid: int, signals: tuple) -> None:
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return


def _check_mounts(names: list) -> None:
    """Refuse to remove what is mounted.

    :raises ClassroomError: something is mounted in a home folder
    """
    for line in _lines("/proc/self/mountinfo"):
        place = line.split()[4].replace("\\040", " ")
        for name in names:
            if f"{place}/".startswith(f"{home_of(name)}/"):
                raise ClassroomError(f"home: something is mounted at {place}, which would go with the home folder: unmount it, or keep the home folders")


def _as_user(account: Found, edit: Callable) -> tuple:
    """Read and write an account's authorized_keys with the rights of its user alone: what a student put in the way must lead nowhere else.

    :param edit: takes the text; returns the new text, None to leave it, and what is to be returned
    :returns: the second of what edit returned, and why it was not possible, empty where it was
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            os.umask(0o077)
            try:
                told: Any = {"value": _edit_keys(account.home, edit)}
            except OSError as exc:
                told = {"error": str(exc)}
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                json.dump(told, pipe)
            code = 0
        finally:
            # Nothing of the parent's must be done twice.
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    told = json.loads(text) if text else {"error": "it could not be tried as this user"}
    return told.get("value"), told.get("error", "")


def _edit_keys(home: str, edit: Callable) -> Any:
    folder = f"{home}/.ssh"
    path = f"{folder}/authorized_keys"
    text = _read_regular(path)
    new, value = edit(text)
    if new is not None and new != text:
        os.makedirs(folder, 0o700, exist_ok=True)
        try:
            # What stands there may be a pipe, at which a writer waits for ever.
            os.unlink(f"{path}.classroom")
        except FileNotFoundError:
            pass
        descriptor = os.open(f"{path}.classroom", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(new)
        os.rename(f"{path}.classroom", path)
    return value


def _read_regular(path: str) -> str:
    """The text of a file; empty where there is none.

    :raises OSError: it is no file that can be read to its end
    """
    try:
        # Without waiting, for it may be a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    refusal = OSError(f"{path} is not a file of at most {_KEYS_MAX} bytes")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refusal
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as file:
        # It may grow at any time.
        text = file.read(_KEYS_MAX + 1)
    if len(text) > _KEYS_MAX:
        raise refusal
    return text


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _slice_file(uid: int) -> str:
    return f"/etc/systemd/system/user-{uid}.slice.d/50-classroom.conf"


def _private_folder(path: str) -> None:
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        os.chmod(path, 0o700)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _lines(path: str) -> list:
    return _text(path).splitlines()


def _write(path: str, text: str, mode: int) -> None:
    """Write a file all at once; remove it where there is nothing to write."""
    if not text:
        if os.path.exists(path):
            os.unlink(path)
        return
    descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    os.rename(f"{path}.new", path)


def _remove_empty(path: str) -> None:
    if os.path.isdir(path) and not os.listdir(path):
        os.rmdir(path)

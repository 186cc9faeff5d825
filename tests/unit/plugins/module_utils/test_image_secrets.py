# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks like a secret, and what only looks a little like one."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest
from ansible_collections.classroom.containers.plugins.module_utils._errors import ClassroomError
from ansible_collections.classroom.containers.plugins.module_utils._image_secrets import check_secrets, in_file, in_text, redacted, shown_step

#: A text with a secret, what it is called, and the text as it may be shown
SECRETS = [
    ("ENV DB_PASSWORD=hunter2", ["DB_PASSWORD"], "ENV DB_PASSWORD=***"),
    ("ENV A=1 TOKEN=\"hun ter2\" B=2", ["TOKEN"], "ENV A=1 TOKEN=*** B=2"),
    ("RUN |2 A=b API_KEY=hunter2 /bin/sh -c true", ["API_KEY"], "RUN |2 A=b API_KEY=*** /bin/sh -c true"),
    ("|1 SECRET=hunter2 /bin/sh -c true", ["SECRET"], "|1 SECRET=*** /bin/sh -c true"),
    ("ARG PASSWORD=hunter2", ["PASSWORD"], "ARG PASSWORD=***"),
    ("RUN export PASSWORD='hunter2'; x", ["PASSWORD"], "RUN export PASSWORD=***; x"),
    ("DB_PASS=hunter2", ["DB_PASS"], "DB_PASS=***"),
    ("PASSWORD1=hunter2", ["PASSWORD1"], "PASSWORD1=***"),
    ("PASSWORD=$2y$05$hunter2", ["PASSWORD"], "PASSWORD=***"),
    ("aws_secret_access_key=hunter2", ["aws_secret_access_key"], "aws_secret_access_key=***"),
    ("RUN x --password hunter2 y", ["--password"], "RUN x --password *** y"),
    ("RUN x --password=hunter2", ["--password"], "RUN x --password=***"),
    ('["x","--api-key","hunter2"]', ["--api-key"], '["x","--api-key","***"]'),
    ('echo {\\"auth\\":\\"hunter2\\"}', ["auth"], 'echo {\\"auth\\":\\"***\\"}'),
    ('{"db_password": "hunter2"}', ["db_password"], '{"db_password": "***"}'),
    ("RUN curl https://ashu:hunter2@host/x", ["a password in an address"], "RUN curl https://ashu:***@host/x"),
    ("RUN git clone https://ghp_hunter2@host/x", ["a token in an address"], "RUN git clone https://***@host/x"),
    (f"https://{'a1' * 20}:x-oauth-basic@host", ["a password in an address", "a token in an address"], "https://***:***@host"),
    ("RUN x --build-arg=TOKEN=hunter2", ["TOKEN"], "RUN x --build-arg=TOKEN=***"),
    ("RUN curl https://host/?token=hunter2", ["token"], "RUN curl https://host/?token=***"),
    *((f"{name}=hunter2", [name], f"{name}=***") for name in ("MYSQL_PWD", "DB_PWD", "DBPASS", "SSHPASS", "MYSQL_PASS")),
    ('["redis-server","--requirepass","hunter2"]', ["--requirepass"], '["redis-server","--requirepass","***"]'),
    ('curl -H "Authorization: Bearer hunter2" x', ["the header Authorization"], 'curl -H "Authorization: Bearer ***" x'),
    ("RUN curl -u ashu:hunter2 https://x", ["the user of curl"], "RUN curl -u ashu:*** https://x"),
    ("RUN curl --silent --user=ashu:hunter2 https://x", ["the user of curl"], "RUN curl --silent --user=ashu:*** https://x"),
    (f"GITHUB_PAT=ghp_{'a1B2' * 9} x", ["a token of a service"], "GITHUB_PAT=*** x"),
    (f"RUN x ghp_{'a1B2' * 20} y", ["a token of a service"], "RUN x *** y"),
    (f"RUN x AKIA{'A1B2' * 4}", ["a token of a service"], "RUN x ***"),
    (f"RUN x eyJ{'a' * 20}.eyJ{'b' * 20}.{'c' * 20}", ["a token of a service"], "RUN x ***"),
    ("A_TOKEN=hunter2 B_TOKEN=hunter2 A_TOKEN=hunter2", ["A_TOKEN", "B_TOKEN"], "A_TOKEN=*** B_TOKEN=*** A_TOKEN=***"),
]


@pytest.mark.parametrize(("text", "names", "shown"), SECRETS)
def test_secrets_in_text(text, names, shown):
    assert in_text(text) == names
    assert redacted(text) == shown
    assert in_text(shown) in ([], names)


@pytest.mark.parametrize(
    "text",
    [
        *("ARG PASSWORD", "ENV PASSWORD=", 'ENV TOKEN=""', "RUN echo password= > x", "PASSWORD=$PW", "PASSWORD=${PW}", "URL_TOKEN=${A}-${B}"),
        *("TOKEN=$(cat /run/secrets/token)", "TOKEN=`cat x`", "PASSWORD=/run/secrets/password", "PASSWORD_FILE=/x", "TOKEN_URL=https://x"),
        *("TOKENIZERS_PARALLELISM=false", "MYSQL_ALLOW_EMPTY_PASSWORD=yes", "PASSWORD_MIN_LENGTH=8", "BYPASS=1", "COMPASS=north", "SECRET=<yours>"),
        *("GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568", "PYTHON_SHA256=abc", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"),
        *("x --password-stdin", "x --token-file y", "x --password --other", "docker login --password $PW", "--no-secrets yes"),
        *("http://host:8080/x@y", "user:pass@host", "https://oauth2:${TOKEN}@host/x", "https://ashu@host", "maintainer=Ashu <a@b.c>", ""),
        *("adduser --disabled-password ashu", "x --no-password y", "x --without-token y", "x --ask-pass y", "docker build --secret id=token,src=x ."),
        *("https://a-user-with-a-rather-long-name-1@host", "PASSWORD=${A}_$B", "https://registry.classroom.internal:5000/x@sha256:0a1b"),
        *("PWD=/srv", "OLDPWD=/srv", "APP_PWD=/srv", "FILE_PAT=*.py", "TRESPASS=1", "BY_PASS_FILE=x", "ENCOMPASS=x"),
        *("curl -u ashu:$PW x", "docker run -u 1000:1000 x", "useradd -u 1000 x", "Authorization: Bearer $TOKEN", "ghp_short", "eyJhbGciOi.x.y"),
        "RUN --mount=type=secret,id=token cat /run/secrets/token",
    ],
)
def test_no_secrets_in_text(text):
    assert in_text(text) == []
    assert redacted(text) == text


BODY = base64.b64encode(bytes(range(200))).decode()
KEY = "-----BEGIN {}PRIVATE KEY{}-----\n{}\n"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("srv/anything", KEY.format("", "", BODY)),
        ("root/.ssh/key", KEY.format("OPENSSH ", "", BODY)),
        ("k.pem", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n" + KEY.format("RSA ", "", BODY)),
        ("k.pem", KEY.format("RSA ", "", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + BODY)),
        ("k.asc", KEY.format("PGP ", " BLOCK", "\n" + BODY)),
        ("account.json", '{"key": "' + KEY.format("", "", BODY).replace("\n", "\\n") + '"}'),
        ("root/.ssh/id_rsa", "x"),
        ("home/ashu/id_ed25519", "x"),
        ("root/.docker/config.json", '{"auths": {"registry:5000": {"auth": "YTpi"}}}'),
        ("root/.docker/config.json", '{"auths": {"registry:5000": {"identitytoken": "YTpi"}}}'),
        ("root/.dockercfg", '{"registry:5000": {"auth": "YTpi"}}'),
        ("root/.netrc", "machine x\nlogin a\npassword hunter2\n"),
        ("root/.pypirc", "[pypi]\nusername = a\npassword = hunter2\n"),
        ("etc/pip.conf", "[global]\nindex-url = https://ashu:hunter2@host/simple\n"),
        ("root/.config/pip/pip.conf", "[global]\nindex-url = https://ashu:hunter2@host/simple\n"),
        ("app/.git/config", '[remote "origin"]\nurl = https://ashu:hunter2@host/x.git\n'),
        ("root/.git-credentials", "https://ashu:hunter2@host\n"),
        ("root/.aws/credentials", "[default]\naws_secret_access_key = hunter2\n"),
        ("root/.npmrc", "//registry/:_authToken=hunter2\n"),
        ("root/.pgpass", "host:5432:db:ashu:hunter2\n"),
        ("root/.my.cnf", "[client]\npassword=hunter2\n"),
        ("root/.kube/config", "users:\n- user:\n    token: hunter2\n"),
        ("app/.env", "A=b\nDB_PASSWORD=hunter2\n"),
        ("app/.env.local", "TOKEN=hunter2"),
        ("run/secrets/token", "hunter2"),
        ("etc/apt/auth.conf", "machine x login a password hunter2"),
    ],
)
def test_files_that_are_secrets(path, content):
    kind = in_file(path, content.encode())
    assert kind and "hunter2" not in kind


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("etc/ssl/certs/ca-certificates.crt", "-----BEGIN CERTIFICATE-----\n" + BODY + "\n-----END CERTIFICATE-----\n"),
        ("root/.ssh/id_rsa.pub", "ssh-rsa AAAA ashu@host"),
        ("root/.ssh/id_rsa", ""),
        ("root/.ssh/authorized_keys", "ssh-rsa AAAA ashu@host"),
        ("k.pub", "-----BEGIN PUBLIC KEY-----\n" + BODY),
        # A program that knows what a key looks like.
        ("usr/bin/ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\n\0\0-----END OPENSSH PRIVATE KEY-----\n"),
        ("usr/lib/x.py", 'HEADER = "-----BEGIN RSA PRIVATE KEY-----"'),
        ("root/.docker/config.json", '{"auths": {}, "credsStore": "pass"}'),
        ("root/.docker/config.json", '{"auths": {"registry:5000": {}}}'),
        ("root/.docker/config.json", "{"),
        ("root/.docker/config.json", "[]"),
        ("app/config.json", '{"auths": {"registry:5000": {"auth": "YTpi"}}}'),
        ("root/.netrc", "machine x login a\n"),
        ("root/.pypirc", "[pypi]\nusername = a\n#password = x\n"),
        ("etc/pip.conf", "[global]\nindex-url = https://host/simple\n"),
        ("root/.npmrc", "//registry/:_authToken=${TOKEN}\n"),
        ("root/.pgpass", "# host:port:db:user:password\n"),
        ("app/.env", "DEBUG=1\nPASSWORD=\n"),
        ("app/.environment", "PASSWORD=x"),
        ("run/secrets/token", ""),
        ("app/run/secrets/token", "x"),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("app/app.py", "password = input()"),
    ],
)
def test_files_that_are_none(path, content):
    assert in_file(path, content.encode()) == ""


def test_lists_in_lists_are_no_login():
    assert in_file("root/.docker/config.json", b"[" * 100000) == ""


def test_exact_secrets():
    assert check_secrets(["hunter2", "hunter2", "päßword"]) == [b"hunter2", "päßword".encode()]
    with pytest.raises(ClassroomError) as refused:
        check_secrets(["hunter2", "hunte"])
    assert str(refused.value) == "secrets[1]: it has 5 characters, and one of less than 6 is found by chance"


HOSTILE = {
    "names": "'a.' * n",
    "names that begin as options": "'-' * n",
    "assignments": "'token=' * n",
    "variables": "'PASSWORD=' + '$a_' * n + '!'",
    "open braces": "'PASSWORD=' + '${' * n",
    "backslashes": "chr(92) * n",
    "quotes": "chr(34) * n",
    "digits": "'token' + '0' * n + '!'",
    "addresses": "'a://' * n",
    "users": "'://' + 'a' * n",
    "headers of a key": "'-----BEGIN PRIVATE KEY-----\\n' + 'A: ' * n",
    "lines of headers": "'-----BEGIN PRIVATE KEY-----\\n' + 'A: \\n' * n",
    "keys": "'-----BEGIN PRIVATE KEY-----' * n",
    "empty lines": "'\\n' * n",
    "spaces": "'password' + ' ' * n",
    "commands": "'curl ' * n",
    "options": "'curl -u ' * n + ' ' * n",
    "users of commands": "'curl -u a' * n",
    "tokens": "'.eyJ' + 'a' * n + '.eyJaaaaaaaaaa' * n",
    "dots": "'eyJaaaaaaaaaa.' * n",
    "users in names": "'db_' * n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_keeps_it_busy(text):
    """A pattern that goes back and forth would take hours for this, and one that does not takes well below a second."""
    program = f"""
from ansible_collections.classroom.containers.plugins.module_utils import _image_secrets as secrets
n = 200_000
text = {text}
secrets.in_text(text)
secrets.redacted(text)
for path in [*secrets._FILES, *secrets._SETTINGS, ".env", ".docker/config.json", "k.pem"]:
    secrets.in_file(path, text.encode())
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, env=environment)


#: What made a layer, as an engine tells it, and as a reader sees it
STEPS = [
    ("ENV DB_PASSWORD=correct horse battery", "ENV DB_PASSWORD=***"),
    ("ENV DB_PASSWORD=pa;ss&word PORT=5000 # buildkit", "ENV DB_PASSWORD=*** PORT=5000 # buildkit"),
    ("/bin/sh -c #(nop)  ENV A=1 TOKEN=two words B=c d", "/bin/sh -c #(nop)  ENV A=1 TOKEN=*** B=c d"),
    ("RUN |2 TOKEN=two words PORT=1 /bin/sh -c make # buildkit", "RUN |2 TOKEN=*** PORT=1 /bin/sh -c make # buildkit"),
    ("|1 TOKEN=two words /bin/sh -c make --token=three", "|1 TOKEN=*** /bin/sh -c make --token=***"),
    ("ENV TOKEN=$TOKEN PATH=/bin", "ENV TOKEN=$TOKEN PATH=/bin"),
    ("ENV TOKEN= PATH=/bin", "ENV TOKEN= PATH=/bin"),
    ("RUN /bin/sh -c PASSWORD=hunter2 make # buildkit", "RUN /bin/sh -c PASSWORD=*** make # buildkit"),
    ("COPY demo.py . # buildkit", "COPY demo.py . # buildkit"),
]


@pytest.mark.parametrize(("step", "shown"), STEPS)
def test_a_step_is_shown_without_any_part_of_a_secret(step, shown):
    assert shown_step(step) == shown

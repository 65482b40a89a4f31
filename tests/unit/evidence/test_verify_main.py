"""`verify.py` as a program, and its time stamps against tokens that `openssl ts` made."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from sealed_case import shared

from truecrowd.evidence import stamps, verify

CONFIG = """[tsa]
default_tsa=t
[t]
serial=serial
crypto_device=builtin
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
ess_cert_id_alg=sha256
[req]
distinguished_name=dn
[dn]
[ext]
extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "r1.case").write_bytes(shared().sealed())
    (tmp_path / "trust").write_bytes(shared().trust)
    (tmp_path / "log" / "tile").mkdir(parents=True)
    (tmp_path / "log" / "policy").write_bytes(shared().trust)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str, str]:
    code = verify.main([str(folder / one) if (folder / one).exists() else one for one in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_it_prints_lines_or_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = said(capsys, folder, "r1.case", "--trust", "trust", "--lang", "zh")
    document = json.loads(said(capsys, folder, "r1.case", "--trust", "trust", "--json")[1])

    assert (code, document["exit"]) == (3, 3)
    assert lines.startswith("未检查: 见证")


@pytest.mark.parametrize("arguments", [("none",), ("r1.case", "--trust", "log/policy"), ("r1.case", "--head", "trust")])
def test_what_the_reader_gave_wrongly_is_said_on_stderr(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = said(capsys, folder, *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.fixture
def tokens(tmp_path: Path) -> tuple[str, bytes, str]:
    """A root, a token and the hash it is over."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    (tmp_path / "ts.cnf").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "serial").write_text("01\n", encoding="utf-8")
    digest = hashlib.sha256(b"a checkpoint").hexdigest()
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out tsa.pem -days 30 -subj /CN=tsa -config ts.cnf -extensions ext",
        f"ts -query -digest {digest} -sha256 -cert -out q.tsq",
        "ts -reply -queryfile q.tsq -signer tsa.pem -inkey key.pem -out r.tsr -config ts.cnf -section t",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    return str(tmp_path / "tsa.pem"), (tmp_path / "r.tsr").read_bytes(), digest


def test_a_token_of_openssl_is_checked_with_openssl(tokens: tuple[str, bytes, str]) -> None:
    root, token, digest = tokens

    assert verify.openssl(root, token, digest) > 1.7e9
    for data, over in ((token, "0" * 64), (b"no token", digest)):
        with pytest.raises(verify.Flaw):
            verify.openssl(root, data, over)


def test_a_token_over_something_else_fails_without_openssl_too(tokens: tuple[str, bytes, str]) -> None:
    root, token, _ = tokens

    with pytest.raises((verify.Flaw, ValueError)):
        stamps.checked(Path(root).read_bytes(), token, "0" * 64)

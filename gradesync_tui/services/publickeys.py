"""Public keys for SSH, as people hand them in: read strictly, since what is not understood may be more than a key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import Invalid

_LIMIT = 16 * 1024
_RSA_BITS = 2048
_CURVES = {
    "ecdsa-sha2-nistp256": (b"nistp256", 65),
    "ecdsa-sha2-nistp384": (b"nistp384", 97),
    "ecdsa-sha2-nistp521": (b"nistp521", 133),
    "sk-ecdsa-sha2-nistp256@openssh.com": (b"nistp256", 65),
}
_KINDS = ("ssh-ed25519", "sk-ssh-ed25519@openssh.com", *_CURVES, "ssh-rsa")
"""The kinds of keys that OpenSSH takes by default and that are not weak. Certificates are no keys of a person."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key: its kind, the base64 of its bytes, and a comment that is printable ASCII."""

    kind: str
    base64: str
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` writes it: `SHA256:` and the base64 of the hash."""
        digest = hashlib.sha256(base64.b64decode(self.base64)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def line(self) -> str:
        """As a line of a `.pub` file, without options."""
        return f"{self.kind} {self.base64} {self.comment}".rstrip()


def read_key_file(path: Path) -> PublicKey:
    """The one key of a `.pub` file; Invalid for anything else, in words that say what was handed in instead."""
    name = clean(str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Invalid(f"{name} is not a file. Give the person's .pub file.")
            content = file.read(_LIMIT + 1)
    except OSError as problem:
        raise Invalid(f"{name} cannot be read: {problem.strerror}.") from None
    if len(content) > _LIMIT:
        raise Invalid(f"{name} is too large for a public key. Give the person's .pub file.")
    if b"PRIVATE KEY" in content:
        raise Invalid(f"{name} is a private key, which nobody else should ever hold. Ask for the .pub file beside it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"{name} is not text. Give the person's .pub file.") from None
    lines = [line for line in re.split("\r?\n", text) if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise Invalid(f"{name} holds no key. Give the person's .pub file.")
    if len(lines) > 1:
        raise Invalid(f"{name} holds several lines; exactly one key is taken at a time, so that each is looked at.")
    return parse_key(lines[0], name)


def parse_key(line: str, name: str = "This") -> PublicKey:
    """A key from its line. `name` is what messages call it. Invalid for options, kinds that are weak, broken data."""
    words = line.strip().split(None, 2)
    if len(words) < 2:
        raise Invalid(f"{name} is not a public key in OpenSSH's form (KIND KEY COMMENT).")
    kind, data = words[0], words[1]
    if kind not in _KINDS:
        if any(word in _KINDS for word in line.split()):
            # Options would stand before our own, and could take `restrict` back.
            raise Invalid(f"{name} begins with options before the key. Take them out: gradesync writes its own.")
        if kind == "ssh-dss":
            raise Invalid(f"{name} is a DSA key, which is weak. Ask for a new one: ssh-keygen -t ed25519")
        raise Invalid(f"{name} is no key of a kind that is taken here: {', '.join(_KINDS)}.")
    try:
        blob = base64.b64decode(data, validate=True)
        _check(kind, blob)
    except (binascii.Error, ValueError) as problem:
        why = f" ({problem})" if isinstance(problem, _BrokenKey) else ""
        raise Invalid(f"{name} holds a broken or incomplete {kind} key{why}. Ask for it again.") from None
    comment = re.sub(r"[^\x20-\x7e]", "?", clean(words[2], limit=100)) if len(words) == 3 else ""
    # Written anew from its bytes, so that no other spelling of the same key gets in beside it.
    return PublicKey(kind, base64.b64encode(blob).decode(), comment)


class _BrokenKey(ValueError):
    """What a key's bytes say does not fit its kind."""


def _check(kind: str, blob: bytes) -> None:
    """ValueError unless the bytes are what the kind says (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, PROTOCOL.u2f)."""
    fields = _fields(blob)
    if fields[0] != kind.encode():
        raise _BrokenKey("its inside names another kind")
    wanted = (3 if kind in _CURVES or kind == "ssh-rsa" else 2) + kind.startswith("sk-")
    if len(fields) != wanted:
        raise _BrokenKey("its length does not fit")
    if kind in _CURVES:
        curve, length = _CURVES[kind]
        good = fields[1] == curve and len(fields[2]) == length and fields[2][0] == 4
    elif kind == "ssh-rsa":
        bits = int.from_bytes(fields[2], "big").bit_length()
        if bits < _RSA_BITS:
            raise _BrokenKey(f"{bits} bits are too few, {_RSA_BITS} are the least")
        good = bool(fields[1]) and bits <= 16_384
    else:
        good = len(fields[1]) == 32
    if not good:
        raise _BrokenKey("its length does not fit")


def _fields(blob: bytes) -> list[bytes]:
    """The length-prefixed strings that a key's bytes are made of: its kind, then its numbers."""
    fields: list[bytes] = []
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        if at + 4 + length > len(blob):
            raise _BrokenKey("it is cut off")
        fields.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    if not fields:
        raise _BrokenKey("it is empty")
    return fields

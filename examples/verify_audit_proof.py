#!/usr/bin/env python3
"""Verify an exported proof of the audit trail. Needs Python 3.8 or newer and nothing else.

    python verify_audit_proof.py EXPORT --public-key KEY_ID=HEX

EXPORT holds JSON lines: {"head": …} for the entries after it, {"entry", "leaf", "path"} for each entry, and
{"old", "new", "path"} for the consistency of two heads. A CSV has its head in another file (--head). The tree is
that of RFC 9162, heads are signed with Ed25519. Get the public key by a way that the trail's operator can't alter.
"""

import argparse
import csv
import hashlib
import json
import sys

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
BASE = bytes.fromhex("58" + "66" * 31)
csv.field_size_limit(2**31 - 1)


def point(data):
    """Return the point that 32 bytes stand for; None when there is none (RFC 8032, 5.1.3)."""
    number = int.from_bytes(data, "little")
    y, odd = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x * ROOT % P if (x * x - square) % P else x
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = P - x if x % 2 != odd else x
    return x, y, 1, x * y % P


def add(p, q):
    """Add two points in extended coordinates (RFC 8032, 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    """Return a multiple of a point."""
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def signed(key, signature, text):
    """Tell whether an Ed25519 signature holds."""
    if len(signature) != 64 or len(key) != 32:
        return False
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    left, right = times(s, point(BASE)), add(r, times(h, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def node(left, right):
    """Return the hash of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def head_holds(head, keys):
    """Tell whether a head is signed by a key that was given."""
    head["key_id"] in keys or sys.exit(f"signed by the key {head['key_id']}: give its --public-key")
    told = "\n".join(str(head[name]) for name in ("size", "root", "signed_at", "key_id"))
    text = f"audit tree head 1\n{told}\n".encode()
    return signed(keys[head["key_id"]], bytes.fromhex(head["signature"]), text)


def climb(number, last, path, first, second):
    """Return both hashes at the top of a path; None when it has another length."""
    for part in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            first, second = node(part, first), node(part, second)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            second = node(second, part)
        number, last = number >> 1, last >> 1
    return (first.hex(), second.hex()) if last == 0 else None


def included(proof, head):
    """Tell whether an entry is in the tree of a head (RFC 9162, 2.1.3.2)."""
    number, path = int(proof["leaf"]), [bytes.fromhex(part) for part in proof["path"]]
    leaf = hashlib.sha256(b"\x00" + proof["entry"].encode()).digest()
    top = climb(number, head["size"] - 1, path, leaf, leaf) if 0 <= number < head["size"] else None
    return top is not None and top[1] == head["root"]


def consistent(proof):
    """Tell whether one tree begins with another (RFC 9162, 2.1.4.2)."""
    old, new, path = proof["old"], proof["new"], [bytes.fromhex(part) for part in proof["path"]]
    if old["size"] == new["size"]:
        return old["root"] == new["root"] and not path
    if old["size"] & (old["size"] - 1) == 0:
        path = [bytes.fromhex(old["root"]), *path]
    if not 0 < old["size"] < new["size"] or not path:
        return False
    number, last = old["size"] - 1, new["size"] - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    return climb(number, last, path[1:], path[0], path[0]) == (old["root"], new["root"])


def lines(file, head_file):
    """Yield the proofs of a file, heads first."""
    if head_file:
        yield from lines(head_file, None)
    with open(file, encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text) if file.endswith(".csv") else map(json.loads, text):
            yield {**row, "path": row["path"].split()} if file.endswith(".csv") else row


def main():
    """Verify every line; status 1 at the first that fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--head", help="the file with the head of a CSV")
    parser.add_argument("--public-key", action="append", required=True, metavar="KEY_ID=HEX")
    options = parser.parse_args()
    keys = {name: bytes.fromhex(key) for name, _, key in (text.partition("=") for text in options.public_key)}
    head, entries = None, 0
    for number, proof in enumerate(lines(options.file, options.head), 1):
        if "head" in proof:
            head, good = proof["head"], head_holds(proof["head"], keys)
        elif "old" in proof:
            good = head_holds(proof["old"], keys) and head_holds(proof["new"], keys) and consistent(proof)
        else:
            good, entries = head is not None and included(proof, head), entries + 1
        if not good:
            sys.exit(f"{options.file}: proof {number} does not hold")
    sys.stdout.write(f"{options.file}: every proof holds ({entries} entries)\n")


main()

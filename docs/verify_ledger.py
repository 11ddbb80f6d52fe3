"""Verifies a ledger of Ambit with nothing but Python and the public key: python verify_ledger.py KEY FILE…
A FILE holds entries (from 0 on; several in order), signed heads, or a proof: see ledger.md. Prints OK, or what is bad first."""

# fmt: off
import base64, json, pathlib, sys  # noqa: E401, I001
from functools import reduce
from hashlib import sha256, sha512
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # RFC 8032: the field, and the group's order
D, file = -121665 * pow(121666, P - 2, P) % P, [""]  # the curve's, and the file that is read
def point(data):  # RFC 8032 §5.1.3, as X, Y, Z, T
    y, odd = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = root if ((root := pow(square, (P + 3) // 8, P)) ** 2 - square) % P == 0 else root * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        raise ValueError("no point of the curve")
    return (x := P - x if x & 1 != odd else x), y, 1, x * y % P
def add(a, b):  # RFC 8032 §5.1.4
    m, n, c, d = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0]), 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(k, a):
    rest = times(k >> 1, add(a, a)) if k else (0, 1, 1, 0)
    return add(rest, a) if k & 1 else rest
def is_signed(key, signature, text):  # RFC 8032 §5.1.7
    s, h = int.from_bytes(signature[32:], "little"), int.from_bytes(sha512(signature[:32] + key + text).digest(), "little")
    try:
        right = add(point(signature[:32]), times(h % Q, point(key)))
    except (ValueError, IndexError):
        return False
    left = times(s % Q, point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")))
    return len(signature) == 64 and s < Q and all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))
def heads_of(data, key):  # origin, size, root and whether it is signed: of a note, or of lines of checkpoints.jsonl
    if not data.startswith(b"{"):
        text, _, under = data.rpartition(b"\n\n")
        (origin, size, root), (_, name, blob) = text.decode().split("\n")[:3], under.decode().split()[:3]
        named, blob = sha256(f"{origin}\n\x01".encode() + key).digest()[:4], base64.b64decode(blob)
        good = (name, blob[:4]) == (origin, named) and is_signed(key, blob[4:], text + b"\n")
        return [(origin, int(size), base64.b64decode(root), good)]
    heads, origin = [], "w3id.org/ambit/ledger/" + sha256(key).hexdigest()[:32]
    for said in map(json.loads, data.splitlines()):
        signature, text = bytes.fromhex(said.pop("signature")), json.dumps(said, separators=(",", ":"), sort_keys=True)
        heads.append((origin, said["size"], bytes.fromhex(said["root"]), is_signed(key, signature, text.encode())))
    return heads
def node(left, right): return sha256(b"\1" + left + right).digest()
def climb(low, high, path, start):  # RFC 9162 §2.1.3.2 and §2.1.4.2: from a node to the roots of two trees
    first = second = start
    for part in path:
        left = low & 1 or low == high
        first, second = (node(part, first), node(part, second)) if left else (first, node(second, part))
        while not low & 1 and low and low == high:
            low, high = low >> 1, high >> 1
        low, high = low >> 1, high >> 1
    return (first, second) if high == 0 else (b"", b"")
def main(pem, *names):
    _, key = base64.b64decode(pathlib.Path(pem).read_text().split("-----")[2]).split(bytes.fromhex("302a300506032b6570032100"))  # RFC 8410 §4
    heads, lines, proofs, origins, sound, roots = {0: sha256(b"").digest()}, [], [], set(), 0, []
    for file[0] in names:
        is_lines = b'","fields":{' in (data := pathlib.Path(file[0]).read_bytes())[:120]
        lines += data.removesuffix(b"\n").split(b"\n") if is_lines else []
        proof = json.loads(data) if b'"checkpoint":' in data and not is_lines else None
        for origin, size, root, good in [] if is_lines else heads_of(proof["checkpoint"].encode() if proof else data, key):
            if not good or heads.setdefault(size, root) != root or len(origins := origins | {origin}) > 1:
                sys.exit(f"BAD: head of {size} records: {'another of that size or ledger was signed' if good else 'not signed by this key'}")
        proofs += [(proof, size, file[0])] if proof else []
    for number, line in enumerate(lines):
        body = line[65:] if line[64:65] == b" " else line
        leaf, rest, said = sha256(b"\0" + body).digest(), number, body.rpartition(b'"n":')[2].removesuffix(b"}")
        if said != b"%d" % number or line not in (body, b"%b %b" % (leaf.hex().encode(), body)):
            sys.exit(f"BAD: record {number}: " + (f"record {int(said)} stands in its place" if said.isdigit() and int(said) != number else "it does not match its hash"))
        while rest & 1:
            leaf, rest = node(roots.pop(), leaf), rest >> 1
        roots.append(leaf)
        if number + 1 in heads:
            if reduce(lambda right, left: node(left, right), roots[::-1]) != heads[number + 1]:
                sys.exit(f"BAD: record {sound}, or one up to {number}, is not what was signed")
            sound = number + 1
    if lines and max(heads) > len(lines):
        sys.exit(f"BAD: record {len(lines)} and all up to {max(heads) - 1}, which were signed, are missing")
    tied = set(heads) if lines else {0, max(heads)}  # those that are known to be heads of one growing tree
    for said, size, file[0] in sorted(proofs, key=lambda proof: -proof[1]):
        for entry in said.get("entries", ()):
            path, leaf, at = map(bytes.fromhex, entry["proof"]), sha256(b"\0" + entry["entry"].encode()).digest(), entry["index"]
            if type(at) is not int or not 0 <= at < size or climb(at, size - 1, path, leaf)[1] != heads[size]:
                sys.exit(f"BAD: record {at} is not in the signed tree of {size}")
        if "from" in said or "entries" not in said:
            if type(low := said.get("from")) is not int or not 0 < low <= size:
                sys.exit(f"BAD: a proof that the signed tree of {size} begins with one of {low}")
            start, path, shift = heads.get(low, b""), [*map(bytes.fromhex, said["proof"])], (low & -low).bit_length() - 1
            begin, *path = (path if low & low - 1 else [start, *path]) or [b""]
            if low < size and climb(low - 1 >> shift, size - 1 >> shift, path, begin) != (start, heads[size]):
                sys.exit(f"BAD: records 0 to {low - 1}: the signed tree of {size} does not begin with a signed one of {low}")
            tied |= {low} if size in tied else set()
    if len(heads) == 1 or set(heads) - tied:
        sys.exit("NOTHING PROVEN: " + (f"nothing ties the heads of {max(heads)} and of {max(set(heads) - tied)} records" if len(heads) > 1 else "no signed head was given"))
    print(f"OK: {len(lines)} records, {sound} of them signed; {len(heads) - 1} heads, {len(proofs)} proofs")
try:
    main(*sys.argv[1:]) if sys.argv[1:2] not in ([], ["-h"], ["--help"]) else sys.exit(print(__doc__) or 2 * (len(sys.argv) < 2))
except Exception as error:
    print(f"NOT READ: {file[0] or sys.argv[1]}: {getattr(error, 'strerror', 0) or 'it holds no ' + ('entries, heads or proof' if file[0] else 'Ed25519 public key as PEM')}")
    sys.exit(2)

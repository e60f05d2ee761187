"""Hostile things by name: how each is made, and words of the one sentence that refuses it.

``test_bad_input.py`` drives each through the library and the command line, ``ui/test_bad_input_pages.py`` through the
pages.  A member ``anna`` is in the store where cards, weights and recipes are tried, and in the zip that is spoiled.
"""

import io
import json
import stat
import struct
import warnings
import zipfile
import zlib

import numpy as np
from PIL import Image

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> ![p](http://evil.example/p.png) [l](http://evil.example/) "
    "http://evil.example/ www.evil.example me@evil.example :red[c] :material/delete: :smile: $x^2$ $$y$$ **b** _i_ "
    "`c` ~~s~~ # h | t"
)
NAMES = (
    "a" * 10_000,
    "an\x1b[31mna",
    "anna\u202egnp",
    "an\nna",
    "Ann\u00e4",
    "",
    ".",
    "..",
    "-rf",
    "an na",
    "www.evil.example",
)
TEXTS = (
    *("NaN", "1e400", "-1", "1" + "0" * 400, "", "x" * 10_000, "\x00", "a\x1b[31m\x07b", "😀", "\u202egnp.exe"),
    *("<script>alert(1)</script>", "../../etc/passwd", "0x10", "1_0", "٣", "1,,2", "-0", "None", "[1]", HOSTILE),
)


# ---- zips: each spoils the files of a member


def zipped(*entries, change=None, method=zipfile.ZIP_STORED):
    """A zip of (name, bytes) pairs; ``change`` is done to what the directory says of the last one."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # of doubles, which are wanted here
        for name, data in entries:
            archive.writestr(name, data)
        if change is not None:
            change(archive.infolist()[-1])
    return buffer.getvalue()


def beside(name, data=b"x", **options):
    """The member's own files, and one more."""
    return lambda files: zipped(*files.items(), (name, data), **options)


def told(**facts):
    """Change what the directory says of the last file."""

    def change(info):
        for name, value in facts.items():
            setattr(info, name, value)

    return lambda files: zipped(*files.items(), change=change)


def renamed(old, new):
    """Other bytes in place of a name, of the same length, at both places where it stands."""
    return lambda files: zipped(*files.items(), (old, b"x")).replace(old.encode(), new)


def with_recipe(**told):
    recipe = {"members": ["anna", "anna"], "rule": "average"} | told
    return beside("both.json", json.dumps(recipe).encode())


def of_kind(kind):
    return told(external_attr=(kind | 0o777) << 16, create_system=3)


def no_end(files):
    return zipped(*files.items())[:-30]


def other_local_name(files):
    return zipped(*files.items()).replace(b"anna/card.json", b"anna/xard.json", 1)


def too_much_in_all(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a", "b"):
            archive.writestr(f"{name}/weights.safetensors", b"x")
            info = archive.infolist()[-1]
            info.file_size = info.compress_size = 400_000_000
    return buffer.getvalue()


ZIPS = {
    "nothing": (lambda files: b"", "no zip that can be read"),
    "a text": (lambda files: b"hello", "no zip that can be read"),
    "an empty zip": (lambda files: zipped(), "holds no member"),
    "only folders": (lambda files: zipped(("anna/", b"")), "holds no member"),
    "a cut zip": (no_end, "no zip that can be read"),
    "half a zip": (lambda files: zipped(*files.items())[:400], "no zip that can be read"),
    "a path up": (beside("../card.json"), "a path that leads out of it"),
    "a path up and down": (beside("anna/../../otto/card.json"), "a path that leads out of it"),
    "an absolute path": (beside("/etc/card.json"), "a path that leads out of it"),
    "a drive": (beside("C:/anna/card.json"), "no name of a file that belongs there"),
    "a drive with backslashes": (beside("C:\\anna\\card.json"), "no name of a file that belongs there"),
    "backslashes up": (beside("..\\card.json"), "no name of a file that belongs there"),
    "a name with an end within": (renamed("otto/card.jsonXexe", b"otto/card.json\0exe"), "no name of a file that"),
    "a symbolic link": (of_kind(stat.S_IFLNK), "a link"),
    "a device": (of_kind(stat.S_IFCHR), "no plain file"),
    "a pipe": (of_kind(stat.S_IFIFO), "no plain file"),
    "a bomb by ratio": (
        lambda files: zipped(("a/weights.safetensors", bytes(5_000_000)), method=zipfile.ZIP_DEFLATED),
        "would grow from",
    ),
    "a bomb by size": (told(file_size=2**40, compress_size=2**40), "would have 1,099,511,627,776 bytes"),
    "a bomb in all": (too_much_in_all, "would have 800,000,000 bytes"),
    "a huge card": (beside("otto/card.json", bytes(1_000_001)), "would have 1,000,001 bytes"),
    "a zip in the zip": (beside("inner.zip", zipped(("a", b"b"))), "neither a member's folder nor a recipe"),
    "a zip in a member": (beside("anna/inner.zip", zipped(("a", b"b"))), "belongs to no member"),
    "a program in a member": (beside("anna/run.py"), "belongs to no member"),
    "a deeper folder": (beside("anna/deep/card.json"), "belongs to no member"),
    "a file twice": (beside("anna/card.json"), "twice"),
    "a folder in capitals": (beside("Anna/card.json"), "is no name for a member"),
    "a file in capitals": (beside("anna/CARD.json"), "belongs to no member"),
    "a name of 10,000 letters": (beside("a" * 10_000 + "/card.json"), "is no name for a member"),
    "a name of control letters": (beside("an\x1b[31m/card.json"), "no name of a file that belongs there"),
    "a name from right to left": (beside("an\u202ena/card.json"), "no name of a file that belongs there"),
    "an encrypted file": (told(flag_bits=1), "encrypted"),
    "a rare packing": (beside("otto/card.json", b"{}", method=zipfile.ZIP_LZMA), "packed in an unusual way"),
    "a lying checksum": (told(CRC=7), "no zip that can be read"),
    "a lying size": (told(file_size=10), "no zip that can be read"),
    "a lying place": (told(header_offset=3), "no zip that can be read"),
    "a lying name": (other_local_name, "no zip that can be read"),
    "1,000 files": (lambda files: zipped(*((f"m{n}/card.json", b"{}") for n in range(1000))), "holds 1,000 files"),
    "65 members": (lambda files: zipped(*((f"m{n}/card.json", b"{}") for n in range(65))), "holds 65 members"),
    "a member without a card": (beside("otto/weights.safetensors"), "has no card.json"),
    "a member without weights": (
        lambda files: zipped(("anna/card.json", files["anna/card.json"])),
        "its folder has no weights.safetensors",
    ),
    "another's weights": (
        lambda files: zipped(*(files | {"anna/weights.safetensors": bytes(100)}).items()),
        "it is truncated or foreign",
    ),
    "a file its card does not state": (beside("anna/fit.safetensors"), "does not state its fit.safetensors"),
    "a member in another's folder": (
        lambda files: zipped(*((name.replace("anna", "otto"), data) for name, data in files.items())),
        "its card is that of 'anna'",
    ),
    "a member and a recipe of one name": (beside("anna.json", b"{}"), "a member and a recipe called 'anna'"),
    "a broken recipe": (beside("both.json", b"{"), "is no JSON"),
    "a recipe of nobody": (with_recipe(members=["anna", "nobody"]), "No member is called 'nobody'"),
    "a recipe of itself": (with_recipe(members=["anna", "both"]), "leads back to itself"),
    "a recipe by no rule": (with_recipe(rule="magic"), "No fusion rule is called 'magic'"),
    "a recipe with weights below 0": (with_recipe(rule="mixture", weights=[1, -1]), "A weight is a finite number"),
    "a recipe that was not fitted": (with_recipe(rule="experts"), "learns from real pictures"),
}


# ---- cards: each changes the JSON of a whole one


def facts(**changes):
    return lambda text: json.dumps(json.loads(text) | changes).encode()


def said(old, new):
    return lambda text: text.replace(old, new, 1)


def as_noise(**changes):
    usual = {"kind": "noise", "spec": None, "weights": None, "critic_parameters": 0, "latent_dim": 100, "walk_dim": 100}
    return facts(**(usual | changes))


CARDS = {
    "nothing": (lambda text: b"", "is no JSON"),
    "brackets": (lambda text: b"[" * 100_000, "recursion limit exceeded"),
    "braces": (lambda text: b'{"a":' * 100_000, "recursion limit exceeded"),
    "50 MB": (lambda text: b" " * 50_000_000, "a card has at most 1,000,000"),
    "a list": (lambda text: b"[]", "allowed: an object"),
    "null": (lambda text: b"null", "allowed: an object"),
    "a field twice": (said(b"{", b'{"kind": "gan",'), "'kind' is given twice"),
    "no number": (facts(seconds=float("nan")), "seconds is nan; allowed: a finite number"),
    "infinity": (facts(seconds=float("inf")), "seconds is inf; allowed: a finite number"),
    "1e400": (said(b'"seconds": null', b'"seconds": 1e400'), "seconds is inf; allowed: a finite number"),
    "5,000 digits": (said(b'"steps": null', b'"steps": 1' + b"0" * 5000), "number out of range"),
    "400 digits": (said(b'"steps": null', b'"steps": -1' + b"0" * 400), "steps is -1000"),
    "a text for a number": (facts(steps="7"), "steps is '7'; allowed: a valid integer"),
    "an unknown field": (facts(colour="red"), "There is no field 'colour'"),
    "1,000 unknown fields": (facts(**{f"f{n}": 1 for n in range(1000)}), "And 995 more faults"),
    "half a character": (said(b'"device": null', b'"device": "\\ud800"'), "is no JSON"),
    "bytes that are no text": (said(b'"device": null', b'"device": "\xff"'), "is no text"),
    "a byte order mark": (lambda text: b"\xef\xbb\xbf" + text, "is no JSON"),
    "UTF-16": (lambda text: text.decode().encode("utf-16"), "is no text"),
    "a text of 501 letters": (facts(device="x" * 501), "at most 500 characters"),
    "a shape without end": (as_noise(shape=[1, 10**6, 10**6]), "shape"),
    "a shape of nothing": (as_noise(shape=[1, 0, 8]), "shape"),
    "noise without end": (as_noise(latent_dim=65_536, walk_dim=65_536), "100 numbers"),
    "rules of nothing": (as_noise(kind="rule-based", latent_dim=1, walk_dim=1), "100 numbers"),
    "more latents than the spec's": (facts(latent_dim=7), "contradicts its own spec"),
    "a walk of fewer": (facts(walk_dim=2), "contradicts its own spec"),
    "another kind": (facts(kind="vae", critic_parameters=0), "contradicts its own spec"),
    "conditional of no class": (facts(conditional=True), "contradicts its own spec"),
    "weights of terabytes": (
        lambda text: facts(spec=json.loads(text)["spec"] | {"width": 1024, "latent_dim": 4096})(text),
        "cannot be used",
    ),
}


# ---- files of tensors: each spoils a whole one


def parts(data):
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def joined(header, body):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def first(change):
    """Change what the header says of the generator's first tensor."""

    def spoiled(data):
        header, body = parts(data)
        name = min(key for key in header if key.startswith("generator."))
        return joined(header | {name: header[name] | change(header[name])}, body)

    return spoiled


def filled(value):
    """All of the body becomes this number."""

    def spoiled(data):
        header, body = parts(data)
        return joined(header, np.full(len(body) // 4, value, np.float32).tobytes())

    return spoiled


def wider(data):
    """As many bytes, of half as many 64-bit integers."""
    return first(lambda of: {"dtype": "I64", "shape": [(of["data_offsets"][1] - of["data_offsets"][0]) // 8]})(data)


def more(data):
    header, body = parts(data)
    end = len(body)
    return joined(header | {"<b>evil": {"dtype": "F32", "shape": [1], "data_offsets": [end, end + 4]}}, body + bytes(4))


def fewer(data):
    header, body = parts(data)
    last = max((key for key in header if key != "__metadata__"), key=lambda key: header[key]["data_offsets"][1])
    start = header.pop(last)["data_offsets"][0]
    return joined(header, body[:start])


def hole(data):
    header, body = parts(data)
    return joined(header, body + bytes(64))


def twice(data):
    header, body = parts(data)
    text = json.dumps(header)
    name = min(key for key in header if key.startswith("generator."))
    return joined(text[:-1].encode() + f", {json.dumps(name)}: {json.dumps(header[name])}}}".encode(), body)


def talkative(data):
    header, body = parts(data)
    return joined(header | {"__metadata__": {"x": "y" * 10_000_000}}, body)


WEIGHTS = {
    "one byte": (lambda data: b"x", "no safetensors file"),
    "a text": (lambda data: b"hello, here are weights", "a header of 7,503,"),
    "a header beyond the file": (lambda data: struct.pack("<Q", 10**6 - 1) + data[8:], "no safetensors file"),
    "a header below nothing": (lambda data: struct.pack("<q", -1) + data[8:], "a header of 18,446,744,073,709,551,615"),
    "a header of exabytes": (lambda data: struct.pack("<Q", 2**62) + data[8:], "a header of 4,611,686"),
    "10 MB of remarks": (talkative, "a header of 10,"),
    "a header that is no JSON": (lambda data: joined(b"{" * 40, b""), "no safetensors file"),
    "a list as header": (lambda data: joined([], b""), "no safetensors file"),
    "cut": (lambda data: data[:-4], "no safetensors file"),
    "a hole": (hole, "no safetensors file"),
    "tensors that overlap": (
        first(lambda of: {"data_offsets": [of["data_offsets"][0] + 4] * 2}),
        "no safetensors file",
    ),
    "a tensor beyond the file": (first(lambda of: {"data_offsets": [0, 2**60]}), "no safetensors file"),
    "a tensor of 1e12 numbers": (first(lambda of: {"shape": [10**12]}), "no safetensors file"),
    "a tensor of too many axes": (first(lambda of: {"shape": [2**32, 2**32, 2**32]}), "no safetensors file"),
    "a shape below 0": (first(lambda of: {"shape": [-1]}), "no safetensors file"),
    "floats of 8 bits": (
        first(lambda of: {"dtype": "F8_E4M3", "shape": [of["data_offsets"][1] - of["data_offsets"][0]]}),
        "which no member has",
    ),
    "numbers of no kind": (first(lambda of: {"dtype": "F7"}), "no safetensors file"),
    "whole numbers": (wider, "has shape"),
    "a tensor twice": (twice, "is given twice"),
    "a tensor more": (more, "'<b>evil' is foreign"),
    "a tensor less": (fewer, "is missing"),
    "no number": (filled(np.nan), "not finite"),
    "infinity": (filled(np.inf), "not finite"),
}


# ---- recipes and walks: texts that are none


def text(
    old=b"", new=b"", whole=b'{"members": ["anna", "berta"], "rule": "mixture", "weights": [1, 1], "n": 4, "seed": 0}'
):
    return whole.replace(old, new, 1)


RECIPES = {
    "nothing": (b"", "is no JSON"),
    "brackets": (b'{"members":' + b"[" * 100_000, "recursion limit exceeded"),
    "50 MB": (b'{"members": "' + b"x" * 50_000_000 + b'"}', "is no recipe|at most"),
    "a field twice": (text(b"{", b'{"rule": "average",'), "'rule' is given twice"),
    "no number": (text(b"[1, 1]", b"[1, NaN]"), "weights.1 is nan; allowed: a finite number"),
    "infinity": (text(b"[1, 1]", b"[1, -Infinity]"), "weights.1 is -inf; allowed: a finite number"),
    "1e400": (text(b"[1, 1]", b"[1, 1e400]"), "weights.1 is inf; allowed: a finite number"),
    "5,000 digits": (text(b": 4", b": 1" + b"0" * 5000), "number out of range"),
    "400 digits": (text(b": 4", b": 1" + b"0" * 400), "n is 1000"),
    "no pictures": (text(b": 4", b": 0"), "n is 0; allowed"),
    "a seed below 0": (text(b'"seed": 0', b'"seed": -1'), "seed is -1; allowed"),
    "a text for a number": (text(b": 4", b': "4"'), "n is '4'; allowed: a valid integer"),
    "an unknown field": (text(b"{", b'{"colour": 1,'), "There is no field 'colour'"),
    "a field of control letters": (text(b"{", b'{"\\u001b[31m": 1,'), r"There is no field '\x1b[31m'"),
    "half a character": (text(b"mixture", b"\\ud800"), "is no JSON"),
    "bytes that are no text": (text(b"mixture", b"\xff"), "is no text|No fusion rule"),
    "a byte order mark": (b"\xef\xbb\xbf" + text(), "is no JSON"),
    "UTF-16": (text().decode().encode("utf-16"), "is no text"),
    "markup for a member": (text(b"anna", b"<b>anna</b>"), "'<b>anna</b>' is no name for a member"),
    "33 members": (text(b'"berta"', b'"berta"' + b', "anna"' * 31), "at most 32 items"),
    "fewer weights": (text(b"[1, 1]", b"[1]"), "2 members need 2 weights, not 1"),
    "weights below 0": (text(b"[1, 1]", b"[1, -1]"), "weight"),
    "a rule of nobody": (text(b"mixture", b"<b>"), "No fusion rule is called '<b>'"),
}
WALKS = {
    "nothing": (b"", "is no JSON"),
    "no number": (b'{"members": ["anna"], "kind": "seeds", "truncation": NaN}', "truncation is nan"),
    "400 digits": (b'{"members": ["anna"], "kind": "seeds", "tour_seed": 1' + b"0" * 400 + b"}", "tour_seed is 1000"),
    "nowhere": (b'{"members": ["anna"], "kind": "seeds", "place": [1e300, 0]}', "place.0 is 1e+300"),
    "weights of nobody": (
        b'{"members": ["anna"], "kind": "seeds", "blend": {"rule": "mixture", "start": [1, 2], "end": [0, 1]}}',
        "1 members need as many weights",
    ),
}


# ---- pictures


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claimed(width, height):
    """A PNG that claims to be so large, and holds nothing."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def talking(data):
    """A picture with 50 MB of packed remarks before its pixels."""
    remarks = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
    return data[:33] + remarks + data[33:]


def half_white():
    """Black on the left, white on the right."""
    return Image.fromarray(np.repeat([[0, 0, 255, 255]], 4, 0).astype(np.uint8))


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    return encoded(half_white().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=100)


PICTURES = {
    "nothing": (b"", "cannot be read as a picture"),
    "a text": (b"hello", "cannot be read as a picture"),
    "an SVG called PNG": (
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "cannot be read as a picture",
    ),
    "a bomb": (claimed(100_000, 100_000), "cannot be read as a picture"),
    "a smaller bomb": (claimed(10_000, 10_000), "has 10,000x10,000 pixels"),
    "cut": (encoded(half_white().effect_spread(3).resize((64, 64)))[:120], "cannot be read as a picture"),
    "only a head": (encoded(half_white())[:20], "cannot be read as a picture"),
    "a broken sum": (encoded(half_white()).replace(b"IDAT", b"IDAX"), "cannot be read as a picture"),
    "50 MB of packed remarks": (talking(encoded(half_white())), "cannot be read as a picture"),
    "a document": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "cannot be read as a picture"),
}
# What is odd but right: black on the left, white on the right, as all of these are.
ODD_PICTURES = {
    "as usual": encoded(half_white()),
    "16 bits": encoded(Image.fromarray(np.asarray(half_white()).astype(np.uint16) * 257)),
    "a palette": encoded(half_white().convert("P")),
    "one bit": encoded(half_white().convert("1")),
    "grey with alpha": encoded(half_white().convert("LA")),
    "colour with alpha": encoded(half_white().convert("RGBA")),
    "CMYK": encoded(half_white().convert("RGB").convert("CMYK"), "JPEG", quality=100),
    "animated": encoded(half_white(), save_all=True, append_images=[Image.new("L", (4, 4))]),
    "animated WebP": encoded(
        half_white().convert("RGB"), "WEBP", save_all=True, append_images=[Image.new("RGB", (4, 4))], lossless=True
    ),
    "turned by EXIF": turned(),
}
# Odd shapes are read, too: there is a middle to cut out.
ODD_SHAPES = {"30,000 x 1": (30_000, 1), "1 x 30,000": (1, 30_000), "1 x 1": (1, 1)}

import gc
import gzip
import hashlib
import io
import pickle
import socket
import struct
import warnings
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets

from ganlab.data import DATASETS, licence_of, load_dataset, memory
from ganlab.errors import DataError

TRAIN, TEST = 40, 10
EUROSAT = DATASETS["eurosat"].facts["classes"]


def idx(values):
    """The format at the foot of yann.lecun.com/exdb/mnist: two zeros, type 8, rank, big-endian sizes, bytes."""
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def levels(count, seed):
    """Pictures that do not compress, so that half an archive is half the pictures."""
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)


CONTENT = {
    "train-images-idx3-ubyte": idx(levels(TRAIN, 1)),
    "train-labels-idx1-ubyte": idx(np.arange(TRAIN, dtype=np.uint8) % 10),
    "t10k-images-idx3-ubyte": idx(levels(TEST, 2)),
    "t10k-labels-idx1-ubyte": idx(np.arange(TEST, dtype=np.uint8) % 10),
}
ARCHIVES = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in CONTENT.items()}


class Mirror(ThreadingHTTPServer):
    """Serves the archives; ``spoil`` says what becomes of one on its way."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.spoil = {}
        self.served = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, request, client_address):
        """torchvision hangs up on its first request, which only asks where the file is: no news."""


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.lstrip("/")
        self.server.served.append(name)
        body, spoil = ARCHIVES[name], self.server.spoil.get(name)
        if spoil == "missing":
            self.send_error(404)
            return
        if spoil == "hung up":
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if spoil == "broken off":
            body = body[: len(body) // 2]
        elif spoil == "corrupted":
            body = body[:-20] + bytes(20)
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(monkeypatch, workspace):
    """A real server in place of torchvision's mirrors, with archives of 50 pictures."""
    monkeypatch.setenv("no_proxy", "*")
    with Mirror() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        small(monkeypatch, server.url)
        yield server
        server.shutdown()
        thread.join()


def small(monkeypatch, url):
    sums = [(name, hashlib.md5(body).hexdigest()) for name, body in ARCHIVES.items()]
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [url])


@pytest.fixture
def offline(monkeypatch, workspace):
    """The small MNIST behind a port at which nobody listens."""
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        small(monkeypatch, f"http://127.0.0.1:{free.getsockname()[1]}/")
        yield workspace


def put(root, archives):
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, body in archives.items():
        (raw / name).write_bytes(body)
    return raw


def files_in(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def is_the_small_set(dataset):
    train, test = torch.from_numpy(levels(TRAIN, 1)), torch.from_numpy(levels(TEST, 2))
    assert torch.equal(dataset.examples, torch.cat([train, test])[:, None])
    assert dataset.labels.tolist() == [row % 10 for row in (*range(TRAIN), *range(TEST))]
    assert dataset.splits["test"].tolist() == list(range(TRAIN, TRAIN + TEST))
    assert len(dataset.splits["validation"]) == TRAIN // 10
    fitted = torch.cat([dataset.splits["train"], dataset.splits["validation"]]).sort().values
    assert fitted.tolist() == list(range(TRAIN))
    return True


def one_sentence(error):
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_an_absent_set_is_downloaded_once(mirror, workspace, capfd):
    assert is_the_small_set(load_dataset("mnist"))
    assert files_in(workspace) == sorted(f"data/MNIST/raw/{name}" for name in CONTENT)
    out, err = capfd.readouterr()
    assert out == ""
    assert "%" in err  # torchvision's progress bar
    served = len(mirror.served)
    assert is_the_small_set(load_dataset("mnist"))
    assert len(mirror.served) == served


@pytest.mark.parametrize("spoil", ["broken off", "corrupted", "hung up"])
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_a_spoiled_download_is_told_and_the_next_try_succeeds(mirror, workspace, name, spoil):
    mirror.spoil[name] = spoil
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert "fetching it failed" in one_sentence(error)
    assert spoil == "hung up" or name in str(error.value)
    assert files_in(workspace) == []
    mirror.spoil.clear()
    assert is_the_small_set(load_dataset("mnist"))


def test_a_mirror_without_the_file_is_told(mirror, workspace):
    mirror.spoil["train-labels-idx1-ubyte.gz"] = "missing"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # torchvision forgets to close a 404
        with pytest.raises(DataError) as error:
            load_dataset("mnist")
        assert "404" in one_sentence(error)
        del error
        gc.collect()
    assert files_in(workspace) == []


def test_another_mirror_takes_over(mirror, monkeypatch):
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/", mirror.url])
    assert is_the_small_set(load_dataset("mnist"))


def test_offline_names_the_folders_and_offers_what_comes_along(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "sets"))
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    text = one_sentence(error)
    for part in (str(tmp_path / "sets"), str(offline / "data"), "network", "'digits' and 'glyphs'"):
        assert part in text


def test_archives_in_the_named_folder_are_unpacked_into_the_workspace(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "sets"))
    raw = put(tmp_path / "sets", ARCHIVES)
    raw.chmod(0o555)
    assert is_the_small_set(load_dataset("mnist"))
    assert files_in(tmp_path / "sets") == sorted(f"MNIST/raw/{name}" for name in ARCHIVES)
    assert files_in(offline) == sorted(f"data/MNIST/raw/{name}" for name in CONTENT)


def test_a_wrong_archive_is_never_written_over(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "sets"))
    name = "train-images-idx3-ubyte.gz"
    raw = put(tmp_path / "sets", ARCHIVES | {name: b"somebody's own"})
    assert is_the_small_set(load_dataset("mnist"))
    assert (raw / name).read_bytes() == b"somebody's own"
    assert set(mirror.served) == {name}


def test_an_unpacked_set_is_read_where_it_lies(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "sets"))
    put(tmp_path / "sets", CONTENT)
    assert is_the_small_set(load_dataset("mnist"))
    assert not offline.exists()


@pytest.mark.parametrize("spoiled", [CONTENT["train-images-idx3-ubyte"][:-5], b"", b"not an idx file at all"])
def test_a_broken_file_is_told_with_its_folder_and_can_be_mended(mirror, workspace, spoiled):
    raw = put(workspace / "data", CONTENT | {"train-images-idx3-ubyte": spoiled})
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert "is broken" in one_sentence(error)
    assert "MNIST/raw/train-images-idx3-ubyte" in str(error.value)
    (raw / "train-images-idx3-ubyte").unlink()
    assert is_the_small_set(load_dataset("mnist"))


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("train-labels-idx1-ubyte", np.arange(TRAIN - 1, dtype=np.uint8) % 10),
        ("train-labels-idx1-ubyte", np.arange(TRAIN, dtype=np.uint8)),
        ("train-images-idx3-ubyte", np.zeros((TRAIN, 27, 28), dtype=np.uint8)),
    ],
)
def test_pictures_and_labels_must_fit(offline, file, values):
    put(offline / "data", CONTENT | {file: idx(values)})
    with pytest.raises(DataError, match="is broken"):
        load_dataset("mnist")


def test_a_workspace_that_cannot_be_made_is_told(offline, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path / "file" / "workspace"))
    with pytest.raises(DataError, match="fetching it failed"):
        load_dataset("mnist")


def test_a_set_larger_than_memory_is_refused_before_it_is_looked_for(mirror, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 50_000_000)
    with pytest.raises(DataError, match=r"'mnist' would take 110 MB .* only 50 MB are free"):
        load_dataset("mnist")
    assert mirror.served == []


def test_fashion_mnist_lies_in_a_folder_of_its_own(workspace, monkeypatch):
    put(workspace / "data", CONTENT)
    (workspace / "data" / "MNIST").rename(workspace / "data" / "FashionMNIST")
    dataset = load_dataset("fashion_mnist")
    assert is_the_small_set(dataset)
    assert dataset.classes[9] == "Ankle boot"


def test_cifar10_is_read_from_its_pickles(workspace, monkeypatch):
    root = workspace / "data" / "cifar-10-batches-py"
    root.mkdir(parents=True)
    rng = np.random.default_rng(0)
    sums, pictures, labels = {}, [], []
    for name in [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]:
        pictures.append(rng.integers(0, 256, (20, 3072), dtype=np.uint8))
        labels += [int(label) for label in rng.integers(0, 10, 20)]
        (root / name).write_bytes(pickle.dumps({"data": pictures[-1], "labels": labels[-20:]}))
    (root / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    sums = {file.name: hashlib.md5(file.read_bytes()).hexdigest() for file in root.iterdir()}
    kind = datasets.CIFAR10
    monkeypatch.setattr(kind, "train_list", [[f"data_batch_{k}", sums[f"data_batch_{k}"]] for k in range(1, 6)])
    monkeypatch.setattr(kind, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(kind, "meta", kind.meta | {"md5": sums["batches.meta"]})
    dataset = load_dataset("cifar10")
    # Each row is 1,024 reds, greens, blues, row by row (cs.toronto.edu/~kriz/cifar.html).
    assert torch.equal(dataset.examples, torch.from_numpy(np.concatenate(pictures).reshape(120, 3, 32, 32)))
    assert dataset.labels.tolist() == labels
    assert {split: len(rows) for split, rows in dataset.splits.items()} == {"train": 90, "validation": 10, "test": 20}
    (root / "data_batch_3").write_bytes(b"cut")
    with pytest.raises(DataError, match=r"is broken .* delete cifar-10-batches-py"):
        load_dataset("cifar10")


def jpeg(level):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (level, 10, 200)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def test_eurosat_without_official_split_is_divided(workspace):
    for label, name in enumerate(EUROSAT):
        folder = workspace / "data" / "eurosat" / "2750" / name
        folder.mkdir(parents=True)
        for number in (1, 2):
            (folder / f"{name}_{number}.jpg").write_bytes(jpeg(20 * label))
    dataset = load_dataset("eurosat")
    assert dataset.shape == (3, 64, 64)
    assert dataset.labels.tolist() == [label for label in range(10) for _ in (1, 2)]
    assert (dataset.examples[:, 0].flatten(1).float().mean(1) - 20 * dataset.labels).abs().max() < 4  # JPEG's loss
    assert {split: len(rows) for split, rows in dataset.splits.items()} == {"train": 16, "validation": 2, "test": 2}
    (workspace / "data" / "eurosat" / "2750" / "Forest" / "Forest_1.jpg").write_bytes(b"cut")
    with pytest.raises(DataError, match="is broken"):
        load_dataset("eurosat")


def zipped(root, folders):
    """Four pictures a folder, told apart by their reds: three in train.zip, one in test.zip."""
    root.mkdir(parents=True)
    for split, numbers in (("train", range(3)), ("test", range(3, 4))):
        with zipfile.ZipFile(root / f"{split}.zip", "w") as archive:
            for place, name in enumerate(folders):
                for number in numbers:
                    archive.writestr(f"{name}/{name}_{number}.jpg", jpeg(20 * place))


def test_eurosat_in_two_zips_keeps_their_test_split(workspace):
    zipped(workspace / "data" / "eurosat64", EUROSAT)
    dataset = load_dataset("eurosat")
    assert dataset.notes[-1] == "Here are 40 of its 27,000 pictures."
    assert dataset.splits["test"].tolist() == list(range(30, 40))
    assert len(dataset.splits["validation"]) == 3
    assert dataset.split("test")[1].tolist() == list(range(10))
    assert (dataset.examples[:, 0].flatten(1).float().mean(1) - 20 * dataset.labels).abs().max() < 4


def test_cats_are_read_from_their_two_zips_without_labels(workspace):
    zipped(workspace / "data" / "cats64", [f"cat{place}" for place in range(8)])
    dataset = load_dataset("cats64")
    assert dataset.shape == (3, 64, 64)
    assert (dataset.labels, dataset.classes) == (None, ())
    assert dataset.splits["test"].tolist() == list(range(24, 32))
    assert {split: len(rows) for split, rows in dataset.splits.items()} == {"train": 22, "validation": 2, "test": 8}
    reds = dataset.split("test")[0][:, 0].flatten(1).float().mean(1)
    assert (reds - 20 * torch.arange(8)).abs().max() < 4
    assert "none stated" in dataset.notes[0]
    assert dataset.notes[1] == "Here are 32 of its 9,244 pictures."


def test_a_set_that_nobody_offers_is_asked_for_with_its_files_and_their_place(workspace, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "sets"))
    for missing in (None, "test.zip"):
        with pytest.raises(DataError) as error:
            load_dataset("cats64")
        text = one_sentence(error)
        for part in (str(tmp_path / "sets"), str(workspace / "data"), "put cats64/train.zip and cats64/test.zip there"):
            assert part in text
        if missing is None:
            zipped(workspace / "data" / "cats64", ["cat"])
            (workspace / "data" / "cats64" / "test.zip").unlink()


def test_broken_files_of_a_set_that_nobody_offers_are_not_said_to_be_fetched(workspace):
    zipped(workspace / "data" / "cats64", ["cat"])
    (workspace / "data" / "cats64" / "train.zip").write_bytes(b"cut")
    with pytest.raises(DataError, match="is broken") as error:
        load_dataset("cats64")
    assert "put cats64/train.zip, cats64/test.zip there once more" in one_sentence(error)
    assert "fetched" not in one_sentence(error)


def test_what_may_not_be_fetched_is_not(mirror):
    with pytest.raises(DataError, match="'mnist' is not on this machine"):
        load_dataset("mnist", fetch=False)
    assert mirror.served == []


def test_every_set_of_others_says_its_licence_and_a_folder_none():
    ours = {"glyphs", "ring8", "grid25", "spiral", "two_moons"}
    assert {each.name for each in DATASETS if licence_of(each.name) is None} == ours
    assert licence_of("folder:cats64") is None
    assert all(len(licence_of(each.name) or "") <= 500 for each in DATASETS)  # what a card takes


@pytest.mark.data
@pytest.mark.parametrize(("name", "place"), [("mnist", "MNIST/raw"), ("fashion_mnist", "FashionMNIST/raw")])
def test_the_real_sets_are_what_their_papers_say(real_data, name, place):
    real_data(place)
    dataset = load_dataset(name)
    assert len(dataset.examples) == 70_000
    assert len(dataset.notes) == 1
    assert len(dataset.splits["train"]) == DATASETS[name].facts["train"]
    assert len(dataset.splits["validation"]) == 5_000
    mean = float(dataset.examples[:60_000].float().mean()) / 255
    # The means by which everybody normalises these two sets.
    assert mean == pytest.approx({"mnist": 0.1307, "fashion_mnist": 0.2860}[name], abs=1e-4)


@pytest.mark.data
def test_the_real_eurosat_is_balanced(real_data):
    real_data("eurosat64")
    dataset = load_dataset("eurosat")
    assert dataset.labels.bincount().tolist() == [1000] * 10
    assert {split: len(rows) for split, rows in dataset.splits.items()} == {
        "train": 8_100,
        "validation": 900,
        "test": 1_000,
    }


@pytest.mark.data
def test_the_real_cats_are_all_there_and_look_at_us(real_data):
    real_data("cats64/train.zip")
    dataset = load_dataset("cats64")
    assert {split: len(rows) for split, rows in dataset.splits.items()} == {
        "train": DATASETS["cats64"].facts["train"],
        "validation": 832,
        "test": 924,
    }
    assert dataset.labels is None
    assert len(dataset.notes) == 1
    mean = dataset.examples.float().mean((0, 1)) / 255
    # Aligned on the eyes: both are dark spots of the mean cat, with a brighter bridge of the nose between them.
    left, right = mean[20:36, 8:28], mean[20:36, 36:56]
    assert max(left.min(), right.min()) < mean[20:36, 28:36].min() - 0.03

"""Data: named sets of images or points, whole in memory, in splits train, validation and test."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ganlab.family import Family, entry
from ganlab.toys import DRAWN

if TYPE_CHECKING:
    from ganlab.data.dataset import Dataset

_DIGITS = tuple(str(digit) for digit in range(10))
DATASETS = Family(
    "dataset",
    entry(
        "digits",
        "ganlab.data.embedded:digits",
        "1,797 handwritten digits of 8x8 pixels; comes along, needs no network.",
        shape=(1, 8, 8),
        classes=_DIGITS,
        train=1437,
        embedded=True,
        licence="Optical Recognition of Handwritten Digits (Alpaydin, Kaynak; UCI): CC BY 4.0.",
    ),
    entry(
        "glyphs",
        "ganlab.data.glyphs:glyphs",
        "28x28 digits drawn by rules, as many as wanted; comes along, needs no network.",
        shape=(1, 28, 28),
        classes=_DIGITS,
        train=18_000,
        embedded=True,
    ),
    entry(
        "mnist",
        "ganlab.data.vision:mnist",
        "70,000 handwritten digits of 28x28 pixels; 12 MB to fetch once.",
        shape=(1, 28, 28),
        classes=_DIGITS,
        train=55_000,
        embedded=False,
        megabytes=12,
        licence="MNIST (LeCun, Cortes, Burges): usually given as CC BY-SA 3.0.",
    ),
    entry(
        "fashion_mnist",
        "ganlab.data.vision:fashion_mnist",
        "70,000 pictures of clothes, 28x28 grey; 31 MB to fetch once.",
        shape=(1, 28, 28),
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        train=55_000,
        embedded=False,
        megabytes=31,
        licence="Fashion-MNIST: MIT, copyright 2017 Zalando SE.",
    ),
    entry(
        "cifar10",
        "ganlab.data.vision:cifar10",
        "60,000 colour pictures of 32x32 pixels in 10 classes; 170 MB to fetch once.",
        shape=(3, 32, 32),
        classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        train=45_000,
        embedded=False,
        megabytes=170,
        licence="CIFAR-10 (Krizhevsky): none stated; made for research.",
    ),
    entry(
        "eurosat",
        "ganlab.data.vision:eurosat",
        "Satellite pictures of Europe, 64x64 colour, 10 kinds of land; 94 MB to fetch once.",
        shape=(3, 64, 64),
        classes=(
            "AnnualCrop",
            "Forest",
            "HerbaceousVegetation",
            "Highway",
            "Industrial",
            "Pasture",
            "PermanentCrop",
            "Residential",
            "River",
            "SeaLake",
        ),
        train=21_600,
        embedded=False,
        megabytes=94,
        licence="EuroSAT: MIT, Copernicus Sentinel data.",
    ),
    entry(
        "cats64",
        "ganlab.data.vision:cats64",
        "9,244 photographs of cat faces, 64x64 colour, eyes at one place; from two files that you have.",
        shape=(3, 64, 64),
        classes=(),
        train=7_488,
        embedded=False,
        by_hand=("cats64/train.zip", "cats64/test.zip"),  # nobody offers it for fetching
        licence=(
            "cats64: none stated. Photographs by many people, who were not asked: "
            "for teaching and research only, not to be passed on commercially."
        ),
    ),
    entry(
        "ring8",
        "ganlab.data.points:ring8",
        "Points in the plane: eight narrow heaps on a circle.",
        shape=(2,),
        classes=(),
        train=100_000,
        embedded=True,
    ),
    entry(
        "grid25",
        "ganlab.data.points:grid25",
        "Points in the plane: 25 heaps on a grid.",
        shape=(2,),
        classes=(),
        train=100_000,
        embedded=True,
    ),
    entry(
        "spiral",
        "ganlab.data.points:spiral",
        "Points in the plane along a spiral.",
        shape=(2,),
        classes=(),
        train=100_000,
        embedded=True,
    ),
    entry(
        "two_moons",
        "ganlab.data.points:two_moons",
        "Points in the plane on two interlocking half circles.",
        shape=(2,),
        classes=(),
        train=100_000,
        embedded=True,
    ),
)


def facts_of(name: str) -> Mapping[str, Any]:
    """Return what is known of a dataset before it is read: shape, classes, training size, whether it comes along.

    Raises:
        UnknownName: No dataset is called so; a folder tells nothing before it is read.
    """
    return _OF_DRAWN if name.startswith(DRAWN) else DATASETS[name].facts


def load_dataset(name: str, **options: Any) -> "Dataset":
    """Load a dataset by name; ``folder:<path>`` takes ``image_size`` and ``channels``, others ``fetch``, all usual.

    Raises:
        UnknownName: No dataset is called so.
        DataError: It is absent and cannot be fetched, broken, or too large for this machine's memory.
    """
    if name.startswith(FOLDER):
        from ganlab.data.folder import folder

        return folder(name.removeprefix(FOLDER), **options)
    if name.startswith(DRAWN):
        from ganlab.data.points import points_of

        return points_of(name)
    return DATASETS[name].load()(**options)


def size_options(name: str, shape: tuple[int, ...]) -> dict[str, int]:
    """Return the options of ``load_dataset`` that make a folder's pictures [C, H, W] so large; other sets have none."""
    return {"image_size": shape[-1], "channels": shape[0]} if name.startswith(FOLDER) else {}


def load_here(name: str, shape: tuple[int, ...]) -> "Dataset | None":
    """Load a dataset if it can be had without the network, else None.

    Args:
        name: Of the dataset.
        shape: Of its pictures, for a folder.
    """
    from ganlab.errors import DataError

    options: dict[str, Any] = size_options(name, shape)
    if not name.startswith(FOLDER) and not facts_of(name)["embedded"]:
        options = {"fetch": False}
    try:
        return load_dataset(name, **options)
    except DataError:
        return None


def licence_of(name: str) -> str | None:
    """Return the licence of a dataset's pictures, or None where nothing is known: of a folder, or of what we draw."""
    return None if name.startswith(FOLDER) else facts_of(name).get("licence")


FOLDER = "folder:"
_OF_DRAWN = {"shape": (2,), "classes": (), "train": 100_000, "embedded": True}

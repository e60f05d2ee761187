"""Real pictures that come with a library we need anyway."""

import torch

from ganlab.data.dataset import Dataset, divided


def digits() -> Dataset:
    """Return scikit-learn's 1,797 handwritten digits of 8x8 pixels.

    Source: the test part of UCI's "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998); the grey
    levels 0 to 16 are spread over 0 to 255.  A tenth validates and a tenth tests, by a fixed permutation.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    levels = torch.from_numpy(images).reshape(-1, 1, 8, 8) * (255 / 16)
    return Dataset(
        "digits", levels.round().byte(), torch.from_numpy(labels).long(), tuple("0123456789"), divided(len(labels))
    )

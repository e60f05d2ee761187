"""The machine and versions that every figure is printed with."""

import json
import platform
from importlib.metadata import version

from ganlab import device


def report(question: str, **figures: object) -> None:
    """Print one JSON line."""
    facts = {
        "question": question,
        **figures,
        "machine": f"{device.processor()}, {device.cores()} cores",
        "python": platform.python_version(),
        "torch": version("torch"),
        "streamlit": version("streamlit"),
    }
    print(json.dumps(facts))

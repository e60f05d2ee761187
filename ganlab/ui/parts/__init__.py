"""Parts that pages share."""

from ganlab.ui.parts.classes import class_choice
from ganlab.ui.parts.component import component
from ganlab.ui.parts.device import chosen_device, sidebar
from ganlab.ui.parts.dropped import dropped
from ganlab.ui.parts.export import export_button, onnx_export
from ganlab.ui.parts.grid import image_grid, png_of
from ganlab.ui.parts.looking import looking
from ganlab.ui.parts.places import link, pages
from ganlab.ui.parts.style import style
from ganlab.ui.parts.text import plain, spoken
from ganlab.ui.parts.theirs import file_uploader, only
from ganlab.ui.parts.waiting import complain, done, engine_ready, fragment, go_on_when_ready, told, waiting_for_engine

__all__ = [
    "chosen_device",
    "class_choice",
    "complain",
    "component",
    "done",
    "dropped",
    "engine_ready",
    "export_button",
    "file_uploader",
    "fragment",
    "go_on_when_ready",
    "image_grid",
    "link",
    "looking",
    "only",
    "onnx_export",
    "pages",
    "plain",
    "png_of",
    "sidebar",
    "spoken",
    "style",
    "told",
    "waiting_for_engine",
]

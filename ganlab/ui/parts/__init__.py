"""Parts that pages share."""

from ganlab.ui.parts.component import component
from ganlab.ui.parts.device import chosen_device, sidebar
from ganlab.ui.parts.grid import image_grid, png_of
from ganlab.ui.parts.waiting import told, waiting_for_engine

__all__ = ["chosen_device", "component", "image_grid", "png_of", "sidebar", "told", "waiting_for_engine"]

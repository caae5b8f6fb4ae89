"""Sphinx configuration. The reference of commands, options and findings is made from the code."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generated import write_reference

from jupyter_modelship import __version__

project = "jupyter_modelship"
author = "The jupyter_modelship contributors"
project_copyright = "2026, the jupyter_modelship contributors"
release = version = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = "jupyter_modelship"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_copy_source = False
nitpicky = True
suppress_warnings: list[str] = []

write_reference(Path(__file__).parent / "reference")

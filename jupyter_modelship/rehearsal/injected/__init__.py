"""What the rehearsal puts into the user's kernel: standard library only, Python 3.8 and later.

Nothing here may import the rest of the package; `inject.py` sends these modules as source, in the
order of MODULES, and they reach each other by relative imports. The kernel's environment needs
nothing of ours.
"""

from __future__ import annotations

MODULES = ("wire", "shapes", "alias", "store", "reads", "calls", "stages")

"""`python -m jupyter_modelship.cli`, for places where the command is not on PATH."""

import sys

from jupyter_modelship.cli import main

sys.exit(main())

"""Raw sockets and a small encoder of our own, for what no client library sends by itself."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "python")]

# pylint: disable=wrong-import-position,unused-import
import frames  # noqa: E402,F401
import groups  # noqa: E402,F401
import records  # noqa: E402,F401
import topics  # noqa: E402,F401
from check import main  # noqa: E402

if __name__ == "__main__":
    main("raw sockets", "")

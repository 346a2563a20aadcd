"""paho-mqtt against a broker: `run.py --version 5 --transport tcp --default HOST:TCP:HTTP ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cases_message  # noqa: E402,F401
import cases_session  # noqa: E402,F401
from harness import main  # noqa: E402

main("paho-mqtt")

"""The outsiders' verifier, loaded from its one file as they run it."""

import importlib.util
import sys
from pathlib import Path

PATH = Path(__file__).parents[1] / "docs" / "verify" / "countersign_verify.py"

_spec = importlib.util.spec_from_file_location("countersign_verify", PATH)
assert _spec is not None
assert _spec.loader is not None
verifier = importlib.util.module_from_spec(_spec)
sys.modules["countersign_verify"] = verifier  # dataclasses look their module up
_spec.loader.exec_module(verifier)

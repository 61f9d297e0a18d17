"""Import every module of the installed package; run by `make smoke`, where no other package is.

Modules that make weights need the packages of the extra `train`, and are left out without them.
"""

from __future__ import annotations

import importlib
import pkgutil

import formbook

for module in pkgutil.walk_packages(formbook.__path__, "formbook."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        if error.name not in {"onnx", "torch"}:
            raise

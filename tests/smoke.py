"""Import every module of the installed package; run by `make smoke`, where no other package is."""

from __future__ import annotations

import importlib
import pkgutil

import formbook

for module in pkgutil.walk_packages(formbook.__path__, "formbook."):
    importlib.import_module(module.name)

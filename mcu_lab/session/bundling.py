"""Several sessions, one for each model of a bundle: open, fit, look at what they take together, save."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mcu_lab.device import Device, ad_hoc, board
from mcu_lab.errors import InputError, printable
from mcu_lab.firmware.vector import Turns
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering.together import together
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.verify import Problem, verify
from mcu_lab.schedule.bundle_text import MOST_MODELS, SUFFIX, BundleDocument, bundle_from_text, bundle_to_text
from mcu_lab.schedule.document import SUFFIX as PLAN_SUFFIX
from mcu_lab.schedule.document import device_of, let_read, load, loaded, model_path, read_model
from mcu_lab.schedule.json_text import Document
from mcu_lab.session import on_disk
from mcu_lab.session.exporting import self_test
from mcu_lab.session.session import Session

AnyPath = str | os.PathLike[str]
#: One file, several, or several by names for them.
AnyPaths = AnyPath | Iterable[AnyPath] | Mapping[str, AnyPath]
#: How often each model has its turn in a self-test, on average.
_TURNS = 8


class BundleSession:
    """The sessions of models that share a board, by name. Whatever is done to one shows in ``bundle``.

    >>> both = BundleSession.open(["kws.tflite", "vww.mcuplan.json"], "nucleo-f446re")    # doctest: +SKIP
    >>> both.fit().bundle                                                                 # doctest: +SKIP
    >>> both.save("both.mcubundle.json")                                                  # doctest: +SKIP
    """

    def __init__(self, sessions: Mapping[str, Session], document: Path | None = None, left: str | None = None) -> None:
        """``document`` is the file that they come from, ``left`` names its content (:func:`on_disk.digest`)."""
        self.sessions = MappingProxyType(dict(sessions))
        self.document = document
        self._left = left

    @classmethod
    def open(cls, files: AnyPaths, device: str | Device | None = None) -> BundleSession:
        """Sessions on a ``.mcubundle.json`` document; or on ``.tflite`` models and ``.mcuplan.json`` documents.

        ``device`` is for all of them: by default the bundle's own, or that of the first plan, or no limits. Models are
        called as their files, unless a mapping names them. Raises what :meth:`Session.open` raises.
        """
        chosen = board(device) if isinstance(device, str) else device
        if isinstance(files, (str, os.PathLike)) and os.fspath(files).endswith(SUFFIX):
            return cls._of_document(Path(files), chosen)
        if isinstance(files, (str, os.PathLike)):
            files = [files]
        named: dict[str, AnyPath] = dict(files) if isinstance(files, Mapping) else names_of(files)
        if not 0 < len(named) <= MOST_MODELS:
            raise InputError(f"a bundle has 1 to {MOST_MODELS} models, not {len(named)}.")
        for path in named.values():
            file = os.fspath(path)
            if file.endswith(SUFFIX):
                raise InputError("is a bundle, which is opened alone.", where=file)
            if chosen is None and file.endswith(PLAN_SUFFIX):
                chosen = device_of(load(file), file)
        return cls({name: Session.open(file, chosen or ad_hoc()) for name, file in named.items()})

    @classmethod
    def _of_document(cls, file: Path, device: Device | None) -> BundleSession:
        left, said = on_disk.digest(file), loaded(file, bundle_from_text)
        sessions = {}
        for name, document in said.models.items():
            model = model_path(document, file)
            graph = replace(read_tflite(read_model(document, file, model)), name=model.stem)
            sessions[name] = Session(
                graph,
                device or device_of(document, file),
                document.schedule,
                rewrites=document.rewrites,
                path=str(model.resolve()),
            )
        return cls(sessions, file.resolve(), left)

    @property
    def bundle(self) -> Bundle:
        """The plans of the current revisions, put together."""
        return together({name: session.plan for name, session in self.sessions.items()})

    @property
    def problems(self) -> tuple[Problem, ...]:
        return verify(self.bundle)

    def fit(self, **options: Any) -> BundleSession:
        """Fit each session (:meth:`Session.fit`); this bundle."""
        for session in self.sessions.values():
            session.fit(**options)
        return self

    def as_document(self, file: Path) -> BundleDocument:
        """What a document at ``file`` would say. DocumentError for a graph that no file holds."""
        said: dict[str, Document] = {name: s.as_document(file) for name, s in self.sessions.items()}
        return BundleDocument(next(iter(said.values())).device, said)

    def save(self, path: AnyPath | None = None, *, overwrite: bool = False) -> Path:
        """Write all decisions as a ``.mcubundle.json`` document, by default where they came from.

        Raises InputError for another suffix, and what :meth:`Session.save` raises.
        """
        file = Path(path) if path is not None else self.document
        if file is None or not file.name.endswith(SUFFIX):
            raise InputError(f"a bundle's file name ends in {SUFFIX}.", where=str(file or "save"))
        data = bundle_to_text(self.as_document(file)).encode()
        instead_of = self._left if file.resolve() == self.document else None
        on_disk.write(file, data, instead_of=instead_of, overwrite=overwrite)
        for session in self.sessions.values():
            let_read(session.path, file)
        self.document, self._left = file.resolve(), on_disk.digest_of(data)
        return file

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the bundle is made of."""
        own = (self.document,) if self.document else ()
        return (*own, *(file for session in self.sessions.values() for file in session.files))


def names_of(files: Iterable[AnyPath]) -> dict[str, AnyPath]:
    """Files by their names without suffix, numbered where several are called alike."""
    named: dict[str, AnyPath] = {}
    for file in files:
        name = Path(file).name.removesuffix(PLAN_SUFFIX).removesuffix(".tflite")
        named[free_name(named, name)] = file
    return named


def free_name(taken: Mapping[str, object], name: str) -> str:
    """The name for a model, printable and not taken yet."""
    plain = printable(name)[:200] or "model"
    return next(n for k in count(1) if (n := plain if k == 1 else f"{plain}_{k}") not in taken)


def self_test_turns(bundle: Bundle, seed: int) -> Turns:
    """What an export runs, in a random order, and what each model gives alone."""
    vectors = {name: self_test(plan, seed, runs=2) for name, plan in bundle.plans.items()}
    turns = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(vectors)), _TURNS))
    names = list(vectors)
    return Turns(vectors, tuple(names[int(k)] for k in turns))

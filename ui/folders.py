"""The folders of this machine that a person keeps in sync: a small file in the data folder. Reads no documents."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from index.errors import UserError
from index.files import is_below, is_there, resolved

NAME = "folders.json"


@dataclass(frozen=True)
class Folder:
    """A folder and when it was last made equal to the library."""

    path: str
    synced: str = ""


class Folders:
    """The remembered folders. Safe to use from several threads."""

    def __init__(self, home: Path) -> None:
        self._home, self._file, self._lock = home, home / NAME, Lock()

    def all(self) -> list[Folder]:
        """All of them, by path. Raises UserError when the file cannot be read."""
        try:
            return [Folder(str(item["path"]), str(item["synced"])) for item in json.loads(self._file.read_bytes())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f"The list of folders, {self._file}, cannot be read; delete it to begin anew.") from error

    def checked(self, given: str) -> Path:
        """The folder that a person means. Raises UserError when there is none, or when it should not be read."""
        named = given.strip().strip("\"'").removeprefix("file://")
        if not named:
            raise UserError("Type the path of a folder on this machine, such as ~/Documents.")
        if not named.startswith("~") and not Path(named).is_absolute():
            raise UserError(f"Give the whole path, such as {Path.home() / named}.")
        if "\0" in named or not named.isprintable():
            raise UserError("A path cannot hold such characters.")
        folder = resolved(named)
        if folder == Path(folder.anchor):
            raise UserError("That is the whole disk; point to a folder on it.")
        if is_below(str(folder), resolved(self._home)):
            raise UserError("That is where Footnote keeps its own files; point to another folder.")
        if not is_there(folder):
            raise UserError(f"There is no folder {folder} on this machine, or it may not be looked at.")
        if not folder.is_dir():
            raise UserError(f"{folder} is a file; point to its folder, or hand the file in.")
        return folder

    def remember(self, path: str) -> None:
        """Note that the folder was made equal to the library just now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._lock:
            self._keep([*(folder for folder in self.all() if folder.path != path), Folder(path, now)])

    def forget(self, path: str) -> None:
        with self._lock:
            self._keep([folder for folder in self.all() if folder.path != path])

    def _keep(self, folders: Sequence[Folder]) -> None:
        ordered = sorted(folders, key=lambda folder: folder.path)
        beside = self._file.with_name(NAME + ".new")
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps([asdict(folder) for folder in ordered], indent=1), encoding="utf-8")
            beside.replace(self._file)  # whole or not at all
        except OSError as error:
            raise UserError(f"The list of folders cannot be kept in {self._home}: {error.strerror}.") from error

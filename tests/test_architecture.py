"""The floors and walls of ARCHITECTURE.md, held against every import and every line of SQL in the package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = (
    {"", "__init__", "__version__", "base"},
    {"media"},
    {"accounts", "catalog", "jobs"},
    {"ingest", "streaming", "search", "social", "stats"},
    {"demo", "discovery", "federation", "ops"},
    {"server"},
    {"app", "cli", "cli_blocklist", "cli_import", "cli_users", "__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
WALLS = {  # library: where alone it may be imported
    "av": r"mediaserver\.media\.",
    "mutagen": r"mediaserver\.media\.",
    "aiosqlite": r"mediaserver\.base\.db$",
    "aiohttp": r"mediaserver\.(server\.|app$)",
    "jinja2": r"mediaserver\.server\.",
}
SQL = re.compile(r"\s*(SELECT\s.+\sFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA)\s", re.DOTALL)
SQL_ROOMS = re.compile(r"mediaserver\.(base\.(db|migrate)$|" + "|".join(FLOORS[2] | FLOORS[3] | FLOORS[4]) + ")")
DECODING = re.compile(r"msgspec\.(convert|\w+\.Decoder)\(|msgspec\.\w+\.decode\([^)]*type=")
LONGEST = 500  # lines in a module


@dataclass(frozen=True)
class Module:
    name: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return room_of(self.name)

    def imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = "." * node.level + (node.module or "")
                yield from (f"{origin}.{alias.name}" for alias in node.names)


def read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(".".join(path.relative_to(ROOT).with_suffix("").parts), text, ast.parse(text))


MODULES = [read(path) for path in sorted(ROOT.glob("mediaserver/**/*.py"))]


def room_of(name: str) -> str:
    return name.partition(".")[2].partition(".")[0]


def door_of(name: str) -> str:
    """The door that a module of the server belongs to: a folder below it; "" for what all doors share."""
    parts = name.split(".")
    is_door = parts[1] == "server" and len(parts) > 2 and (ROOT / "mediaserver" / "server" / parts[2]).is_dir()
    return parts[2] if is_door else ""


def test_every_room_stands_on_a_floor() -> None:
    assert {module.room for module in MODULES} <= set(FLOOR)


def test_imports_lead_down_or_stay_in_the_room() -> None:
    wrong = [
        f"{module.name} imports {target}"
        for module in MODULES
        for target in module.imports()
        if target.split(".")[0] == "mediaserver"
        and room_of(target) != module.room
        and FLOOR[room_of(target)] >= FLOOR[module.room]
        and FLOOR[module.room] < FLOOR["app"]
    ]
    assert not wrong, "\n".join(wrong)


def test_doors_do_not_know_each_other() -> None:
    wrong = [
        f"{module.name} imports {target}"
        for module in MODULES
        for target in module.imports()
        if target.startswith("mediaserver.server.") and door_of(module.name) and door_of(target)
        if door_of(target) != door_of(module.name)
    ]
    assert not wrong, "\n".join(wrong)


def test_libraries_stay_behind_their_walls() -> None:
    wrong = [
        f"{module.name} imports {target}"
        for module in MODULES
        for target in module.imports()
        if not re.match(WALLS.get(target.split(".")[0], ""), module.name)
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_are_whole_names_at_the_top() -> None:
    wrong = [f"{module.name} imports {target}" for module in MODULES for target in module.imports() if target[0] == "."]
    wrong += [
        f"{module.name}:{inner.lineno} imports inside {node.name}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, "\n".join(wrong)


def test_sql_stands_beside_its_noun() -> None:
    wrong = [
        f"{module.name}:{node.lineno} holds SQL"
        for module in MODULES
        if not SQL_ROOMS.match(module.name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert not wrong, "\n".join(wrong)


def test_kinds_are_got_ready_in_one_place() -> None:
    """Two threads that do it by themselves at the same time crash the process."""
    wrong = [module.name for module in MODULES if DECODING.search(module.text) and "base.decoders" not in module.name]
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_is() -> None:
    wrong = [module.name for module in MODULES if not ast.get_docstring(module.tree)]
    assert not wrong, "\n".join(wrong)


def test_modules_stay_small() -> None:
    wrong = [module.name for module in MODULES if len(module.text.splitlines()) > LONGEST]
    assert not wrong, "\n".join(wrong)

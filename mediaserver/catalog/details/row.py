"""A row of details: everything that is said of a thing once, kept as one dataclass under the thing's id."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Generic, TypeVar

from mediaserver.base.db import Reader, Tx

T = TypeVar("T")


class Row(Generic[T]):
    """A table whose columns are the fields of the dataclass `kind`, and the id of what they tell of in `key`."""

    def __init__(self, table: str, key: str, kind: type[T]) -> None:
        """Write the statements down; the names in them come from the program, never from a person."""
        self.columns = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]
        self._kind = kind
        names, values = ", ".join(self.columns), ", ".join(f":{name}" for name in self.columns)
        again = ", ".join(f"{name} = excluded.{name}" for name in self.columns)
        self._select = f"SELECT {names} FROM {table} WHERE {key} = :id"
        self._upsert = (
            f"INSERT INTO {table} ({key}, {names}) VALUES (:id, {values}) ON CONFLICT ({key}) DO UPDATE SET {again}"
        )

    def of(self, r: Reader, thing_id: str) -> T:
        """Return what is said of a thing; nothing where nothing is."""
        return r.one(self._kind, self._select, id=thing_id) or self._kind()

    def put(self, tx: Tx, thing_id: str, said: T) -> None:
        """Keep what is said of a thing in the place of what was."""
        values: dict[str, Any] = {
            name: getattr(said, name) for name in self.columns
        }  # a quarter of what asdict() costs
        tx.run(self._upsert, id=thing_id, **values)

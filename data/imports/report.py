"""What an import did, and the sentences that say what is wrong with a row."""

from __future__ import annotations

from dataclasses import dataclass

from geo.messages import Message, message

__all__ = ["CellPlace", "ImportReport"]


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Where a cell or row stands: file, sheet (empty in text files) and row from 1."""

    file: str
    sheet: str
    row: int

    def problem(self, what: Message, column: str = "") -> Message:
        """Return a sentence that names this place, the column, and what is wrong there."""
        facts = {"file": self.file, "sheet": self.sheet, "row": self.row, "what": what}
        if column and self.sheet:
            return message(
                "文件 %(file)s 工作表“%(sheet)s”第 %(row)d 行“%(column)s”列：%(what)s",
                column=column,
                **facts,
            )
        if column:
            return message(
                "文件 %(file)s 第 %(row)d 行“%(column)s”列：%(what)s", column=column, **facts
            )
        if self.sheet:
            return message("文件 %(file)s 工作表“%(sheet)s”第 %(row)d 行：%(what)s", **facts)
        return message("文件 %(file)s 第 %(row)d 行：%(what)s", **facts)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file: each is counted in exactly one of four ways.

    Parameters
    ----------
    kind, file
        Kind of table and name of the file.
    rows
        Rows that hold something, the header not counted (areas: features).
    accepted
        Rows stored as they stand, new or in the place of an earlier version.
    corrected
        Rows stored after a mend that ``notes`` names.
    unchanged
        Rows that the store holds already, the same.
    quarantined
        Rows that could not be used and wait with their reasons.
    encoding
        Text encoding of a text file; empty for workbooks.
    problems
        One sentence a bad cell of the quarantined rows.
    notes
        Sentences on mends, on what the store knows better, and on sheets and columns that were
        left out.
    templates
        Names of the kept templates by which the columns were read.
    """

    kind: str
    file: str
    rows: int
    accepted: int
    corrected: int
    unchanged: int
    quarantined: int
    encoding: str = ""
    problems: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    templates: tuple[str, ...] = ()

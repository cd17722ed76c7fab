"""What an import did, in words: plain lines that read the same on a terminal and in a file."""

from typing import TextIO

from goalpost.exchange.loading.report import NameKind, Report

_SHOWN_NAMES = 10


def print_summary(report: Report, stream: TextIO) -> None:
    for line in summary_lines(report):
        # What a file holds may not be writable in the terminal's coding.
        coding = stream.encoding or "utf-8"
        stream.write(line.encode(coding, errors="backslashreplace").decode(coding) + "\n")


def summary_lines(report: Report) -> list[str]:
    """Return the lines of a summary."""
    would = " (dry run: nothing was written)" if report.is_dry_run else ""
    return [
        f"{report.file_name} into {report.company}{would}",
        f"Read as {report.description}",
        *(f"  {field} from “{header}”" for field, header in report.columns),
        *report.notes,
        _counts(report),
        f"Rows are known again by {report.known_by}",
        *_name_lines(report),
        *_remark_lines(report),
        *_rejected_lines(report),
    ]


def _counts(report: Report) -> str:
    return (
        f"{report.rows:,} {'row' if report.rows == 1 else 'rows'}: {report.created:,} created,"
        f" {report.updated:,} updated, {report.unchanged:,} unchanged, {report.rejected:,} rejected"
    )


def _name_lines(report: Report) -> list[str]:
    verb = "Would create" if report.is_dry_run else "Created"
    lines = []
    for kind in NameKind:
        names = report.new_names.get(kind)
        if names:
            one, several = kind.value
            more = f" and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else ""
            counted = f"{len(names):,} {one if len(names) == 1 else several}"
            lines.append(f"{verb} {counted}: {', '.join(names[:_SHOWN_NAMES])}{more}")
    return lines


def _remark_lines(report: Report) -> list[str]:
    what = report.kind.value
    singular = {"users": "row", "deals": "deal", "activities": "activity"}[what]
    lines = []
    for remark, count in report.remarks.items():
        one, several = remark.value
        if count:
            lines.append(
                f"1 {singular} {one}"
                if count == 1
                else f"{count:,} {'rows' if what == 'users' else what} {several}"
            )
    if report.unrated:
        count = report.unrated.total()
        by_currency = ", ".join(f"{code} {number:,}" for code, number in sorted(report.unrated.items()))
        subject = "1 deal has" if count == 1 else f"{count:,} deals have"
        lines.append(
            f"{subject} a currency without an exchange rate ({by_currency}): the value counts as unknown"
        )
    return lines


def _rejected_lines(report: Report) -> list[str]:
    if not report.rejected:
        return []
    lines = ["Rejected:"]
    lines += [f"  line {row.line}: {row.reason}" for row in report.first_rejected]
    more = report.rejected - len(report.first_rejected)
    if more:
        lines.append(f"  and {more:,} more")
    if report.rejects_path is not None:
        lines.append(f"Rejected rows are in {report.rejects_path}: mend them there and import that file.")
    return lines

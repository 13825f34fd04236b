"""A plan as one HTML file that needs no network: verdict, figures, timeline, why the peak, every step."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bokeh.embed import components
from bokeh.resources import INLINE

from mcu_lab.plan.model import APPLICATION
from mcu_lab.view.picture import Head, Projection, Row
from mcu_lab.view.timeline import timeline
from mcu_lab.view.words import action_words, bytes_words, steps_words, use_words

STYLE = """
:root { color-scheme: light; --ink: #1a1a1a; --soft: #5b5b5b; --line: #d9d9d9; --ok: #0b6b3a; --bad: #b3261e; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; margin: 0 auto; max-width: 1100px;
  padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.verdict { font-size: 1.1rem; font-weight: 600; margin: 0 0 1rem; }
.fits { color: var(--ok); } .over { color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; margin: 0; }
dl div { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid var(--line); }
.n { text-align: right; font-variant-numeric: tabular-nums; } tr.peak td { background: #fff3e0; font-weight: 600; }
tr.stage td { background: #f3f6fa; } td.in { padding-left: 1.6rem; }
footer { color: var(--soft); font-size: .85rem; margin-top: 2rem; }
"""


def report_html(
    projection: Projection, *, model: str, device: str, facts: Sequence[tuple[str, str]], problems: Sequence[str]
) -> str:
    """The page as text. ``facts`` are further figures to show (name, value); ``problems`` the verifier's sentences.

    Every name that comes from the model is shown as text.
    """
    script, chart = components(timeline(projection, title=" ").figure)
    title = escape(f"{model} on {device}")
    verdict = "fits" if projection.head.fits and not problems else "over"
    peak = f"<h2>Why this peak</h2><p>{escape(projection.head.peak.text)}</p>" if projection.head.peak else ""
    peak_row = projection.head.peak.row if projection.head.peak else None
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
{INLINE.render()}
{script}
</head>
<body>
<main>
<h1>{title}</h1>
<p class="verdict {verdict}">{escape(projection.head.verdict)}</p>
<dl>{"".join(_fact(name, value) for name, value in (*_figures(projection.head), *facts))}</dl>
<h2>Memory over time</h2>
{chart}
{peak}
<h2>Verification</h2>
{_problems(problems)}
<h2>Steps</h2>
<table>
<thead><tr><th class="n">step</th><th class="n">op</th><th>operator</th><th>makes</th>
<th class="n">live bytes</th><th class="n">MACs</th></tr></thead>
<tbody>{"".join(_row(row, i == peak_row) for i, row in enumerate(projection.rows))}</tbody>
</table>
</main>
<footer>Input {escape("streamed by the application" if _streamed(projection) else "resident in the arena")}.
Made by mcu_lab.</footer>
</body>
</html>
"""


def _figures(head: Head) -> tuple[tuple[str, str], ...]:
    return (
        ("arena", use_words(head.arena_bytes, head.limit_bytes)),
        ("live-set bound", bytes_words(head.live_bound_bytes)),
        ("flash: constants", use_words(head.flash_bytes, head.flash_limit_bytes)),
        ("multiply-accumulates", f"{head.macs:,}"),
    )


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"


def _problems(problems: Sequence[str]) -> str:
    if not problems:
        return "<p>Every step of this plan finds exactly the bytes it expects.</p>"
    return "<ul>" + "".join(f"<li>{escape(p)}</li>" for p in problems) + "</ul>"


def _row(row: Row, is_peak: bool) -> str:
    mark = " ".join(name for name, on in (("peak", is_peak), ("stage", row.kind == "stage")) if on)
    inside = ' class="in"' if row.stage is not None and row.kind != "stage" else ""
    op = "" if row.op is None else str(row.op)
    what = escape(action_words(row.label, row.action))
    return (
        f'<tr class="{mark}"><td class="n">{steps_words(row)}</td><td class="n">{op}</td><td{inside}>{what}</td>'
        f'<td>{escape(row.made)}</td><td class="n">{row.live_bytes:,}</td><td class="n">{row.macs:,}</td></tr>\n'
    )


def _streamed(projection: Projection) -> bool:
    return any(r.memory == APPLICATION for r in projection.rects)

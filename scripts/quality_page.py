"""Numbers of docs/quality.json as a page, in English or Chinese; no number stands in the words."""

from collections.abc import Iterator, Sequence
from typing import Any

from quality_words import WORDS

from truecrowd.bench.quality.names import group_name

KINDS = ("week", "evade/low", "evade/mid", "evade/high")
BLOCKS = ("account", "order", "product", "room")


def page(numbers: dict[str, Any], lang: str) -> str:
    """Return the whole page; a half that was not measured says so."""
    say = WORDS[lang]
    parts = [f"# {say['title']}", say["other"], say["made"], say["intro"], say["author"]]
    if report := numbers.get("report"):
        parts += [*measured_how(report["made"], lang), *figure_part(report["figures"], lang)]
        parts += [*scheme_part(report["schemes"], lang), *role_part(report["roles"], lang)]
        parts += [*guard_part(report["guards"], lang), *recorded_part(report["recorded"], lang)]
    else:
        parts += [f"## {say['h_figures']}", say["not_run"]]
    parts += [f"## {say['h_ablations']}", *ablation_part(numbers.get("ablations"), lang)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head), ["---"] * len(head), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def measured_how(made: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield the command, the versions, and the size of everything."""
    say = WORDS[lang]
    yield f"## {say['h_how']}"
    yield f"<!-- not run: {say['why_not_run']} -->\n```sh\n{made['command']}\n```"
    seeds = ", ".join(str(seed) for seed in made["seeds"])
    yield say["how"].format(**{**made, "seeds": seeds}, minutes=minutes(made))
    rows = [
        [
            say[f"preset:{name}"],
            f"{one['asked']:,}",
            f"{one['n_events']:,}",
            f"{one['n_rooms']:,}",
            f"{one['audit_s']:,.0f}",
        ]
        for name, one in sorted(made["presets"].items(), key=lambda item: list(say).index(f"preset:{item[0]}"))
    ]
    yield table([say[name] for name in ("rooms_of", "asked", "n_events", "n_rooms", "audit_s")], rows)
    yield say["intervals"]


def minutes(made: dict[str, Any]) -> str:
    """Return how long it took, minutes."""
    return f"{made['seconds'] / 60:.0f}"


def figure_part(figures: list[dict[str, Any]], lang: str) -> Iterator[str]:
    """Yield hits and misses, then the misses once more with their gaps, then what has no target."""
    say = WORDS[lang]
    aimed = [one for one in figures if one["target"] is not None]
    met = [one for one in aimed if is_met(one)]
    yield f"## {say['h_figures']}"
    yield say["met_of"].format(met=len(met), n=len(aimed), missed=len(aimed) - len(met))
    head = [say[name] for name in ("figure", "where", "target", "mean", "interval", "seeds", "is_met")]
    yield table(head, [figure_row(one, lang) for one in aimed])
    if line := watched(figures, lang):
        yield line
    yield f"### {say['h_missed']}"
    missed = [one for one in aimed if not is_met(one)]
    yield "\n".join(missed_line(one, lang) for one in missed) if missed else say["none_missed"]
    yield f"### {say['h_others']}"
    rest = [one for one in figures if one["target"] is None]
    yield table(head[:2] + head[3:6], [[*row[:2], *row[3:6]] for row in (figure_row(one, lang) for one in rest)])
    yield say["of_goods"]


def watched(figures: list[dict[str, Any]], lang: str) -> str:
    """Return what the alarms alone do not tell: honest rooms at watch; nothing where that was not measured."""
    wanted = {"clean": "rooms_watch", "week": "rooms_watch", "found": "dirty_alarm"}
    presets = {"clean": "clean", "week": "week", "found": "week"}
    values = {
        key: one
        for key, name in wanted.items()
        for one in figures
        if (one["name"], one["preset"]) == (name, presets[key])
    }
    if len(values) < len(wanted):
        return ""
    return WORDS[lang]["watched"].format(**{key: shown(one["value"], "per_cent", lang) for key, one in values.items()})


def figure_row(one: dict[str, Any], lang: str) -> list[str]:
    """Return name, place, target, value, interval, seeds and whether it is met."""
    say = WORDS[lang]
    name = say[f"figure:{one['name']}"]
    if one.get("which") and one["value"]:
        name += say["which"].format(which=group_name(one["which"], lang))
    seeds = " · ".join(shown(each, one["shown"], lang) for each in one["seeds"] if ", " not in one["preset"])
    silent = say["no_alarm"].format(n=one["seeds"].count(None), seeds=len(one["seeds"]))
    nothing = silent if one["shown"] == "seconds" else say["unknown"]
    verdict = nothing if one["value"] is None else say["met"] if is_met(one) else say["missed"]
    return [
        name, places(one["preset"], lang), aim(one, lang), shown(one["value"], one["shown"], lang),
        interval(one, one["shown"], lang), seeds, verdict,
    ]  # fmt: skip


def aim(one: dict[str, Any], lang: str) -> str:
    """Return the target with its sign."""
    if one["target"] is None:
        return ""
    return f"{one['sign']} {shown(one['target'], one['shown'], lang)}"


def is_met(one: dict[str, Any]) -> bool:
    """Say whether the mean reaches the target; what could not be measured is missed."""
    if one["value"] is None or one["target"] is None:
        return False
    return bool(one["value"] <= one["target"] if one["sign"] == "≤" else one["value"] >= one["target"])


def missed_line(one: dict[str, Any], lang: str) -> str:
    """Return one miss with its gap."""
    say = WORDS[lang]
    row = figure_row(one, lang)
    if one["value"] is None:
        return "- " + say["no_value"].format(name=row[0], where=row[1], target=row[2], why=row[6].strip("*"))
    gap = shown(abs(one["value"] - one["target"]), one["shown"], lang)
    return "- " + say[f"gap {one['sign']}"].format(name=row[0], where=row[1], value=row[3], target=row[2], gap=gap)


def shown(value: float | None, kind: str, lang: str) -> str:
    """Return a value as it is printed.

    >>> shown(0.9034, "share", "en"), shown(0.0012, "per_cent", "en"), shown(61.2, "seconds", "en"), shown(None, "share", "en")
    ('0.903', '0.12 %', '61 s', '–')
    """
    if value is None:
        return "–"
    if kind == "per_cent":
        return f"{100 * value:.2f} %"
    if kind == "seconds":
        return f"{value:,.0f} {WORDS[lang]['s']}"
    return f"{value:.3f}"


def interval(one: dict[str, Any], kind: str, lang: str) -> str:
    """Return the interval, or a star where there is none."""
    if one["value"] is None:
        return "–"
    if one["low"] is None:
        return "*"
    return f"{shown(one['low'], kind, lang)} … {shown(one['high'], kind, lang)}"


def places(preset: str, lang: str) -> str:
    """Return where something was measured."""
    return WORDS[lang]["and"].join(WORDS[lang][f"preset:{name}"] for name in preset.split(", "))


def scheme_part(schemes: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield average precision by scheme, one table for each kind of subject."""
    say = WORDS[lang]
    yield f"## {say['h_schemes']}"
    yield say["schemes"]
    head = [say["scheme"], *(say[f"preset:{preset}"] for preset in KINDS)]
    for block in BLOCKS:
        if schemes.get(block):
            rows = [
                [group_name(name, lang), *(with_interval(own.get(preset), lang) for preset in KINDS)]
                for name, own in sorted(schemes[block].items())
            ]
            yield f"**{say['block:' + block]}**"
            yield table(head, rows)


def with_interval(one: dict[str, Any] | None, lang: str) -> str:
    """Return a value with its interval in one cell."""
    if one is None or one["value"] is None:
        return "–"
    return f"{shown(one['value'], 'share', lang)} ({interval(one, 'share', lang)})"


def role_part(roles: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield how many honest accounts of each role are at watch."""
    say = WORDS[lang]
    yield f"## {say['h_roles']}"
    yield say["roles"]
    presets = ("clean", "guards")
    rows = []
    for name, own in roles.items():
        cells = [f"{shown(own[preset]['value'], 'per_cent', lang)} ({own[preset]['n']:,})" for preset in presets]
        rows.append([group_name(name, lang), *cells])
    yield table([say["role"], *(say[f"preset:{preset}"] for preset in presets)], rows)


def guard_part(guards: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield how many rooms of each guard family are alarmed, at watch and at high."""
    say = WORDS[lang]
    yield f"## {say['h_guards']}"
    over = sum(1 for name, own in guards.items() if name != "plain" and (own["alarm"]["value"] or 0.0) > 0.01)
    yield say["guards"].format(n=len(guards) - 1, over=over)
    rows = []
    for name, own in sorted(guards.items(), key=lambda item: (-(item[1]["alarm"]["value"] or 0.0), item[0])):
        high = own["alarm"]["high"]
        upper = "*" if high is None else shown(high, "per_cent", lang)
        values = [shown(own[said]["value"], "per_cent", lang) for said in ("alarm", "watch", "high")]
        rows.append([group_name(name, lang), f"{own['alarm']['n']:,}", values[0], upper, *values[1:]])
    yield table([say[key] for key in ("guard", "n_rooms", "alarmed", "upper", "at_watch", "at_high")], rows)


def recorded_part(recorded: list[dict[str, Any]] | None, lang: str) -> Iterator[str]:
    """Yield what is said of recorded rooms, by the format they were recorded in."""
    say = WORDS[lang]
    yield f"## {say['h_recorded']}"
    if recorded is None:
        yield say["no_recorded"]
        return
    total = {key: sum(one[key] for one in recorded) for key in ("n_rooms", "watch", "above", "n_accounts", "flagged")}
    yield say["recorded"].format(files=len(recorded), said=say["met"] if not total["above"] else say["missed"], **total)
    rows = []
    for kind in dict.fromkeys(one["format"] for one in recorded):
        own = [one for one in recorded if one["format"] == kind]
        counts = [
            sum(one[key] for one in own)
            for key in ("n_rooms", "n_events", "watch", "above", "alarms", "n_accounts", "flagged")
        ]
        said = ", ".join(group_name(name, lang) for name in sorted({each for one in own for each in one["schemes"]}))
        rows.append([f"`{kind}`", str(len(own)), *(f"{count:,}" for count in counts), said or "–"])
    head = (
        "format",
        "files",
        "n_rooms",
        "n_events",
        "at_watch",
        "above_watch",
        "alarms",
        "n_accounts",
        "flagged",
        "said_of",
    )
    yield table([say[key] for key in head], rows)


def ablation_part(half: dict[str, Any] | None, lang: str) -> Iterator[str]:
    """Yield what breaks without a family, a scheme, a column, a clean reference."""
    say = WORDS[lang]
    if half is None:
        yield say["not_run"]
        return
    yield say["ablations"].format(**half["made"], minutes=minutes(half["made"]))
    for part, columns in COLUMNS.items():
        rows = [row for row in half["rows"] if row["part"] == part]
        if rows:
            yield f"### {say[f'h_without_{part}']}"
            yield say[f"without_{part}"]
            names = [
                say["of_reference" if part == "reference" else "left_out"],
                *(say[f"column:{name}"] for name in columns),
            ]
            yield table(names, [[left_out(row, lang), *ablation_cells(row, rows[0], columns)] for row in rows])


COLUMNS: dict[str, tuple[str, ...]] = {
    "families": ("account_ap", "account_recall", "order_ap", "room_auc", "share_mae"),
    "schemes": ("ap", "ap_without", "recall", "recall_without", "room_auc", "room_auc_without"),
    "columns": ("account_ap", "account_recall", "order_ap", "room_auc", "share_mae"),
    "reference": (
        "n_rooms",
        "n_left_out",
        "honest_watch",
        "dirty_watch",
        "honest_high",
        "dirty_high",
        "at_least",
        "above",
    ),
}
"""By part of the ablations, the measures in the order of their columns."""


def left_out(row: dict[str, Any], lang: str) -> str:
    """Return what is left out, in words."""
    key = f"{row['part']}:{row['name']}"
    return WORDS[lang].get(key) or group_name(row["name"], lang)


def ablation_cells(row: dict[str, Any], first: dict[str, Any], columns: Sequence[str]) -> Iterator[str]:
    """Yield the values of a row; what is switched off is followed by the change against everything."""
    compares = row["part"] in ("families", "columns") and row is not first
    for name in columns:
        value = row["values"].get(name)
        whole = first["values"].get(name)
        if value is None:
            yield "–"
        elif name.startswith("n_"):
            yield f"{value:,.0f}"
        elif compares and whole is not None:
            yield f"{value:.3f} ({round(value - whole, 3) + 0.0:+.3f})"
        else:
            yield f"{value:.3f}"

"""The first page of a case file, in both languages: what was seen, what it does not prove, how to check it."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from truecrowd.surfaces.cli.lines import room_lines
from truecrowd.surfaces.report.phrases import LANGS, Data, Lang, Phrase, _, _n, say
from truecrowd.surfaces.terminal import Looks

if TYPE_CHECKING:
    from truecrowd.evidence.case import Facts

_RULE: Final = "=" * 72


def readme(facts: "Facts", document: Mapping[str, Any], verifier: bytes) -> bytes:
    """Return README.txt.

    Args:
        facts: What the case file is about.
        document: report.json of the audit.
        verifier: verify.py as it is put into the case file.
    """
    parts = ["\n".join(_page(facts, document, sha256(verifier).hexdigest(), lang)) for lang in LANGS]
    return (f"\n\n{_RULE}\n\n".join(parts) + "\n").encode()


def _page(facts: "Facts", document: Mapping[str, Any], verifier: str, lang: Lang) -> Iterator[str]:
    yield say(_("Case file {name}", name=Data(facts.case_id)), lang)
    yield say(_PROFILES[facts.wanted.profile], lang)
    for head, lines in (
        (_("What was seen"), _seen(facts, document, lang)),
        (_("What is in this file"), _inside(facts, lang)),
        (_("What this does not prove"), _unproven(lang)),
        (_("How to check it"), _checking(facts, verifier, lang)),
    ):
        yield ""
        yield say(head, lang)
        yield from (f"  {line}" for line in lines)


_PROFILES: Final[Mapping[str, Phrase]] = {
    "full": _("For a court: everything the findings rest on."),
    "party": _("For a party: its own records, all reasons, and nobody else's data."),
    "consumer": _("For a consumer: the own records, and what was seen in the room."),
    "samr": _("For a market regulator: findings, records and how they were taken."),
    "fre902": _("With the certification of FRE 902(13) and (14), to be filled in and signed."),
}


def _seen(facts: "Facts", document: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    rooms = [room for room in document["rooms"] if room["room_id"] in facts.rooms]
    index = [row for row in document["index"] if row["room_id"] in facts.rooms]
    if index:
        yield from room_lines({**document, "rooms": rooms, "index": index}, Looks(lang=lang))
    found = _n("{n} finding: {ids}", "{n} findings: {ids}", len(facts.findings), n=len(facts.findings),
               ids=Data(" ".join(facts.findings[:20])))  # fmt: skip
    yield say(found, lang)


def _inside(facts: "Facts", lang: Lang) -> Iterator[str]:
    yield say(_("{shipped} of {all} sealed records of this room; findings cite {cited} of them", shipped=facts.n_shipped,
                all=facts.n_room, cited=facts.n_cited), lang)  # fmt: skip
    for source in facts.sources[:20]:
        if source["is_last"]:
            of, by = source["source"], source["custody"]
            took = _("{name}, {size} bytes, SHA-256 {sha256}: taken by {role}, method {method}, place {place}",
                     name=Data(of["name"]), size=of["size"], sha256=of["sha256"], role=Data(by["role"]),
                     method=by["method"], place=Data(by["place"]))  # fmt: skip
            yield say(took, lang)
    yield say(_("Accounts have names of this file only (case.json); two case files cannot be joined on them."), lang)
    if facts.wanted.basis:
        yield say(_("Opened on this legal basis: {basis}", basis=Data(facts.wanted.basis)), lang)
    else:
        yield say(_("Accounts, devices, addresses and texts are in it as commitments only; nothing opens them."), lang)


def _unproven(lang: Lang) -> Iterator[str]:
    for line in (
        _("That the source told the truth, or sent everything: the log starts where the data reached us."),
        _(
            "Who a person is, or who ordered the crowd: ids are the source's, and accounts that act alike need no owner."
        ),
        _("That nothing happened where we could not look, or after this checkpoint: ask for a newer one."),
    ):
        yield f"- {say(line, lang)}"


def _checking(facts: "Facts", verifier: str, lang: Lang) -> Iterator[str]:
    yield say(_("No network and no program of ours is needed, only Python 3.9 or newer:"), lang)
    yield "  python3 -I -S verify.py CASEFILE --trust POLICY"
    yield "  python3 -I -S verify.py CASEFILE --trust POLICY --head HEAD.txt"
    yield "  sha256sum verify.py"
    yield say(_("Take verify.py and POLICY from somebody else than whoever gave you this file. The copy in it has this "
                "SHA-256; compare it by telephone or on paper:"), lang)  # fmt: skip
    yield f"  {verifier}"
    yield say(
        _("HEAD.txt is the line below as you got it earlier, from a report or on paper; it rules out a rewrite:"), lang
    )
    yield f"  {facts.head}"
    yield say(_("Every check is proven, failed or not checked; not checked never means good."), lang)


CERTIFICATION: Final = """CERTIFICATION UNDER FEDERAL RULES OF EVIDENCE 902(13) AND 902(14)
(to be filled in and signed by a qualified person; this program signs nothing and gives no legal advice)

Case file: {case_id}
Log head:  {head}

1. I am ________________________________ (name), ________________________________ (title, organisation).
2. I am qualified to make this certification because ______________________________________________.
3. 902(13): The records in this case file were generated by an electronic process or system that produces an
   accurate result. The process: recordings were read, hashed record by record and entered into an append-only
   log as custody.json says; the checks named in statements/ were run on them.
4. 902(14): The copies in this case file were authenticated by digital identification: SHA-256 hash values,
   compared by the program verify.py on ____________ (date) with this result: ________________________.
5. Notice was given to the adverse party on ____________ under 902(11).

I declare under penalty of perjury that the foregoing is true and correct.

Date: ____________   Signature: ________________________________
"""


def texts(facts: "Facts", document: Mapping[str, Any], verifier: bytes) -> dict[str, bytes]:
    """Return the files that people read, by name."""
    found = {"README.txt": readme(facts, document, verifier)}
    if facts.wanted.profile == "fre902":
        found["certification.txt"] = CERTIFICATION.format(case_id=facts.case_id, head=facts.head).encode()
    return found

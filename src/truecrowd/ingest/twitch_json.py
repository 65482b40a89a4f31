"""Chat of a Twitch video as downloaders save it: one JSON object with `comments` and `video` or `streamer`.

A comment's own `created_at` is rewritten when a highlight is cut (49 minutes of chat in 6 seconds), so the time is the
video's start plus the comment's place in the video.
"""

from collections.abc import Iterable
from typing import Any, Final

from truecrowd.ingest.clocks import SECOND_US, iso_us
from truecrowd.ingest.identities import by_id, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

_LOOKED_AT: Final = 200
"""Comments recognition looks at."""
_SIGNS: Final = ('"comments"', '"content_offset_seconds"')


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its first comments that have a place in the video and a message."""
    value = sample.whole
    if value is None and sample.text.lstrip()[:1] == "{" and all(sign in sample.text for sign in _SIGNS):
        from truecrowd.ingest.documents import value_of_head

        value = value_of_head(sample.text)
    if not isinstance(value, dict) or not ("video" in value or "streamer" in value):
        return None
    comments = value.get("comments")
    if not isinstance(comments, list) or not comments:
        return None
    seen = comments[:_LOOKED_AT]
    n_fit = sum(isinstance(item, dict) and "content_offset_seconds" in item and "message" in item for item in seen)
    return Match(n_fit / len(seen), "rule 3: comments + video") if n_fit else None


def items(value: object) -> Iterable[object]:
    """Return pairs of the video's own fields and one comment."""
    if not isinstance(value, dict) or not isinstance(value["comments"], list):
        raise TypeError("no comments")
    about = {name: part for name, part in value.items() if name in ("video", "streamer")}
    return [(about, comment) for comment in value["comments"]]


class _Reader:
    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._fallback = about.room or about.stem
        self._about: object = None
        self._start_us = 0

    def feed(self, unit: object) -> None:
        assert isinstance(unit, tuple)
        about, comment = unit
        if about is not self._about:
            self._open(about)
        try:
            self._comment(comment)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self._sink.reject("bad_json", "comment")

    def _open(self, about: dict[str, Any]) -> None:
        """Take the video's start and its channel."""
        self._about = about
        video, streamer = about.get("video"), about.get("streamer")
        created = video.get("created_at") if isinstance(video, dict) else None
        start_us, has_zone = iso_us(created) if isinstance(created, str) else (0, False)
        self._start_us = start_us if has_zone else 0
        owner = streamer.get("id") if isinstance(streamer, dict) else None
        if isinstance(owner, str | int) and owner:
            self._fallback = str(owner)

    def _comment(self, comment: dict[str, Any]) -> None:
        message = comment["message"]
        body = message["body"]
        if not isinstance(body, str):
            raise TypeError(body)
        row: Row = {"event_type": "comment", "text": body}
        if self._start_us:
            row["ts"] = self._start_us + round(float(comment["content_offset_seconds"]) * SECOND_US)
            row["ts_kind"] = "video_offset"
        else:
            ts, has_zone = iso_us(str(comment.get("created_at", "")))
            if not has_zone:
                self._sink.reject("no_ts" if not comment.get("created_at") else "bad_ts", "comment")
                return
            row["ts"] = ts
        row["source_room_id"] = text_id(comment.get("channel_id")) or self._fallback
        identifier = text_id(comment.get("_id"))
        if identifier:
            row["event_id"] = identifier
        self._account(row, comment.get("commenter"))
        bits = int(message.get("bits_spent") or 0)
        if bits:
            row["event_type"], row["value"] = "gift", float(bits)
        self._sink.keep("comment", row)

    def _account(self, row: Row, commenter: dict[str, Any] | None) -> None:
        """Set who wrote it; accounts deleted since then have no commenter."""
        if commenter is None:
            return
        row["account_id"], row["id_kind"] = by_id(commenter.get("_id"))
        created = commenter.get("created_at")
        if isinstance(created, str) and created:
            created_us, has_zone = iso_us(created)
            if has_zone:
                row["account_created_at"] = created_us

    def close(self) -> None:
        """Nothing is held back."""


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="twitch_json",
    version="1",
    state="sample",
    title_en="Chat of a Twitch video, one JSON document",
    title_zh="Twitch 录像的聊天记录，单个 JSON 文档",
    looks_for='one JSON object with "comments" and "video" or "streamer"',
    unit="document",
    gives=("comment", "gift"),
    recognise=recognise,
    start=start,
    items=items,
)

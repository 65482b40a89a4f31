"""Metrics: what Prometheus reads of a run, and that it names nobody."""

import http.client
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from truecrowd.engine.settings import Settings
from truecrowd.ingest import Options
from truecrowd.reference import shipped
from truecrowd.stream.metrics import Metrics
from truecrowd.stream.opening import opened

ROW = '{"event_id":"e%d","ts":"2026-01-31T20:00:%02dZ","event_type":"join","room_id":"%s","account_id":"someone"}\n'


def asked(port: int, host: str = "localhost") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics", headers={"Host": host})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def of_run(tmp_path: Path) -> tuple[str, int]:
    lines = [ROW % (at, at, room) for at in range(30) for room in ("secret-room", "other-room")]
    (tmp_path / "events.ndjson").write_text("".join(lines) + "{\n")
    live = opened(
        str(tmp_path / "events.ndjson"), Options(), Settings(threads=1), frozenset(), shipped(), [], state=None, until_end=True,
    )  # fmt: skip
    served = Metrics(0, now=lambda: 1_769_889_639.0)  # ten seconds behind the newest row
    try:
        with live.runner:
            live.run()
            served.seen(live)
            live.close()
        _, text = asked(served.port)
        status, _ = asked(served.port, "evil.example")
    finally:
        served.close()
    return text, status


def test_metrics_count_what_was_read_and_name_nobody(tmp_path: Path) -> None:
    text, stranger = of_run(tmp_path)

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["truecrowd_events_total", "rejected"] == 1
    assert found["truecrowd_events_total", "kept"] + found["truecrowd_events_total", "duplicate"] == 60
    assert found["truecrowd_rooms", "alarm"] + found["truecrowd_rooms", "none"] == 2
    assert found["truecrowd_event_lag_seconds",] == 10
    assert "secret" not in text
    assert "someone" not in text
    assert stranger == 421


def test_before_the_first_look_there_is_nothing_to_tell() -> None:
    served = Metrics(0)
    try:
        status, text = asked(served.port)
    finally:
        served.close()

    assert (status, text.strip()) == (200, "")

"""The HTML file about a sweep."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from daskflow.cli import main
from daskflow.errors import ResultsError
from daskflow.experiments import write_report
from daskflow.experiments.report import plots_of, write_report_and_plots, writing
from tests.unit.experiments.trials import WORKERS, everything, failed, folder_of, ideal, rates, trials

TWO = {**WORKERS, "flow.queue_size": [2, 8]}


class Page(HTMLParser):
    """The words of a page by the tag they are in, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href") and not value.startswith("#"):
                self.loads.append(value)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page_of(folder, **options) -> Page:
    path = write_report(folder, **options)
    assert path == folder / "report.html"
    assert not list(folder.glob("*.part"))
    return Page(path.read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Page, str]:
    """The report of a sweep that measured everything, and its source."""
    folder = folder_of(tmp_path_factory.mktemp("sweep"), trials(TWO, everything))
    return page_of(folder), (folder / "report.html").read_text()


def test_it_says_what_was_run_and_what_came_of_it(whole):
    page, _ = whole
    assert page.open == [], "every tag is closed"
    for words in (
        "24 trials: 8 combinations of settings, up to 3 times each.",
        "Abacus 9",
        "3.11.7",
        "0123abc",
        "warmup_messages 50",
        "Highest median rate: 354.4 (350.9–357.9) messages/s, with detector.nb_tasks=8",
        "detector.nb_tasks with flow.queue_size=2",
        "detector.nb_tasks=8 is 7.018 times as fast as detector.nb_tasks=1: 88 % of the ideal.",
        "Amdahl's law: contention 2.0 %",
        "75 % confidence, the most that so few repeats give",
        "detector busy",
    ):
        assert words in page.text, words


def test_it_needs_nothing_from_elsewhere(whole):
    page, text = whole
    assert page.loads == []
    assert len(set(page.ids)) == len(page.ids)
    assert "<script" not in text
    assert "@import" not in text
    assert set(re.findall(r"https?://[\w./]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert text.count("<svg ") == 6


def test_what_users_wrote_is_shown_and_not_believed(tmp_path):
    records = trials({"<b>.nb_tasks": [1, 2]}, rates(ideal))
    records[0] = failed(records[0], "NodeError: <script>alert(1)</script>\n  at line 3")
    folder = folder_of(tmp_path, records, name="</title><i>", machine={"<u>": "<s>"})
    page = page_of(folder)
    assert not {"b", "i", "u", "s", "script"} & set(
        re.findall(r"<(\w+)", (folder / "report.html").read_text())
    )
    assert "<script>alert(1)</script>" in page.text


def test_failed_trials_are_there_with_their_errors(tmp_path):
    records = trials(WORKERS, rates(ideal))
    records[4] = failed(records[4], "TaskLostError: detector-1 was killed")
    page = page_of(folder_of(tmp_path, records))
    assert "1 failed trial left out of all figures" in page.text
    assert "trial 4, repeat 1: detector.nb_tasks=2" in page.text
    assert "TaskLostError: detector-1 was killed" in page.text
    assert "3 (1 failed)" in page.text
    assert "50 % to 75 % confidence" in page.text


def test_a_sweep_under_way_says_how_far_it_is(tmp_path):
    records = trials(WORKERS, rates(ideal))
    page = page_of(folder_of(tmp_path, records[:7], grid=WORKERS))
    assert "7 of 12 trials: 3 combinations of settings" in page.text


def test_single_trials_claim_nothing(tmp_path):
    page = page_of(folder_of(tmp_path, trials(WORKERS, rates(ideal), repeats=1)))
    assert "Single trials: nobody can say how they would vary" in page.text
    assert "is 8 times as fast" in page.text


@pytest.mark.parametrize("content", [[], [failed(record) for record in trials(WORKERS, everything)]])
def test_a_sweep_without_figures_has_a_report_too(tmp_path, content):
    page = page_of(folder_of(tmp_path, content))
    assert "Highest" not in page.text
    assert ("No trial is over yet." if not content else "12 failed") in page.text


def test_speed_ups_of_any_number_may_be_asked_for(tmp_path):
    folder = folder_of(tmp_path, trials({"flow.queue_size": [1, 2, 4]}, rates(ideal)))
    assert "times as fast" not in page_of(folder).text
    assert "flow.queue_size=4 is 1 times as fast" in page_of(folder, scale_by=["flow.queue_size"]).text


def test_it_fits_both_themes(whole):
    _, text = whole
    assert 'name="color-scheme" content="light dark"' in text
    themed = set(re.findall(r"var\((--\w+)\)", text))
    assert {f"{name}: light-dark(" in text for name in themed} == {True}


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(ResultsError):
        write_report(tmp_path)


def test_report_and_plots_are_drawn_once(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(writing, "plots_of", lambda *a, **k: drawn.append(a) or plots_of(*a, **k))
    folder = folder_of(tmp_path, trials(WORKERS, rates(ideal)))
    report, *plots = write_report_and_plots(folder)
    assert len(drawn) == 1
    assert report == folder / "report.html"
    assert {path.name for path in plots} == {
        f"{name}.{kind}" for name in ("throughput", "speed-up") for kind in ("png", "svg")
    }
    assert all(path.parent == folder / "plots" and path.exists() for path in plots)


def test_a_command_writes_both_again(tmp_path):
    folder = folder_of(tmp_path / "results", trials({"flow.queue_size": [1, 2, 4]}, rates(ideal)))
    result = CliRunner().invoke(main, ["report", str(folder), "--scale-by", "flow.queue_size"])
    assert result.exit_code == 0, result.output
    assert result.output.split() == ["wrote", f"{folder}/report.html", "and", f"{folder}/plots"]
    assert "flow.queue_size=4 is 1 times as fast" in Page((folder / "report.html").read_text()).text
    assert (folder / "plots" / "speed-up.png").exists()


def test_a_command_says_in_a_line_what_is_wrong(tmp_path):
    absent = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert absent.exit_code == 2
    assert absent.stderr.startswith(f"Error: {tmp_path}/sweep.json cannot be read: No such file")
    folder = folder_of(tmp_path, trials(WORKERS, rates(ideal)))
    unknown = CliRunner().invoke(main, ["report", str(folder), "--scale-by", "detector.nb_task"])
    assert unknown.exit_code == 2
    assert "did you mean 'detector.nb_tasks'" in unknown.stderr


def test_a_single_trial_is_one(tmp_path):
    page = page_of(folder_of(tmp_path, trials({}, rates(ideal), repeats=1), grid={}))
    assert "1 trial: 1 combination of settings, up to 1 time each." in page.text

"""Plots: which there are, what is in them, and whether everybody can see it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import matplotlib
import pytest
from matplotlib.container import ErrorbarContainer
from PIL import Image

from daskflow.errors import OptionError
from daskflow.experiments.report.panel import short
from daskflow.experiments.report.plots import plots_of, save_plots
from daskflow.experiments.report.series import axis_of, main_setting, series_of
from daskflow.experiments.report.style import COLOURS, GROUNDS
from daskflow.experiments.report.svg import inline_svg
from tests.unit.experiments.trials import WORKERS, everything, failed, ideal, rates, trials

TWO = {**WORKERS, "flow.queue_size": [2, 8]}


def luminance(colour: str) -> float:
    """Relative, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", COLOURS)
def test_colours_stand_out_on_both_grounds(colour, ground):
    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_there_is_a_plot_of_everything_that_was_measured():
    assert list(plots_of(trials(WORKERS, everything))) == [
        "throughput",
        "speed-up",
        "latency",
        "cpu",
        "memory",
    ]
    assert list(plots_of(trials(WORKERS, rates(ideal)))) == ["throughput", "speed-up"]
    assert plots_of([]) == {}


def test_another_number_has_a_plot_of_the_throughput():
    figures = plots_of(trials(TWO, rates(ideal)))
    assert list(figures) == ["throughput", "speed-up", "throughput by flow.queue_size"]
    assert figures["throughput by flow.queue_size"].axes[0].get_xlabel() == "flow.queue_size"


def test_metrics_of_users_have_plots_too():
    def measured(settings, repeat):
        return {"people": 3.0, "detector_p50_s": 0.01, "detector.busy": 0.5}

    figures = plots_of(trials(WORKERS, measured))
    assert list(figures) == ["detector_p50_s", "people"]
    assert [figure.axes[0].get_ylabel() for figure in figures.values()] == ["detector_p50, s", "people"]


def bars(axes) -> dict[str, ErrorbarContainer]:
    return {one.get_label(): one for one in axes.containers if isinstance(one, ErrorbarContainer)}


def test_points_are_medians_and_bars_their_intervals():
    (axes,) = plots_of(trials(TWO, everything))["throughput"].axes
    drawn = bars(axes)
    assert list(drawn) == ["flow.queue_size=2", "flow.queue_size=8"]
    line, _, (segments,) = drawn["flow.queue_size=2"].lines
    assert list(line.get_xdata()) == [1, 2, 4, 8]
    assert line.get_ydata()[0] == pytest.approx(50 * 1.01)
    (low, high) = segments.get_segments()[0][:, 1]
    assert (low, high) == (pytest.approx(50), pytest.approx(50 * 1.02))
    assert axes.get_ylabel() == "rate, messages/s"
    assert axes.get_ylim()[0] == 0


def test_units_are_shown():
    figures = plots_of(trials(WORKERS, everything))
    assert [axes.get_ylabel() for axes in figures["latency"].axes][1] == "latency, p95, ms"
    assert bars(figures["latency"].axes[1])["_container0"].lines[0].get_ydata()[0] == pytest.approx(70)
    assert [axes.get_ylabel() for axes in figures["memory"].axes] == ["memory, MB", "shared memory, MB"]


def legend_of(figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_speed_up_has_the_ideal_line_and_the_laws():
    figure = plots_of(trials(TWO, everything))["speed-up"]
    left, right = figure.axes
    assert legend_of(figure)[:2] == ["flow.queue_size=2", "flow.queue_size=8"]
    assert {"ideal", "Amdahl's law"} < set(legend_of(figure))
    assert any("Universal Scalability Law" in text for text in legend_of(figure))
    line = bars(left)["flow.queue_size=2"].lines[0]
    assert list(line.get_ydata()) == pytest.approx([1, 2 / 1.02, 4 / 1.06, 8 / 1.14])
    assert line.get_linestyle() == "None", "the laws join the points"
    assert right.get_ylabel().endswith("in % of the ideal")


def test_two_points_have_no_laws_and_are_joined():
    figure = plots_of(trials({"detector.nb_tasks": [1, 2]}, everything))["speed-up"]
    assert legend_of(figure) == ["ideal"]
    assert bars(figure.axes[0])["_container0"].lines[0].get_linestyle() == "-"


def test_a_peak_within_sight_is_marked():
    def retrograde(workers):
        return 50 * workers / (1 + 0.05 * (workers - 1) + 0.03 * workers * (workers - 1))

    left = plots_of(trials(WORKERS, rates(retrograde)))["speed-up"].axes[0]
    (star,) = [line for line in left.lines if line.get_marker() == "*"]
    assert star.get_xdata()[0] == pytest.approx((0.95 / 0.03) ** 0.5)


def test_single_trials_have_no_bars_and_say_so():
    figure = plots_of(trials(WORKERS, everything, repeats=1))["throughput"]
    (segments,) = bars(figure.axes[0])["_container0"].lines[2]
    assert all(low == high for low, high in (segment[:, 1] for segment in segments.get_segments()))
    assert "single trials, without intervals" in figure.legends[0].get_title().get_text()


def test_values_without_order_stand_beside_each_other_and_are_not_joined():
    records = trials({"detector.device_type": ["gpu", "cpu"], "flow.carrier": ["socket", "comm"]}, everything)
    (axes,) = plots_of(records)["throughput"].axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["gpu", "cpu"]
    first, second = bars(axes).values()
    assert first.lines[0].get_linestyle() == "None"
    assert first.lines[0].get_xdata()[0] < 0 < second.lines[0].get_xdata()[0]


def test_a_sweep_of_nothing_is_a_point():
    records = trials({}, everything)
    assert main_setting(records) == ""
    (axes,) = plots_of(records)["throughput"].axes
    assert len(bars(axes)["_container0"].lines[0].get_xdata()) == 1


def test_wide_ranges_are_drawn_in_powers():
    def payloads(settings, repeat):
        return {"rate": 1e7 / settings["source.size_bytes"]}

    (axes,) = plots_of(trials({"source.size_bytes": [1000, 64_000, 6_000_000]}, payloads))["throughput"].axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1000", "64k", "6M"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(8, "8"), (0.5, "0.5"), (4096, "4096"), (65536, "65.5k"), (6e6, "6M"), (2.5e9, "2.5G")],
)
def test_ticks_are_short(number, words):
    assert short(number) == words


def test_failed_trials_are_not_drawn():
    records = trials(WORKERS, everything)
    records[:3] = map(failed, records[:3])
    axis = axis_of(records, "detector.nb_tasks")
    (series,) = series_of(records, axis, "rate")
    assert [mark.place for mark in series.marks] == [2, 4, 8]
    assert "throughput" in plots_of(records)


def test_files_are_written_and_can_be_opened(tmp_path):
    records = trials({"detector.nb_tasks": [1, 2], "a/b c": [1, 2]}, rates(ideal))
    written = save_plots(records, tmp_path / "plots")
    assert {path.name for path in written} >= {
        "throughput.png",
        "throughput.svg",
        "throughput-by-a-b-c.svg",
    }
    for path in written:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert min(picture.size) > 300
        else:
            assert ET.parse(path).getroot().tag.endswith("svg")


def test_names_are_shown_as_they_are():
    grid = {"_reader.$size$_$x": [1, 2], "_a.b": ["$1", "$2"]}
    figure = plots_of(trials(grid, rates(ideal)))["throughput"]
    assert [label.strip() for label in legend_of(figure)] == ["_a.b=$1", "_a.b=$2"]
    assert "_reader.$size$_$x" in inline_svg(figure, "x", "x")


def test_a_setting_that_there_is_not_is_refused():
    with pytest.raises(OptionError, match=r"did you mean 'detector\.nb_tasks'"):
        plots_of(trials(WORKERS, rates(ideal)), "detector.tasks")


def test_the_callers_own_style_is_left_alone():
    before = dict(matplotlib.rcParams)
    plots_of(trials(WORKERS, everything))
    assert dict(matplotlib.rcParams) == before


def test_a_plot_in_a_page_has_its_colours_and_ids_of_its_own():
    figure = plots_of(trials(WORKERS, rates(ideal)))["throughput"]
    svg = inline_svg(figure, "speed-up by x", 'the "rate"')
    root = ET.fromstring(svg.replace("xlink:href", "href"))
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert ids
    assert all(one.startswith("speed-up-by-x-") for one in ids)
    used = [one.get("href") for one in root.iter() if one.get("href")]
    assert {one.removeprefix("#") for one in used} <= set(ids)
    assert "var(--ink)" in svg
    assert "#1f2430" not in svg
    assert root.get("aria-label") == 'the "rate"'
    assert "messages/s" in svg, "text is text"


def test_powers_of_ten_are_no_formulas():
    def spread(settings, repeat):
        return {"latency_p50_s": 0.02 * settings["flow.queue_size"]}

    figure = plots_of(trials({"flow.queue_size": [1, 10, 100]}, spread))["latency"]
    svg = inline_svg(figure, "x", "x")
    assert "math" not in svg
    assert {">20<", ">100<", ">1000<"} <= set(re.findall(r">\d+<", svg))


def test_figures_below_zero_are_in_sight_and_upright():
    def measured(settings, repeat):
        return {"drift": -3.0 - repeat, "balance": 1.0 - repeat}

    for name in ("drift", "balance"):
        low, high = plots_of(trials(WORKERS, measured))[name].axes[0].get_ylim()
        assert low < -1 <= 0 <= high


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("shape", [[480, 640], [720, 1280], [1080, 1920], [2160, 3840], [4320, 7680]]),
        ("width", [640, 720, 1280, 1920, 3840]),
        ("detector.nb_tasks", [1, 2, 3, 4, 6, 8, 12, 16]),
        ("carrier", ["shared-memory", "unix-socket", "between-hosts"]),
        ("seed", [1_000_001, 1_000_002, 1_000_900]),
    ],
)
def test_ticks_do_not_overlap(setting, values):
    figure = plots_of(trials({setting: values}, everything, 1))["latency"]  # its axes are the narrowest
    figure.canvas.draw()
    labels = figure.axes[0].get_xticklabels()
    boxes = [label.get_window_extent() for label in labels]
    are_upright = all(label.get_rotation() == 0 for label in labels)
    assert not are_upright or all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_ticks_that_have_room_stand_upright():
    (axes,) = plots_of(trials(WORKERS, rates(ideal)))["throughput"].axes
    assert {text.get_rotation() for text in axes.get_xticklabels()} == {0}
    assert axes.get_xscale() == "linear"


def test_long_names_stay_on_their_axis():
    name = "the_detector_of_people_in_the_yard_behind_the_house.nb_tasks"
    other = "the_tracker_of_people_in_the_yard_behind_the_house.queue_size_of_its_inputs_and_outputs"
    figures = plots_of(trials({name: [1, 2, 4], other: [2, 8]}, everything, 1))
    for figure in (figures["throughput"], figures["latency"]):
        figure.canvas.draw()
        width = figure.bbox.width
        for axes in figure.axes:
            box = axes.xaxis.label.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= width
        assert figure.legends[0].get_window_extent().x1 <= width


def test_the_ideal_begins_at_the_fewest_and_not_at_none():
    def measured(settings, repeat):
        return {"rate": 5 + 50.0 * settings["detector.gpus"]}

    left, _ = plots_of(trials({"detector.gpus": [0, 1, 2]}, measured))["speed-up"].axes
    (line,) = [line for line in left.lines if line.get_label() == "ideal"]
    assert list(line.get_xdata()) == [1, 2]
    assert list(line.get_ydata()) == [1, 2]

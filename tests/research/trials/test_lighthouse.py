from io import StringIO

import pytest

from research.management.commands import bench
from research.trials.bench.lighthouse import Visit, figures_of, missing, visit_of
from research.trials.bench.servers.running import as_in_production, environment


def report(**category):
    loaded = [
        {"resourceType": "Document", "priority": "VeryHigh", "transferSize": 15_000},
        {"resourceType": "Image", "priority": "High", "transferSize": 27_000},
        {"resourceType": "Image", "priority": "Low", "transferSize": 26_000},
        {"resourceType": "Script", "priority": "Low", "transferSize": 2_000},
    ]
    given = {"score": 0.94, "auditRefs": [{"id": "total-blocking-time", "weight": 30}]}
    return {
        "categories": {"performance": given | category},
        "audits": {"total-blocking-time": {"score": 0.8}, "network-requests": {"details": {"items": loaded}}},
    }


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """Both commands, under other names than they have."""
    for name in ("LIGHTHOUSE", "CHROME_PATH"):
        path = tmp_path / f"my-{name.lower()}"
        path.touch(mode=0o755)
        monkeypatch.setenv(name, str(path))


def test_a_visit_weighs_what_was_loaded_before_pictures_further_down():
    visit = visit_of(report())

    assert (visit.bytes, visit.requests, visit.all_bytes) == (44_000, 3, 70_000)
    assert (visit.score, round(visit.blocking, 6)) == (94, 6)


def test_a_page_that_lighthouse_could_not_load_is_no_visit():
    with pytest.raises(RuntimeError, match="no way there"):
        visit_of(report(score=None) | {"runtimeError": {"message": "no way there"}})


def test_the_score_is_told_and_the_weight_is_held():
    slow = list(figures_of("a page", [Visit(40, 30, 150 * 1024, 9, 300 * 1024)]))
    heavy = list(figures_of("a page", [Visit(100, 0, 150 * 1024 + 1, 9, 300 * 1024)]))

    assert [figure.holds for figure in slow] == [True, True, True]
    assert [figure.holds for figure in heavy] == [True, False, True]


def test_a_figure_is_the_median_of_the_visits():
    score, weight, _ = figures_of("a page", [Visit(part, 0, part * 1024, 9, 0) for part in (50, 98, 99)])

    assert (score.value, weight.value) == (98, 98)


def test_commands_are_found_by_the_names_that_variables_give(tools):
    assert missing() == ""


@pytest.mark.parametrize("name", ["LIGHTHOUSE", "CHROME_PATH"])
def test_without_a_command_one_line_says_what_to_install_and_nothing_fails(tools, monkeypatch, name):
    monkeypatch.setenv(name, "/nowhere/to/be/found")
    monkeypatch.setattr(bench, "throwaway_database", lambda: pytest.fail("there is nothing to measure"))
    out = StringIO()

    bench.Command(stdout=out).handle(names=["lighthouse"])

    [line] = out.getvalue().splitlines()
    assert line.startswith("lighthouse: not measured")
    assert "install" in line
    assert name in line


def test_no_store_or_cache_of_another_site_is_named_to_the_server(monkeypatch, tmp_path):
    monkeypatch.setenv("REDIS_URL", "redis://of-another-site/")
    monkeypatch.setenv("DATABASE_URL", "postgres://of-another-site/")

    given = environment(as_in_production(tmp_path))

    assert "of-another-site" not in " ".join(given.values())
    assert given["DJANGO_SETTINGS_MODULE"] == "config.settings.production"
    assert given["PATH"]

"""A site that is backed up while a release is carried out, and what readers get of a site that came back.

python -m tests.research.backups.mid_release publish FOLDER | read
"""

import json
import subprocess
import sys
from datetime import timedelta

import django


def main() -> None:
    """Publish two articles, the second under a back-up; or print what readers get, before and after the runner."""
    django.setup()
    if sys.argv[1] == "publish":
        _publish(sys.argv[2])
    else:
        _read()


def _publish(kept: str) -> None:
    from research.publishing.carrying_out import runner
    from tests.factories import ArticlePageFactory, TopicIndexPageFactory, publish

    section, real = TopicIndexPageFactory(), runner.announce_published
    publish(ArticlePageFactory(parent=section, slug="before"))

    def backed_up(*args: object) -> None:
        # The release is carried out, and not committed yet.
        subprocess.run([sys.executable, "manage.py", "backup", kept], check=True)
        real(*args)  # type: ignore[arg-type]

    runner.announce_published = backed_up
    publish(ArticlePageFactory(parent=section, slug="after"))


def _read() -> None:
    from django.core.files.storage import default_storage
    from django.test import Client
    from django.utils import timezone

    from research.models import PublishedArticle
    from research.publishing.carrying_out.runner import run_due

    def look() -> dict[str, object]:
        files = [
            name
            for row in PublishedArticle.objects.all()
            for entry in row.pictures.values()
            for source in entry["sources"]
            for name, _ in source["files"]
        ]
        answers = {slug: Client().get(f"/ms/{slug}/").status_code for slug in ("before", "after")}
        return {**answers, "files": len(files), "lost": [name for name in files if not default_storage.exists(name)]}

    came_back = look()
    # Whoever carried it out had it for a while: by then it is anybody's.
    later = timezone.now() + timedelta(minutes=1)
    sys.stdout.write(json.dumps([came_back, run_due(later), look()]))


if __name__ == "__main__":
    main()

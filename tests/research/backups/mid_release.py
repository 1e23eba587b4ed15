"""A site that is backed up while a release is carried out, and what readers get of a site that came back.

python -m tests.research.backups.mid_release publish FOLDER | read
"""

import json
import subprocess
import sys
from datetime import timedelta

import django

django.setup()

# What these build on are models, which are ready only now.
from django.core.files.storage import default_storage  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from research.models import PublishedArticle  # noqa: E402
from research.publishing.carrying_out import runner  # noqa: E402
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, publish  # noqa: E402


def main() -> None:
    """Publish two articles, the second under a back-up; or print what readers get, before and after the runner."""
    if sys.argv[1] == "publish":
        _publish(sys.argv[2])
    else:
        _read()


def _publish(kept: str) -> None:
    section, real = TopicIndexPageFactory(), runner.announce_published
    publish(ArticlePageFactory(parent=section, slug="before"))

    def backed_up(*args: object) -> None:
        # The release is carried out, and not committed yet.
        subprocess.run([sys.executable, "manage.py", "backup", kept], check=True)
        real(*args)  # type: ignore[arg-type]

    runner.announce_published = backed_up
    publish(ArticlePageFactory(parent=section, slug="after"))


def _read() -> None:
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
    sys.stdout.write(json.dumps([came_back, runner.run_due(later), look()]))


if __name__ == "__main__":
    main()

"""A site at work, in a process of its own: signs article after article and notes what was acknowledged.

python -m tests.research.backups.busy_site FILE
"""

import os
import sys

import django


def main() -> None:
    """Sign until ended; a line is written after the commit: the hash of the signature and a picture's name."""
    django.setup()
    from tests.factories import ArticlePageFactory, ImageFactory, TopicIndexPageFactory, reviewer_user, sign

    noted = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    section, reviewer = TopicIndexPageFactory(), reviewer_user()
    while True:
        picture = ImageFactory()
        line = sign(ArticlePageFactory(parent=section), reviewer)
        os.write(noted, f"{line.line_hash} {picture.file.name}\n".encode())


if __name__ == "__main__":
    main()

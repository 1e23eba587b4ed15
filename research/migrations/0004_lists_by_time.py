from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("research", "0003_append_only")]

    operations = [
        migrations.AddIndex(
            "publishedarticle",
            models.Index(
                fields=["review_due_at"], condition=models.Q(withdrawn_at__isnull=True), name="published_by_next_review"
            ),
        ),
        migrations.AddIndex("release", models.Index(fields=["-due_at", "-id"], name="releases_latest_first")),
    ]

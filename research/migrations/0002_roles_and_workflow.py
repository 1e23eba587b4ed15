from django.db import migrations

from research.newsroom import permissions

TASK = "Countersigning by a medical reviewer"
WORKFLOW = "Medical review"


def permission(apps, app_label, model, codename):
    """Return a permission, made here if Django has not made it yet: it does so after all migrations."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app_label, model=model
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=codename,
        defaults={"name": f"Can {codename.replace('_', ' ')}"},
    )
    return found


def create_roles(apps, schema_editor):
    """Create the three groups with exactly the rights of the matrix; Wagtail's own defaults go."""
    Group = apps.get_model("auth", "Group")
    GroupPagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    GroupCollectionPermission = apps.get_model("wagtailcore", "GroupCollectionPermission")
    root = apps.get_model("wagtailcore", "Page").objects.get(depth=1)
    collection = apps.get_model("wagtailcore", "Collection").objects.get(depth=1)

    Group.objects.filter(name__in=("Moderators", "Editors")).delete()
    for role in permissions.ROLES:
        group, _ = Group.objects.get_or_create(name=role)
        apps.get_model("research", "Role").objects.get_or_create(key=role, defaults={"group": group})
        app_label, codename = permissions.ADMIN_ACCESS.split(".")
        rights = [permission(apps, app_label, "admin", codename)]
        rights += [permission(apps, *right) for right in permissions.model_permissions(role)]
        group.permissions.set(rights)
        for action in permissions.PAGE_RIGHTS[role]:
            GroupPagePermission.objects.get_or_create(
                group=group,
                page=root,
                permission=permission(apps, "wagtailcore", "page", f"{action}_page"),
            )
        for action in permissions.IMAGE_RIGHTS[role]:
            GroupCollectionPermission.objects.get_or_create(
                group=group,
                collection=collection,
                permission=permission(apps, "wagtailimages", "image", f"{action}_image"),
            )


def create_workflow(apps, schema_editor):
    """Create the one workflow, for the whole tree; pages that are not reviewed take no part in it."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    WorkflowPage = apps.get_model("wagtailcore", "WorkflowPage")
    WorkflowTask = apps.get_model("wagtailcore", "WorkflowTask")
    Task = apps.get_model("wagtailcore", "Task")
    MedicalReviewTask = apps.get_model("research", "MedicalReviewTask")
    root = apps.get_model("wagtailcore", "Page").objects.get(depth=1)

    WorkflowPage.objects.filter(page=root).delete()
    Workflow.objects.filter(name="Moderators approval").delete()
    Task.objects.filter(name="Moderators approval").delete()

    content_type, _ = ContentType.objects.get_or_create(
        app_label="research", model="medicalreviewtask"
    )
    task = MedicalReviewTask.objects.create(name=TASK, active=True, content_type=content_type)
    task.groups.set(
        apps.get_model("auth", "Group").objects.filter(role__key=permissions.MEDICAL_REVIEWERS)
    )
    workflow = Workflow.objects.create(name=WORKFLOW, active=True)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page=root)


class Migration(migrations.Migration):
    dependencies = [
        ("research", "0001_initial"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailimages", "0025_alter_image_file_alter_rendition_file"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.RunPython(create_roles, migrations.RunPython.noop),
        migrations.RunPython(create_workflow, migrations.RunPython.noop),
    ]

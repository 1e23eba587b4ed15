"""Two versions of one page, part by part: what differs, and one version made of parts of both.

A part is a field, the rows of a relation, or, in a stream, the smallest block that both versions have. Versions are
compared as Wagtail stores them; a block is known by its id.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from wagtail.blocks import BaseStreamBlock, Block
from wagtail.fields import StreamField
from wagtail.models import Page

from common.editing import lines_of
from common.labels import labels_of

Content = dict[str, Any]
#: What a form shows and a version stores under another name, or what no person wrote.
NO_PART = frozenset({"form_end", "comments", "comment_notifications"})

# Rich text names each paragraph anew when it is read from a form without one.
PARAGRAPH_KEY = re.compile(r' data-block-key=\\?"[^"\\]*\\?"')


@dataclass(frozen=True)
class Part:
    """One difference: ``key`` names it in a form, ``mine`` and ``theirs`` are plain text, "" where there is none."""

    key: str
    label: str
    mine: str
    theirs: str
    #: What a person would take who merges by hand: who alone changed it since both began.
    is_theirs: bool = False


def parts_of(page: Page, form: Any, mine: Content, theirs: Content, base: Content | None) -> list[Part]:
    """Return what differs between two versions of a page, in the order of the form.

    Args:
        form: the page's form, which knows the labels; it is not asked for values.
        base: the version that both began from; None where it is not kept.
    """
    found: list[Part] = []
    for key, label in _names(form):
        if _is_same(mine.get(key), theirs.get(key)):
            continue
        before = (base or {}).get(key)
        field = page._meta.get_field(key)
        if isinstance(field, StreamField):
            lists = [_blocks(content) for content in (mine.get(key), theirs.get(key), before)]
            found += _differing(field.stream_block, key, label, *lists)
        else:
            ours, others = _text(page, key, mine), _text(page, key, theirs)
            if ours != others:
                found.append(
                    Part(key, label, ours, others, is_theirs=base is not None and _is_same(mine.get(key), before))
                )
    return found


def merged(page: Page, form: Any, mine: Content, theirs: Content, taken: Collection[str]) -> Content:
    """Return my version, with the parts named by their keys as the other one has them."""
    result = dict(mine)
    for key, _ in _names(form):
        if key in taken:
            result[key] = theirs.get(key)
        elif isinstance(page._meta.get_field(key), StreamField) and any(one.startswith(f"{key}:") for one in taken):
            result[key] = json.dumps(_joined(key, _blocks(mine.get(key)), _blocks(theirs.get(key)), taken))
    return result


def _names(form: Any) -> Iterator[tuple[str, str]]:
    """Yield what a form edits by the name that a version stores it under, with its label."""
    stored = {field.name for field in form.instance._meta.get_fields()}
    for name, label in labels_of(form, form.instance.get_edit_handler()).items():
        if name not in NO_PART and name in stored:
            yield name, label


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two values say the same, whatever the editor calls their paragraphs."""
    return bool(_without_keys(one) == _without_keys(other))


def _without_keys(value: Any) -> Any:
    if isinstance(value, str):
        return PARAGRAPH_KEY.sub("", value)
    if isinstance(value, dict):
        return {name: _without_keys(part) for name, part in value.items()}
    return [_without_keys(part) for part in value] if isinstance(value, list) else value


def _blocks(stored: Any) -> list[Content]:
    return json.loads(stored) if isinstance(stored, str) and stored else (stored or [])


def _by_id(blocks: list[Content]) -> dict[str, Content]:
    return {block["id"]: block for block in blocks if block.get("id")}


def _is_stream(block: Mapping[str, Any] | None) -> bool:
    value = (block or {}).get("value")
    return isinstance(value, list) and all(isinstance(one, dict) and "type" in one for one in value)


def _differing(
    stream: BaseStreamBlock | Block,
    key: str,
    label: str,
    mine: list[Content],
    theirs: list[Content],
    base: list[Content],
) -> Iterator[Part]:
    others, before = _by_id(theirs), _by_id(base)
    order = [*mine, *(block for block in theirs if block.get("id") not in _by_id(mine))]
    own = _by_id(mine)
    for block in order:
        pk = block.get("id") or ""
        one, other, was = own.get(pk), others.get(pk), before.get(pk)
        if not pk or (one and other and _is_same(one["value"], other["value"])):
            continue
        child = getattr(stream, "child_blocks", {}).get(block["type"])
        name = f"{label}, {_words(child.label) if child else block['type']}"
        if one and other and _is_stream(one) and _is_stream(other) and child is not None:
            inner = (one["value"], other["value"], was["value"] if _is_stream(was) and was else [])
            yield from _differing(child, f"{key}:{pk}", name, *inner)
        else:
            ours = "\n".join(lines_of(one["value"])) if one else ""
            newer = "\n".join(lines_of(other["value"])) if other else ""
            unchanged = bool(base) and _is_same((one or {}).get("value"), (was or {}).get("value"))
            yield Part(f"{key}:{pk}", name, ours, newer, is_theirs=unchanged)


def _joined(key: str, mine: list[Content], theirs: list[Content], taken: Collection[str]) -> list[Content]:
    """Return my blocks in my order; theirs that were taken replace mine, or stand after the one that they follow."""
    others = _by_id(theirs)
    result: list[Content] = []
    for block in mine:
        pk = block.get("id") or ""
        name, other = f"{key}:{pk}", others.get(pk)
        if pk and name in taken:
            result += [other] if other else []
        elif other and _is_stream(block) and any(one.startswith(f"{name}:") for one in taken):
            result.append({**block, "value": _joined(name, block["value"], other["value"], taken)})
        else:
            result.append(block)
    own = _by_id(mine)
    for place, block in enumerate(theirs):
        if block.get("id") not in own and f"{key}:{block.get('id')}" in taken:
            before = {one.get("id") for one in theirs[:place]}
            at = max((index + 1 for index, one in enumerate(result) if one.get("id") in before), default=0)
            result.insert(at, block)
    return result


def _text(page: Page, key: str, content: Content) -> str:
    """Return a field or the rows of a relation in words; what is chosen by its name."""
    value = content.get(key)
    field = page._meta.get_field(key)
    if field.one_to_many:
        rows = value if isinstance(value, list) else []
        return "\n".join(filter(None, (_row(field.related_model, row) for row in rows)))
    if field.is_relation:
        pks = value if isinstance(value, list) else [value] if value else []
        return "\n".join(str(found) for found in field.related_model._default_manager.filter(pk__in=pks))
    return "\n".join(lines_of(dict(field.flatchoices).get(value, value) if field.flatchoices else value))


def _row(model: Any, row: Content) -> str:
    told = []
    for field in model._meta.concrete_fields:
        value = row.get(field.name)
        if field.primary_key or field.name in ("page", "sort_order") or value in (None, "", False):
            continue
        if field.is_relation:
            value = field.related_model._default_manager.filter(pk=value).first()
        told.append(str(dict(field.flatchoices).get(value, value) if field.flatchoices else value))
    return " · ".join(told)


def _words(label: Any) -> str:
    return str(label) if isinstance(label, str | Promise) else ""

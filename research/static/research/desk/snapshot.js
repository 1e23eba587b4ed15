// What a form holds: compared exactly with what was sent, and read as words to show a person what differs.
(() => {
    const NOT_WORDS = ["csrfmiddlewaretoken", "next", "overwrite_revision_id", "loaded_revision_id", "loaded_revision_created_at"];
    // Names of a form's own bookkeeping, which no person typed.
    const BOOKKEEPING = /(-id|-ORDER|-DELETE|-deleted|-order|-type|-count|-loaded|_FORMS|-reading)$/;
    const INDEX = /-\d+(?=-|$)/g;

    // Files cannot be compared or stored: their name and size stand for them.
    const plain = (value) => (value instanceof File ? `${value.name} ${value.size}` : value);

    const entriesOf = (formData) =>
        [...formData.entries()].filter(([name]) => !NOT_WORDS.includes(name)).map(([name, value]) => [name, plain(value)]);

    // The rich text editor writes its JSON anew, in another form, some time after the page has loaded, and on a busy machine
    // after everybody's first look: its keys, its spaces and an empty text mean nothing. What does is compared.
    const settled = (value) => {
        if (typeof value !== "string" || !value.startsWith("{") || !value.includes('"blocks"')) return value;
        try {
            const { blocks, entityMap } = JSON.parse(value);
            if (!blocks.some(({ text, type }) => text || type === "atomic")) return "null";
            const parts = blocks.map(({ text, type, depth, inlineStyleRanges, entityRanges }) => [
                text, type, depth || 0, sorted(inlineStyleRanges), sorted(entityRanges),
            ]);
            return JSON.stringify([parts, Object.values(entityMap || {}).map(({ type, data }) => [type, sorted([data])])]);
        } catch {
            return value;
        }
    };
    const sorted = (ranges) =>
        (ranges || []).map((range) => JSON.stringify(Object.entries(range || {}).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

    // Comments have a state of their own, which Wagtail watches; their rows are numbered anew by every answer.
    const serialised = (entries) =>
        new URLSearchParams(
            entries.filter(([name]) => !name.startsWith("comments-")).map(([name, value]) => [name, settled(value)]),
        ).toString();

    // Rich text is stored as the editor's JSON, whose keys differ from load to load: only its words are compared.
    const wordsOf = (value) => {
        if (!value.startsWith('{"') || !value.includes('"blocks"')) return value.replace(/\r\n/g, "\n").trim();
        try {
            return JSON.parse(value).blocks.map((block) => block.text).join("\n").trim();
        } catch {
            return value;
        }
    };

    const removedBlocks = (entries) =>
        entries
            .filter(([name, value]) => /-(deleted|DELETE)$/.test(name) && value && value !== "false")
            .map(([name]) => name.replace(/(deleted|DELETE)$/, ""));

    // Returns [kind of field, its words, its name] for each field that a person filled in.
    const textsOf = (entries) => {
        const removed = removedBlocks(entries);
        return entries
            .filter(([name]) => !BOOKKEEPING.test(name) && !removed.some((prefix) => name.startsWith(prefix)))
            .map(([name, value]) => [name.replace(INDEX, "-#"), wordsOf(String(value)), name])
            .filter(([, words]) => words);
    };

    // Returns what only the first has and what only the second has; both empty when the same words stand in both.
    const differences = (mine, theirs) => {
        const left = textsOf(theirs);
        const onlyMine = textsOf(mine).filter(([kind, words]) => {
            const found = left.findIndex((other) => other[0] === kind && other[1] === words);
            if (found >= 0) left.splice(found, 1);
            return found < 0;
        });
        return { onlyMine, onlyTheirs: left };
    };

    const labelOf = (form, name) => {
        const field = form.elements.namedItem(name);
        const input = field instanceof RadioNodeList ? field[0] : field;
        const label = input?.labels?.[0] || input?.closest("[data-field]")?.querySelector("label, [data-field-label]");
        const heading = label || input?.closest(".w-panel")?.querySelector("[data-panel-heading-text]");
        const words = heading?.textContent.replace("*", "").trim();
        if (words) return words;
        const last = name.replace(/-value$/, "").split("-").pop().replace(/_/g, " ");
        return last.charAt(0).toUpperCase() + last.slice(1);
    };

    window.desk = { ...window.desk, snapshot: { entriesOf, serialised, differences, labelOf } };
})();

// The glossary in the editor of rich text. A word links to a term; a hard word that has a signed term is marked, and
// linked by one click below the text. Each term is offered once in an article: one explanation is enough.
(() => {
    const React = window.React;
    const { EditorState, Modifier, SelectionState } = window.DraftJS;
    const FIELD = ".Draftail-Editor__wrapper";
    const SHORT_TERM = 4;
    const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

    let read = null;
    function terms() {
        read ??= JSON.parse(document.getElementById("cs-glossary")?.textContent || "[]");
        return read;
    }
    const termOf = (id) => terms().find((term) => term.id === id);

    let patterns = null;
    function hardWords() {
        patterns ??= terms().filter((term) => term.signed).map((term) => ({
            id: term.id,
            pattern: new RegExp(
                `(?<![\\p{L}\\p{N}])(?:${term.forms.map((form) => (form.length > SHORT_TERM ? `${escaped(form)}(?:s|es)?` : escaped(form))).join("|")})(?![\\p{L}\\p{N}])`,
                term.forms[0].length > SHORT_TERM ? "giu" : "gu",
            ),
        }));
        return patterns;
    }

    // Calls back with each mention in a block that is not linked to anything.
    function eachMention(block, call) {
        const text = block.getText();
        const taken = [];
        for (const { id, pattern } of hardWords()) {
            for (const found of text.matchAll(pattern)) {
                const [start, end] = [found.index, found.index + found[0].length];
                const isLinked = block.getCharacterList().slice(start, end).some((character) => character.getEntity());
                if (isLinked || taken.some(([from, to]) => start < to && end > from)) continue;
                taken.push([start, end]);
                call(start, end, id);
            }
        }
    }

    const plainName = (term) => term.forms[0];

    class HardWord extends React.Component {
        constructor(props) {
            super(props);
            this.place = React.createRef();
        }

        componentDidMount() { this.tell(); }

        componentDidUpdate() { this.tell(); }

        componentWillUnmount() { later(); }

        tell() {
            this.place.current.hardWord = this.props;
            later();
        }

        render() {
            const word = this.props.decoratedText;
            return React.createElement("span", { className: "cs-hard-word", ref: this.place, "data-hard-word": word }, this.props.children);
        }
    }

    function link(props) {
        const state = props.getEditorState();
        const content = state.getCurrentContent();
        const key = props.offsetKey.split("-")[0];
        let done = false;
        eachMention(content.getBlockForKey(key), (start, end, id) => {
            const word = content.getBlockForKey(key).getText().slice(start, end);
            if (done || word !== props.decoratedText) return;
            done = true;
            const made = content.createEntity("TERM", "MUTABLE", { id });
            const range = SelectionState.createEmpty(key).merge({ anchorOffset: start, focusOffset: end });
            const next = Modifier.applyEntity(made, range, made.getLastCreatedEntityKey());
            props.setEditorState(EditorState.push(state, next, "apply-entity"));
        });
    }

    // By ``match``, which leaves no state in the pattern: where it stopped is where the next search would begin.
    const idOfWord = (word) => hardWords().find(({ pattern }) => word.match(pattern)?.[0] === word)?.id;

    let timer = null;
    function later() {
        clearTimeout(timer);
        timer = setTimeout(offer, 200);
    }

    function offer() {
        const explained = new Set([...document.querySelectorAll("[data-term]")].map((word) => word.dataset.term));
        for (const field of document.querySelectorAll(FIELD)) {
            const offers = new Map();
            for (const word of field.querySelectorAll("[data-hard-word]")) {
                const id = idOfWord(word.dataset.hardWord);
                if (!id || explained.has(id)) continue;
                explained.add(id);
                offers.set(id, word);
            }
            show(field, offers);
        }
    }

    function show(field, offers) {
        const names = [...offers.keys()].join();
        let list = field.parentElement.querySelector(":scope > .cs-hard-words");
        if (list?.dataset.names === names) {
            list.offers = offers;
            return;
        }
        if (!offers.size) return list?.remove();
        if (!list) {
            list = document.createElement("p");
            list.className = "cs-hard-words";
            field.after(list);
        }
        list.dataset.names = names;
        list.offers = offers;
        list.replaceChildren(`${gettext("Explain by the glossary:")} `);
        for (const [id, word] of offers) {
            const button = document.createElement("button");
            Object.assign(button, { type: "button", className: "cs-suggested__topic", textContent: word.dataset.hardWord });
            button.title = termOf(id).words;
            button.addEventListener("click", () => link(list.offers.get(id).hardWord));
            list.append(button, " ");
        }
        return undefined;
    }

    // What the editor shows of a link: the word, and its plain words with the way to change or remove it.
    function Term(props) {
        const { id } = props.contentState.getEntity(props.entityKey).getData();
        const term = termOf(id);
        const label = term ? `${plainName(term)}: ${term.words}${term.signed ? "" : ` (${gettext("not countersigned")})`}` : gettext("A term that is gone");
        const tooltip = React.createElement(window.draftail.TooltipEntity, { ...props, icon: "openquote", label });
        return React.createElement("span", { className: "cs-term", "data-term": id }, tooltip);
    }

    // The dialog that chooses a term: with its plain words, and whether they are signed.
    class TermSource extends React.Component {
        componentDidMount() {
            const { editorState, entityKey, onClose } = this.props;
            const selection = editorState.getSelection();
            const block = editorState.getCurrentContent().getBlockForKey(selection.getStartKey());
            const words = selection.getStartKey() === selection.getEndKey() ? block.getText().slice(selection.getStartOffset(), selection.getEndOffset()) : "";
            this.dialog = chooser(entityKey ? "" : words, (id) => this.choose(id));
            this.dialog.addEventListener("close", () => {
                this.dialog.remove();
                onClose();
            });
        }

        componentWillUnmount() { this.dialog.remove(); }

        choose(id) {
            const { editorState, entityType, onComplete } = this.props;
            const content = editorState.getCurrentContent().createEntity(entityType.type, "MUTABLE", { id });
            const key = content.getLastCreatedEntityKey();
            const selection = editorState.getSelection();
            const next = selection.isCollapsed()
                ? Modifier.insertText(content, selection, plainName(termOf(id)).toLowerCase(), null, key)
                : Modifier.applyEntity(content, selection, key);
            onComplete(EditorState.push(editorState, next, "apply-entity"));
        }

        render() { return null; }
    }

    function chooser(words, choose) {
        const dialog = document.createElement("dialog");
        dialog.className = "cs-terms";
        dialog.setAttribute("aria-label", gettext("Choose a glossary term"));
        dialog.innerHTML = `<form method="dialog"><label>${gettext("Term")} <input type="search" autocomplete="off"></label><button class="button button-small button-secondary">${gettext("Cancel")}</button></form><ul></ul>`;
        const [input, list] = [dialog.querySelector("input"), dialog.querySelector("ul")];
        const fill = () => {
            const wanted = input.value.trim().toLowerCase();
            const found = terms().filter((term) => term.forms.some((form) => form.toLowerCase().includes(wanted)));
            list.replaceChildren(...found.map((term) => row(term, choose)));
            if (!found.length) list.append(Object.assign(document.createElement("li"), { textContent: gettext("No such term. Add it under Shared texts, Glossary.") }));
        };
        input.value = words.trim();
        input.addEventListener("input", fill);
        document.body.append(dialog);
        fill();
        if (!list.querySelector("button")) {
            input.value = "";
            fill();
        }
        dialog.showModal();
        return dialog;
    }

    function row(term, choose) {
        const item = document.createElement("li");
        const button = Object.assign(document.createElement("button"), { type: "button" });
        const state = term.signed ? gettext("Countersigned") : gettext("Not countersigned: readers see the bare word until it is");
        for (const [tag, words] of [["strong", plainName(term)], ["span", term.words], ["em", state]]) {
            button.append(Object.assign(document.createElement(tag), { textContent: words }), " ");
        }
        button.addEventListener("click", () => choose(term.id));
        item.append(button);
        return item;
    }

    window.draftail.registerPlugin({ type: "TERM", source: TermSource, decorator: Term }, "entityTypes");
    window.draftail.registerPlugin({ type: "HARD_WORDS", strategy: eachMention, component: HardWord }, "decorators");
})();

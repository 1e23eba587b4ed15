// Text pasted from Word or Google Docs comes in clean: headings, lists, links, bold and italic words stay; styles, comments,
// deleted and hidden text are left out, and what was left out is said.
(() => {
    const FIELD = ".public-DraftEditor-content";
    const LINKED_COMMENT = 'a[href^="#_msocom"], a[href^="#cmnt"]';
    const LEFT_OUT = [
        ["comment", `[style*="mso-element:comment"], .MsoCommentReference, .MsoCommentText, [id^="_com_"], [id^="cmnt"], ${LINKED_COMMENT}`],
        ["deletion", "del, .msoDel, [style*='mso-del']"],
        ["hidden", "[hidden], [style*='mso-hide:all'], [style*='display:none'], [style*='visibility:hidden']"],
    ];
    const NEVER_WORDS = "script, style, meta, link, title, xml, iframe, object, img, input, button, svg";
    const KEPT = new Set(["P", "H3", "UL", "OL", "LI", "A", "B", "I", "SUP", "SUB", "BR"]);
    const ALIKE = { STRONG: "b", EM: "i", H1: "h3", H2: "h3", H4: "h3", H5: "h3", H6: "h3" };
    const BLOCKS = new Set(["DIV", "TABLE", "TR", "BLOCKQUOTE", "SECTION", "ARTICLE"]);

    const squeezed = (style) => style.toLowerCase().replace(/\s*([:;])\s*/g, "$1");

    function clean(html) {
        const page = new DOMParser().parseFromString(html, "text/html");
        for (const element of page.querySelectorAll("[style]")) element.setAttribute("style", squeezed(element.getAttribute("style")));
        const counts = new Map();
        for (const [name, selector] of LEFT_OUT) {
            const found = [...page.body.querySelectorAll(selector)];
            const outermost = found.filter((element) => !element.parentElement.closest(selector));
            const told = outermost.filter((element) => element.textContent.trim() && !element.matches(LINKED_COMMENT));
            if (told.length) counts.set(name, told.length);
            for (const element of outermost) element.remove();
        }
        if (page.body.querySelector("ins, .msoIns")) counts.set("insertion", 0);
        for (const element of page.querySelectorAll(NEVER_WORDS)) element.remove();
        listsOfWord(page);
        write(page.body, page);
        return { html: page.body.innerHTML, text: page.body.textContent, counts };
    }

    // Word writes list items as paragraphs with the bullet as words.
    function listsOfWord(page) {
        let list = null;
        for (const item of page.querySelectorAll("p[style*='mso-list:l']")) {
            const marker = item.querySelector("[style*='mso-list:ignore']");
            const tag = /^\s*[\da-z]+[.)]/i.test(marker?.textContent || "") ? "ol" : "ul";
            marker?.remove();
            if (!list || list.localName !== tag || item.previousElementSibling !== list) {
                list = page.createElement(tag);
                item.before(list);
            }
            const made = page.createElement("li");
            made.append(...item.childNodes);
            list.append(made);
            item.remove();
        }
    }

    // Leaves of each element what the editor keeps, in plain tags.
    function write(parent, page) {
        for (const element of [...parent.children]) {
            write(element, page);
            const style = element.getAttribute("style") || "";
            const wanted = ALIKE[element.tagName] || (KEPT.has(element.tagName) ? element.localName : BLOCKS.has(element.tagName) ? "p" : "");
            // Google Docs wraps everything in a <b> of normal weight.
            const isWrapper = element.tagName === "B" && style.includes("font-weight:normal");
            const hasBlocks = element.querySelector("p, ul, ol, h3");
            const href = element.tagName === "A" ? addressOf(element) : "";
            let made = [...element.childNodes];
            if (element.tagName === "SPAN") made = styled(made, style, page);
            else if (wanted && !isWrapper && !(wanted === "p" && hasBlocks) && (wanted !== "a" || href)) {
                const kept = page.createElement(wanted);
                if (href) kept.setAttribute("href", href);
                kept.append(...made);
                made = [kept];
            }
            element.replaceWith(...made);
        }
    }

    function styled(nodes, style, page) {
        const tags = [
            [/font-weight:(bold|[6-9]00)/, "b"],
            [/font-style:italic/, "i"],
            [/vertical-align:super/, "sup"],
            [/vertical-align:sub/, "sub"],
        ];
        let made = nodes;
        for (const [, tag] of tags.filter(([pattern]) => pattern.test(style))) {
            const element = page.createElement(tag);
            element.append(...made);
            made = [element];
        }
        return made;
    }

    function addressOf(link) {
        const address = link.getAttribute("href") || "";
        if (!/^(https?|mailto):/i.test(address)) return "";
        const behind = /^https?:\/\/(www\.)?google\.[a-z.]+\/url\?/i.test(address) ? new URL(address).searchParams.get("q") : null;
        return behind || address;
    }

    function named(name, count) {
        if (name === "hidden") return gettext("hidden text");
        if (name === "insertion") return gettext("marks of insertions");
        const words = name === "comment" ? ngettext("%(count)s comment", "%(count)s comments", count) : ngettext("%(count)s deletion", "%(count)s deletions", count);
        return interpolate(words, { count }, true);
    }

    function tell(field, counts) {
        const place = field.closest("[data-draftail-editor-wrapper]") || field.parentElement;
        place.parentElement.querySelector(":scope > .cs-pasted")?.remove();
        if (!counts.size) return;
        const words = [...counts].map(([name, count]) => named(name, count));
        const note = Object.assign(document.createElement("p"), { className: "cs-hard-words cs-pasted", textContent: interpolate(gettext("Pasted without %(words)s."), { words: words.join(", ") }, true) });
        note.setAttribute("role", "status");
        place.after(note);
    }

    function onPaste(event) {
        const field = event.target.closest?.(FIELD);
        const html = event.clipboardData?.getData("text/html");
        if (!field || !html || event.isClean || html.includes("data-editor=")) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        const cleaned = clean(html);
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/html", cleaned.html);
        clipboardData.setData("text/plain", event.clipboardData.getData("text/plain") || cleaned.text);
        const again = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
        again.isClean = true;
        event.target.dispatchEvent(again);
        tell(field, cleaned.counts);
    }

    document.addEventListener("paste", onPaste, { capture: true });
})();

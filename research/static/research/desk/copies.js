// Keeps what is typed in the browser's storage until the server has it, and offers it back after a crash: per account,
// article and window, with what differs.
(() => {
    const PREFIX = "countersign:words:";
    const WRITE_AFTER_MILLISECONDS = 150;
    const ANSWER_WITHIN_MILLISECONDS = 250;
    const KEPT_DAYS = 30;
    const SHOWN_CHARACTERS = 400;
    const { snapshot, pulse } = window.desk;

    // Another one for each load: what the load before left over is not written over.
    const windowId = crypto.getRandomValues(new Uint32Array(2)).join("-");

    const form = () => document.querySelector("form[data-edit-form]");
    const revision = () => form().elements.namedItem("loaded_revision_id")?.value || "";
    const subject = () => pulse.pageOf() || new URL(form().action).pathname;
    const place = () => `${PREFIX}${pulse.ownerOf()}:${subject()}:`;
    const ownKey = () => place() + windowId;

    let waiting = null;
    let timer = null;

    function write() {
        clearTimeout(timer);
        if (!waiting || pulse.ownerOf() === null) return;
        try {
            localStorage.setItem(ownKey(), JSON.stringify(waiting));
        } catch {
            document.querySelector("[data-desk-saving]").title = gettext("This browser’s storage is full: it keeps no copy of unsaved words.");
        }
        waiting = null;
    }

    function keep(entries, more = {}) {
        waiting = { at: Date.now(), revision: revision(), entries, ...more };
        clearTimeout(timer);
        timer = setTimeout(write, WRITE_AFTER_MILLISECONDS);
    }

    function drop(key) {
        localStorage.removeItem(key);
    }

    // Asks the other windows which of the copies are theirs: those are being written now, not left over.
    const channel = new BroadcastChannel("countersign:windows");
    channel.addEventListener("message", ({ data }) => {
        if (data.ask && form() && pulse.ownerOf() !== null && data.from !== ownKey()) channel.postMessage({ open: ownKey() });
    });
    function openElsewhere() {
        const found = new Set();
        const listen = ({ data }) => { if (data.open) found.add(data.open); };
        channel.addEventListener("message", listen);
        channel.postMessage({ ask: true, from: ownKey() });
        return new Promise((done) => {
            setTimeout(() => {
                channel.removeEventListener("message", listen);
                done(found);
            }, ANSWER_WITHIN_MILLISECONDS);
        });
    }
    async function othersAreOpen() {
        return [...(await openElsewhere())].some((key) => key.startsWith(place()));
    }

    function read(key) {
        try {
            return JSON.parse(localStorage.getItem(key));
        } catch {
            return null;
        }
    }

    // A copy that went off with "Save draft" reached the server when the page has another version since.
    const arrived = (copy) => copy.submitted && copy.revision !== revision();

    async function offer(entries) {
        const open = await openElsewhere();
        const keys = Object.keys(localStorage).filter((key) => key.startsWith(place()) && key !== ownKey() && !open.has(key));
        const left = [];
        for (const key of keys) {
            const copy = read(key);
            const old = !copy || Date.now() - copy.at > KEPT_DAYS * 86_400_000;
            if (old || arrived(copy)) drop(key);
            else left.push({ key, copy, ...snapshot.differences(copy.entries, entries) });
        }
        left.sort((one, other) => other.copy.at - one.copy.at);
        for (const found of left) {
            if (found.onlyMine.length) show(found);
            else drop(found.key);
        }
    }

    const element = (tag, text, ...children) => {
        const made = document.createElement(tag);
        if (text) made.textContent = text;
        made.append(...children);
        return made;
    };
    const cut = (words) => (words.length > SHOWN_CHARACTERS ? `${words.slice(0, SHOWN_CHARACTERS)} …` : words);
    const list = (texts) =>
        element("dl", "", ...texts.flatMap(([, words, name]) => [element("dt", snapshot.labelOf(form(), name)), element("dd", cut(words))]));

    function show({ key, copy, onlyMine, onlyTheirs }) {
        const strip = element("section");
        strip.className = "cs-advice cs-advice--copy";
        strip.setAttribute("aria-label", gettext("Words that were not saved"));
        const when = new Date(copy.at).toLocaleString([], { dateStyle: "long", timeStyle: "short" });
        const since = copy.revision !== revision() ? ` ${gettext("The article was saved since then; the history keeps that version too.")}` : "";
        const back = element("button", gettext("Put them back"));
        const away = element("button", gettext("Throw them away"));
        back.type = away.type = "button";
        back.className = "button button-small";
        away.className = "button button-small button-secondary";
        back.addEventListener("click", () => putBack(strip, key, copy));
        away.addEventListener("click", () => { drop(key); strip.remove(); });
        strip.append(
            element("p", "", element("strong", interpolate(gettext("Words typed here until %(when)s did not reach the server."), { when }, true)), since),
            element("details", "", element("summary", gettext("What differs")), element("h4", gettext("Not saved")), list(onlyMine),
                ...(onlyTheirs.length ? [element("h4", gettext("Saved instead")), list(onlyTheirs)] : [])),
            element("p", "", back, " ", away),
        );
        form().prepend(strip);
    }

    // The copy is a whole form: it is saved as one, as the newest version, and the page is loaded anew from it.
    async function putBack(strip, key, copy) {
        const here = await pulse.ask();
        if (here.state === "signedout") return window.desk.signIn.open();
        const data = new FormData();
        for (const [name, value] of copy.entries) data.append(name, value);
        data.set("csrfmiddlewaretoken", window.wagtailConfig.CSRF_TOKEN);
        // It is a new version over what stands here, which this person has seen.
        for (const name of ["loaded_revision_id", "loaded_revision_created_at"]) {
            data.set(name, form().elements.namedItem(name)?.value || "");
        }
        const answer = await fetch(form().action, { method: "POST", body: data, headers: { Accept: "application/json" } })
            .then((response) => response.json())
            .catch(() => ({ error_message: gettext("The server cannot be reached.") }));
        if (answer.success) {
            drop(key);
            window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true, once: true });
            window.location.assign(answer.url || window.location.href);
            return undefined;
        }
        strip.querySelector("details").open = true;
        strip.append(element("p", interpolate(gettext("They could not be put back as a whole (%(error)s) Copy what you need from the list above."), { error: answer.error_message }, true)));
        strip.querySelector("dl").replaceWith(list(snapshot.differences(copy.entries, window.desk.saving.currentEntries()).onlyMine));
        return undefined;
    }

    document.addEventListener("desk:unsaved", ({ detail }) => keep(detail.entries));
    document.addEventListener("desk:submitted", ({ detail }) => { keep(detail.entries, { submitted: true }); write(); });
    document.addEventListener("desk:confirmed", () => { clearTimeout(timer); waiting = null; drop(ownKey()); });
    document.addEventListener("desk:ready", async ({ detail }) => {
        const here = await pulse.ask();
        if (here.state === "here") await offer(detail.entries);
        else write();
        document.querySelector("[data-desk-saving]").dataset.ready = "";
    });
    window.addEventListener("pagehide", write);

    window.desk.copies = { othersAreOpen };
})();

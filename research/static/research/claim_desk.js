// The ledger of claims by keyboard and without reloading: the same forms, sent in the background.
(() => {
    const LEAST = 12;
    const desk = () => document.querySelector("[data-claim-desk]");
    const cards = () => [...document.querySelectorAll("[data-claim]")];
    let current = "";
    let selected = null;
    let sending = Promise.resolve();

    const card = () => cards().find((one) => one.dataset.claim === current);

    function select(next, { scroll = true } = {}) {
        if (!next) return;
        current = next.dataset.claim;
        cards().forEach((one) => { one.classList.toggle("cs-card--current", one === next); });
        next.focus({ preventScroll: true });
        if (scroll) next.scrollIntoView({ block: "center" });
        offerSelection();
    }

    function step(forward) {
        const all = cards();
        const from = all.findIndex((one) => one.dataset.claim === current);
        const rest = forward ? all.slice(from + 1) : all.slice(0, Math.max(from, 0)).reverse();
        select(rest.find((one) => "open" in one.dataset) ?? rest[0]);
    }

    // Why what was said is not kept; nothing else was lost, so the sentence can be said again.
    async function whyNot() {
        const { state } = await window.desk.pulse.ask();
        const reasons = {
            stranger: gettext("Not kept: somebody else signed in with this browser."),
            signedout: gettext("Not kept: you are signed out. Sign in again in another window, and say it again here."),
            offline: gettext("Not kept: there is no connection. Say it again when there is one."),
        };
        return reasons[state] || gettext("Not kept: the server had a fault. Say it again, or reload this page.");
    }

    async function fail() {
        const words = await whyNot();
        document.querySelector("[data-desk-problem]")?.remove();
        const problem = Object.assign(document.createElement("p"), { className: "cs-error", textContent: words });
        problem.dataset.deskProblem = "";
        problem.setAttribute("role", "alert");
        (card() ?? document.querySelector("[data-desk-sentences]")).prepend(problem);
    }

    function show(sentences) {
        document.querySelector("[data-desk-sentences]").replaceWith(sentences);
        showKeys();
        tellEditor();
        select(card(), { scroll: false });
    }

    async function post(action, data, wasOpen) {
        desk().setAttribute("aria-busy", "true");
        const answer = await fetch(action, { method: "POST", body: data, headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
        const page = answer && new DOMParser().parseFromString(await answer.text().catch(() => ""), "text/html");
        desk().removeAttribute("aria-busy");
        // A sign-in form answers 200 too, and has no sentences.
        const sentences = page?.querySelector("[data-desk-sentences]");
        if (!sentences) {
            await fail();
            return;
        }
        show(sentences);
        if (answer.ok && wasOpen && card() && !("open" in card().dataset)) step(true);
    }

    // One after the other: the answer to what was said first must not come last, and print the state before the other.
    function send(form, button) {
        const data = new FormData(form, button);
        const wasOpen = "open" in form.closest("[data-claim]").dataset;
        sending = sending.then(() => post(form.action, data, wasOpen));
    }

    // Beside the text, the editor has to know that its next save is based on the version that was made here.
    function tellEditor() {
        const { version, versionBefore } = document.querySelector("[data-desk-sentences]").dataset;
        if (window.parent !== window && versionBefore) {
            window.parent.postMessage({ claims: { before: versionBefore, now: version } }, window.location.origin);
        }
    }

    function sourceSelection() {
        const chosen = window.getSelection();
        const words = chosen.toString().trim();
        const source = chosen.anchorNode?.parentElement?.closest("[data-source]");
        return source && words.length >= LEAST ? { words, source: source.dataset.source } : null;
    }

    function offerSelection() {
        const box = document.querySelector("[data-desk-use]");
        if (!box) return;
        box.hidden = !(selected && card());
        if (!box.hidden) box.querySelector("[data-desk-for]").textContent = card().querySelector(".cs-claim__words").textContent.trim().slice(0, 60);
    }

    function useSelection() {
        const form = card()?.querySelector("form");
        if (!form || !selected) return;
        form.elements.namedItem("quote").value = selected.words;
        form.elements.namedItem("source").value = selected.source;
        send(form, form.querySelector("button[value=passage]"));
        selected = null;
    }

    function showKeys() {
        const keys = document.querySelector("[data-desk-keys]");
        if (keys) keys.hidden = false;
    }

    function onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
        const key = event.key.toLowerCase();
        if (key === "j" || key === "k") step(key === "j");
        else if (key === "s") useSelection();
        else card()?.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
    }

    function start() {
        if (!desk()) return;
        showKeys();
        document.addEventListener("keydown", onKey);
        document.addEventListener("submit", (event) => {
            if (!event.target.closest("[data-claim]")) return;
            event.preventDefault();
            current = event.target.closest("[data-claim]").dataset.claim;
            send(event.target, event.submitter);
        });
        document.addEventListener("focusin", (event) => {
            const found = event.target.closest("[data-claim]");
            if (found && found.dataset.claim !== current) select(found, { scroll: false });
        });
        document.addEventListener("selectionchange", () => {
            const found = sourceSelection();
            if (!found && document.activeElement?.closest("[data-desk-use]")) return;
            selected = found;
            offerSelection();
        });
        document.querySelector("[data-desk-use] button")?.addEventListener("mousedown", (event) => event.preventDefault());
        document.querySelector("[data-desk-use] button")?.addEventListener("click", useSelection);
        const asked = location.hash.startsWith("#c-") ? document.querySelector(location.hash) : null;
        select(asked ?? cards().find((one) => "open" in one.dataset) ?? cards()[0], { scroll: Boolean(asked) });
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

// The ledger of claims beside the text: sentences are linked to passages of the source without leaving the editor.
(() => {
    let drawer = null;
    let opener = null;

    function build(address) {
        drawer = document.createElement("aside");
        drawer.className = "cs-beside";
        drawer.setAttribute("aria-label", gettext("Where it comes from"));
        const close = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: gettext("Close") });
        close.addEventListener("click", hide);
        const head = Object.assign(document.createElement("p"), { className: "cs-beside__head" });
        head.append(gettext("Sentences as last saved, and their source."), close);
        const frame = Object.assign(document.createElement("iframe"), { title: gettext("Where it comes from"), src: address });
        drawer.append(head, frame);
        document.body.append(drawer);
    }

    async function show(event) {
        opener = event.currentTarget;
        opener.setAttribute("aria-expanded", "true");
        await window.desk.saving?.retryNow();
        drawer?.remove();
        build(opener.dataset.claimsBeside);
        drawer.querySelector("button").focus();
    }

    function hide() {
        drawer.remove();
        drawer = null;
        opener.setAttribute("aria-expanded", "false");
        opener.focus();
    }

    // What is linked is saved into the newest version. Only an editor that was up to date goes on from there: any other
    // is told of the newer version when it saves, as always.
    function follow(event) {
        const { before, now } = event.data?.claims || {};
        const form = document.querySelector("form[data-edit-form]");
        if (event.origin !== window.location.origin || event.source !== drawer?.querySelector("iframe").contentWindow || !now || !form) return;
        const loaded = ["loaded_revision_id", "loaded_revision_created_at"].map((name) => form.elements.namedItem(name)?.value);
        if (loaded.join(" ") !== before) return;
        const [id, createdAt] = now.split(" ");
        window.desk.saving.startFrom({ id, created_at: createdAt });
    }

    function start() {
        document.querySelectorAll("[data-claims-beside]").forEach((button) => {
            button.hidden = false;
            button.setAttribute("aria-expanded", "false");
            button.addEventListener("click", show);
        });
        window.addEventListener("message", follow);
        document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drawer?.contains(event.target)) hide(); });
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

// Keeps the study's record in view beside the text: a choice of the moment, remembered for this visit only.
(() => {
    const KEY = "study-record-in-view";

    function show(record, button, inView) {
        record.classList.toggle("cs-record--in-view", inView);
        document.body.classList.toggle("cs-has-record-in-view", inView);
        button.setAttribute("aria-expanded", String(inView));
        button.textContent = inView ? gettext("Put it back") : gettext("Keep beside the text");
        sessionStorage.setItem(KEY, inView ? "1" : "");
    }

    function start() {
        const record = document.querySelector("[data-study-record]");
        const button = record?.querySelector("[data-study-record-toggle]");
        if (!button) return;
        button.hidden = false;
        button.addEventListener("click", () => {
            show(record, button, button.getAttribute("aria-expanded") !== "true");
            button.focus();
        });
        document.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && record.contains(document.activeElement)) show(record, button, false);
        });
        if (sessionStorage.getItem(KEY)) show(record, button, true);
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

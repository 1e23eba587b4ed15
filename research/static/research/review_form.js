// Keeps the review on the server as it is answered: a reload, a log-out or a cut network loses no answer.
(() => {
    const WAIT_MILLISECONDS = 600;
    const AGAIN_MILLISECONDS = 4000;
    let timer = null;
    let kept = "";

    const form = () => document.getElementById("review-form");
    const line = () => form().querySelector("[data-kept]");

    function say(words) {
        line().textContent = words;
    }

    function asSent() {
        const data = new FormData(form());
        data.delete("csrfmiddlewaretoken");
        return new URLSearchParams(data).toString();
    }

    async function send() {
        clearTimeout(timer);
        const words = asSent();
        if (words === kept) return;
        const data = new FormData(form());
        const answer = await fetch(form().dataset.keep, { method: "POST", body: data, keepalive: true, headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
        const isKept = answer?.ok && !answer.redirected;
        if (answer?.status === 409) {
            say("This review is over. Nothing more is kept.");
            return;
        }
        if (isKept) {
            kept = words;
            say("Your answers are kept.");
        } else {
            say("Not kept yet: the server cannot be reached, or you are signed out. It is tried again.");
        }
        if (asSent() !== kept) later(isKept ? WAIT_MILLISECONDS : AGAIN_MILLISECONDS);
    }

    function later(milliseconds = WAIT_MILLISECONDS) {
        clearTimeout(timer);
        timer = setTimeout(send, milliseconds);
    }

    function count() {
        const total = form().querySelector("[data-claims-ticked]");
        if (total) total.textContent = form().querySelectorAll("input[name=ticks][data-required]:checked").length;
    }

    // What was opened before all was answered "yes": the source, or a claim's passage in its source.
    function opened() {
        form().elements.namedItem("opened").value = "yes";
    }

    function toFirstProblem() {
        const first = document.querySelector(".cs-problems a[href^='#']");
        const item = first && document.querySelector(first.getAttribute("href"));
        const field = item?.querySelector("input:not(:checked)[data-required], input:not([type=hidden]), textarea");
        if (!item) return;
        item.scrollIntoView({ block: "start" });
        field?.focus({ preventScroll: true });
    }

    function start() {
        if (!form()?.dataset.keep) return;
        kept = asSent();
        form().addEventListener("input", () => { count(); say("…"); later(); });
        form().addEventListener("change", () => { count(); later(); });
        window.addEventListener("online", send);
        document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
        document.querySelectorAll("[data-opens-source] a, [data-opens-source] summary").forEach((link) => { link.addEventListener("click", opened); });
        toFirstProblem();
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

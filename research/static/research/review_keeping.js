// Keeps the review on the server as it is answered, and in the browser's storage until the server has it: a reload, a
// log-out or a cut network loses no answer.
(() => {
    const PREFIX = "countersign:review:";
    const WAIT_MILLISECONDS = 600;
    const AGAIN_MILLISECONDS = 4000;
    const PATIENCE_MILLISECONDS = 20_000;
    const KEPT_DAYS = 30;
    // What the page says by itself, and nobody typed.
    const NOT_TYPED = new Set(["csrfmiddlewaretoken", "opened", "asked", "shown_digest", "shown_notices"]);
    const { pulse } = window.desk;
    let timer = null;
    let kept = ""; // what the server has
    let underway = false; // an attempt has no answer yet
    let again = false; // there is something to send after it
    let offered = false; // a copy waits for a decision, and is not written over

    const form = () => document.getElementById("review-form");
    const typed = () => new URLSearchParams([...new FormData(form())].filter(([name]) => !NOT_TYPED.has(name))).toString();
    const key = () => `${PREFIX}${form().dataset.reviewer}:${form().dataset.keep}`;
    const say = (words) => { form().querySelector("[data-kept]").textContent = words; };

    // The copy in this browser

    function write() {
        if (offered) return;
        if (typed() === kept) localStorage.removeItem(key());
        else localStorage.setItem(key(), JSON.stringify({ at: Date.now(), words: typed(), upon: kept }));
    }

    function read(name) {
        try {
            return JSON.parse(localStorage.getItem(name));
        } catch {
            return null;
        }
    }

    function dropOld() {
        for (const name of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
            if (!(Date.now() - read(name)?.at < KEPT_DAYS * 86_400_000)) localStorage.removeItem(name);
        }
    }

    function putBack(words) {
        const entries = new URLSearchParams(words);
        for (const field of form().elements) {
            if (!field.name || NOT_TYPED.has(field.name)) continue;
            if (["radio", "checkbox"].includes(field.type)) field.checked = entries.getAll(field.name).includes(field.value);
            else if (entries.has(field.name)) field.value = entries.get(field.name);
        }
        form().dispatchEvent(new Event("change"));
    }

    // Upon what the server shows they are put back at once. Where other answers were kept since, the reviewer chooses.
    function takeUpCopy() {
        const copy = read(key());
        if (!copy || copy.words === kept) return localStorage.removeItem(key());
        if (copy.upon !== kept) return offer(copy);
        putBack(copy.words);
        say(gettext("What had not reached the server was put back."));
        return later(0);
    }

    function offer(copy) {
        offered = true;
        const place = form().querySelector("[data-left-over]");
        place.querySelector("[data-left-at]").textContent = new Date(copy.at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
        place.hidden = false;
        const decide = (words) => {
            offered = false;
            place.hidden = true;
            if (words) putBack(words);
            write();
        };
        place.querySelector("[data-left-take]").addEventListener("click", () => decide(copy.words));
        place.querySelector("[data-left-drop]").addEventListener("click", () => decide(""));
    }

    // The server

    // Whoever signs in again has another token, and somebody else's session must not take these words.
    async function whyNot() {
        const { state } = await pulse.ask();
        const reasons = {
            stranger: gettext("Somebody else signed in with this browser: your answers are kept here, and not under another name."),
            signedout: gettext("You are signed out. Your answers are kept in this browser: sign in again in another window, and go on here."),
            offline: gettext("Not kept yet: there is no connection. Your answers wait in this browser; it is tried again."),
        };
        return reasons[state] || gettext("Not kept yet: the server had a fault. Your answers wait in this browser; it is tried again.");
    }

    const post = () =>
        fetch(form().dataset.keep, {
            method: "POST",
            body: new FormData(form()),
            keepalive: true,
            headers: { "X-Requested-With": "XMLHttpRequest" },
            signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
        }).catch(() => null);

    async function attempt() {
        const words = typed();
        if (words === kept) return;
        const answer = await post();
        if (answer?.status === 409) {
            localStorage.removeItem(key());
            say(gettext("This review is over. Nothing more is kept."));
            return;
        }
        const isKept = Boolean(answer?.ok && !answer.redirected);
        if (isKept) kept = words;
        write();
        say(isKept ? gettext("Your answers are kept.") : await whyNot());
        if (typed() !== kept) later(isKept ? WAIT_MILLISECONDS : AGAIN_MILLISECONDS);
    }

    // One at a time: what comes late must neither overtake what was typed since, nor speak for it.
    async function send() {
        clearTimeout(timer);
        if (underway) {
            again = true;
            return;
        }
        underway = true;
        await attempt().finally(() => { underway = false; });
        if (again) {
            again = false;
            send();
        }
    }

    function later(milliseconds = WAIT_MILLISECONDS) {
        clearTimeout(timer);
        timer = setTimeout(send, milliseconds);
    }

    function onAnswer() {
        if (typed() === kept) return;
        write();
        say("…");
        later();
    }

    // Who comes back may have signed in again in another window; who leaves has no time to wait.
    function onLookAway() {
        if (document.visibilityState === "visible") pulse.ask();
        if (document.visibilityState === "hidden" && underway && typed() !== kept) post();
        else send();
    }

    function start() {
        if (!form()?.dataset.keep) return;
        kept = typed();
        dropOld();
        for (const name of ["input", "change"]) form().addEventListener(name, onAnswer);
        window.addEventListener("online", send);
        document.addEventListener("visibilitychange", onLookAway);
        pulse.startAs(Number(form().dataset.reviewer));
        takeUpCopy();
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

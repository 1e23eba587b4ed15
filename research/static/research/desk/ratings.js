// The two ratings while the questions are answered: the server computes them, from the form as it stands.
(() => {
    const WAIT_MILLISECONDS = 300;
    const PREFIX = "appraisals-0-";
    let timer = null;
    let asked = 0;

    const frame = () => document.querySelector("[data-live-ratings]");
    const form = () => document.querySelector("form[data-edit-form]");

    function answers() {
        const data = new FormData();
        for (const [name, value] of new FormData(form()).entries()) {
            if (name.startsWith(PREFIX)) data.append(name.slice(PREFIX.length), value);
        }
        data.append("study", form().elements.namedItem("study")?.value || frame().dataset.study);
        data.append("csrfmiddlewaretoken", window.wagtailConfig.CSRF_TOKEN);
        return data;
    }

    async function ask() {
        asked += 1;
        const number = asked;
        const answer = await fetch(frame().dataset.liveRatings, { method: "POST", body: answers(), headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
        if (!answer?.ok || number !== asked) return;
        frame().innerHTML = await answer.text();
    }

    function later() {
        clearTimeout(timer);
        timer = setTimeout(ask, WAIT_MILLISECONDS);
    }

    // There is one appraisal, or none yet: the questions stand open as soon as somebody wants to answer them.
    function openQuestions() {
        if (!form().elements.namedItem(`${PREFIX}design`)) {
            window.desk.saving.quietly(() => document.getElementById("id_appraisals-ADD")?.click());
        }
        placeSuggestions();
    }

    // A suggestion stands at its question while that is open, and nowhere once it is answered.
    function placeSuggestions() {
        for (const suggestion of document.querySelectorAll("[data-suggestion]")) {
            const field = form().elements.namedItem(PREFIX + suggestion.dataset.suggestion);
            const place = field?.closest(".w-field")?.querySelector(".w-field__input");
            if (!place) continue;
            if (suggestion.parentElement !== place.parentElement) {
                const stands = Object.assign(document.createElement("div"), { className: suggestion.className });
                stands.dataset.suggestion = suggestion.dataset.suggestion;
                stands.append(...suggestion.childNodes);
                suggestion.remove();
                place.after(stands);
                stands.hidden = Boolean(field.value);
                continue;
            }
            suggestion.hidden = Boolean(field.value);
        }
        const group = document.querySelector(".cs-suggested[role=group]:has(.cs-topics__list:empty)") ;
        if (group && frame()?.parentElement.contains(group)) group.querySelector("ul").hidden = true;
    }

    function confirm(button) {
        openQuestions();
        const field = form().elements.namedItem(PREFIX + button.dataset.answer);
        field.value = button.dataset.value;
        field.dispatchEvent(new Event("change", { bubbles: true }));
        placeSuggestions();
        field.focus();
    }

    function start() {
        if (!frame() || !form()) return;
        for (const name of ["input", "change"]) {
            form().addEventListener(name, (event) => { if (event.target.name?.startsWith(PREFIX)) { placeSuggestions(); later(); } });
        }
        document.addEventListener("click", (event) => {
            const tab = event.target.closest("[role=tab]");
            if (tab && document.getElementById(tab.getAttribute("aria-controls"))?.contains(frame())) openQuestions();
            const suggestion = event.target.closest("[data-answer]");
            if (suggestion) confirm(suggestion);
        });
        if (frame().closest("[role=tabpanel]:not([hidden])") && frame().checkVisibility()) openQuestions();
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

// The form of a review: what is ticked, what is missing, what takes turns on a narrow screen.
(() => {
    const form = () => document.getElementById("review-form");

    function count() {
        const total = form().querySelector("[data-claims-ticked]");
        if (total) total.textContent = form().querySelectorAll("input[name=ticks][data-required]:checked").length;
    }

    // What was opened before all was answered "yes": the source, or a claim's passage in its source.
    function opened() {
        form().elements.namedItem("opened").value = "yes";
    }

    // Where something is missing in an item: a claim that must be ticked, a note that an answer asks for, an answer.
    function missingIn(item) {
        const claim = item.querySelector("input[data-required]:not(:checked)");
        if (claim) return claim;
        const asksForNote = item.querySelector("input[type=radio]:checked:is([value=no], [value=na])");
        return (asksForNote && item.querySelector("textarea")) || item.querySelector("input:not([type=hidden]), textarea");
    }

    function toFirstProblem() {
        const problems = document.querySelector(".cs-problems");
        if (!problems) return;
        const first = problems.querySelector("a[href^='#']");
        const item = first && document.querySelector(first.getAttribute("href"));
        if (!item) {
            problems.focus();
            return;
        }
        const field = missingIn(item);
        (field?.closest(".cs-claim") || item).scrollIntoView({ block: "start" });
        field?.focus({ preventScroll: true });
    }

    // How long the text was in view on this visit: for the eyes of whoever reads, in this page's memory and nowhere else.
    function tellTime() {
        const place = document.querySelector("[data-open-for]");
        if (!place) return;
        let minutes = 0;
        setInterval(() => {
            if (document.visibilityState !== "visible") return;
            minutes += 1;
            place.textContent = interpolate(
                ngettext(
                    "You have had it open for %(minutes)s minute on this visit. Only you see this, and it is stored nowhere.",
                    "You have had it open for %(minutes)s minutes on this visit. Only you see this, and it is stored nowhere.",
                    minutes,
                ),
                { minutes },
                true,
            );
        }, 60_000);
    }

    // Wagtail scrolls its own content, not the window.
    function scrolled(element) {
        let above = element.parentElement;
        while (above && !/auto|scroll/.test(getComputedStyle(above).overflowY)) above = above.parentElement;
        return above || document.scrollingElement;
    }

    // On a screen without room for both, the article and the review take turns; each is found where it was left.
    function takeTurns() {
        const review = document.querySelector(".cs-review");
        const buttons = [...document.querySelectorAll("[data-turn-to]")];
        if (!review || !buttons.length) return;
        const left = { article: 0, review: 0 };
        const pane = scrolled(review);
        function turnTo(name) {
            const before = review.dataset.turn;
            left[before] = pane.scrollTop;
            review.dataset.turn = name;
            for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.turnTo === name));
            // At once: Wagtail lets its content glide, and who reads would look for the place meanwhile.
            if (before) pane.scrollTo({ top: left[name], behavior: "instant" });
        }
        for (const button of buttons) button.addEventListener("click", () => turnTo(button.dataset.turnTo));
        turnTo("review");
    }

    function start() {
        takeTurns();
        tellTime();
        if (!form()) return;
        for (const name of ["input", "change"]) form().addEventListener(name, count);
        document.querySelectorAll("[data-opens-source] :is(a, summary), [data-claims] :is(a, summary)").forEach((link) => { link.addEventListener("click", opened); });
        toFirstProblem();
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

// Keeps the strip above the article true: what is still to do, and the button once nothing is, in the footer too.
(() => {
    const BUTTON = ".cs-strip__submit button";
    const strip = () => document.querySelector("[data-desk-strip]");

    function offerBelow() {
        const footer = document.querySelector("form[data-edit-form] footer .footer__container");
        footer?.querySelector(".cs-submit-below")?.remove();
        const button = strip()?.querySelector(BUTTON);
        if (!footer || !button) return;
        const below = button.cloneNode(true);
        below.classList.add("cs-submit-below");
        footer.append(below);
    }

    async function renew() {
        const shown = strip();
        if (!shown) return;
        const answer = await fetch(shown.dataset.deskStrip, { headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
        if (!answer?.ok) return;
        const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-desk-strip]");
        const opened = [...shown.querySelectorAll("details")].some((details) => details.open);
        if (!next || shown.contains(document.activeElement)) return;
        next.querySelectorAll("details").forEach((details) => { details.open = opened; });
        shown.replaceWith(next);
        offerBelow();
    }

    document.addEventListener("desk:confirmed", renew);
    // Words were typed since: what the button says of them may not be true any more.
    document.addEventListener("desk:state", ({ detail }) => {
        if (detail.state !== "saved") document.querySelector(".cs-submit-below")?.setAttribute("disabled", "");
    });
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", offerBelow);
    else offerBelow();
})();

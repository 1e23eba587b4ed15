// The planning board: drag and drop, and the dialog of the "Move" buttons. Both send the form that works
// without script too; the server holds the rule.
"use strict";
(() => {
    const board = document.querySelector(".cs-board");
    const narrow = window.matchMedia("(max-width: 49.99em)");

    for (const field of document.querySelectorAll("[data-board-select]")) {
        field.addEventListener("focus", () => field.select());
    }
    if (!board) return;

    // A calendar grid needs room: whoever asked for no view in particular gets the list on a phone.
    if (board.dataset.boardDefault && narrow.matches) {
        window.location.replace(board.dataset.boardDefault);
        return;
    }

    // Back from a move, the card that moved has the focus.
    if (window.location.hash.startsWith("#article-")) {
        document.getElementById(window.location.hash.slice(1))?.focus();
    } else if (!narrow.matches) {
        // A month full of cards is taller than the window: today stands in view all the same.
        board.querySelector(".cs-day--today")?.scrollIntoView({ behavior: "instant", block: "nearest" });
    }

    const dialog = document.getElementById("board-dialog");
    if (dialog && typeof dialog.showModal === "function") {
        const form = dialog.querySelector("form");
        board.addEventListener("click", (event) => {
            const link = event.target.closest("[data-board-move]");
            const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
            if (!link || !plain || "boardConfirms" in link.dataset) return;
            event.preventDefault();
            form.action = link.dataset.boardMove;
            form.elements.date.value = link.dataset.date;
            dialog.querySelector("[data-board-dialog-article]").textContent = link.dataset.title;
            dialog.showModal();
            form.elements.date.focus();
        });
        dialog.querySelector("[data-board-cancel]").addEventListener("click", () => dialog.close());
        dialog.addEventListener("click", (event) => {
            if (event.target === dialog) dialog.close();
        });
    }

    const drop = document.getElementById("board-drop");
    const days = board.querySelectorAll("[data-board-day]");
    let dragged = null;
    const finish = () => {
        dragged?.classList.remove("cs-card--dragged");
        board.classList.remove("cs-board--dragging");
        for (const day of days) day.classList.remove("cs-drop");
        dragged = null;
    };
    board.addEventListener("dragstart", (event) => {
        const card = event.target.closest?.("[data-board-card]");
        if (!card) return;
        dragged = card;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", card.querySelector(".cs-card__title").textContent.trim());
        card.classList.add("cs-card--dragged");
        board.classList.add("cs-board--dragging");
    });
    board.addEventListener("dragend", finish);
    for (const day of days) {
        day.addEventListener("dragover", (event) => {
            if (!dragged) return;
            event.preventDefault();
            event.dataTransfer.dropEffect = "move";
            day.classList.add("cs-drop");
        });
        day.addEventListener("dragleave", (event) => {
            if (!day.contains(event.relatedTarget)) day.classList.remove("cs-drop");
        });
        day.addEventListener("drop", (event) => {
            if (!dragged) return;
            event.preventDefault();
            const card = dragged;
            finish();
            if (day.dataset.boardDay === card.dataset.date) return;
            drop.action = card.dataset.boardCard;
            drop.elements.date.value = day.dataset.boardDay;
            drop.submit();
        });
    }
})();

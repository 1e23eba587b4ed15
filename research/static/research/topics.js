/* The list of an article's topics in the editor: removes one, adds what the chooser returns, in order. */
(() => {
    const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

    const add = (field, topic) => {
        const list = field.querySelector("[data-topics-list]");
        if (list.querySelector(`input[value="${CSS.escape(String(topic.id))}"]`)) return;
        const item = field.querySelector("[data-topics-template]").content.firstElementChild.cloneNode(true);
        item.querySelector("span").textContent = topic.title;
        item.querySelector("input").value = topic.id;
        item.querySelector("button").setAttribute("aria-label", interpolate(gettext("Remove %(name)s"), { name: topic.title }, true));
        const after = [...list.children].find((other) =>
            other.querySelector("span").textContent.localeCompare(topic.title, undefined, { sensitivity: "base" }) > 0
        );
        list.insertBefore(item, after || null);
    };

    const choose = (field) =>
        window.ModalWorkflow({
            url: field.dataset.chooserUrl,
            urlParams: { multiple: 1 },
            onload: window.CHOOSER_MODAL_ONLOAD_HANDLERS,
            responses: {
                chosen: (topics) => {
                    for (const topic of topics) add(field, topic);
                    changed(field);
                },
            },
        });

    // A suggestion beside the field becomes a chosen topic, and is no suggestion any more.
    const take = (button) => {
        const field = document.querySelector("[data-topics]");
        add(field, { id: button.dataset.topicsSuggest, title: button.dataset.title });
        button.closest("li").remove();
        changed(field);
        (document.querySelector("[data-topics-suggest]") || field.querySelector("[data-topics-choose]")).focus();
    };

    document.addEventListener("click", (event) => {
        const suggestion = event.target.closest("[data-topics-suggest]");
        if (suggestion) take(suggestion);
        const field = event.target.closest("[data-topics]");
        if (!field) return;
        if (event.target.closest("[data-topics-choose]")) {
            choose(field);
        } else if (event.target.closest("[data-topics-remove]")) {
            event.target.closest("li").remove();
            changed(field);
            field.querySelector("[data-topics-choose]").focus();
        }
    });
})();

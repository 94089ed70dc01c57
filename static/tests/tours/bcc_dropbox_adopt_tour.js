import {registry} from "@web/core/registry";

/** A salesperson says that a refused mail is an own one. */
registry.category("web_tour.tours").add("bcc_dropbox_adopt", {
    steps: () => [
        {
            content: "Read what will happen",
            trigger: ".o_form_view .alert-warning:contains('this mail is filed at once')",
        },
        {
            content: "Say that it was me",
            trigger: "button[name='action_adopt_sender']:contains('It was me, add this address')",
            run: "click",
        },
        {
            content: "It is filed",
            trigger: ".o_field_widget[name='line_ids']:contains('Desks, height-adjustable')",
        },
        {
            content: "Nothing is left to do about it",
            trigger: ".o_form_view:not(:has(.alert-warning)) button[name='action_undo']",
        },
    ],
});

import {registry} from "@web/core/registry";

/** A salesperson confirms that a rejected email is their own. */
registry.category("web_tour.tours").add("bcc_dropbox_adopt", {
    steps: () => [
        {
            content: "Read what will happen",
            trigger: ".o_form_view .alert-warning:contains('this email is logged now')",
        },
        {
            content: "Say that it was me",
            trigger: "button[name='action_adopt_sender']:contains('It Was Me, Add This Address')",
            run: "click",
        },
        {
            content: "It is logged",
            trigger: ".o_field_widget[name='line_ids']:contains('Desks, height-adjustable')",
        },
        {
            content: "Nothing is left to do about it",
            trigger: ".o_form_view:not(:has(.alert-warning)) button[name='action_undo']",
        },
    ],
});

import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";
import {SMART_BUTTON, openSmartButtons} from "@crm_bcc_dropbox/../tests/page";

const CAPTURED = ".o-bcc-dropbox-captured";

/** A salesperson recognises a captured email in the chatter of a lead, and opens the list of captured emails there. */
registry.category("web_tour.tours").add("bcc_dropbox_chatter", {
    steps: () => [
        {
            content: "The captured email says what it is",
            trigger: `.o-mail-Message ${CAPTURED}:contains('Logged by BCC Dropbox')`,
        },
        {
            content: "It says who sent it, and to whom",
            trigger: `${CAPTURED}:contains('owen@acme.example'):contains('ron.gibson@woodcorner.example')`,
        },
        {
            content: "These are no links",
            trigger: `${CAPTURED}:not(:has(a))`,
        },
        {
            content: "It says that it was sent",
            trigger: `${CAPTURED}:contains('owen@acme.example'):has(.fa-paper-plane-o):contains('Sent')`,
        },
        {
            content: "Another one was received",
            trigger: `${CAPTURED}:has(.fa-inbox):contains('Received')`,
        },
        {
            content: "The comment of the user who forwarded it is shown",
            trigger: ".o-bcc-dropbox-comment:contains('Owen Clarke'):contains('This is urgent.')",
        },
        {
            content: "The line below it names that user",
            trigger: ".o-mail-Message .o-bcc-dropbox-forwarded:contains('Forwarded by'):contains('Owen Clarke')",
        },
        screen("chatter", {trigger: CAPTURED, scope: CAPTURED, show: ".o-mail-Chatter"}),
        openSmartButtons,
        {
            content: "Open the captured emails of the lead",
            trigger: `${SMART_BUTTON}:contains('3'):contains('Captured Emails')`,
            run: "click",
        },
        {
            content: "Open the email",
            trigger: ".o_data_row .o_data_cell:contains('Offer for'), .o_kanban_record:contains('Offer for')",
            run: "click",
        },
        {
            content: "It says where it is logged",
            trigger: ".o_field_widget[name='line_ids']:contains('Office for 40 people')",
        },
        {
            content: "Go there again",
            trigger: ".o_field_widget[name='line_ids'] button[name='action_open_record']",
            run: "click",
        },
        {
            content: "The lead is back",
            trigger: `.o_form_view ${CAPTURED}`,
        },
    ],
});

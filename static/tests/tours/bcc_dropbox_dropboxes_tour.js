import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

// the list of captured emails shows the owner as well
const ROW = ".o_data_row:has(button[name='action_open_emails']):contains('Owen Clarke')";
const OK = ".modal-footer .btn-primary";

/** A manager looks for rejected emails, creates a new address for a user and archives their dropbox. */
registry.category("web_tour.tours").add("bcc_dropbox_dropboxes", {
    steps: () => [
        {
            content: "See everyone's address",
            trigger: ".o_data_row [name='address']:contains('bcc-'), .o_kanban_record:contains('bcc-')",
        },
        screen("dropboxes", {trigger: ".o_data_row, .o_kanban_record"}),
        {
            content: "Open the captured emails of one of them",
            trigger: `${ROW} button[name='action_open_emails']`,
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "See all of this user",
            trigger: ".o_data_row:contains('Unknown sender address')",
            isActive: ["desktop"],
        },
        {
            content: "Go back",
            trigger: ".o_breadcrumb a:contains('BCC Addresses'), .o_back_button",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Open the dropbox",
            trigger: `${ROW} td[name='user_id'], .o_kanban_record:contains('Owen Clarke')`,
            run: "click",
        },
        screen("dropbox", {trigger: ".o_form_view [name='address']:contains('bcc-')"}),
        {
            content: "Ask for a new address",
            trigger: ".o_form_view button[name='action_regenerate']",
            run: "click",
        },
        {
            content: "Read what stops working",
            trigger: ".modal-body:contains('disabled immediately')",
        },
        {
            content: "Go on",
            trigger: OK,
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('Owen Clarke')",
        },
        {
            content: "See what else can be done",
            trigger: ".o_statusbar_buttons .o-dropdown",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Archive the dropbox",
            trigger: "button[name='action_archive']",
            run: "click",
        },
        {
            content: "Go on",
            trigger: OK,
            run: "click",
        },
        {
            content: "See that it is archived, and has no address",
            trigger: ".o_form_view:not(:has([name='address'])) button[name='action_unarchive']",
        },
    ],
});

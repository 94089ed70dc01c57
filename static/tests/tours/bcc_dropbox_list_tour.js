import {registry} from "@web/core/registry";

// the list of captured mails names the owner, too
const ROW = ".o_data_row:has(button[name='action_open_emails']):contains('Sam Seller')";
const OK = ".modal-footer .btn-primary";

/** A manager looks for refused mails, makes a new address for a user and archives their dropbox. */
registry.category("web_tour.tours").add("bcc_dropbox_list", {
    steps: () => [
        {
            content: "See everyone's address",
            trigger: `${ROW} [name='address']:contains('bcc-')`,
        },
        {
            content: "Open the captured mails of one of them",
            trigger: `${ROW} button[name='action_open_emails']`,
            run: "click",
        },
        {
            content: "See both, of this user alone",
            trigger: ".o_data_row:contains('Refused')",
        },
        {
            content: "Go back",
            trigger: ".o_breadcrumb a:contains('BCC Dropboxes'), .o_back_button",
            run: "click",
        },
        {
            content: "Open the dropbox",
            trigger: `${ROW} td[name='user_id']`,
            run: "click",
        },
        {
            content: "Ask for a new address",
            trigger: ".o_form_view button[name='action_regenerate']",
            run: "click",
        },
        {
            content: "Read what stops working, and go on",
            trigger: ".modal-body:contains('stops working at once')",
        },
        {
            content: "Go on",
            trigger: OK,
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('Sam Seller')",
        },
        {
            content: "Archive the dropbox",
            trigger: ".o_form_view button[name='action_archive']",
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

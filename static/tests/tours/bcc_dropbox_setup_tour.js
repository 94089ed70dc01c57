import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const BANNER = ".o_bcc_dropbox_setup_banner";
const STEP = (name) => `.o_form_sheet [name='${name}']`;
const NEXT = {
    content: "Go on",
    trigger: ".o_form_sheet button[name='action_next']",
    run: "click",
};

/** A new administrator goes from the pipeline through all steps until BCC Dropbox works. */
registry.category("web_tour.tours").add("bcc_dropbox_setup", {
    steps: () => [
        screen("setup-banner", {trigger: BANNER, scope: BANNER}),
        {
            content: "Set it up",
            trigger: `${BANNER} button:contains('Set Up')`,
            run: "click",
        },
        {
            content: "Choose a provider",
            trigger: `${STEP("way")} input[data-value='google']`,
            run: "click",
        },
        {
            content: "Enter a subdomain",
            trigger: `${STEP("domain")} input`,
            run: "edit crm.acme.example && press Tab",
        },
        {
            content: "See what addresses look like",
            trigger: `${STEP("example")}:contains('crm+bcc-xxxxxxxxxxxxxxxxxxxx@crm.acme.example')`,
        },
        screen("setup-address", {trigger: STEP("way")}),
        NEXT,
        {
            content: "The lines contain all names",
            trigger: `${STEP("lines")} pre:contains('crm.acme.example. MX 10 crm.acme.example.')`,
        },
        {
            content: "Each can be copied",
            trigger: `${STEP("lines")} button[aria-label='Copy: Add to your DNS']`,
        },
        screen("setup-connect", {trigger: STEP("lines")}),
        NEXT,
        {
            content: "No email has arrived yet",
            trigger: `${STEP("checks")} [data-check='incoming']:contains('Not Set Up')`,
        },
        {
            content: "Send a test",
            trigger: ".o_widget_bcc_dropbox_test button:enabled",
            run: "click",
        },
        {
            content: "It arrives",
            trigger: ".o_bcc_dropbox_test .alert-success",
        },
        {
            content: "The checks know it",
            trigger: `${STEP("checks")} [data-check='incoming']:contains('OK')`,
        },
        screen("setup-test", {trigger: ".o_bcc_dropbox_test .alert-success"}),
        NEXT,
        screen("setup-team", {trigger: `${STEP("team")}:contains('Lea Novak')`}),
        {
            content: "Tell the team",
            trigger: ".o_form_sheet button[name='action_tell']",
            run: "click",
        },
        {
            content: "Everyone knows",
            trigger: ".o_form_sheet p:contains('Everyone with a BCC address')",
        },
        {
            content: "Leave",
            trigger: ".o_form_sheet button.btn-primary[name='action_done']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing reminds of it any longer",
            trigger: `.o_kanban_view:not(:has(${BANNER})) .o_kanban_renderer`,
        },
    ],
});

/** An administrator does not want it. */
registry.category("web_tour.tours").add("bcc_dropbox_setup_dismiss", {
    steps: () => [
        {
            content: "Dismiss it",
            trigger: `${BANNER} .btn-close`,
            run: "click",
        },
        {
            content: "It is gone",
            trigger: `.o_kanban_view:not(:has(${BANNER})) .o_kanban_renderer`,
        },
    ],
});

/** A salesperson doesn't see it. */
registry.category("web_tour.tours").add("bcc_dropbox_setup_salesperson", {
    steps: () => [
        {
            content: "The pipeline is there, the reminder is not",
            trigger: `.o_kanban_view:not(:has(${BANNER})) .o_kanban_renderer`,
        },
    ],
});

/** A salesperson opens the link in the message to the team. */
registry.category("web_tour.tours").add("bcc_dropbox_setup_link", {
    steps: () => [
        {
            content: "The tab is open",
            trigger: ".tab-pane .o_field_widget[name='bcc_dropbox_address']:contains('@acme.example')",
        },
    ],
});

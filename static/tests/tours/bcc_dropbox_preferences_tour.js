import {openPreferences, savePreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson looks at the dropbox in the preferences, chooses what to create and adds a sender address. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences", {
    steps: () => [
        ...openPreferences(),
        {
            content: "See the address",
            trigger: ".o_field_widget[name='bcc_dropbox_address']:contains('bcc-')",
        },
        screen("preferences", {trigger: ".o_field_widget[name='bcc_dropbox_address']"}),
        {
            isActive: ["desktop"],
            content: "See its QR code",
            trigger: ".o_field_widget[name='bcc_dropbox_qrcode'] img[src^='/bcc_dropbox/qrcode']",
            run({waitUntil}) {
                return waitUntil(() => this.anchor.naturalWidth > 100);
            },
        },
        {
            content: "Read how to send",
            trigger: "details[name='bcc_dropbox_how'] summary",
            run: "click",
        },
        {
            content: "See it",
            trigger: "details[name='bcc_dropbox_how'][open] li:contains('Thunderbird'):visible",
        },
        screen("preferences-how", {
            trigger: "details[name='bcc_dropbox_how'][open] li:visible",
            show: "details[name='bcc_dropbox_how']",
        }),
        {
            content: "See how many sender addresses there are",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_usage']:contains('2 of 5')",
        },
        screen("preferences-senders", {
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] .o_data_row:contains('owen@clarke.example')",
            show: ".o_field_widget[name='bcc_dropbox_lookup']",
        }),
        {
            content: "Without leads, the choice is an opportunity",
            trigger: ".o_field_widget[name='bcc_dropbox_create'] label:contains('Opportunity')",
        },
        {
            content: "Choose to create contacts",
            trigger: ".o_field_widget[name='bcc_dropbox_create'] input[data-value='contact']",
            run: "click",
        },
        {
            content: "Open the other choices",
            trigger: "details[name='bcc_dropbox_choices'] summary",
            run: "click",
        },
        {
            content: "Choose the most recently active record",
            trigger: ".o_field_widget[name='bcc_dropbox_several'] input[data-value='active']:visible",
            run: "click",
        },
        {
            content: "Choose the latest opportunities",
            trigger: ".o_field_widget[name='bcc_dropbox_opportunity'] input[data-value='latest']:visible",
            run: "click",
        },
        screen("preferences-choices", {
            trigger: ".o_field_widget[name='bcc_dropbox_opportunity'] input[data-value='latest']:checked",
            show: "details[name='bcc_dropbox_choices']",
        }),
        {
            content: "Add a sender address",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Type it",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] .o_selected_row [name='email'] input",
            run: "edit owen@home.example",
        },
        {
            content: "Leave the row",
            trigger: ".o_horizontal_separator:contains('Sender Addresses')",
            run: "click",
        },
        {
            content: "Read what saving does",
            trigger:
                ".o_field_widget[name='bcc_dropbox_sender_ids'] .o_data_row:contains('A confirmation email is sent when you save')",
        },
        {
            content: "See that it counts",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_usage']:contains('3 of 5')",
        },
        savePreferences,
        ...openPreferences(),
        {
            content: "Read that an email was sent",
            trigger:
                ".o_data_row:contains('owen@home.example') [name='confirmation']:contains('Confirmation email sent')",
        },
        {
            content: "Read that the first address is confirmed",
            trigger: ".o_data_row:contains('owen@acme.example') [name='confirmation']:contains('Confirmed')",
        },
        {
            content: "See which emails were rejected",
            trigger: "button[name='action_bcc_dropbox_refused']",
            run: "click",
        },
        {
            content: "It is one",
            trigger: ".o_list_view .o_data_row:contains('Price list')",
        },
    ],
});

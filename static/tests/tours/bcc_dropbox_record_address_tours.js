import {openSmartButtons} from "@crm_bcc_dropbox/../tests/page";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** The steps of a salesperson who opens the dialog on a record, and looks at it. */
function openDialog(kind) {
    return [
        openSmartButtons,
        {
            content: "Open the dialog",
            trigger: "button[name='action_bcc_dropbox_address']",
            run: "click",
        },
        {
            content: "The address names the record",
            trigger: `.modal .o_field_widget[name='address']:contains(+${kind})`,
        },
        {
            content: "An email program can be opened, with the address in Bcc",
            trigger: `.modal a[href^='mailto:'][href*='?bcc='][href*='%2B${kind}']`,
        },
        {
            content: "The QR code is loaded, without the address in its URL",
            trigger: ".modal .o_field_widget[name='qrcode'] img[src^='/bcc_dropbox/qrcode']:not([src*='bcc-'])",
            isActive: ["desktop"],
        },
    ];
}

const close = [
    {
        content: "Close it",
        trigger: ".modal button:contains('Close')",
        run: "click",
    },
    {
        content: "It is closed",
        trigger: "body:not(:has(.modal))",
    },
];

registry.category("web_tour.tours").add("bcc_dropbox_record_address_lead", {
    steps: () => [
        ...openDialog("lead"),
        screen("record-address", {trigger: ".modal .o_field_widget[name='address']"}),
        ...close,
    ],
});

registry.category("web_tour.tours").add("bcc_dropbox_record_address_contact", {
    steps: () => [...openDialog("contact"), ...close],
});

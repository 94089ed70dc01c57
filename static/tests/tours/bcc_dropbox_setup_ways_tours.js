import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const FIELD = (name) => `.o_form_sheet [name='${name}']`;
const WAYS = [
    {
        way: "own",
        address: "crm.acme.example",
        shown: screen("setup-connect-own", {
            trigger: `${FIELD("lines")} pre:contains('lmtp:inet:127.0.0.1:2424')`,
        }),
    },
    {
        way: "microsoft",
        address: "crm.acme.example",
        shown: screen("setup-connect-microsoft", {
            trigger: `${FIELD("lines")} pre:contains('certbot certonly')`,
        }),
    },
    {
        way: "mailbox",
        address: "crm@acme.example",
        shown: screen("setup-connect-mailbox", {
            trigger: ".o_form_sheet button[name='action_open_servers']",
        }),
    },
];

/** An administrator chooses how email is hosted, and sees what to do. */
for (const {way, address, shown} of WAYS) {
    registry.category("web_tour.tours").add(`bcc_dropbox_setup_${way}`, {
        steps: () => [
            {
                content: "Set it up",
                trigger: ".o_bcc_dropbox_setup_banner button:contains('Set Up')",
                run: "click",
            },
            {
                content: "Nothing is missing before anything was entered",
                trigger: ".o_form_sheet:not(:has(.o_field_invalid)) [name='way']",
            },
            {
                content: "Choose the way",
                trigger: `${FIELD("way")} input[data-value='${way}']`,
                run: "click",
            },
            {
                content: "Enter a domain or a mailbox",
                trigger: `${FIELD(way === "mailbox" ? "mailbox" : "domain")} input`,
                run: `edit ${address} && press Tab`,
            },
            {
                content: "See what addresses look like",
                trigger: `${FIELD("example")}:contains('@${address.split("@").at(-1)}')`,
            },
            {
                content: "Go on",
                trigger: ".o_form_sheet button[name='action_next']",
                run: "click",
            },
            shown,
        ],
    });
}

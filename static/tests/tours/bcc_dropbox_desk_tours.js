import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An email in the list, on a phone in the cards. */
const EMAIL = (subject) => `.o_data_row:contains('${subject}'), .o_kanban_record:contains('${subject}')`;
const CURRENT = ".o_data_row[aria-current='true']";
const PANE = ".o_bcc_dropbox_pane";

/** Fails unless the text of the email contains some words. It is in a shadow root. */
function textContains(words) {
    return {
        content: `The text contains “${words}”`,
        trigger: ".o_form_view .o_bcc_dropbox_body",
        async run({anchor}) {
            for (let tries = 0; !anchor.shadowRoot?.textContent.includes(words); tries++) {
                if (tries > 100) {
                    throw new Error(`The text is “${anchor.shadowRoot?.textContent}”`);
                }
                await new Promise((resolve) => requestAnimationFrame(resolve));
            }
        },
    };
}

/** A salesperson reads one email after the other, and goes to the record of one. */
registry.category("web_tour.tours").add("bcc_dropbox_desk", {
    steps: () => [
        {
            content: "The first email is shown at once",
            trigger: `.o_action_manager:has(${CURRENT}:contains('Thank you')) ${PANE} h1:contains('Thank you')`,
            isActive: ["desktop"],
        },
        {
            content: "Read a sent one",
            trigger: `.o_data_row:contains('Offer, second') .o_data_cell[name='subject'], .o_kanban_record:contains('Offer, second')`,
            run: "click",
        },
        {
            content: "It is the current one",
            trigger: `${CURRENT}:contains('Offer, second')`,
            isActive: ["desktop"],
        },
        {
            content: "It is shown",
            trigger: ".o_form_view h1:contains('Offer, second')",
        },
        textContains("acoustic panels for the two meeting rooms"),
        {
            content: "Its file is there",
            trigger: ".o_form_view .o_bcc_dropbox_files a[href*='/web/content/']:contains('Offer.pdf')",
        },
        {
            content: "People are named, with their addresses as tooltips",
            trigger:
                ".o_form_view .o_bcc_dropbox_email_to:not(:contains('@')) [title='ron.gibson@woodcorner.example']:contains('Ron Gibson')",
        },
        screen("desk", {
            trigger: ".o_form_view .o_bcc_dropbox_files",
            scope: ".o_action_manager .o_content",
        }),
        {
            content: "Go to the record that it is logged on",
            trigger: ".o_form_view .o_bcc_dropbox_chips button:contains('Office for 40 people')",
            run: "click",
        },
        {
            content: "The email is in its history",
            trigger: ".o_form_view .o-bcc-dropbox-captured",
        },
    ],
});

/** A salesperson undoes an email in the pane: the row says so, and the email stays. */
registry.category("web_tour.tours").add("bcc_dropbox_desk_undo", {
    steps: () => [
        {
            content: "The email is logged",
            trigger: `${CURRENT}:contains('Delivery dates'):has(.o_bcc_dropbox_chips button)`,
        },
        {
            content: "Remove it",
            trigger: `${PANE} button[name='action_undo']:first`,
            run: "click",
        },
        {
            content: "Agree",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "The pane says so",
            trigger: `${PANE} .alert-warning:contains('Removed by')`,
        },
        {
            content: "The row, too, which is still the current one",
            trigger: `${CURRENT}:contains('Delivery dates'):not(:has(.o_bcc_dropbox_chips button)) .o_bcc_dropbox_problem`,
        },
        {
            content: "Open it on a page of its own",
            trigger: `${PANE} .o_bcc_dropbox_page`,
            run: "click",
        },
        {
            content: "It is there, without a list",
            trigger: ".o_action_manager:not(:has(.o_list_view)) .o_form_view .alert-warning:contains('Removed by')",
        },
        {
            content: "Go back",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "The list is back, with an email beside it",
            trigger: `.o_list_view ${PANE} h1`,
        },
    ],
});

/** The same without a mouse. */
registry.category("web_tour.tours").add("bcc_dropbox_desk_keyboard", {
    steps: () => [
        {
            content: "The first email is shown",
            trigger: `${PANE} h1:contains('Thank you')`,
            run() {
                document.querySelector(".o_searchview_input").focus();
            },
        },
        {
            content: "Go to the list",
            trigger: ".o_searchview_input:focus",
            run: "press ArrowDown",
        },
        {
            content: "Go to the rows",
            trigger: ".o_list_renderer:has(:focus)",
            run: "press ArrowDown",
        },
        {
            content: "Go on",
            trigger: ".o_data_row:has(:focus)",
            run: "press ArrowDown",
        },
        {
            content: "Another email is shown",
            trigger: `.o_action_manager:has(${CURRENT}:has(:focus)) ${PANE} h1:not(:contains('Thank you'))`,
        },
        {
            content: "Go to the email",
            trigger: `${CURRENT}:has(:focus)`,
            run: "press Enter",
        },
        {
            content: "The focus is there",
            trigger: `${PANE}:focus`,
            run: "press Escape",
        },
        {
            content: "And back on the row",
            trigger: `${CURRENT}:has(:focus)`,
            run: "press ArrowUp",
        },
        {
            content: "The first email is shown again",
            trigger: `.o_action_manager:has(${CURRENT}:has(:focus)) ${PANE} h1:contains('Thank you')`,
        },
    ],
});

/** A salesperson groups the emails by customer: nothing is shown until a group is open. */
registry.category("web_tour.tours").add("bcc_dropbox_desk_groups", {
    steps: () => [
        {
            content: "Open the groups",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Group by customer",
            trigger: ".o_group_by_menu .o_menu_item:contains('Customer')",
            run: "click",
        },
        {
            content: "Close the menu",
            trigger: ".o_group_header:contains('Ron Gibson (3)')",
            run() {
                document.querySelector(".o_searchview_dropdown_toggler").click();
            },
        },
        {
            content: "Nothing is selected",
            trigger: `${PANE}:contains('Select an email')`,
        },
        {
            content: "Open a group",
            trigger: ".o_group_header:contains('Ron Gibson (3)')",
            run: "click",
        },
        {
            content: "Its first email is shown",
            trigger: `.o_action_manager:has(${CURRENT}) ${PANE} h1:contains('Offer')`,
        },
    ],
});

/** Ten thousand emails: the first page and its first email are there. */
registry.category("web_tour.tours").add("bcc_dropbox_desk_many", {
    steps: () => [
        {
            content: "The page is there",
            trigger: ".o_action_manager:has(.o_pager_value:contains('1-80')) .o_data_row:nth-child(80)",
        },
        {
            content: "So is the first email",
            trigger: `${PANE} h1`,
        },
        {
            content: "Go to the next page",
            trigger: ".o_pager_next",
            run: "click",
        },
        {
            content: "Read another one",
            trigger:
                ".o_action_manager:has(.o_pager_value:contains('81-160')) .o_data_row:nth-child(3) [name='subject']",
            run: "click",
        },
        {
            content: "It is shown",
            trigger: `.o_action_manager:has(.o_data_row:nth-child(3)[aria-current='true']) ${PANE} h1`,
        },
    ],
});

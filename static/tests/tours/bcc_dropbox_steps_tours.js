import {registry} from "@web/core/registry";
import {frame} from "@crm_bcc_dropbox/../tests/screen";
import {showMailProgram} from "@crm_bcc_dropbox/../tests/mail_program";

const tours = registry.category("web_tour.tours");

const EMAIL = {
    to: "Ron Gibson",
    subject: "Offer for your new office",
    lines: [
        "Hello Ron,",
        "",
        "thank you for showing us your new office. Attached is our offer for 40 workplaces, with the desks",
        "that you tried. We can deliver in the week of December 7.",
        "",
        "Kind regards",
        "Owen Clarke",
    ],
};

const UNDO = ".o_form_statusbar button[name='action_undo']";

/** The animation of the store page, step 1: a salesperson writes an email, and types “Odoo” in Bcc. */
tours.add("bcc_dropbox_steps_write", {
    steps: () => [
        showMailProgram({...EMAIL, typed: "Odoo"}),
        frame("frame-1-type", {trigger: "#o_bcc_dropbox_mail_program:contains('bcc-')"}),
        showMailProgram({...EMAIL, isAdded: true}),
        frame("frame-1-send", {trigger: "#o_bcc_dropbox_send", isMarked: true}),
    ],
});

/** Step 2: the email is in the history of the opportunity. */
tours.add("bcc_dropbox_steps_history", {
    steps: () => [frame("frame-2-history", {trigger: ".o-mail-Message:has(.o-bcc-dropbox-captured)", isMarked: true})],
});

/** Step 3: it is removed again. */
tours.add("bcc_dropbox_steps_undo", {
    steps: () => [
        frame("frame-3-undo", {trigger: UNDO, isMarked: true}),
        {
            content: "Undo",
            trigger: UNDO,
            run: "click",
        },
        {
            content: "Agree",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        frame("frame-3-undone", {trigger: ".o_form_view .alert-warning:contains('Removed by')", isMarked: true}),
    ],
});
